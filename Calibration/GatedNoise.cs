using MathNet.Numerics.Integration;

namespace AnalogAttention.Calibration;

/// <summary>
/// Charge that a noise current moves through a gate open for t: variance = integral of S(f) |W(f)|^2 df, S one-sided,
/// W = t sin(pi f t)/(pi f t), the spectrum of the gate. Coulombs squared.
/// </summary>
public static class GatedNoise
{
    /// <summary>S t / 2 (Parseval, from 0 Hz).</summary>
    /// <param name="density">sqrt(S), A/sqrt(Hz).</param>
    public static double WhiteVariance(double density, double seconds) => 0.5 * density * density * seconds;

    /// <summary>Of S = density^2 / f^exponent from <paramref name="lowHertz"/> upwards; for exponent 1 and a low limit density^2 t^2 (ln(1/(2 pi low t)) + 0.923).</summary>
    /// <param name="density">sqrt(S) at 1 Hz, A/sqrt(Hz).</param>
    /// <param name="exponent">Above 0, below 3.</param>
    public static double FlickerVariance(double density, double exponent, double lowHertz, double seconds)
    {
        // x = pi f t: density^2 t^2 (pi t)^(a-1) integral of x^-a (sin x / x)^2 dx, over ln x where it is smooth, over x where it swings
        double low = Math.PI * lowHertz * seconds, swings = Math.Max(low, 1), end = swings + 60;
        double Weight(double x) => Math.Pow(x, -exponent) * Math.Pow(Math.Sin(x) / x, 2);
        var integral = GaussLegendreRule.Integrate(x => Weight(x), swings, end, 128);
        if (low < swings)
            integral += GaussLegendreRule.Integrate(u => Math.Exp(u) * Weight(Math.Exp(u)), Math.Log(low), Math.Log(swings), 64);
        integral += 0.5 * Math.Pow(end, -exponent - 1) / (exponent + 1); // sin^2 is 1/2 on average in the rest
        return density * density * seconds * seconds * Math.Pow(Math.PI * seconds, exponent - 1) * integral;
    }
}
