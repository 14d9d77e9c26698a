using AnalogAttention.Circuits;
using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.Optimization;
using MathNet.Numerics.Optimization.ObjectiveFunctions;

namespace AnalogAttention.Calibration.Fits;

/// <summary>V(t) = rest + (V0 - rest) exp(-t / tau), fitted to a stored voltage that leaks. A real leak is no exponential: the error says how far it is from one.</summary>
/// <param name="StartVolts">V0, fitted.</param>
/// <param name="Covariance">Of tau, V0 and, where it was fitted, rest; in s and V.</param>
/// <param name="RmsVolts">Root mean square error on the points.</param>
/// <param name="MaxVolts">Largest error on the points.</param>
/// <param name="RangeSeconds">First and last time of the points: the errors hold there and nowhere else.</param>
public sealed record RetentionFit(double TauSeconds, double RestVolts, double StartVolts, double[][] Covariance, double RmsVolts, double MaxVolts, (double First, double Last) RangeSeconds)
{
    // Time constants looked at, against the span of the points. Beyond a thousand spans a curve bends by less than 1e-3 of its fall.
    private const double Shortest = 1e-3, LongestFreeRest = 1e3, LongestGivenRest = 1e9;
    private const int PointsPerDecade = 20;

    public double Volts(double seconds) => RestVolts + (StartVolts - RestVolts) * Math.Exp(-seconds / TauSeconds);

    /// <param name="seconds">n times, ascending from 0 or later.</param>
    /// <param name="volts">n stored voltages.</param>
    /// <param name="restVolts">Where the leak ends, where it is known; null fits it, which takes points that bend.</param>
    /// <exception cref="BadInputException">Too few points, times that do not rise, no numbers, or a curve that fixes no time constant.</exception>
    public static RetentionFit Of(double[] seconds, double[] volts, double? restVolts = null)
    {
        Check(seconds, volts, restVolts is null ? 4 : 3);
        double span = seconds[^1] - seconds[0], longest = restVolts is null ? LongestFreeRest : LongestGivenRest;
        double low = Math.Log(Shortest * span), high = Math.Log(longest * span);
        int steps = (int)Math.Ceiling((high - low) / Math.Log(10) * PointsPerDecade);
        double step = (high - low) / steps;
        double Squares(double logTau)
        {
            var (start, rest) = Linear(seconds, volts, Math.Exp(logTau), restVolts);
            return seconds.Zip(volts, (t, v) => Math.Pow(v - rest - (start - rest) * Math.Exp(-t / Math.Exp(logTau)), 2)).Sum();
        }
        int best = Enumerable.Range(0, steps + 1).MinBy(i => Squares(low + i * step));
        if (best == 0 || best == steps)
            throw new BadInputException(best == 0
                ? "retention: no point lies on the fall, the voltage is at rest from the first on"
                : "retention: the points do not bend, so they fix no time constant" + (restVolts is null ? "; take them over a longer time, or give the voltage at rest" : ""));
        double tau = Math.Exp(GoldenSectionMinimizer.Minimum(ObjectiveFunction.ScalarValue(Squares), low + (best - 1) * step, low + (best + 1) * step, 1e-10).MinimizingPoint);
        var (v0, end) = Linear(seconds, volts, tau, restVolts);
        double[] errors = [.. seconds.Zip(volts, (t, v) => v - end - (v0 - end) * Math.Exp(-t / tau))];
        return new RetentionFit(tau, end, v0, CovarianceOf(seconds, errors, tau, v0, end, restVolts is null), Math.Sqrt(errors.Average(e => e * e)), errors.Max(Math.Abs), (seconds[0], seconds[^1]));
    }

    /// <summary>V0 and rest of least squares at one tau.</summary>
    private static (double Start, double End) Linear(double[] seconds, double[] volts, double tau, double? rest)
    {
        double[] e = [.. seconds.Select(t => Math.Exp(-t / tau))];
        if (rest is { } end)
            return (end + e.Zip(volts, (x, v) => x * (v - end)).Sum() / e.Sum(x => x * x), end);
        // V = rest + d e, centred: d = cov(e, V) / var(e)
        double meanE = e.Average(), meanV = volts.Average(), variance = e.Sum(x => (x - meanE) * (x - meanE));
        double d = variance > 0 ? e.Zip(volts, (x, v) => (x - meanE) * (v - meanV)).Sum() / variance : 0;
        return (meanV + d * (1 - meanE), meanV - d * meanE);
    }

    private static double[][] CovarianceOf(double[] seconds, double[] errors, double tau, double start, double rest, bool fitsRest)
    {
        var jacobian = Matrix<double>.Build.Dense(seconds.Length, fitsRest ? 3 : 2, (i, parameter) =>
        {
            double e = Math.Exp(-seconds[i] / tau);
            return parameter switch { 0 => (start - rest) * e * seconds[i] / (tau * tau), 1 => e, _ => 1 - e };
        });
        return LinearLeastSquares.Of(jacobian, Vector<double>.Build.DenseOfArray(errors)).Covariance;
    }

    private static void Check(double[] seconds, double[] volts, int least)
    {
        if (seconds.Length != volts.Length)
            throw new BadInputException($"retention: {seconds.Length} times and {volts.Length} voltages");
        if (seconds.Length < least)
            throw new BadInputException($"retention: {seconds.Length} points, the fit needs {least}");
        for (var i = 0; i < seconds.Length; i++)
            if (!double.IsFinite(seconds[i]) || seconds[i] < 0 || (i > 0 && seconds[i] <= seconds[i - 1]) || !double.IsFinite(volts[i]))
                throw new BadInputException(FormattableString.Invariant($"retention: point {i + 1} is {seconds[i]:g6} s, {volts[i]:g6} V; expected numbers, times from 0 upwards"));
    }
}
