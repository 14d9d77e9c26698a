using System.Numerics;

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
        double mean = Moment(x, 0, squared: false) / x.Length;
        double variance = Moment(x, mean, squared: true) / x.Length;
        float centre = (float)mean, rest = (float)(mean - centre);                // x - centre is exact near the mean
        var scale = (float)(1 / Math.Sqrt(variance + epsilon));
        int w = Vector<float>.Count, i = 0;
        for (; i <= x.Length - w; i += w)
        {
            Vector<float> normal = (new Vector<float>(x[i..]) - new Vector<float>(centre) - new Vector<float>(rest)) * scale;
            Vector.FusedMultiplyAdd(normal, new Vector<float>(gain[i..]), new Vector<float>(bias[i..])).CopyTo(y[i..]);
        }
        for (; i < x.Length; i++)
            y[i] = MathF.FusedMultiplyAdd((x[i] - centre - rest) * scale, gain[i], bias[i]);
    }

    /// <summary>sum (x - centre) or sum (x - centre)^2.</summary>
    private static double Moment(ReadOnlySpan<float> x, double centre, bool squared)
    {
        Vector<double> sum0 = default, sum1 = default;
        var shift = new Vector<double>(centre);
        int w = Vector<float>.Count, i = 0;
        for (; i <= x.Length - w; i += w)
        {
            Vector.Widen(new Vector<float>(x[i..]), out Vector<double> low, out Vector<double> high);
            low -= shift;
            high -= shift;
            sum0 += squared ? low * low : low;
            sum1 += squared ? high * high : high;
        }
        double sum = Vector.Sum(sum0 + sum1);
        for (; i < x.Length; i++)
        {
            double d = x[i] - centre;
            sum += squared ? d * d : d;
        }
        return sum;
    }
}
