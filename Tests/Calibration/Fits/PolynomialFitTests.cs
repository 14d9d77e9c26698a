using AnalogAttention.Calibration.Fits;
using FsCheck;
using FsCheck.Fluent;

namespace AnalogAttention.Tests.Calibration.Fits;

public class PolynomialFitTests
{
    [Test]
    public void Exact_data_give_the_coefficients_back()
    {
        Prop.ForAll(Gen.Choose(-1000, 1000).ArrayOf(6).ToArbitrary(), scaled =>
        {
            double[] truth = [.. scaled.Select(c => c / 1000.0)];
            double[] x = [.. Enumerable.Range(0, 40).Select(i => -0.45 + i * 0.9 / 39)], gain = [.. x.Select((_, i) => 1.0 + i % 5)];
            double[] y = [.. x.Select((v, i) => gain[i] * truth.Select((c, k) => c * Math.Pow(v, k)).Sum())];
            var fit = PolynomialFit.Of(x, gain, y, 5);
            // rounding of y (1e-16 x 5) through a condition number near 1e3 for scaled powers up to 5, divided by 0.45^5
            return fit.Coefficients.Zip(truth, (a, b) => Math.Abs(a - b)).Max() < 1e-10;
        }).QuickCheckThrowOnFailure();
    }

    [Test]
    public void Covariance_predicts_the_scatter_of_the_coefficients()
    {
        var random = new Random(5);
        double[] x = [.. Enumerable.Range(0, 50).Select(i => -1 + i / 24.5)], gain = [.. x.Select(_ => 2.0)];
        var slopes = new List<double>();
        double predicted = 0;
        for (var trial = 0; trial < 400; trial++)
        {
            double[] y = [.. x.Select(v => 2 * (0.3 + v) + 0.1 * Normal(random))];
            var fit = PolynomialFit.Of(x, gain, y, 1);
            slopes.Add(fit.Coefficients[1]);
            predicted += fit.Covariance[1][1] / 400;
        }
        var scatter = slopes.Average(s => (s - slopes.Average()) * (s - slopes.Average()));
        Assert.That(scatter, Is.EqualTo(predicted).Within(0.3 * predicted)); // variance of 400 draws: relative sd sqrt(2/400) = 7 %, four of them
    }

    [Test]
    public void Too_few_points_are_refused() =>
        Assert.That(() => PolynomialFit.Of([0, 1, 2], [1, 1, 1], [0, 1, 2], 2), Throws.ArgumentException);

    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
