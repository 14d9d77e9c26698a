using System.Text;

namespace AnalogAttention.Reports;

/// <summary>
/// A report as one html file that needs nothing beside it: style, data, chart scripts and csv downloads are inside, and its
/// content policy forbids every request. Tables and text need no script. Same report, same bytes.
/// </summary>
public static class HtmlReport
{
    /// <summary>Writes the file whole or not at all; folders are made.</summary>
    /// <exception cref="IOException">The file could not be written.</exception>
    /// <exception cref="UnauthorizedAccessException">No permission for the folder.</exception>
    public static void Write(Report report, string path) => WholeFile.Write(path, Format(report, ChartLibraries.Embedded));

    /// <param name="libraries">Null leaves the charts out: each figure keeps its caption and data and says what is missing.</param>
    public static string Format(Report report, ChartLibraries? libraries)
    {
        bool charts = libraries is not null && report.Sections.Any(s => s.Items.Any(i => i is Figure));
        StringBuilder html = new();
        html.Append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
        html.Append("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline' 'unsafe-eval'; img-src data:; base-uri 'none'; form-action 'none'\">\n");
        html.Append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n");
        html.Append($"<title>{Html.Text(report.Title)}</title>\n<style>\n{ChartLibraries.ReadResource("report.css")}</style>\n</head>\n<body>\n");
        html.Append($"<header>\n<h1>{Html.Text(report.Title)}</h1>\n<p class=\"subtitle\">{Html.Text(report.Subtitle)}</p>\n");
        if (charts)
            html.Append("<p class=\"hint\">In charts: drag pans, ctrl and wheel zooms, double click resets; points show their values.</p>\n");
        html.Append("</header>\n");
        Contents(html, report);
        html.Append("<main>\n");
        int figures = 0;
        for (int i = 0; i < report.Sections.Length; i++)
        {
            ReportSection section = report.Sections[i];
            html.Append($"<section id=\"section-{i + 1}\">\n<h2>{Html.Text(section.Title)}</h2>\n");
            Html.Paragraphs(html, section.Text);
            foreach (ReportItem item in section.Items)
                Item(html, item, ref figures, libraries is not null);
            html.Append("</section>\n");
        }
        html.Append("</main>\n");
        if (charts)
        {
            html.Append("<footer><p>Charts by Vega, Vega-Lite and Vega-Embed (University of Washington Interactive Data Lab, BSD-3-Clause).</p>\n");
            html.Append($"<details><summary>Licences of the chart libraries</summary><pre>{Html.Text(ChartLibraries.ReadResource("LICENSES.txt")!)}</pre></details></footer>\n");
            foreach (string script in libraries!.Scripts.Append(ChartLibraries.ReadResource("report.js")!))
                html.Append("<script>").Append(script.TrimEnd()).Append("</script>\n");
        }
        return html.Append("</body>\n</html>\n").ToString();
    }

    private static void Contents(StringBuilder html, Report report)
    {
        if (report.Sections.Length < 2)
            return;
        html.Append("<nav aria-label=\"Contents\"><ol>\n");
        for (int i = 0; i < report.Sections.Length; i++)
            html.Append($"<li><a href=\"#section-{i + 1}\">{Html.Text(report.Sections[i].Title)}</a></li>\n");
        html.Append("</ol></nav>\n");
    }

    private static void Item(StringBuilder html, ReportItem item, ref int figures, bool charts)
    {
        switch (item)
        {
            case KeyFigures keys:
                html.Append("<dl class=\"keys\">\n");
                foreach (KeyFigure key in keys.Figures)
                {
                    html.Append($"<div><dt>{Html.Text(key.Label)}</dt><dd>{Html.Text(key.Value.ToString())}{(key.Verdict is { } v ? " " + Html.Pill(v) : "")}</dd>");
                    html.Append(key.Note is null ? "</div>\n" : $"<dd class=\"note\">{Html.Text(key.Note)}</dd></div>\n");
                }
                html.Append("</dl>\n");
                break;
            case ReportTable table:
                HtmlTable.Append(html, table);
                break;
            case TextSample sample:
                html.Append($"<div class=\"sample\">\n<h3>{Html.Text(sample.Title)}</h3>\n<pre>{Html.Text(sample.Text)}</pre>\n</div>\n");
                break;
            case Figure figure:
                HtmlFigure.Append(html, figure, ++figures, charts);
                break;
            default:
                throw new ArgumentException($"no html for a {item.GetType().Name}", nameof(item));
        }
    }
}
