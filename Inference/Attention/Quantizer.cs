using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace AnalogAttention.Inference.Attention;

/// <summary>
/// clamp(x, low, high), then step * round_half_even(x / step) with step = (high - low)/(levels - 1). Multiples of the step count from
/// 0, not from low, so that +-1 in 32 levels rounds to +-16 * (2/31): 33 codes.
/// </summary>
/// <param name="Enabled">False: the clamp alone.</param>
/// <param name="Clamps">False: levels go on beyond the range.</param>
public readonly record struct Quantizer(double Low, double High, int Levels, bool Enabled, bool Clamps = true)
{
    private const int Lanes = 8;

    public double Step => (High - Low) / (Levels - 1);

    public double Apply(double x)
    {
        if (Clamps)
            x = Math.Clamp(x, Low, High);
        return Enabled ? Step * Math.Round(x / Step, MidpointRounding.ToEven) : x;
    }

    /// <summary>Lane by lane; NaN stays.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<double> Apply(Vector512<double> v)
    {
        if (Clamps)
            v = Vector512.MinNative(Vector512.Create(High), Vector512.MaxNative(Vector512.Create(Low), v));       // the second operand where one is NaN
        return Enabled ? Vector512.Round(v / Vector512.Create(Step)) * Step : v;
    }

    /// <summary>y = quantize(a x + b), elementwise, in double.</summary>
    /// <param name="x">Singles or doubles.</param>
    public void Apply<T>(ReadOnlySpan<T> x, double a, double b, Span<float> y) where T : unmanaged, INumber<T>
    {
        int i = 0;
        Vector512<double> shift = Vector512.Create(b);
        for (; i <= x.Length - Lanes; i += Lanes)
            Singles(Apply(Doubles(x[i..]) * a + shift)).CopyTo(y[i..]);
        for (; i < x.Length; i++)
            y[i] = (float)Apply(double.CreateTruncating(x[i]) * a + b);
    }

    /// <summary>The first eight of singles or doubles.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> Doubles<T>(ReadOnlySpan<T> x) where T : unmanaged
    {
        if (typeof(T) == typeof(double))
            return Vector512.Create(MemoryMarshal.Cast<T, double>(x));
        var singles = Vector256.Create(MemoryMarshal.Cast<T, float>(x));
        return Vector512.Create(Vector256.WidenLower(singles), Vector256.WidenUpper(singles));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector256<float> Singles(Vector512<double> x) => Vector256.Narrow(x.GetLower(), x.GetUpper());
}
