using AnalogAttention.Circuits;

namespace AnalogAttention.Studies.Sweeps;

/// <summary>The cell models of a sweep: <c>cells/12.json</c> of point 12. Samples that are sets of arrays share the one of their first.</summary>
public static class SweepCells
{
    public static void Write(string folder, SweepRunner runner, SweepStore store)
    {
        string? before = null;
        foreach (var (point, outcome) in runner.Finished(store))
            if (outcome.Cell is { } cell && cell != before)
            {
                Directory.CreateDirectory(folder);
                WholeFile.WriteText(Path.Combine(folder, FormattableString.Invariant($"{point.Index}.json")), cell);
                before = cell;
            }
    }
}
