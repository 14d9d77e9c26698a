using System.Text;

namespace AnalogAttention.Reports;

internal static class HtmlTable
{
    public static void Append(StringBuilder html, ReportTable table)
    {
        bool verdicts = table.Rows.Any(r => r.Verdict is not null);
        var columns = table.Columns.Select((c, i) => Column(c, [.. table.Rows.Select(r => r.Cells[i])])).ToArray();
        html.Append($"<div class=\"table\"><table>\n<caption>{Html.Text(table.Caption)}</caption>\n<thead><tr>");
        foreach (var (header, right, _) in columns)
            html.Append($"<th scope=\"col\"{Class(right)}>{Html.Text(header)}</th>");
        html.Append(verdicts ? "<th scope=\"col\">verdict</th></tr></thead>\n<tbody>\n" : "</tr></thead>\n<tbody>\n");
        foreach (TableRow row in table.Rows)
        {
            html.Append(row.Verdict is { } mark ? $"<tr class=\"{Html.Word(mark)}\">" : "<tr>");
            for (int i = 0; i < columns.Length; i++)
                html.Append($"<td{Class(columns[i].Right)}>{Html.Text(columns[i].Format(row.Cells[i]))}</td>");
            if (verdicts)
                html.Append($"<td>{(row.Verdict is { } v ? Html.Pill(v) : "")}</td>");
            html.Append("</tr>\n");
        }
        html.Append("</tbody>\n</table></div>\n");
    }

    private static (string Header, bool Right, Func<TableCell, string> Format) Column(TableColumn column, TableCell[] cells)
    {
        double[] numbers = [.. cells.Where(c => c.Number is not null).Select(c => c.Number!.Value)];
        SiPrefix prefix = SiPrefix.ForAll(numbers, column.Unit);
        Func<double, string> number = SiFormat.Aligned([.. numbers.Select(prefix.Apply)], column.Digits);
        bool right = column.Alignment == ColumnAlignment.Right
            || (column.Alignment == ColumnAlignment.ByContent && cells.Any(c => c.Number is not null || c.Quantity is not null));
        string header = column.Unit.Length == 0 ? column.Title : $"{column.Title} [{prefix.Symbol}{column.Unit}]";
        return (header, right, cell => cell.Number is { } n ? number(prefix.Apply(n)) : cell.ToString());
    }

    private static string Class(bool right) => right ? " class=\"number\"" : "";
}
