using System.Numerics;
using System.Runtime.Intrinsics;

namespace AnalogAttention.Inference.Tensors;

/// <summary>Which arithmetic a product uses. All give the same bits.</summary>
public enum ProductPath { Scalar, Vector, Vector512 }

/// <summary>
/// C = C0 + A B with B in panels of 32 columns. Every element is one chain of fused multiply-adds over k = 0, 1, 2 ..., whatever
/// the path, the tile that holds it, the number of rows and of threads: prefill, decode and any split agree bit for bit.
/// </summary>
public static unsafe class MatrixProduct
{
    private const int Width = PackedMatrix.PanelWidth;

    /// <summary>Multiply-adds below which a second thread costs more than it brings.</summary>
    private const long WorthSharing = 1 << 17;

    public static ProductPath FastestPath { get; } =
        Vector512.IsHardwareAccelerated ? ProductPath.Vector512
        : Vector.IsHardwareAccelerated && TilesVector.Fits ? ProductPath.Vector
        : ProductPath.Scalar;

    /// <summary>y = x W + bias.</summary>
    /// <param name="x">Shape (rows, inner).</param>
    /// <param name="bias">Shape (columns), or empty for none.</param>
    /// <param name="y">Shape (rows, columns).</param>
    /// <param name="team">Threads that share the columns; null: this one alone.</param>
    public static void Linear(ReadOnlySpan<float> x, int rows, PackedMatrix w, ReadOnlySpan<float> bias, Span<float> y, ThreadTeam? team = null, ProductPath? path = null)
    {
        Require(x.Length >= (long)rows * w.Inner && y.Length >= (long)rows * w.Columns && (bias.IsEmpty || bias.Length == w.Columns));
        fixed (float* a = x, start = bias, c = y)
        {
            var product = new PanelProduct
            {
                Path = path ?? FastestPath,
                Format = w.Format,
                A = a,
                AStride = w.Inner,
                Rows = rows,
                B = w.Panels,
                Depth = w.Inner,
                Inner = w.Inner,
                Columns = w.Columns,
                C0 = start,
                C = c,
                CStride = w.Columns,
            };
            if (team is not null && (long)rows * w.Inner * w.Columns >= WorthSharing)
                team.Run(ref product);
            else
                product.Run(0, 1);
        }
        GC.KeepAlive(w);
    }

    /// <summary>Largest power of <see cref="Multiply"/>.</summary>
    public const int LargestPower = 11;

    /// <summary>c = c0 + a b, with b already in panels.</summary>
    /// <param name="a">Shape (rows, inner) with row stride <paramref name="aStride"/>.</param>
    /// <param name="panels">Panels of shape (panelDepth, 32), of which the first <paramref name="inner"/> rows are used.</param>
    /// <param name="c0">Row r starts at r * <paramref name="c0Stride"/> (0: one row for all); empty: zeros.</param>
    /// <param name="c">Shape (rows, columns) with row stride <paramref name="cStride"/>; may be c0.</param>
    /// <param name="power">b is this power of the panels, element by element; 1 ... <see cref="LargestPower"/>.</param>
    public static void Multiply(ReadOnlySpan<float> a, int aStride, int rows, ReadOnlySpan<float> panels, int panelDepth, int inner, int columns,
        ReadOnlySpan<float> c0, int c0Stride, Span<float> c, int cStride, int power = 1, ProductPath? path = null)
    {
        if (rows == 0 || columns == 0)
            return;
        Require(inner <= panelDepth && a.Length >= (rows - 1) * aStride + inner && c.Length >= (rows - 1) * cStride + columns
            && power is >= 1 and <= LargestPower && panels.Length >= ((PackedMatrix.PanelCount(columns) - 1) * panelDepth + inner) * Width && (c0.IsEmpty || c0.Length >= (rows - 1) * c0Stride + columns));
        fixed (float* pa = a, pb = panels, p0 = c0, pc = c)
        {
            new PanelProduct
            {
                Path = path ?? FastestPath,
                A = pa,
                AStride = aStride,
                Rows = rows,
                B = (byte*)pb,
                Depth = panelDepth,
                Inner = inner,
                Columns = columns,
                C0 = p0,
                C0Stride = c0Stride,
                C = pc,
                CStride = cStride,
                Power = power,
            }.Run(0, 1);
        }
    }

    private static void Require(bool holds)
    {
        if (!holds)
            throw new ArgumentException("a span is too short for the stated shape, or the power is none");
    }
}
