using AnalogAttention.Calibration.Fits;

namespace AnalogAttention.Tests.Calibration.Fits;

public class SeparableChargeTests
{
    [TestCase(0.8e-9)]
    [TestCase(0)]
    [TestCase(-0.05e-9)]
    public void Delay_is_recovered_within_its_covariance(double delay)
    {
        double[] deviations = [.. Enumerable.Range(0, 50).Select(seed =>
        {
            var fit = SeparableCharge.Of(SyntheticReads.Table((v, t) => SyntheticReads.Current(SyntheticReads.Cubic, v) * (t - delay), 1e-16, seed), 0.45, 3, EffectiveWidth.Delayed);
            return (fit.DelaySeconds - delay) / Math.Sqrt(fit.Covariance[4][4]);
        })];
        // standard normal: the mean of 50 within four of 1/sqrt(50), the variance within four of sqrt(2/50)
        Assert.That(deviations.Average(), Is.EqualTo(0).Within(4 / Math.Sqrt(50)));
        Assert.That(deviations.Average(d => d * d), Is.EqualTo(1).Within(4 * Math.Sqrt(2.0 / 50)));
    }

    [Test]
    public void Effective_widths_are_recovered_within_their_covariance()
    {
        double Effective(double t) => 15e-9 * Math.Pow(t / 15e-9, 1.2); // T_max counts for T_max
        var fit = SeparableCharge.Of(SyntheticReads.Table((v, t) => SyntheticReads.Current(SyntheticReads.Cubic, v) * Effective(t), 1e-17), 0.45, 3, EffectiveWidth.Tabulated);
        for (var row = 0; row < 4; row++)
            Assert.That(fit.EffectiveSeconds[row], Is.EqualTo(Effective(fit.PulseSeconds[row])).Within(5 * Math.Sqrt(fit.Covariance[4 + row][4 + row])));
        Assert.Multiple(() =>
        {
            Assert.That(fit.EffectiveSeconds[4], Is.EqualTo(15e-9));
            Assert.That(fit.Coulombs(0.8, 0), Is.Zero);
            Assert.That(fit.Parameters, Is.EqualTo(4 + 4));
        });
    }

    [Test]
    public void Surface_gives_its_coefficients_back_and_no_charge_without_a_pulse()
    {
        double[,] truth = { { 1e-15, 2e-16 }, { 1.8e-13, -2e-14 }, { -3e-14, 1e-15 } };
        double Q(double v, double t)
        {
            double w = v - 0.45, x = t / 15e-9;
            return Enumerable.Range(0, 3).Sum(i => Math.Pow(w, i) * (truth[i, 0] * x + truth[i, 1] * x * x));
        }
        var fit = SurfaceCharge.Of(SyntheticReads.Table(Q), 0.45, 2, 2);
        Assert.Multiple(() =>
        {
            Assert.That(fit.CoefficientsCoulombs, Is.EqualTo(truth).Within(1e-24)); // exact data: 1e-13 C through a condition number of some hundreds
            Assert.That(fit.Coulombs(0.8, 0), Is.Zero);
            Assert.That(fit.Coulombs(0.77, 7.7e-9), Is.EqualTo(Q(0.77, 7.7e-9)).Within(1e-24));
        });
    }
}
