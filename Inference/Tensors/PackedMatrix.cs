namespace AnalogAttention.Inference.Tensors;

/// <summary>
/// A weight matrix W of shape (inner, columns) as panels of <see cref="PanelWidth"/> columns: element (k, n) lies at
/// panel n / 32, row k, lane n % 32, so that a product reads its memory once, in order. The last panel is padded with zeros.
/// </summary>
public sealed class PackedMatrix
{
    /// <summary>Columns of a panel: two registers of 512 bits.</summary>
    public const int PanelWidth = 32;

    private readonly float[] _panels;

    private PackedMatrix(int inner, int columns)
    {
        Inner = inner;
        Columns = columns;
        _panels = new float[(long)PanelCount(columns) * inner * PanelWidth];
    }

    public int Inner { get; }
    public int Columns { get; }

    /// <summary>Shape (panels, inner, 32).</summary>
    public ReadOnlySpan<float> Panels => _panels;

    public float this[int k, int n] => _panels[Index(k, n)];

    public static int PanelCount(int columns) => (columns + PanelWidth - 1) / PanelWidth;

    /// <param name="values">Shape (inner, columns), C order: GPT-2's Conv1D layout.</param>
    public static PackedMatrix FromRows(ReadOnlySpan<float> values, int inner, int columns)
    {
        var packed = new PackedMatrix(inner, columns);
        for (var k = 0; k < inner; k++)
            for (var n = 0; n < columns; n += PanelWidth)
                values.Slice(k * columns + n, Math.Min(PanelWidth, columns - n)).CopyTo(packed._panels.AsSpan(packed.Index(k, n)));
        return packed;
    }

    /// <param name="values">Shape (columns, inner), C order: the layout of torch.nn.Linear and of the embedding.</param>
    public static PackedMatrix FromColumns(ReadOnlySpan<float> values, int inner, int columns)
    {
        var packed = new PackedMatrix(inner, columns);
        for (var n = 0; n < columns; n++)
        {
            ReadOnlySpan<float> column = values.Slice(n * inner, inner);
            int at = packed.Index(0, n);
            for (var k = 0; k < inner; k++, at += PanelWidth)
                packed._panels[at] = column[k];
        }
        return packed;
    }

    private int Index(int k, int n) => checked((n / PanelWidth * Inner + k) * PanelWidth + n % PanelWidth);
}
