using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace AnalogAttention.Inference.Tensors;

/// <summary>One product C = C0 + A B and how its tiles are walked. B lies in panels of shape (depth, 32), of which the first inner rows count.</summary>
internal unsafe struct PanelProduct() : ITeamWork
{
    private const int Width = PackedMatrix.PanelWidth;

    /// <summary>Rows of A that go past one panel while both are in the second-level cache: 240 x 768 floats are 720 KiB.</summary>
    private const int RowBlock = 240;

    private const int CacheLine = 64;

    /// <summary>Half of the bytes after which the first-level cache starts over.</summary>
    private const int CacheWay = 2048;

    private const int GatheredStride = InnerBlock + CacheLine / sizeof(float);

    [ThreadStatic]
    private static float[]? _gathered;

    /// <summary>Depth of a panel that stays there: 768 x 32 floats are 96 KiB.</summary>
    private const int InnerBlock = 768;

    public ProductPath Path;
    public WeightFormat Format;

    /// <summary>Of singles: B is this power of what lies in the panels, element by element.</summary>
    public int Power = 1;
    public float* A;
    public nint AStride;
    public int Rows;
    public byte* B;
    public nint Depth;
    public int Inner;
    public int Columns;

    /// <summary>Null: zeros.</summary>
    public float* C0;
    public nint C0Stride;
    public float* C;
    public nint CStride;

    /// <summary>The part of the panels that falls to one of several threads.</summary>
    public readonly void Run(int part, int parts)
    {
        int panels = PackedMatrix.PanelCount(Columns);
        int first = (int)((long)panels * part / parts) * Width, last = Math.Min(Columns, (int)((long)panels * (part + 1) / parts) * Width);
        if (Format == WeightFormat.BF16)
            Run<BF16Row>(first, last);
        else
            switch (Power)
            {
                case 1: Run<F32Row>(first, last); break;
                case 2: Run<PowerRow<Exponent2>>(first, last); break;
                case 3: Run<PowerRow<Exponent3>>(first, last); break;
                case 4: Run<PowerRow<Exponent4>>(first, last); break;
                case 5: Run<PowerRow<Exponent5>>(first, last); break;
                case 6: Run<PowerRow<Exponent6>>(first, last); break;
                case 7: Run<PowerRow<Exponent7>>(first, last); break;
                case 8: Run<PowerRow<Exponent8>>(first, last); break;
                case 9: Run<PowerRow<Exponent9>>(first, last); break;
                case 10: Run<PowerRow<Exponent10>>(first, last); break;
                default: Run<PowerRow<Exponent11>>(first, last); break;
            }
    }

