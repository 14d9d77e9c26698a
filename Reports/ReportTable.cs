using System.Collections.Immutable;

namespace AnalogAttention.Reports;

/// <summary>A table with one cell per column in every row; a verdict column is added when any row has a verdict.</summary>
public sealed record ReportTable : ReportItem
{
    /// <exception cref="ArgumentException">A row has more or fewer cells than there are columns.</exception>
    public ReportTable(string caption, ImmutableArray<TableColumn> columns, ImmutableArray<TableRow> rows)
    {
        for (int i = 0; i < rows.Length; i++)
            if (rows[i].Cells.Length != columns.Length)
                throw new ArgumentException($"table '{caption}': row {i + 1} has {rows[i].Cells.Length} cells for {columns.Length} columns", nameof(rows));
        (Caption, Columns, Rows) = (caption, columns, rows);
    }

    public string Caption { get; }
    public ImmutableArray<TableColumn> Columns { get; }
    public ImmutableArray<TableRow> Rows { get; }
}

public enum ColumnAlignment
{
    /// <summary>Right where the column holds any number, else left.</summary>
    ByContent,
    Left,
    Right,
}

/// <param name="Unit">Base unit of the plain numbers in the column ("A"); one SI prefix is chosen for all of them and shown in the header.</param>
/// <param name="Digits">Significant digits of the largest number; the others take the same decimals, so that decimal points align.</param>
public sealed record TableColumn(string Title, string Unit = "", int Digits = 4, ColumnAlignment Alignment = ColumnAlignment.ByContent);

public sealed record TableRow(ImmutableArray<TableCell> Cells, Verdict? Verdict = null);

/// <summary>Text, a plain number in its column's unit, or a quantity with a unit of its own.</summary>
public readonly record struct TableCell
{
    private TableCell(string? text, double? number, Quantity? quantity) => (Text, Number, Quantity) = (text, number, quantity);

    public string? Text { get; }
    public double? Number { get; }
    public Quantity? Quantity { get; }

    public static implicit operator TableCell(string text) => new(text, null, null);
    public static implicit operator TableCell(double number) => new(null, number, null);
    public static implicit operator TableCell(Quantity quantity) => new(null, null, quantity);

    /// <summary>The cell on its own, outside any column.</summary>
    public override string ToString() => Text ?? Quantity?.ToString() ?? (Number is { } n ? SiFormat.Format(n, "", 4) : "");
}
