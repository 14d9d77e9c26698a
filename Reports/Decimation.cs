namespace AnalogAttention.Reports;

/// <summary>Thins a long curve to what a plot can show: per pixel column its lowest and highest point, so that no spike is lost.</summary>
public static class Decimation
{
    /// <summary>Curves up to this many points are drawn whole.</summary>
    public const int MostPoints = 2000;

    /// <returns>Indices to keep, rising; at most <see cref="MostPoints"/>, the first, the last and every extreme among them.</returns>
    /// <param name="x">Any order; a curve whose x does not rise is cut into columns by index.</param>
    /// <param name="y">As many as <paramref name="x"/>; a column holding a value that is not finite keeps one of them, as the gap it is.</param>
    public static IReadOnlyList<int> MinMax(IReadOnlyList<double> x, IReadOnlyList<double> y)
    {
        int n = x.Count;
        if (n <= MostPoints)
            return [.. Enumerable.Range(0, n)];
        bool rises = Enumerable.Range(1, n - 1).All(i => x[i] >= x[i - 1]) && double.IsFinite(x[n - 1] - x[0]) && x[n - 1] > x[0];
        // Three per column at worst (lowest, highest, gap), and the two ends.
        int columns = (MostPoints - 2) / 3;
        var kept = new SortedSet<int> { 0, n - 1 };
        for (int start = 0, end; start < n; start = end)
        {
            int column = Column(start);
            int low = -1, high = -1, gap = -1;
            for (end = start; end < n && Column(end) == column; end++)
                if (!double.IsFinite(y[end]))
                    gap = end;
                else
                {
                    low = low < 0 || y[end] < y[low] ? end : low;
                    high = high < 0 || y[end] > y[high] ? end : high;
                }
            kept.UnionWith(new[] { low, high, gap }.Where(i => i >= 0));
        }
        return [.. kept];

        int Column(int i) => (int)Math.Min(columns - 1, columns * (rises ? (x[i] - x[0]) / (x[n - 1] - x[0]) : (double)i / n));
    }
}
