using System.Globalization;
using AnalogAttention.Reports;

namespace AnalogAttention.Calibration.Golden;

/// <summary>Golden comparisons as a table and, for those that failed, as overlays of curve and band.</summary>
public static class GoldenReport
{
    public static ReportTable Table(IReadOnlyList<GoldenComparison> comparisons) => new("Transfer curves against their golden copies",
        [new("curve"), new("points"), new("worst at"), new("measured"), new("golden"), new("band"), new("of band"), new("result")],
        [.. comparisons.Select(c =>
        {
            var (x, y, tolerance) = c.Golden.Points[c.Worst];
            return new TableRow([c.Golden.Name, Text(c.Golden.Points.Count, "d"), Text(x, "g4"), Text(c.Measured[c.Worst], "g6"), Text(y, "g6"), Text(tolerance, "g2"), Text(c.Ratio, "p0"), c.Holds ? "ok" : "FAILED"]);
        })]);

    public static Report Of(IReadOnlyList<GoldenComparison> comparisons) => new(
        "Golden transfer curves", "Measured curves that left their bands",
        [
            new ReportSection("Result", null, [Table(comparisons)]),
            .. comparisons.Where(c => !c.Holds).Select(c => new ReportSection(c.Golden.Name, null, [Overlay(c)])),
        ]);

    private static LineFigure Overlay(GoldenComparison comparison)
    {
        var golden = comparison.Golden;
        double[] x = [.. golden.Points.Select(p => p.X)], y = [.. golden.Points.Select(p => p.Y)];
        double[] deviation = [.. comparison.Measured.Zip(y, (measured, accepted) => measured - accepted)], band = [.. golden.Points.Select(p => p.Tolerance)];
        Axis Labelled(string label) => label.EndsWith(']') && label.IndexOf('[') is > 0 and var bracket
            ? new Axis(label[..bracket].Trim(), label[(bracket + 1)..^1])
            : new Axis(label);
        return new LineFigure(golden.Name, "Below: measured less golden, and the band it must stay in.", Labelled(golden.XLabel),
        [
            new LinePanel(Labelled(golden.YLabel), [new Series("golden", x, y), new Series("measured", x, comparison.Measured, SeriesStyle.Points)]),
            new LinePanel(Labelled(golden.YLabel) with { Title = "deviation" }, [new Series("measured", x, deviation, SeriesStyle.Points)])
            {
                Bands = [new Band("band", x, [.. band.Select(t => -t)], band)],
            },
        ]);
    }

    private static string Text(IFormattable value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
