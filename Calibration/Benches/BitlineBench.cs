using AnalogAttention.Circuits;
using AnalogAttention.Simulation;

namespace AnalogAttention.Calibration.Benches;

/// <summary>Currents sunk from a bitline that is not where it should be.</summary>
/// <param name="BitlineVolts">m voltages of the bitline, ascending.</param>
/// <param name="StoreVolts">n stored voltages.</param>
/// <param name="ReadAmperes">m x n, in a read pulse.</param>
/// <param name="IdleAmperes">m x n, with idle read lines.</param>
public sealed record BitlineTable(double[] BitlineVolts, double[] StoreVolts, double[,] ReadAmperes, double[,] IdleAmperes)
{
    /// <summary>dI/dV_bl about the middle of the range, siemens, at each stored voltage.</summary>
    public double[] ReadSiemens => Conductance(ReadAmperes);
    public double[] IdleSiemens => Conductance(IdleAmperes);

    private double[] Conductance(double[,] amperes)
    {
        int middle = BitlineVolts.Length / 2;
        return [.. Enumerable.Range(0, StoreVolts.Length).Select(i => (amperes[middle + 1, i] - amperes[middle - 1, i]) / (BitlineVolts[middle + 1] - BitlineVolts[middle - 1]))];
    }
}

/// <summary>Bench <c>gain-cell-bitline.cir</c>: static, in a read pulse and idle.</summary>
public static class BitlineBench
{
    public const string Deck = "gain-cell-bitline.cir";

    public static (BitlineTable Table, Circuit Circuit) Run(CellDeck deck, IEngine engine, CancellationToken cancellation = default)
    {
        Circuit read = deck.Read(Deck), idle = deck.Read(Deck, ("on", 0));
        var sweep = read.Analyses.OfType<DcSweep>().Single();
        double[,] Currents(Circuit circuit) => BenchRuns.Grid(engine.Run(circuit, cancellation: cancellation).Analyses.Single()["i(vbl)"], sweep, -1);
        return (new BitlineTable(BenchRuns.Values(sweep.Axes[1]), BenchRuns.Values(sweep.Axes[0]), Currents(read), Currents(idle)), read);
    }
}
