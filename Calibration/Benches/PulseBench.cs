using AnalogAttention.Circuits;
using AnalogAttention.Simulation;

namespace AnalogAttention.Calibration.Benches;

/// <summary>Charge of single read pulses on a grid: row = pulse width, column = storage voltage before the read.</summary>
/// <param name="StoreVolts">n storage voltages, ascending.</param>
/// <param name="PulseSeconds">m widths at 50 %, ascending, none zero.</param>
/// <param name="Coulombs">m x n, sunk from the bitline.</param>
/// <param name="DisturbVolts">m x n, change of the storage voltage left behind by the read.</param>
public sealed record PulseTable(double[] StoreVolts, double[] PulseSeconds, double[,] Coulombs, double[,] DisturbVolts);

/// <summary>Pulse-width characteristic of the cell, bench <c>gain-cell-pulse.cir</c>: one transient per point.</summary>
public static class PulseBench
{
    public const string Deck = "gain-cell-pulse.cir";

    public static (PulseTable Table, Circuit Circuit) Run(
        CellDeck deck, IEngine engine, double[] storeVolts, double[] pulseSeconds, int jobs, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        int columns = storeVolts.Length;
        var coulombs = new double[pulseSeconds.Length, columns];
        var disturb = new double[pulseSeconds.Length, columns];
        BenchRuns.All(columns * pulseSeconds.Length, jobs, point =>
        {
            int row = point / columns, column = point % columns;
            var result = engine.Run(deck.Read(Deck, ("vstore", storeVolts[column]), ("width", pulseSeconds[row])), cancellation: cancellation);
            coulombs[row, column] = -BenchRuns.Measured(result, Deck, "bitline_charge");
            disturb[row, column] = BenchRuns.Measured(result, Deck, "store_after") - BenchRuns.Measured(result, Deck, "store_before");
            return true;
        }, progress, cancellation);
        return (new PulseTable(storeVolts, pulseSeconds, coulombs, disturb), deck.Read(Deck));
    }
}
