using System.Runtime.CompilerServices;

namespace AnalogAttention.Simulation.Devices.Lanes;

/// <summary>
/// Exponential and logarithm over lanes. Reduction of the argument after Tang (ACM TOMS 15, 1989; 16, 1990) without tables; the
/// polynomials interpolate in Chebyshev points, so that they are below 2^-54 from the function.
/// </summary>
internal static class LaneMath
{
    private const double LnTwoHigh = 0.6931471804855391; // 33 bits: its product with an exponent is exact
    private const double LnTwoLow = 7.440617111158232e-11;

    /// <summary>e^x within 1 ulp; beyond -708 and 709, where the result would leave the normal numbers, that of the bound.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Exp<T>(T x) where T : struct, ILane<T>
    {
        const double shift = 6755399441055744.0 + 1023; // 1.5 2^52 rounds to an integer
        x = T.Min(T.Max(x, T.Broadcast(-708)), T.Broadcast(709));
        var shifted = T.MultiplyAdd(x, T.Broadcast(1.4426950408889634), T.Broadcast(shift));
        var k = shifted - T.Broadcast(shift);
        var r = T.MultiplyAdd(k, T.Broadcast(-LnTwoLow), T.MultiplyAdd(k, T.Broadcast(-LnTwoHigh), x));
        var r2 = r * r;
        var even = Polynomial(r2, 0.5000000000000001, 0.04166666666662405, 0.0013888888917240974, 2.4801521263584216e-05, 2.7620100901971104e-07);
        var odd = Polynomial(r2, 0.16666666666666669, 0.008333333333330088, 0.00019841269862627347, 2.7557269152428325e-06, 2.510007731061324e-08);
        var rest = T.MultiplyAdd(r2, T.MultiplyAdd(r, odd, even), r); // e^r - 1
        var power = T.PowerOfTwo(shifted);
        return T.MultiplyAdd(power, rest, power);
    }

    /// <summary>ln x within 2 ulp, for x positive, normal and finite.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Log<T>(T x) where T : struct, ILane<T>
    {
        var f = T.Split(x, out var k) - T.Broadcast(1);
        var s = f / (2 + f); // ln(1 + f) = 2 atanh(s)
        var z = s * s;
        var even = Polynomial(z * z, 0.666666666666667, 0.2857142862658573, 0.1818289630584271, 0.1461938103381652);
        var odd = T.MultiplyAdd(T.MultiplyAdd(z * z, T.Broadcast(0.15331483748962949), T.Broadcast(0.2222221103580405)), z * z, T.Broadcast(0.39999999999898145));
        // 2 s = f - s f keeps the digits of f
        var rest = T.MultiplyAdd(s, z * T.MultiplyAdd(z, odd, even) - f, k * T.Broadcast(LnTwoLow));
        return T.MultiplyAdd(k, T.Broadcast(LnTwoHigh), f + rest);
    }

    /// <summary>ln(1 + e^u) and its slope 1/(1 + e^-u), within 3 ulp; below u = -300, where both vanish beside any current, e^-300 and 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T SoftPlus<T>(T u, out T slope) where T : struct, ILane<T>
    {
        const double leastArgument = -300, least = 5.148200222412013e-131;
        var zero = T.Broadcast(0);
        var e = Exp(-T.Abs(u));
        T one = 1 + e, two = 2 + e;
        var inverse = T.Broadcast(1) / (one * two);
        var negative = T.LessThan(u, zero);
        var floored = T.LessThan(u, T.Broadcast(leastArgument));
        slope = T.Select(floored, zero, T.Select(negative, e, T.Broadcast(1)) * (two * inverse));
        var s = e * (one * inverse); // e/(2 + e): ln(1 + e) = 2 atanh(s) keeps the digits of a small e
        var z = s * s;
        var z2 = z * z;
        var even = Polynomial(z2, 0.6666666666666666, 0.2857142856712062, 0.18181789477264243, 0.1331415742961495, 0.08801211569476601);
        var odd = Polynomial(z2, 0.4000000000001453, 0.2222222271643561, 0.15385569106093128, 0.12000965625515975, 0.16163167621698893);
        var log = T.MultiplyAdd(s * z, T.MultiplyAdd(z, odd, even), s + s);
        return T.Select(floored, T.Broadcast(least), log + T.Max(u, zero));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Polynomial<T>(T x, double c0, double c1, double c2, double c3) where T : struct, ILane<T> =>
        T.MultiplyAdd(T.MultiplyAdd(T.MultiplyAdd(T.Broadcast(c3), x, T.Broadcast(c2)), x, T.Broadcast(c1)), x, T.Broadcast(c0));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Polynomial<T>(T x, double c0, double c1, double c2, double c3, double c4) where T : struct, ILane<T> =>
        T.MultiplyAdd(Polynomial(x, c1, c2, c3, c4), x, T.Broadcast(c0));
}
