using AnalogAttention.Circuits;
using AnalogAttention.Simulation;
using MathNet.Numerics.Interpolation;

namespace AnalogAttention.Calibration.Benches;

/// <summary>Stored voltages left alone.</summary>
/// <param name="ParkedVolts">Of the write bitline.</param>
/// <param name="Seconds">n times, from 0 on.</param>
/// <param name="Volts">m x n: one row per level stored at time 0.</param>
public sealed record RetentionTable(double ParkedVolts, double[] Seconds, double[,] Volts);

/// <summary>Bench <c>gain-cell-retention.cir</c>: one transient per level.</summary>
public static class RetentionBench
{
    public const string Deck = "gain-cell-retention.cir";
    private const int Points = 41;

    /// <param name="horizonSeconds">How long the cells are left alone.</param>
    public static (RetentionTable Table, Circuit Circuit) Run(CellDeck deck, IEngine engine, double[] levelVolts, double parkedVolts, double horizonSeconds, int jobs, CancellationToken cancellation = default)
    {
        double[] seconds = [.. Enumerable.Range(0, Points).Select(i => i * horizonSeconds / (Points - 1))];
        Circuit Read(double level) => deck.ReadWithLeakage(Deck, ("vstore", level), ("vpark", parkedVolts), ("stop", horizonSeconds));
        double[][] rows = BenchRuns.All(levelVolts.Length, jobs, i =>
        {
            var run = engine.Run(Read(levelVolts[i]), cancellation: cancellation).Analyses.Single();
            var curve = LinearSpline.InterpolateSorted(run.Abscissa.Values, run["v(xcell.store)"]);
            return seconds.Select(curve.Interpolate).ToArray();
        }, null, cancellation);
        var volts = new double[rows.Length, Points];
        for (var row = 0; row < rows.Length; row++)
            for (var i = 0; i < Points; i++)
                volts[row, i] = rows[row][i];
        return (new RetentionTable(parkedVolts, seconds, volts), Read(levelVolts[0]));
    }
}
