using System.Numerics;
using System.Runtime.Intrinsics;

namespace AnalogAttention.Inference.Tensors;

/// <summary>Which arithmetic a product uses. All give the same bits.</summary>
public enum ProductPath { Scalar, Vector, Vector512 }

/// <summary>
/// C = C0 + A B with B in panels of 32 columns. Every element is one chain of fused multiply-adds over k = 0, 1, 2 ..., whatever
/// the path, the tile that holds it and the number of rows: prefill, decode and any split of the rows agree bit for bit.
/// </summary>
public static unsafe class MatrixProduct
{
    private const int Width = PackedMatrix.PanelWidth;

    /// <summary>Rows of A that go past one panel while the panel is in the first-level cache.</summary>
    private const int RowBlock = 120;

    /// <summary>Depth of a panel that stays in cache: 512 x 32 floats are 64 KiB.</summary>
    private const int InnerBlock = 512;

    public static ProductPath FastestPath { get; } =
        Vector512.IsHardwareAccelerated ? ProductPath.Vector512
        : Vector.IsHardwareAccelerated && Width % Vector<float>.Count == 0 ? ProductPath.Vector
        : ProductPath.Scalar;

    /// <summary>y = x W + bias.</summary>
    /// <param name="x">Shape (rows, inner).</param>
    /// <param name="bias">Shape (columns), or empty for none.</param>
    /// <param name="y">Shape (rows, columns).</param>
    public static void Linear(ReadOnlySpan<float> x, int rows, PackedMatrix w, ReadOnlySpan<float> bias, Span<float> y, ProductPath? path = null)
    {
        Require(x.Length >= rows * w.Inner && y.Length >= (long)rows * w.Columns && (bias.IsEmpty || bias.Length == w.Columns));
        fixed (float* a = x, b = w.Panels, start = bias, c = y)
            Multiply(path ?? FastestPath, a, w.Inner, rows, b, w.Inner, w.Inner, w.Columns, start, 0, c, w.Columns);
    }

    /// <summary>c = c0 + a b, with b already in panels.</summary>
    /// <param name="a">Shape (rows, inner) with row stride <paramref name="aStride"/>.</param>
    /// <param name="panels">Panels of shape (panelDepth, 32), of which the first <paramref name="inner"/> rows are used.</param>
    /// <param name="c0">Row r starts at r * <paramref name="c0Stride"/> (0: one row for all); empty: zeros.</param>
    /// <param name="c">Shape (rows, columns) with row stride <paramref name="cStride"/>; may be c0.</param>
    public static void Multiply(ReadOnlySpan<float> a, int aStride, int rows, ReadOnlySpan<float> panels, int panelDepth, int inner, int columns,
        ReadOnlySpan<float> c0, int c0Stride, Span<float> c, int cStride, ProductPath? path = null)
    {
        if (rows == 0 || columns == 0)
            return;
        Require(inner <= panelDepth && a.Length >= (rows - 1) * aStride + inner && c.Length >= (rows - 1) * cStride + columns
            && panels.Length >= ((PackedMatrix.PanelCount(columns) - 1) * panelDepth + inner) * Width && (c0.IsEmpty || c0.Length >= (rows - 1) * c0Stride + columns));
        fixed (float* pa = a, pb = panels, p0 = c0, pc = c)
            Multiply(path ?? FastestPath, pa, aStride, rows, pb, panelDepth, inner, columns, p0, c0Stride, pc, cStride);
    }

    private static void Multiply(ProductPath path, float* a, int aStride, int rows, float* b, int depth, int inner, int columns, float* c0, int c0Stride, float* c, int cStride)
    {
        float* zeros = stackalloc float[4 * Width];
        float* edge = stackalloc float[12 * Width];
        float* edge0 = stackalloc float[12 * Width];
        new Span<float>(zeros, 4 * Width).Clear();
        int firstColumn = 0;
        if (rows == 1 && path == ProductPath.Vector512)
            for (; firstColumn <= columns - 4 * Width; firstColumn += 4 * Width)
                Tiles512.Rows1Panels4(a, b + (nint)(firstColumn / Width) * depth * Width, (nint)depth * Width, inner, c0 == null ? zeros : c0 + firstColumn, c + firstColumn);
        for (var row0 = 0; row0 < rows; row0 += RowBlock)
        {
            int rowEnd = Math.Min(rows, row0 + RowBlock);
            for (var k = 0; k == 0 || k < inner; k += InnerBlock)
            {
                int depthHere = Math.Min(InnerBlock, inner - k);
                for (int n = firstColumn; n < columns; n += Width)
                {
                    float* panel = b + ((nint)(n / Width) * depth + k) * Width;
                    int width = Math.Min(Width, columns - n);
                    for (var row = row0; row < rowEnd;)
                    {
                        int left = rowEnd - row;
                        int tile = left >= 12 ? 12 : left >= 4 ? 4 : 1;
                        float* to = c + (nint)row * cStride + n;
                        float* from = k > 0 ? to : c0 == null ? zeros : c0 + (nint)row * c0Stride + n;
                        int fromStride = k > 0 ? cStride : c0 == null ? 0 : c0Stride;
                        float* at = a + (nint)row * aStride + k;
                        if (width == Width)
                        {
                            Tile(path, tile, at, aStride, panel, depthHere, from, fromStride, to, cStride);
                        }
                        else                                                // the last panel: through a full-width tile
                        {
                            for (var r = 0; r < tile; r++)
                                for (var i = 0; i < width; i++)
                                    edge0[r * Width + i] = from[r * fromStride + i];
                            Tile(path, tile, at, aStride, panel, depthHere, edge0, Width, edge, Width);
                            for (var r = 0; r < tile; r++)
                                for (var i = 0; i < width; i++)
                                    to[r * cStride + i] = edge[r * Width + i];
                        }
                        row += tile;
                    }
                }
            }
        }
    }

    private static void Tile(ProductPath path, int rows, float* a, int aStride, float* b, int inner, float* c0, int c0Stride, float* c, int cStride)
    {
        switch (path)
        {
            case ProductPath.Vector512 when rows == 12:
                Tiles512.Rows12(a, aStride, b, inner, c0, c0Stride, c, cStride);
                break;
            case ProductPath.Vector512 when rows == 4:
                Tiles512.Rows4(a, aStride, b, inner, c0, c0Stride, c, cStride);
                break;
            case ProductPath.Vector512:
                Tiles512.Rows1(a, b, inner, c0, c);
                break;
            case ProductPath.Vector:
                for (var r = 0; r < rows; r += rows == 1 ? 1 : 2)
                    if (rows == 1)
                        TilesVector.Rows1(a, b, inner, c0, c);
                    else
                        TilesVector.Rows2(a + r * aStride, aStride, b, inner, c0 + r * c0Stride, c0Stride, c + r * cStride, cStride);
                break;
            default:
                for (var r = 0; r < rows; r++)
                    ScalarRow(a + r * aStride, b, inner, c0 + r * c0Stride, c + r * cStride);
                break;
        }
    }

    private static void ScalarRow(float* a, float* b, int inner, float* c0, float* c)
    {
        for (var n = 0; n < Width; n++)
        {
            float sum = c0[n];
            for (var k = 0; k < inner; k++)
                sum = MathF.FusedMultiplyAdd(a[k], b[k * Width + n], sum);
            c[n] = sum;
        }
    }

    private static void Require(bool holds)
    {
        if (!holds)
            throw new ArgumentException("a span is too short for the stated shape");
    }
}
