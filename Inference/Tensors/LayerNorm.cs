using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace AnalogAttention.Inference.Tensors;

/// <summary>y = (x - mean) / sqrt(variance + epsilon) * gain + bias, per row; mean and variance in double.</summary>
public static class LayerNorm
{
    private const int Lanes = 8;

    /// <param name="x">Shape (rows, width).</param>
    /// <param name="gain">Shape (width).</param>
    /// <param name="bias">Shape (width).</param>
    /// <param name="y">Shape (rows, width).</param>
    public static void Apply(ReadOnlySpan<float> x, ReadOnlySpan<float> gain, ReadOnlySpan<float> bias, double epsilon, Span<float> y)
    {
        int width = gain.Length;
        for (var start = 0; start < x.Length; start += width)
            Row(x.Slice(start, width), gain, bias, epsilon, y.Slice(start, width));
    }

    private static void Row(ReadOnlySpan<float> x, ReadOnlySpan<float> gain, ReadOnlySpan<float> bias, double epsilon, Span<float> y)
    {
        var (mean, variance) = Moments(x);
        float centre = (float)mean, rest = (float)(mean - centre);                // x - centre is exact near the mean
        var scale = (float)(1 / Math.Sqrt(variance + epsilon));
        ref float from = ref MemoryMarshal.GetReference(x), gains = ref MemoryMarshal.GetReference(gain);
        ref float biases = ref MemoryMarshal.GetReference(bias), to = ref MemoryMarshal.GetReference(y);
        Vector256<float> centres = Vector256.Create(centre), rests = Vector256.Create(rest), scales = Vector256.Create(scale);
        var i = 0;
        for (; i <= x.Length - Lanes; i += Lanes)
        {
            Vector256<float> normal = (Vector256.LoadUnsafe(ref from, (nuint)i) - centres - rests) * scales;
            Vector256.FusedMultiplyAdd(normal, Vector256.LoadUnsafe(ref gains, (nuint)i), Vector256.LoadUnsafe(ref biases, (nuint)i)).StoreUnsafe(ref to, (nuint)i);
        }
        for (; i < x.Length; i++)
            y[i] = MathF.FusedMultiplyAdd((x[i] - centre - rest) * scale, gain[i], bias[i]);
    }

    /// <summary>Mean and variance in one pass, about the first value, so that what they have in common does not cancel; double beyond four terms.</summary>
    private static (double Mean, double Variance) Moments(ReadOnlySpan<float> x)
    {
        const int group = 4 * Lanes;
        ref float from = ref MemoryMarshal.GetReference(x);
        float origin = x[0];
        Vector256<float> shift = Vector256.Create(origin);
        Vector256<double> sums = default, squares = default;
        var i = 0;
        for (; i <= x.Length - group; i += group)
        {
            Vector256<float> a = Vector256.LoadUnsafe(ref from, (nuint)i) - shift, b = Vector256.LoadUnsafe(ref from, (nuint)(i + Lanes)) - shift;
            Vector256<float> c = Vector256.LoadUnsafe(ref from, (nuint)(i + 2 * Lanes)) - shift, d = Vector256.LoadUnsafe(ref from, (nuint)(i + 3 * Lanes)) - shift;
            Vector256<float> sum = a + b + (c + d), square = Vector256.FusedMultiplyAdd(b, b, a * a) + Vector256.FusedMultiplyAdd(d, d, c * c);
            sums += Doubles(sum);
            squares += Doubles(square);
        }
        double total = Vector256.Sum(sums), totalSquare = Vector256.Sum(squares);
        for (; i < x.Length; i++)
        {
            double d = (double)x[i] - origin;
            total += d;
            totalSquare += d * d;
        }
        double mean = total / x.Length;
        return (origin + mean, Math.Max(0, totalSquare / x.Length - mean * mean));
    }

    private static Vector256<double> Doubles(Vector256<float> x) => Vector256.WidenLower(x) + Vector256.WidenUpper(x);
}
