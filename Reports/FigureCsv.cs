using System.Globalization;
using System.Text;

namespace AnalogAttention.Reports;

/// <summary>
/// The data behind a figure, whole and in base units: a header of <c>name [unit]</c>, then one row per abscissa, bar or grid cell.
/// Curves over different abscissas, and bands, take one row per point instead, with the name of the curve in it.
/// </summary>
public static class FigureCsv
{
    public static string Format(Figure figure)
    {
        StringBuilder csv = new();
        switch (figure)
        {
            case LineFigure lines when CommonAbscissa(lines) is { } x:
                (Series Series, string Unit)[] curves = [.. lines.Panels.SelectMany(p => p.Series.Select(s => (s, p.Y.Unit)))];
                Line(csv, [Name(lines.X), .. curves.Select(c => Name(new Axis(c.Series.Role is { } role ? $"{c.Series.Name} {role}" : c.Series.Name, c.Unit)))]);
                for (int i = 0; i < x.Count; i++)
                    Line(csv, [Number(x[i]), .. curves.Select(c => Number(c.Series.Y[i]))]);
                break;
            case LineFigure lines:
                Line(csv, "panel", "curve", "from", Name(lines.X), "value", "lower", "upper", "unit");
                foreach (LinePanel panel in lines.Panels)
                {
                    foreach (Series s in panel.Series)
                        for (int i = 0; i < s.X.Count; i++)
                            Line(csv, panel.Y.Title, s.Name, s.Role ?? "", Number(s.X[i]), Number(s.Y[i]), "", "", panel.Y.Unit);
                    foreach (Band b in panel.Bands)
                        for (int i = 0; i < b.X.Count; i++)
                            Line(csv, panel.Y.Title, b.Name, "", Number(b.X[i]), "", Number(b.Lower[i]), Number(b.Upper[i]), panel.Y.Unit);
                }
                break;
            case HeatMapFigure grid:
                Line(csv, [Name(grid.X), Name(grid.Y), .. grid.Maps.Select(m => Name(new Axis(m.Title, m.Unit)))]);
                for (int j = 0; j < grid.YValues.Count; j++)
                    for (int i = 0; i < grid.XValues.Count; i++)
                        Line(csv, [Number(grid.XValues[i]), Number(grid.YValues[j]), .. grid.Maps.Select(m => Number(m.Values[j, i]))]);
                break;
            case BarFigure bars:
                Line(csv, [bars.CategoryTitle, .. bars.Series.SelectMany(s => Columns(s).Select(c => Name(new Axis(c, bars.Value.Unit))))]);
                for (int i = 0; i < bars.Categories.Count; i++)
                    Line(csv, [bars.Categories[i], .. bars.Series.SelectMany(s => s.Intervals is { } ends ? [Number(s.Values[i]), Number(ends[i].Low), Number(ends[i].High)] : new[] { Number(s.Values[i]) })]);
                break;
            case WaterfallFigure fall:
                Line(csv, fall.StepTitle, "from", Name(fall.Value), "lower", "upper");
                foreach (WaterfallStep step in fall.Steps)
                    Line(csv, step.Name, Number(step.From), Number(step.To), Number(step.Low), Number(step.High));
                break;
            case EffectFigure effects:
                Line(csv, "factor", "level", Name(effects.Y), "lower", "upper");
                foreach (EffectPanel panel in effects.Panels)
                    for (int i = 0; i < panel.Values.Count; i++)
                        Line(csv, Name(panel.X), panel.Names is { } names ? names[i] : Number(panel.Levels[i]), Number(panel.Values[i]), Number(panel.Lower[i]), Number(panel.Upper[i]));
                break;
        }
        return csv.ToString();
    }

    private static IReadOnlyList<double>? CommonAbscissa(LineFigure figure)
    {
        IReadOnlyList<double>[] all = [.. figure.Panels.SelectMany(p => p.Series).Select(s => s.X)];
        bool common = all.Length > 0 && figure.Panels.All(p => p.Bands.Length == 0) && all.All(x => ReferenceEquals(x, all[0]) || x.SequenceEqual(all[0]));
        return common ? all[0] : null;
    }

    private static IEnumerable<string> Columns(BarSeries series) => series.Intervals is null ? [series.Name] : [series.Name, series.Name + " lower", series.Name + " upper"];

    private static string Name(Axis axis) => axis.Unit.Length == 0 ? axis.Title : $"{axis.Title} [{axis.Unit}]";

    private static string Number(double value) => double.IsFinite(value) ? value.ToString("R", CultureInfo.InvariantCulture) : "";

    private static void Line(StringBuilder csv, params IEnumerable<string> fields) =>
        csv.AppendJoin(',', fields.Select(f => f.AsSpan().IndexOfAny(",\"\r\n") < 0 ? f : $"\"{f.Replace("\"", "\"\"")}\"")).Append('\n');
}
