using System.Text;

namespace AnalogAttention.Reports;

internal static class HtmlFigure
{
    /// <param name="number">From 1, in page order.</param>
    public static void Append(StringBuilder html, Figure figure, int number, bool charts)
    {
        html.Append($"<figure id=\"figure-{number}\">\n<h3>{Html.Text(figure.Title)}</h3>\n");
        if (Key(figure) is { Length: > 0 } key)
            html.Append($"<p class=\"key\">{Html.Text(key)}</p>\n");
        if (charts)
        {
            html.Append($"<div class=\"chart\" role=\"img\" aria-label=\"{Html.Text(figure.AltText)}\"><noscript>This chart needs scripts; its data is below.</noscript></div>\n");
            html.Append($"<script type=\"application/json\">{VegaLite.Format(figure, ChartTheme.Page)}</script>\n");
        }
        else
            html.Append($"<p class=\"absent\">{Html.Text(figure.AltText)} The chart is left out: charts need npm at build time.</p>\n");
        string csv = Convert.ToBase64String(Encoding.UTF8.GetBytes(FigureCsv.Format(figure)));
        html.Append($"<figcaption><b>Figure {number}.</b> {Html.Text(figure.Caption)} ");
        html.Append($"<span class=\"links\"><a download=\"figure-{number}.csv\" href=\"data:text/csv;charset=utf-8;base64,{csv}\">data as csv</a></span></figcaption>\n</figure>\n");
    }

    /// <summary>What marks mean that the legend does not say: the role of each style, and the bands.</summary>
    private static string Key(Figure figure)
    {
        if (figure is not LineFigure lines)
            return "";
        var roles = lines.Panels.SelectMany(p => p.Series).Where(s => s.Role is not null)
            .Select(s => (s.Role, s.Style)).Distinct().Select(s => $"{Mark(s.Style)}: {s.Role}");
        var bands = lines.Panels.SelectMany(p => p.Bands).Select(b => b.Name).Distinct().Select(b => $"shaded: {b}");
        return string.Join("; ", roles.Concat(bands));
    }

    private static string Mark(SeriesStyle style) => style switch
    {
        SeriesStyle.Points => "points",
        SeriesStyle.Dashed => "dashed lines",
        _ => "lines",
    };
}
