using System.Numerics;

namespace AnalogAttention.Inference.Attention;

/// <summary>
/// clamp(x, low, high), then step * round_half_even(x / step) with step = (high - low)/(levels - 1). Multiples of the step count from
/// 0, not from low, so that +-1 in 32 levels rounds to +-16 * (2/31): 33 codes.
/// </summary>
/// <param name="Enabled">False: the clamp alone.</param>
/// <param name="Clamps">False: levels go on beyond the range.</param>
public readonly record struct Quantizer(double Low, double High, int Levels, bool Enabled, bool Clamps = true)
{
    public double Step => (High - Low) / (Levels - 1);

    public double Apply(double x)
    {
        if (Clamps)
            x = Math.Clamp(x, Low, High);
        return Enabled ? Step * Math.Round(x / Step, MidpointRounding.ToEven) : x;
    }

    /// <summary>y = quantize(a x + b), elementwise, in double; y may be x.</summary>
    public void Apply(ReadOnlySpan<double> x, double a, double b, Span<double> y)
    {
        int w = Vector<double>.Count, i = 0;
        Vector<double> low = new(Clamps ? Low : double.NegativeInfinity), high = new(Clamps ? High : double.PositiveInfinity), step = new(Step), slope = new(a), shift = new(b);
        for (; i <= x.Length - w; i += w)
        {
            Vector<double> v = Vector.Min(Vector.Max(new Vector<double>(x[i..]) * slope + shift, low), high);
            (Enabled ? step * Vector.Round(v / step) : v).CopyTo(y[i..]);
        }
        for (; i < x.Length; i++)
            y[i] = Apply(x[i] * a + b);
    }
}
