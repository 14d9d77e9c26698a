using AnalogAttention.Circuits;
using AnalogAttention.Simulation;
using MathNet.Numerics.Interpolation;

namespace AnalogAttention.Calibration.Benches;

/// <summary>What leaves the storage node at rest, by element, for three voltages of the write bitline.</summary>
/// <param name="StoreVolts">n stored voltages, ascending.</param>
/// <param name="ParkedVolts">m voltages of the write bitline.</param>
/// <param name="Amperes">m x n, out of the storage node.</param>
/// <param name="ElementAmperes">Of it, what the library names one by one (<c>junctions</c>, <c>gates</c>), m x n each; the rest goes through the channels of the write gate.</param>
public sealed record LeakageTable(double[] StoreVolts, double[] ParkedVolts, double[,] Amperes, IReadOnlyDictionary<string, double[,]> ElementAmperes);

/// <summary>Total capacitance of the storage node against its voltage.</summary>
public sealed record CapacitanceTable(double[] StoreVolts, double[] Farads);

/// <summary>Benches <c>gain-cell-leakage.cir</c> and <c>gain-cell-capacitance.cir</c>: current and capacitance of the storage node give dV/dt.</summary>
public static class LeakageBench
{
    public const string Deck = "gain-cell-leakage.cir", CapacitanceDeck = "gain-cell-capacitance.cir";

    // the ammeters of gain_cell_leakage
    private static readonly (string Name, string[] Currents)[] Elements = [("junctions", ["i(xleak.vj_n)", "i(xleak.vj_p)"]), ("gates", ["i(xleak.vg_n)", "i(xleak.vg_p)"])];

    public static (LeakageTable Table, Circuit Circuit) Run(CellDeck deck, IEngine engine, double? celsius = null, CancellationToken cancellation = default)
    {
        Circuit circuit = deck.ReadWithLeakage(Deck);
        circuit = circuit with { TemperatureCelsius = celsius ?? circuit.TemperatureCelsius };
        var sweep = circuit.Analyses.OfType<DcSweep>().Single();
        var result = engine.Run(circuit, cancellation: cancellation).Analyses.Single();
        var elements = new Dictionary<string, double[,]>();
        foreach (var (name, currents) in Elements.Select(e => (e.Name, Currents: e.Currents.Where(c => result.Columns.Any(column => column.Name == c)).ToArray())).Where(e => e.Currents.Length > 0))
            elements[name] = BenchRuns.Grid([.. Enumerable.Range(0, result.Count).Select(i => currents.Sum(c => result[c][i]))], sweep);
        return (new LeakageTable(BenchRuns.Values(sweep.Axes[0]), BenchRuns.Values(sweep.Axes[1]), BenchRuns.Grid(result["i(vstore)"], sweep, -1), elements), circuit);
    }

    /// <param name="storeVolts">Where the capacitance is wanted, within the storage range.</param>
    public static (CapacitanceTable Table, Circuit Circuit) Capacitance(CellDeck deck, IEngine engine, double[] storeVolts, CancellationToken cancellation = default)
    {
        var circuit = deck.Read(CapacitanceDeck);
        var result = engine.Run(circuit, cancellation: cancellation).Analyses.Single();
        double[] time = result.Abscissa.Values, volts = result["v(xcell.store)"], amperes = result["i(vstore)"];
        double slope = (volts[^1] - volts[0]) / (time[^1] - time[0]);
        var charging = LinearSpline.InterpolateSorted(volts, amperes);
        return (new CapacitanceTable(storeVolts, [.. storeVolts.Select(v => -charging.Interpolate(v) / slope)]), circuit);
    }
}
