namespace AnalogAttention.Inference.Tensors;

/// <summary>
/// A weight matrix W of shape (inner, columns) as panels of <see cref="PanelWidth"/> columns: element (k, n) lies at
/// panel n / 32, row k, lane n % 32, so that a product reads its memory once, in order. The last panel is padded with zeros.
/// </summary>
public sealed unsafe class PackedMatrix
{
    /// <summary>Columns of a panel: two registers of 512 bits.</summary>
    public const int PanelWidth = 32;

    private const int CacheLine = 64;

    // pinned: a row never straddles two lines of the cache
    private readonly byte[] _memory;

    private PackedMatrix(int inner, int columns, WeightFormat format)
    {
        Inner = inner;
        Columns = columns;
        Format = format;
        long bytes = (long)PanelCount(columns) * inner * RowBytes;
        if (bytes > Array.MaxLength - CacheLine)
            throw new ArgumentException($"a matrix of {inner} x {columns} takes {bytes} bytes, more than one array may have");
        _memory = GC.AllocateArray<byte>((int)bytes + CacheLine, pinned: true);
        fixed (byte* start = _memory)
            Panels = (byte*)(((nint)start + CacheLine - 1) / CacheLine * CacheLine);
    }

    public int Inner { get; }
    public int Columns { get; }
    public WeightFormat Format { get; }

    /// <summary>Shape (panels, inner, 32); lives as long as this object.</summary>
    internal byte* Panels { get; }

    internal int RowBytes => Format == WeightFormat.F32 ? F32Row.Bytes : BF16Row.Bytes;

    public float this[int k, int n]
    {
        get
        {
            byte* row = Row(k, n);
            float weight = Format == WeightFormat.F32 ? F32Row.Weight(row, n % PanelWidth) : BF16Row.Weight(row, n % PanelWidth);
            GC.KeepAlive(this);
            return weight;
        }
    }

    public static int PanelCount(int columns) => (columns + PanelWidth - 1) / PanelWidth;

    /// <param name="values">Shape (inner, columns), C order: GPT-2's Conv1D layout.</param>
    /// <exception cref="ArgumentException">It does not fit into one array.</exception>
    public static PackedMatrix FromRows(ReadOnlySpan<float> values, int inner, int columns, WeightFormat format = WeightFormat.F32)
    {
        var packed = new PackedMatrix(inner, columns, format);
        packed.Fill(values, columns, 1);
        return packed;
    }

    /// <param name="values">Shape (columns, inner), C order: the layout of torch.nn.Linear and of the embedding.</param>
    /// <exception cref="ArgumentException">It does not fit into one array.</exception>
    public static PackedMatrix FromColumns(ReadOnlySpan<float> values, int inner, int columns, WeightFormat format = WeightFormat.F32)
    {
        var packed = new PackedMatrix(inner, columns, format);
        packed.Fill(values, 1, inner);
        return packed;
    }

    private void Fill(ReadOnlySpan<float> values, int rowStride, int columnStride)
    {
        if (Format == WeightFormat.F32)
            Fill<F32Row>(values, rowStride, columnStride);
        else
            Fill<BF16Row>(values, rowStride, columnStride);
    }

    private void Fill<T>(ReadOnlySpan<float> values, int rowStride, int columnStride) where T : struct, IStoredRow
    {
        byte* row = Panels;
        for (var n = 0; n < Columns; n += PanelWidth)
            for (var k = 0; k < Inner; k++, row += T.Bytes)
                for (var i = 0; i < Math.Min(PanelWidth, Columns - n); i++)
                    T.Store(row, i, values[k * rowStride + (n + i) * columnStride]);
    }

    private byte* Row(int k, int n)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)k, (uint)Inner);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)n, (uint)Columns);
        return Panels + ((nint)(n / PanelWidth) * Inner + k) * RowBytes;
    }
}
