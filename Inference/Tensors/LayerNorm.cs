using System.Numerics;
using System.Runtime.InteropServices;

namespace AnalogAttention.Inference.Tensors;

/// <summary>y = (x - mean) / sqrt(variance + epsilon) * gain + bias, per row; mean and variance in double.</summary>
public static class LayerNorm
{
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
        Vector<float> centres = new(centre), rests = new(rest), scales = new(scale);
        var i = 0;
        for (; i <= x.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector<float> normal = (Vector.LoadUnsafe(ref from, (nuint)i) - centres - rests) * scales;
            Vector.FusedMultiplyAdd(normal, Vector.LoadUnsafe(ref gains, (nuint)i), Vector.LoadUnsafe(ref biases, (nuint)i)).StoreUnsafe(ref to, (nuint)i);
        }
        for (; i < x.Length; i++)
            y[i] = MathF.FusedMultiplyAdd((x[i] - centre - rest) * scale, gain[i], bias[i]);
    }

    /// <summary>Mean and variance in one pass, about the first value, so that what they have in common does not cancel.</summary>
    private static (double Mean, double Variance) Moments(ReadOnlySpan<float> x)
    {
        ref float from = ref MemoryMarshal.GetReference(x);
        double origin = x[0];
        Vector<double> sum0 = default, sum1 = default, square0 = default, square1 = default, shift = new(origin);
        var i = 0;
        for (; i <= x.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            var values = Vector.LoadUnsafe(ref from, (nuint)i);
            Vector<double> low = Vector.WidenLower(values) - shift, high = Vector.WidenUpper(values) - shift;
            sum0 += low;
            sum1 += high;
            square0 = Vector.FusedMultiplyAdd(low, low, square0);
            square1 = Vector.FusedMultiplyAdd(high, high, square1);
        }
        double sum = Vector.Sum(sum0 + sum1), square = Vector.Sum(square0 + square1);
        for (; i < x.Length; i++)
        {
            double d = x[i] - origin;
            sum += d;
            square += d * d;
        }
        double mean = sum / x.Length;
        return (origin + mean, Math.Max(0, square / x.Length - mean * mean));
    }
}