    [SkipLocalsInit]
    private readonly void Run<T>(int firstColumn, int lastColumn) where T : struct, IPanelRow
    {
        float* zeros = stackalloc float[4 * Width];
        float* edge = stackalloc float[12 * Width];
        float* edge0 = stackalloc float[12 * Width];
        new Span<float>(zeros, 4 * Width).Clear();
        if (Rows == 1 && Path == ProductPath.Vector512)
            for (; firstColumn <= lastColumn - 4 * Width; firstColumn += 4 * Width)
                Tiles512<T>.Rows1Panels4(A, Panel<T>(firstColumn, 0), Depth * T.Bytes, Inner, C0 == null ? zeros : C0 + firstColumn, C + firstColumn);
        if (Rows == 1 && Path == ProductPath.Vector512 && firstColumn <= lastColumn - 2 * Width)
        {
            Tiles512<T>.Rows1Panels2(A, Panel<T>(firstColumn, 0), Depth * T.Bytes, Inner, C0 == null ? zeros : C0 + firstColumn, C + firstColumn);
            firstColumn += 2 * Width;
        }
        for (var row0 = 0; row0 < Rows; row0 += RowBlock)
        {
            int rowEnd = Math.Min(Rows, row0 + RowBlock);
            for (var k = 0; k == 0 || k < Inner; k += InnerBlock)
            {
                int depthHere = Math.Min(InnerBlock, Inner - k);
                float* a = A + row0 * AStride + k;
                nint aStride = AStride;
                if (rowEnd - row0 >= 12 && AStride * sizeof(float) % CacheWay == 0)
                {
                    a = Gather(a, rowEnd - row0, depthHere);
                    aStride = GatheredStride;
                }
                for (int n = firstColumn; n < lastColumn; n += Width)
                {
                    byte* panel = Panel<T>(n, k);
                    // the first tiles fetch the panel that comes next: memory is slower than they are
                    byte* next = n + Width < lastColumn ? Panel<T>(n + Width, k) : panel;
                    int lines = depthHere * T.Bytes / CacheLine;
                    int width = Math.Min(Width, lastColumn - n);
                    for (var row = row0; row < rowEnd;)
                    {
                        int left = rowEnd - row;
                        int tile = left >= 12 ? 12 : left >= 4 ? 4 : 1;
                        float* to = C + row * CStride + n;
                        float* from = k > 0 ? to : C0 == null ? zeros : C0 + row * C0Stride + n;
                        nint fromStride = k > 0 ? CStride : C0 == null ? 0 : C0Stride;
                        float* at = a + (row - row0) * aStride;
                        if (width == Width)
                        {
                            Tile<T>(tile, at, aStride, panel, lines > 0 ? next : panel, depthHere, from, fromStride, to, CStride);
                        }
                        else                                                // the last panel: through a full-width tile
                        {
                            for (var r = 0; r < tile; r++)
                                for (var i = 0; i < width; i++)
                                    edge0[r * Width + i] = from[r * fromStride + i];
                            Tile<T>(tile, at, aStride, panel, panel, depthHere, edge0, Width, edge, Width);
                            for (var r = 0; r < tile; r++)
                                for (var i = 0; i < width; i++)
                                    to[r * CStride + i] = edge[r * Width + i];
                        }
                        row += tile;
                        next += (nint)depthHere * CacheLine;
                        lines -= depthHere;
                    }
                }
            }
        }
    }

    /// <summary>Rows of A that lie a multiple of <see cref="CacheWay"/> apart would push each other out of the cache: a copy in which they do not.</summary>
    private readonly float* Gather(float* a, int rows, int depth)
    {
        float[] copy = _gathered ??= GC.AllocateUninitializedArray<float>(RowBlock * GatheredStride, pinned: true);
        var to = (float*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(copy));
        for (var row = 0; row < rows; row++)
            new ReadOnlySpan<float>(a + row * AStride, depth).CopyTo(new Span<float>(to + (nint)row * GatheredStride, depth));
        return to;
    }

    private readonly byte* Panel<T>(int column, int k) where T : struct, IPanelRow => B + (column / Width * Depth + k) * T.Bytes;

    private readonly void Tile<T>(int rows, float* a, nint aStride, byte* b, byte* ahead, int inner, float* c0, nint c0Stride, float* c, nint cStride) where T : struct, IPanelRow
    {
        switch (Path)
        {
            case ProductPath.Vector512 when rows == 12:
                Tiles512<T>.Rows12(a, aStride, b, ahead, inner, c0, c0Stride, c, cStride);
                break;
            case ProductPath.Vector512 when rows == 4:
                Tiles512<T>.Rows4(a, aStride, b, inner, c0, c0Stride, c, cStride);
                break;
            case ProductPath.Vector512:
                Tiles512<T>.Rows1(a, b, inner, c0, c);
                break;
            case ProductPath.Vector when TilesVector.Fits:
                for (var r = 0; r < rows; r += rows == 1 ? 1 : 2)
                    if (rows == 1)
                        TilesVector<T>.Rows1(a, b, inner, c0, c);
                    else
                        TilesVector<T>.Rows2(a + r * aStride, aStride, b, inner, c0 + r * c0Stride, c0Stride, c + r * cStride, cStride);
                break;
            default:
                for (var r = 0; r < rows; r++)
                    ScalarRow<T>(a + r * aStride, b, inner, c0 + r * c0Stride, c + r * cStride);
                break;
        }
    }

    private static void ScalarRow<T>(float* a, byte* b, int inner, float* c0, float* c) where T : struct, IPanelRow
    {
        for (var n = 0; n < Width; n++)
        {
            float sum = c0[n];
            for (var k = 0; k < inner; k++)
                sum = MathF.FusedMultiplyAdd(a[k], T.Weight(b + (nint)k * T.Bytes, n), sum);
            c[n] = sum;
        }
    }
}
