using AnalogAttention.Calibration.Fits;
using AnalogAttention.Circuits;

namespace AnalogAttention.Tests.Calibration.Fits;

public class RetentionFitTests
{
    private static double[] Times(double last, int points = 40) => [.. Enumerable.Range(0, points).Select(i => last * i / (points - 1))];

    private static double[] Decay(double[] seconds, double tau, double rest, double start, double sigma = 0, int seed = 1)
    {
        var random = new Random(seed);
        return [.. seconds.Select(t => rest + (start - rest) * Math.Exp(-t / tau) + sigma * SyntheticReads.Normal(random))];
    }

    [TestCase(15e-3, null, 0.9, 0.1)]
    [TestCase(4e-3, null, 0.1, 0.45)]
    [TestCase(50e-6, 0.45, 0.9, 0.45)] // a hundredth of tau: only with the voltage at rest known
    public void Parameters_scatter_as_their_covariance_says(double last, double? given, double start, double rest)
    {
        double[] seconds = Times(last);
        double[][] deviations = [.. Enumerable.Range(0, 60).Select(seed =>
        {
            var fit = RetentionFit.Of(seconds, Decay(seconds, 5e-3, rest, start, 1e-4, seed), given);
            return new[] { (fit.TauSeconds - 5e-3) / Math.Sqrt(fit.Covariance[0][0]), (fit.StartVolts - start) / Math.Sqrt(fit.Covariance[1][1]) };
        })];
        for (var parameter = 0; parameter < 2; parameter++)
            Assert.That(deviations.Average(d => d[parameter] * d[parameter]), Is.EqualTo(1).Within(4 * Math.Sqrt(2.0 / 60))); // of 60 standard normals, four sd
    }

    [Test]
    public void Error_of_a_leak_that_is_no_exponential_is_stated_over_its_range()
    {
        double[] seconds = Times(10e-3), volts = [.. seconds.Select(t => 0.9 - 0.3 * Math.Sqrt(t / 10e-3))];
        var fit = RetentionFit.Of(seconds, volts);
        double[] errors = [.. seconds.Zip(volts, (t, v) => v - fit.Volts(t))];
        Assert.Multiple(() =>
        {
            Assert.That(fit.MaxVolts, Is.EqualTo(errors.Max(Math.Abs)).Within(1e-15).And.GreaterThan(0.01));
            Assert.That(fit.RmsVolts, Is.EqualTo(Math.Sqrt(errors.Average(e => e * e))).Within(1e-15));
            Assert.That(fit.RangeSeconds, Is.EqualTo((0.0, 10e-3)));
        });
    }

    private static IEnumerable<TestCaseData> Bad()
    {
        static TestCaseData Case(string name, double[] t, double[] v, double? rest, string message) => new TestCaseData(t, v, rest, message).SetArgDisplayNames(name);
        double[] four = Times(1e-3, 4);
        yield return Case("two points", [0, 1e-3], [0.9, 0.8], null, "2 points, the fit needs 4");
        yield return Case("two points, rest given", [0, 1e-3], [0.9, 0.8], 0.45, "2 points, the fit needs 3");
        yield return Case("a voltage more", four, [0.9, 0.8, 0.7, 0.6, 0.5], null, "4 times and 5 voltages");
        yield return Case("NaN", four, [0.9, double.NaN, 0.7, 0.6], null, "point 2 is ");
        yield return Case("times fall", [0, 2e-3, 1e-3, 3e-3], [0.9, 0.8, 0.7, 0.6], null, "point 3 is 0.001 s");
        yield return Case("a straight line", four, [0.9, 0.8, 0.7, 0.6], null, "do not bend");
        yield return Case("constant", four, [0.9, 0.9, 0.9, 0.9], 0.45, "do not bend");
        yield return Case("at rest at once", four, [0.9, 0.45, 0.45, 0.45], 0.45, "at rest from the first on");
    }

    [TestCaseSource(nameof(Bad))]
    public void What_fixes_no_time_constant_is_one_clear_error(double[] seconds, double[] volts, double? rest, string message)
    {
        var error = Assert.Throws<BadInputException>(() => RetentionFit.Of(seconds, volts, rest))!;
        Assert.That(error.Message, Does.StartWith("retention: ").And.Contains(message).And.Not.Contains("\n"));
    }
}
