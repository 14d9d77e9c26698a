using AnalogAttention.Calibration.Fits;
using FsCheck;
using FsCheck.Fluent;

namespace AnalogAttention.Tests.Calibration.Fits;

public class PolynomialChargeTests
{
    [Test]
    public void Intervals_of_the_covariance_cover_the_true_coefficients()
    {
        const int trials = 400;
        var covered = new int[SyntheticReads.Cubic.Length];
        for (var trial = 0; trial < trials; trial++)
        {
            var fit = PolynomialCharge.Of(SyntheticReads.Table((v, t) => SyntheticReads.Current(SyntheticReads.Cubic, v) * t, sigmaCoulombs: 1e-16, seed: trial), 0.45, 3);
            for (var i = 0; i < covered.Length; i++)
                if (Math.Abs(fit.Fit.Coefficients[i] - SyntheticReads.Cubic[i]) < 1.96 * Math.Sqrt(fit.Covariance[i][i]))
                    covered[i]++;
        }
        // 95 % of 400: standard deviation 1.1 %, four of them
        Assert.That(covered.Select(c => (double)c / trials), Has.All.EqualTo(0.95).Within(0.044));
    }

    [TestCase(PolynomialTerms.Odd, -1)]
    [TestCase(PolynomialTerms.Even, 1)]
    public void A_restricted_polynomial_has_its_symmetry_whatever_the_data(PolynomialTerms terms, int sign)
    {
        Prop.ForAll(Gen.Choose(1, 1000).ToArbitrary(), seed =>
        {
            var fit = PolynomialCharge.Of(SyntheticReads.Table((_, _) => 0, sigmaCoulombs: 1e-13, seed), 0.45, 6, terms);
            double constant = fit.Fit.Coefficients[0];
            double Mirrored(double w) => Math.Abs(fit.Coulombs(0.45 + w, 1) - constant - sign * (fit.Coulombs(0.45 - w, 1) - constant));
            double largest = Enumerable.Range(0, 46).Max(i => Math.Abs(fit.Coulombs(0.01 * i, 1)));
            return Enumerable.Range(1, 45).All(i => Mirrored(0.01 * i) <= 1e-12 * largest); // rounding of 0.45 - w
        }).QuickCheckThrowOnFailure();
    }

    [Test]
    public void A_restricted_polynomial_finds_the_powers_it_has()
    {
        double[] odd = [0.5e-6, 12e-6, 0, 60e-6];
        var fit = PolynomialCharge.Of(SyntheticReads.Table((v, t) => SyntheticReads.Current(odd, v) * t), 0.45, 3, PolynomialTerms.Odd);
        Assert.Multiple(() =>
        {
            Assert.That(fit.Fit.Coefficients, Is.EqualTo(odd).Within(1e-15)); // exact data: rounding of 1e-5 A
            Assert.That(fit.Parameters, Is.EqualTo(3));
            Assert.That(fit.Covariance[2], Is.All.Zero);
        });
    }

    [Test]
    public void Error_is_charge_over_the_full_pulse_in_amperes_and_in_steps_of_the_read_out()
    {
        var table = SyntheticReads.Table((v, t) => SyntheticReads.Current(SyntheticReads.Cubic, v) * t);
        var error = FitError.Of([3e-15, -4e-15], new(), new());
        Assert.Multiple(() =>
        {
            Assert.That(error.RmsAmperes, Is.EqualTo(Math.Sqrt(12.5) * 1e-15 / 15e-9).Within(1e-20));
            Assert.That(error.MaxAmperes, Is.EqualTo(4e-15 / 15e-9).Within(1e-20));
            Assert.That(error.MaxSteps, Is.EqualTo(4e-15 / (1.2e-12 / 31)).Within(1e-12)); // 1.2 pC over 31 steps
            Assert.That(FitError.Of(PolynomialCharge.Of(table, 0.45, 3), table, new(), new()).MaxAmperes, Is.LessThan(1e-18));
        });
    }
}
