namespace AnalogAttention.Studies.Sweeps.Report;

/// <summary>A response over one factor: its mean at every level, and the spread that everything else leaves there.</summary>
/// <param name="Levels">Rising; means of neighbours where the factor has more than <see cref="MostLevels"/>.</param>
/// <param name="Sigmas">With n - 1; 0 where a level has one point.</param>
public sealed record MainEffect(SweepFactor Factor, IReadOnlyList<double> Levels, IReadOnlyList<double> Means, IReadOnlyList<double> Sigmas, bool IsGrouped)
{
    /// <summary>More levels are joined to so many groups of neighbours, of equal size.</summary>
    public const int MostLevels = 40;

    /// <returns>Null for a factor of fewer than two levels where the response has values.</returns>
    public static MainEffect? Of(SweepFactor factor, SweepResponse response)
    {
        var levels = factor.Values.Zip(response.Values).Where(p => double.IsFinite(p.First) && double.IsFinite(p.Second)).GroupBy(p => p.First, p => p.Second).OrderBy(g => g.Key).ToArray();
        if (levels.Length < 2)
            return null;
        bool grouped = factor.Levels is null && levels.Length > MostLevels;
        (double Level, double[] Values)[] shown = grouped
            ? [.. Enumerable.Range(0, MostLevels).Select(i => levels[(i * levels.Length / MostLevels)..((i + 1) * levels.Length / MostLevels)]).Select(g => (g.Average(l => l.Key), g.SelectMany(l => l).ToArray()))]
            : [.. levels.Select(l => (l.Key, l.ToArray()))];
        SampleStatistics[] statistics = [.. shown.Select(l => new SampleStatistics(l.Values))];
        return new MainEffect(factor, [.. shown.Select(l => l.Level)], [.. statistics.Select(s => s.Mean)], [.. statistics.Select(s => s.Sigma)], grouped);
    }
}
