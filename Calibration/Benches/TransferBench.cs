using AnalogAttention.Circuits;
using AnalogAttention.Simulation;

namespace AnalogAttention.Calibration.Benches;

/// <summary>I_out in amperes on a grid: row = read line voltage, column = storage voltage.</summary>
/// <param name="StoreVolts">n storage voltages, ascending.</param>
/// <param name="InputVolts">m read line voltages, ascending.</param>
/// <param name="Amperes">m x n, sunk from the bitline.</param>
public sealed record TransferTable(double[] StoreVolts, double[] InputVolts, double[,] Amperes)
{
    /// <summary>The slice at the highest read line voltage: n currents.</summary>
    public double[] FullRead => [.. Enumerable.Range(0, StoreVolts.Length).Select(i => Amperes[InputVolts.Length - 1, i])];
}

/// <summary>Static transfer of the cell, bench <c>gain-cell-transfer.cir</c>.</summary>
public static class TransferBench
{
    public const string Deck = "gain-cell-transfer.cir";

    public static (TransferTable Table, Circuit Circuit) Run(CellDeck deck, IEngine engine, CancellationToken cancellation = default)
    {
        var circuit = deck.Read(Deck);
        var sweep = circuit.Analyses.OfType<DcSweep>().Single();
        var result = engine.Run(circuit, cancellation: cancellation).Analyses.Single();
        SweepAxis store = sweep.Axes[0], input = sweep.Axes[1];
        var bitline = result["i(vbl)"];
        var amperes = new double[input.Count, store.Count];
        for (var row = 0; row < input.Count; row++)
            for (var column = 0; column < store.Count; column++)
                amperes[row, column] = -bitline[row * store.Count + column];
        return (new TransferTable(Values(store), Values(input), amperes), circuit);
    }

    private static double[] Values(SweepAxis axis) => [.. Enumerable.Range(0, axis.Count).Select(axis.At)];
}
