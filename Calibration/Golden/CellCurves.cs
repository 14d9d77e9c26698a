using AnalogAttention.Calibration.Benches;
using AnalogAttention.Simulation;

namespace AnalogAttention.Calibration.Golden;

/// <summary>A curve that can be measured again at any time and compared with its golden copy.</summary>
public sealed record CellCurve(string Name, string XLabel, string YLabel, double[] X, double[] Y)
{
    // A band of 0.1 % of full scale: ten times the truncation error allowed by the benches' reltol (1e-4 of a charge),
    // and below the error of the transistor fit itself (13 nA of 10 uA).
    private const double BandOfFullScale = 1e-3;

    public GoldenCurve Accepted() =>
        new(Name, XLabel, YLabel, [.. X.Zip(Y, (x, y) => new GoldenPoint(x, y, BandOfFullScale * Y.Max(Math.Abs)))]);
}

/// <summary>The transfer curves of a gain cell that <c>check</c> guards.</summary>
public static class CellCurves
{
    public static IReadOnlyList<string> Names { get; } = ["static-transfer", "pulse-charge", "pulse-width"];

    /// <exception cref="ArgumentException">No curve has that name.</exception>
    public static CellCurve Measure(string name, CellDeck deck, IEngine engine, int jobs, CancellationToken cancellation = default)
    {
        switch (name)
        {
            case "static-transfer":
                var (table, _) = TransferBench.Run(deck, engine, null, cancellation);
                return new CellCurve(name, "V_store [V]", "I_out at V_in = 0.9 V [A]", table.StoreVolts, table.FullRead);
            case "pulse-charge":
                double[] stores = [.. Enumerable.Range(0, 19).Select(i => 0.05 * i)];
                var (charges, _) = PulseBench.Run(deck, engine, stores, [15e-9], jobs, cancellation: cancellation);
                return new CellCurve(name, "V_store [V]", "charge of a 15 ns read [C]", stores, [.. stores.Select((_, i) => charges.Coulombs[0, i])]);
            case "pulse-width":
                double[] widths = [.. Enumerable.Range(1, 15).Select(i => i * 1e-9)];
                var (levels, _) = PulseBench.Run(deck, engine, [0.9], widths, jobs, cancellation: cancellation);
                return new CellCurve(name, "pulse width [s]", "charge at V_store = 0.9 V [C]", widths, [.. widths.Select((_, i) => levels.Coulombs[i, 0])]);
            default:
                throw new ArgumentException($"there is no curve '{name}'; there are {string.Join(", ", Names)}");
        }
    }
}
