using AnalogAttention.Circuits;
using AnalogAttention.Simulation;

namespace AnalogAttention.Calibration.Benches;

/// <summary>I_out in amperes on a grid: row = read line voltage, column = storage voltage.</summary>
/// <param name="StoreVolts">n storage voltages, ascending.</param>
/// <param name="InputVolts">m read line voltages, ascending.</param>
/// <param name="Amperes">m x n, sunk from the bitline.</param>
public sealed record TransferTable(double[] StoreVolts, double[] InputVolts, double[,] Amperes)
{
    /// <summary>n powers in watts that bitline and read lines deliver at the highest read line voltage; what flows back to them is not credited. Null: not measured.</summary>
    public double[]? FullReadWatts { get; init; }

    /// <summary>The slice at the highest read line voltage: n currents.</summary>
    public double[] FullRead => [.. Enumerable.Range(0, StoreVolts.Length).Select(i => Amperes[InputVolts.Length - 1, i])];
}

/// <summary>Static transfer of the cell, bench <c>gain-cell-transfer.cir</c>.</summary>
public static class TransferBench
{
    public const string Deck = "gain-cell-transfer.cir";

    /// <param name="celsius">Null: the deck's temperature.</param>
    public static (TransferTable Table, Circuit Circuit) Run(CellDeck deck, IEngine engine, double? celsius = null, CancellationToken cancellation = default)
    {
        Circuit circuit = deck.Read(Deck);
        circuit = circuit with { TemperatureCelsius = celsius ?? circuit.TemperatureCelsius };
        return (Run(circuit, engine, cancellation), circuit);
    }

    /// <param name="circuit">The bench, its cell altered.</param>
    internal static TransferTable Run(Circuit circuit, IEngine engine, CancellationToken cancellation)
    {
        var sweep = circuit.Analyses.OfType<DcSweep>().Single();
        var result = engine.Run(circuit, cancellation: cancellation).Analyses.Single();
        SweepAxis store = sweep.Axes[0], input = sweep.Axes[1];
        int full = (input.Count - 1) * store.Count;
        double Delivered(string volts, string amperes, int i) => Math.Max(0, -result[volts][full + i] * result[amperes][full + i]);
        return new TransferTable(BenchRuns.Values(store), BenchRuns.Values(input), BenchRuns.Grid(result["i(vbl)"], sweep, -1))
        {
            FullReadWatts = [.. Enumerable.Range(0, store.Count).Select(i => Delivered("v(bl)", "i(vbl)", i) + Delivered("v(rwl)", "i(vin)", i) + Delivered("v(rwlb)", "i(erwlb)", i))],
        };
    }
}
