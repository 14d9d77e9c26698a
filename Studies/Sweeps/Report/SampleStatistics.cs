using MathNet.Numerics.Distributions;
using MathNet.Numerics.Statistics;

namespace AnalogAttention.Studies.Sweeps.Report;

/// <summary>Equal bins between <paramref name="From"/> and <paramref name="To"/>.</summary>
public sealed record HistogramBins(double From, double To, IReadOnlyList<int> Counts);

/// <summary>The finite values of a response, sorted once.</summary>
public sealed class SampleStatistics
{
    // a heavy tail makes Freedman-Diaconis bins as many as one likes; the plot is 610 pixels wide
    private const int MostBins = 150;

    private readonly double[] _sorted;

    /// <param name="values">Any order; what is not finite is left out.</param>
    public SampleStatistics(IEnumerable<double> values)
    {
        _sorted = [.. values.Where(double.IsFinite).Order()];
        (Mean, Sigma) = (_sorted.Mean(), IsConstant ? 0 : _sorted.StandardDeviation());
    }

    public IReadOnlyList<double> Sorted => _sorted;

    public int Count => _sorted.Length;

    /// <summary>NaN where there are no values.</summary>
    public double Mean { get; }

    /// <summary>With n - 1 in its denominator; 0 where there is one value.</summary>
    public double Sigma { get; }

    public double Median => Quantile(0.5);

    /// <summary>Adjusted Fisher-Pearson coefficient, G1; NaN where the values are fewer than three or equal.</summary>
    public double Skewness => Count < 3 || IsConstant ? double.NaN : _sorted.Skewness();

    /// <summary>True of one value, of equal ones, and of none.</summary>
    public bool IsConstant => Count == 0 || _sorted[0] == _sorted[^1];

    /// <summary>Linear between order statistics (Hyndman and Fan, Am. Stat. 50, 1996, type 7); NaN where there are no values.</summary>
    public double Quantile(double probability) => Count == 0 ? double.NaN : SortedArrayStatistics.QuantileCustom(_sorted, probability, QuantileDefinition.R7);

    /// <summary>True where at least one value is expected beyond the quantile.</summary>
    public bool Reaches(double probability) => Count * Math.Min(probability, 1 - probability) >= 1 - 1e-9;

    /// <summary>Bins of 2 IQR / n^(1/3) (Freedman, Diaconis, 1981), log2 n + 1 of them where the quartiles are equal; null where the values are.</summary>
    public HistogramBins? Histogram()
    {
        double range = Count == 0 ? 0 : _sorted[^1] - _sorted[0];
        if (!(range > 0) || !double.IsFinite(range))
            return null;
        double width = 2 * (Quantile(0.75) - Quantile(0.25)) / Math.Cbrt(Count);
        int bins = (int)Math.Clamp(width > 0 ? Math.Ceiling(range / width) : Math.Ceiling(Math.Log2(Count)) + 1, 1, MostBins);
        var counts = new int[bins];
        foreach (double value in _sorted)
            counts[Math.Min(bins - 1, (int)((value - _sorted[0]) / range * bins))]++;
        return new HistogramBins(_sorted[0], _sorted[^1], counts);
    }

    /// <summary>Standard normal deviate expected of order statistic 0 ... Count - 1, at probability (i + 1/2) / n.</summary>
    public double NormalDeviate(int rank) => Normal.InvCDF(0, 1, (rank + 0.5) / Count);
}
