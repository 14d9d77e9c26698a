using AnalogAttention.Circuits;
using AnalogAttention.Simulation;

namespace AnalogAttention.Calibration.Benches;

/// <summary>Writes of every level over the lowest and over the highest one, each through the write gate in its stated time.</summary>
/// <param name="LevelVolts">n levels on the write bitline.</param>
/// <param name="FromVolts">m voltages stored before.</param>
/// <param name="WrittenVolts">m x n, just before the gate closes.</param>
/// <param name="SettledVolts">m x n, after it has closed: the difference is what closing injects.</param>
/// <param name="Joules">m x n, delivered by the drivers of write bitline and word lines.</param>
/// <param name="ReturnedJoules">m x n, what flows back into them, not credited.</param>
public sealed record WriteTable(double[] LevelVolts, double[] FromVolts, double[,] WrittenVolts, double[,] SettledVolts, double[,] Joules, double[,] ReturnedJoules)
{
    /// <summary>Largest of |settled - level|.</summary>
    public double LargestErrorVolts => Over((row, column) => Math.Abs(SettledVolts[row, column] - LevelVolts[column])).Max();

    /// <summary>Largest of |settled - written|.</summary>
    public double LargestInjectionVolts => Over((row, column) => Math.Abs(SettledVolts[row, column] - WrittenVolts[row, column])).Max();

    /// <summary>Largest difference that what was stored before makes.</summary>
    public double LargestMemoryVolts => Over((row, column) => Math.Abs(SettledVolts[row, column] - SettledVolts[0, column])).Max();

    public double MeanJoules => Over((row, column) => Joules[row, column]).Average();

    private IEnumerable<double> Over(Func<int, int, double> value) =>
        from row in Enumerable.Range(0, FromVolts.Length) from column in Enumerable.Range(0, LevelVolts.Length) select value(row, column);
}

/// <summary>Bench <c>gain-cell-write.cir</c>: one transient per level and history.</summary>
public static class WriteBench
{
    public const string Deck = "gain-cell-write.cir";

    public static (WriteTable Table, Circuit Circuit) Run(CellDeck deck, IEngine engine, StorageModel storage, int jobs, CancellationToken cancellation = default)
    {
        double[] levels = [.. Enumerable.Range(0, storage.Levels).Select(storage.LevelVolts)], from = [storage.MinVolts, storage.MaxVolts];
        SimulationResult[] runs = BenchRuns.All(levels.Length * from.Length, jobs,
            i => engine.Run(deck.Read(Deck, ("level", levels[i % levels.Length]), ("from", from[i / levels.Length])), cancellation: cancellation), null, cancellation);
        double[,] Table(string measure)
        {
            var table = new double[from.Length, levels.Length];
            for (var i = 0; i < runs.Length; i++)
                table[i / levels.Length, i % levels.Length] = BenchRuns.Measured(runs[i], Deck, measure);
            return table;
        }
        return (new WriteTable(levels, from, Table("written"), Table("settled"), Table("energy"), Table("returned")), deck.Read(Deck));
    }
}
