using System.Numerics;
using System.Runtime.InteropServices;
using AnalogAttention.Inference.Tensors;
using MathNet.Numerics;

namespace AnalogAttention.Inference.Reference;

/// <summary>The layers' functions in double, as their definitions read.</summary>
internal static class ReferenceMath
{
    public static double Dot(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        ReadOnlySpan<Vector<double>> xs = MemoryMarshal.Cast<double, Vector<double>>(x), ys = MemoryMarshal.Cast<double, Vector<double>>(y[..x.Length]);
        Vector<double> sum = default;
        for (var i = 0; i < xs.Length; i++)
            sum = Vector.FusedMultiplyAdd(xs[i], ys[i], sum);
        double total = Vector.Sum(sum);
        for (int i = xs.Length * Vector<double>.Count; i < x.Length; i++)
            total = Math.FusedMultiplyAdd(x[i], y[i], total);
        return total;
    }

    /// <summary>y += a x.</summary>
    public static void AddScaled(double a, ReadOnlySpan<double> x, Span<double> y)
    {
        ReadOnlySpan<Vector<double>> xs = MemoryMarshal.Cast<double, Vector<double>>(x);
        Span<Vector<double>> ys = MemoryMarshal.Cast<double, Vector<double>>(y[..x.Length]);
        var slope = new Vector<double>(a);
        for (var i = 0; i < xs.Length; i++)
            ys[i] = Vector.FusedMultiplyAdd(slope, xs[i], ys[i]);
        for (int i = xs.Length * Vector<double>.Count; i < x.Length; i++)
            y[i] = Math.FusedMultiplyAdd(a, x[i], y[i]);
    }

    /// <summary>y = W x + b for every row x: four outputs at a time, so that a row of x is loaded once for them.</summary>
    /// <param name="x">Shape (rows, inner).</param>
    /// <param name="w">Shape (columns, inner).</param>
    /// <param name="b">Shape (columns), or empty.</param>
    /// <param name="y">Shape (rows, columns).</param>
    public static void Linear(ReadOnlySpan<double> x, ReadOnlySpan<double> w, ReadOnlySpan<double> b, int inner, int columns, Span<double> y)
    {
        int rows = x.Length / inner, n = 0;
        for (; n <= columns - 4 && inner % Vector<double>.Count == 0; n += 4)
        {
            ReadOnlySpan<Vector<double>> w0 = Row(w, n, inner), w1 = Row(w, n + 1, inner), w2 = Row(w, n + 2, inner), w3 = Row(w, n + 3, inner);
            for (var r = 0; r < rows; r++)
            {
                ReadOnlySpan<Vector<double>> xs = Row(x, r, inner);
                Vector<double> s0 = default, s1 = default, s2 = default, s3 = default;
                for (var k = 0; k < xs.Length && k < w0.Length && k < w1.Length && k < w2.Length && k < w3.Length; k++)
                {
                    Vector<double> v = xs[k];
                    s0 = Vector.FusedMultiplyAdd(v, w0[k], s0);
                    s1 = Vector.FusedMultiplyAdd(v, w1[k], s1);
                    s2 = Vector.FusedMultiplyAdd(v, w2[k], s2);
                    s3 = Vector.FusedMultiplyAdd(v, w3[k], s3);
                }
                Span<double> to = y.Slice(r * columns + n, 4);
                to[0] = Vector.Sum(s0) + (b.IsEmpty ? 0 : b[n]);
                to[1] = Vector.Sum(s1) + (b.IsEmpty ? 0 : b[n + 1]);
                to[2] = Vector.Sum(s2) + (b.IsEmpty ? 0 : b[n + 2]);
                to[3] = Vector.Sum(s3) + (b.IsEmpty ? 0 : b[n + 3]);
            }
        }
        for (; n < columns; n++)
            for (var r = 0; r < rows; r++)
                y[r * columns + n] = Dot(x.Slice(r * inner, inner), w.Slice(n * inner, inner)) + (b.IsEmpty ? 0 : b[n]);
    }

    public static void LayerNorm(ReadOnlySpan<double> x, ReadOnlySpan<float> gain, ReadOnlySpan<float> bias, double epsilon, Span<double> y)
    {
        int width = gain.Length;
        for (var at = 0; at < x.Length; at += width)
        {
            double mean = 0, variance = 0;
            for (var i = 0; i < width; i++)
                mean += x[at + i] / width;
            for (var i = 0; i < width; i++)
                variance += (x[at + i] - mean) * (x[at + i] - mean) / width;
            for (var i = 0; i < width; i++)
                y[at + i] = (x[at + i] - mean) / Math.Sqrt(variance + epsilon) * gain[i] + bias[i];
        }
    }

    public static double Gelu(Activation activation, double x) => activation == Activation.GeluTanh
        ? 0.5 * x * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)))
        : 0.5 * x * SpecialFunctions.Erfc(-x / Math.Sqrt(2));

    private static ReadOnlySpan<Vector<double>> Row(ReadOnlySpan<double> matrix, int row, int width) => MemoryMarshal.Cast<double, Vector<double>>(matrix.Slice(row * width, width));
}
