using AnalogAttention.Calibration;
using MathNet.Numerics;

namespace AnalogAttention.Tests.Calibration;

/// <summary>Noise current through a gate of 15 ns: the integral over frequency against closed forms.</summary>
public class GatedNoiseTests
{
    private const double Seconds = 15e-9;

    [Test]
    public void Flicker_noise_counts_the_logarithm_of_its_low_frequency_limit([Values(1e-5, 1, 1e3)] double lowHertz)
    {
        // integral of sin^2 x / x^3 from x0 = pi f t: 3/2 - gamma - ln(2 x0), and x0^2 / 6 beyond; the swings beyond x = 61 are worth 1/(4 61^3) of 10 at most
        var closed = 1.5 - Constants.EulerMascheroni - Math.Log(2 * Math.PI * lowHertz * Seconds);
        Assert.That(GatedNoise.FlickerVariance(2e-9, 1, lowHertz, Seconds), Is.EqualTo(4e-18 * Seconds * Seconds * closed).Within(1.1e-5).Percent);
    }

    [Test]
    public void Other_exponents_follow_the_gamma_function([Values(0.6, 0.8, 1.2, 1.5)] double exponent)
    {
        // integral of x^-s sin^2 x from 0, continued beyond s = 3, is -2^(s-2) Gamma(1-s) sin(pi s/2); what lies below x0 is x0^(3-s)/(3-s);
        // swings beyond x = 61 as above
        double s = exponent + 2, low = Math.PI * 1.0 * Seconds;
        var closed = -Math.Pow(2, s - 2) * SpecialFunctions.Gamma(1 - s) * Math.Sin(Math.PI * s / 2) - Math.Pow(low, 3 - s) / (3 - s);
        var expected = 4e-18 * Seconds * Seconds * Math.Pow(Math.PI * Seconds, exponent - 1) * closed;
        Assert.That(GatedNoise.FlickerVariance(2e-9, exponent, 1, Seconds), Is.EqualTo(expected).Within(5e-4).Percent);
    }

    [Test]
    public void Without_a_slope_it_is_white_noise() =>
        // the limit of 1 mHz leaves out 3e-11 of the band
        Assert.That(GatedNoise.FlickerVariance(1e-12, 1e-9, 1e-3, Seconds), Is.EqualTo(GatedNoise.WhiteVariance(1e-12, Seconds)).Within(1e-2).Percent);

    [Test]
    public void A_limit_above_the_gates_band_leaves_the_tail()
    {
        // sin^2 is 1/2 on average: integral of 1/(2 x^3) from x0
        var low = 100 * Math.PI;
        Assert.That(GatedNoise.FlickerVariance(1, 1, low / (Math.PI * Seconds), Seconds), Is.EqualTo(Seconds * Seconds / (4 * low * low)).Within(1).Percent);
    }
}
