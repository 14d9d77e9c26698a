using AnalogAttention.Calibration.Fits;
using FsCheck;
using FsCheck.Fluent;

namespace AnalogAttention.Tests.Calibration.Fits;

public class MonotoneChargeTests
{
    [TestCase(1)]
    [TestCase(-1)]
    public void Table_is_monotone_between_its_points_too_however_noisy_the_reads(int direction)
    {
        Prop.ForAll(Gen.Choose(1, 1000).ToArbitrary(), seed =>
        {
            var reads = SyntheticReads.Table((v, t) => direction * 20e-6 * (v - 0.45) * t, sigmaCoulombs: 2e-14, seed);
            var fit = MonotoneCharge.Of(reads, 0.45);
            double[] currents = [.. Enumerable.Range(0, 901).Select(i => direction * fit.Coulombs(0.001 * i, 1))];
            return currents.Zip(currents.Skip(1)).All(p => p.Second >= p.First - 1e-18); // rounding of 1e-5 A
        }).QuickCheckThrowOnFailure();
    }

    [Test]
    public void Pooling_is_the_nearest_rising_sequence()
    {
        Prop.ForAll(Gen.Choose(-100, 100).NonEmptyListOf().ToArbitrary(), drawn =>
        {
            double[] values = [.. drawn], pooled = MonotoneCharge.Pooled(values);
            bool rises = pooled.Zip(pooled.Skip(1)).All(p => p.Second >= p.First);
            bool fixedPoint = MonotoneCharge.Pooled(pooled).SequenceEqual(pooled);
            // optimality over a cone: the residual is orthogonal to the solution and makes no acute angle with any rising step
            double[] residual = [.. values.Zip(pooled, (v, p) => v - p)];
            bool orthogonal = Math.Abs(residual.Zip(pooled, (r, p) => r * p).Sum()) < 1e-7; // rounding of 100^2 times the length
            bool nearest = Enumerable.Range(0, values.Length).All(i => residual[i..].Sum() < 1e-9);
            return rises && fixedPoint && orthogonal && nearest;
        }).QuickCheckThrowOnFailure();
    }

    [Test]
    public void Currents_of_clean_reads_are_the_effective_ones_and_their_variance_is_that_of_the_noise()
    {
        const double sigma = 1e-16;
        var reads = SyntheticReads.Table((v, t) => SyntheticReads.Current(SyntheticReads.Cubic, v) * t, sigma);
        var fit = MonotoneCharge.Of(reads, 0.45);
        double expected = sigma * sigma / reads.PulseSeconds.Sum(t => t * t);
        Assert.That(fit.Covariance[3][3], Is.EqualTo(expected).Within(0.6 * expected)); // variance from 100 residuals: sd 14 %, four of them
        Assert.That(reads.StoreVolts.Select((v, i) => fit.Transfer.CurrentsAmperes![i] - SyntheticReads.Current(SyntheticReads.Cubic, v)), Has.All.EqualTo(0).Within(5 * Math.Sqrt(expected)));
    }
}
