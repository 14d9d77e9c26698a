using AnalogAttention.Calibration.Benches;
using MathNet.Numerics.Interpolation;
using MathNet.Numerics.Optimization;

namespace AnalogAttention.Calibration;

/// <summary>
/// How a stored voltage moves when it is left alone: dV/dt = -I(V) / C(V) from the static leakage and the capacitance of the node, and the one time
/// constant that the cell model makes of it.
/// </summary>
/// <param name="StoreVolts">n stored voltages.</param>
/// <param name="ParkedVolts">m voltages of the write bitline.</param>
/// <param name="VoltsPerSecond">m x n.</param>
public sealed record RetentionRates(double[] StoreVolts, double[] ParkedVolts, double[,] VoltsPerSecond)
{
    public static RetentionRates Of(LeakageTable leakage, CapacitanceTable capacitance)
    {
        var rates = new double[leakage.ParkedVolts.Length, leakage.StoreVolts.Length];
        var farads = LinearSpline.InterpolateSorted(capacitance.StoreVolts, capacitance.Farads);
        for (var row = 0; row < leakage.ParkedVolts.Length; row++)
            for (var i = 0; i < leakage.StoreVolts.Length; i++)
                rates[row, i] = -leakage.Amperes[row, i] / farads.Interpolate(leakage.StoreVolts[i]);
        return new RetentionRates(leakage.StoreVolts, leakage.ParkedVolts, rates);
    }

    /// <summary>dV/dt at a stored voltage.</summary>
    /// <param name="parked">Index of the write bitline's voltage.</param>
    public double At(double volts, int parked) => Curve(parked).Interpolate(volts);

    /// <summary>Time until a stored voltage has moved by so much: the integral of dV over dV/dt; infinite where it comes to rest before.</summary>
    public double SecondsToMove(double volts, double move, int parked)
    {
        var rate = Curve(parked);
        double direction = Math.Sign(rate.Interpolate(volts)), seconds = 0;
        const int steps = 400;
        for (var i = 0; i < steps; i++)
        {
            double here = rate.Interpolate(Math.Clamp(volts + direction * move * (i + 0.5) / steps, StoreVolts[0], StoreVolts[^1]));
            if (here * direction <= 0)
                return double.PositiveInfinity;
            seconds += move / steps / Math.Abs(here);
        }
        return seconds;
    }

    private LinearSpline Curve(int parked) =>
        LinearSpline.InterpolateSorted(StoreVolts, [.. Enumerable.Range(0, StoreVolts.Length).Select(i => VoltsPerSecond[parked, i])]);
}

/// <summary>One exponential for every level: V(t) = rest + (V_0 - rest) exp(-t / tau), what the cell model can say of a leak.</summary>
/// <param name="RestVolts">The zero weight: terms of the transfer decay towards it, whatever the leak does.</param>
/// <param name="HorizonSeconds">Over which it was fitted.</param>
/// <param name="RmsVolts">Root mean square error over all levels and times.</param>
/// <param name="MaxVolts">Largest error.</param>
public sealed record RetentionTimeConstant(double TauSeconds, double RestVolts, double HorizonSeconds, double RmsVolts, double MaxVolts)
{
    // 1 ns ... 1e6 s
    private const double LowestLog = -21, HighestLog = 14;

    public static RetentionTimeConstant Of(RetentionTable table, double restVolts)
    {
        int levels = table.Volts.GetLength(0), points = table.Seconds.Length;
        IEnumerable<double> Errors(double tau) =>
            from level in Enumerable.Range(0, levels)
            from i in Enumerable.Range(0, points)
            select table.Volts[level, i] - restVolts - (table.Volts[level, 0] - restVolts) * Math.Exp(-table.Seconds[i] / tau);
        double Squares(double log) => Errors(Math.Exp(log)).Sum(e => e * e);
        // the sum of squares has one minimum as long as one decade is looked at around the best of a coarse grid
        double step = 0.25;
        double coarse = Enumerable.Range(0, (int)((HighestLog - LowestLog) / step)).Select(i => LowestLog + i * step).MinBy(Squares);
        double tau = Math.Exp(GoldenSectionMinimizer.Minimum(ObjectiveFunction.ScalarValue(Squares), coarse - step, coarse + step, 1e-9).MinimizingPoint);
        return new RetentionTimeConstant(tau, restVolts, table.Seconds[^1], Math.Sqrt(Errors(tau).Average(e => e * e)), Errors(tau).Max(Math.Abs));
    }
}

/// <summary>The leak level by level, as the cell model states it.</summary>
internal static class LevelDrift
{
    /// <summary>Least squares of V - V_0 on t and t^2.</summary>
    /// <param name="table">Rows are the levels of the storage.</param>
    public static DriftModel Of(RetentionTable table)
    {
        int levels = table.Volts.GetLength(0), points = table.Seconds.Length;
        double horizon = table.Seconds[^1];
        double[] rate = new double[levels], bend = new double[levels];
        var errors = new List<double>();
        for (var level = 0; level < levels; level++)
        {
            // in parts of the horizon, for the digits
            double[] x = [.. table.Seconds.Skip(1).Select(t => t / horizon)], y = [.. Enumerable.Range(1, points - 1).Select(i => table.Volts[level, i] - table.Volts[level, 0])];
            double[] c = MathNet.Numerics.Fit.LinearCombination(x, y, t => t, t => t * t);
            (rate[level], bend[level]) = (c[0] / horizon, c[1] / (horizon * horizon));
            errors.AddRange(x.Zip(y, (t, v) => c[0] * t + c[1] * t * t - v));
        }
        return new DriftModel(rate, bend, Math.Sqrt(errors.Average(e => e * e)), errors.Max(Math.Abs));
    }
}
