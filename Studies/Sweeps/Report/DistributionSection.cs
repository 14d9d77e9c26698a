using System.Collections.Immutable;
using AnalogAttention.Reports;
using static System.FormattableString;

namespace AnalogAttention.Studies.Sweeps.Report;

/// <summary>How the values of every response are spread over the points.</summary>
internal static class DistributionSection
{
    // of a quantile plot: every point of the tails, then every so manyth
    private const int TailPoints = 100, BodyPoints = 300;

    public static ReportSection Of(SweepData data)
    {
        (SweepResponse Response, SampleStatistics Statistics)[] responses = [.. data.Responses.Select(r => (r, new SampleStatistics(r.Values)))];
        string[] constant = [.. responses.Where(r => r.Statistics.IsConstant).Select(r => $"{r.Response.Name} {(r.Statistics.Count == 0 ? "has no value" : "is constant")}")];
        return new ReportSection("Distributions",
            "Over all points that have a value, whatever their corner, temperature and parameters: the spread of one condition alone is that of a plan with one condition. 0.1 and 99.9 % quantiles need 1,000 points, 1 and 99 % need 100; a dash stands where there are fewer." + (constant.Length > 0 ? $"\n\nWithout a figure: {string.Join(", ", constant)}." : ""),
            [Moments(responses), Quantiles(responses), .. responses.Where(r => !r.Statistics.IsConstant).SelectMany(r => new[] { Histogram(r.Response, r.Statistics), NormalPlot(r.Response, r.Statistics) })]);
    }

    private static ReportTable Moments((SweepResponse Response, SampleStatistics Statistics)[] responses) => new("Moments",
        [new("response"), new("points", Alignment: ColumnAlignment.Right), new("mean"), new("sigma"), new("median"), new("skewness"), new("lowest"), new("highest")],
        [.. responses.Select(r => new TableRow([r.Response.Name, Count(r.Statistics.Count), Cell(r.Statistics.Mean), Cell(r.Statistics.Count > 0 ? r.Statistics.Sigma : double.NaN), Cell(r.Statistics.Median), Cell(r.Statistics.Skewness), Cell(r.Statistics.Quantile(0)), Cell(r.Statistics.Quantile(1))]))]);

    private static ReportTable Quantiles((SweepResponse Response, SampleStatistics Statistics)[] responses)
    {
        double[] probabilities = [0.001, 0.01, 0.25, 0.75, 0.99, 0.999];
        return new ReportTable("Quantiles", [new("response"), .. probabilities.Select(p => new TableColumn(YieldSection.Percent(p), Alignment: ColumnAlignment.Right))],
            [.. responses.Select(r => new TableRow([r.Response.Name, .. probabilities.Select(p => Cell(r.Statistics.Reaches(p) ? r.Statistics.Quantile(p) : double.NaN))]))]);
    }

    private static LineFigure Histogram(SweepResponse response, SampleStatistics statistics)
    {
        HistogramBins bins = statistics.Histogram()!;
        double width = (bins.To - bins.From) / bins.Counts.Count;
        List<double> x = [], y = [];
        x.Add(bins.From);
        y.Add(0);
        for (var bin = 0; bin < bins.Counts.Count; bin++)
        {
            x.AddRange([bins.From + bin * width, bins.From + (bin + 1) * width]);
            y.AddRange([bins.Counts[bin], bins.Counts[bin]]);
        }
        x.Add(bins.To);
        y.Add(0);
        double[] ends = [.. new[] { response.Specification?.Min, response.Specification?.Max }.OfType<double>().Where(e => e >= bins.From && e <= bins.To)];
        return new LineFigure($"{response.Name}: histogram", $"{bins.Counts.Count} bins, by Freedman and Diaconis." + (ends.Length > 0 ? " Dashed: the specification." : response.Specification is null ? "" : " The ends of the specification lie outside."),
            new Axis(response.Name),
            [
                new LinePanel(new Axis("points in a bin"), [new Series("points", x, y), .. ends.Select(e => new Series("specification", [e, e], [0, bins.Counts.Max()], SeriesStyle.Dashed))], HeightPixels: 200)
                {
                    Bands = [new Band("points in a bin", x, [.. x.Select(_ => 0.0)], y)],
                },
            ]);
    }

    private static LineFigure NormalPlot(SweepResponse response, SampleStatistics statistics)
    {
        int n = statistics.Count, stride = 1 + Math.Max(0, n - 2 * TailPoints) / BodyPoints;
        int[] ranks = [.. Enumerable.Range(0, n).Where(i => i < TailPoints || i >= n - TailPoints || i % stride == 0)];
        double[] deviates = [.. ranks.Select(statistics.NormalDeviate)];
        double[] ends = [deviates[0], deviates[^1]];
        return new LineFigure($"{response.Name}: normal quantile plot",
            "On the line the values are normal; a bend at an end is a tail." + (ranks.Length < n ? Invariant($" Drawn: {ranks.Length} of {n:n0} points, all {TailPoints} of each tail.") : ""),
            new Axis("standard normal deviate"), new Axis(response.Name),
            new Series("points", deviates, [.. ranks.Select(i => statistics.Sorted[i])], SeriesStyle.Points),
            new Series("mean and sigma", ends, [.. ends.Select(e => statistics.Mean + e * statistics.Sigma)], SeriesStyle.Dashed));
    }

    private static TableCell Cell(double value) => double.IsFinite(value) ? new Quantity(value, Digits: 4) : "-";

    private static string Count(int value) => Invariant($"{value:n0}");
}
