namespace AnalogAttention.Simulation.Devices.Lanes;

/// <summary>
/// Doubles side by side, one per transistor: equations written over a lane type run one, four or eight at a time and give the same
/// bits in each width. Every operation is correctly rounded or made of such ones, the fused multiply-add included, and nothing is
/// contracted behind the source. A mask is a lane of all or no bits.
/// </summary>
internal interface ILane<TSelf> where TSelf : struct, ILane<TSelf>
{
    /// <summary>Doubles in a lane.</summary>
    static abstract int Width { get; }

    /// <summary>The <see cref="Width"/> doubles from <paramref name="offset"/> on.</summary>
    static abstract TSelf Load(ref readonly double start, int offset);

    static abstract void Store(TSelf value, ref double start, int offset);

    static abstract TSelf Broadcast(double value);

    static abstract TSelf operator +(TSelf a, TSelf b);
    static abstract TSelf operator -(TSelf a, TSelf b);
    static abstract TSelf operator *(TSelf a, TSelf b);
    static abstract TSelf operator /(TSelf a, TSelf b);
    static abstract TSelf operator -(TSelf a);
    static abstract TSelf operator *(double a, TSelf b);
    static abstract TSelf operator +(double a, TSelf b);
    static abstract TSelf operator -(double a, TSelf b);

    /// <summary>a b + c, rounded once.</summary>
    static abstract TSelf MultiplyAdd(TSelf a, TSelf b, TSelf c);

    static abstract TSelf Sqrt(TSelf a);
    static abstract TSelf Abs(TSelf a);

    /// <summary>a where a &lt; b, otherwise b.</summary>
    static abstract TSelf Min(TSelf a, TSelf b);

    /// <summary>a where a &gt; b, otherwise b.</summary>
    static abstract TSelf Max(TSelf a, TSelf b);

    static abstract TSelf LessThan(TSelf a, TSelf b);
    static abstract TSelf LessOrEqual(TSelf a, TSelf b);

    /// <summary>Whether the mask is set anywhere.</summary>
    static abstract bool Any(TSelf mask);

    /// <summary><paramref name="set"/> where the mask is set, otherwise <paramref name="clear"/>, whatever stands in the other.</summary>
    static abstract TSelf Select(TSelf mask, TSelf set, TSelf clear);

    /// <summary>2^k from k + 1023 + 1.5 2^52, whose lowest bits are those of k + 1023; -1022 &lt;= k &lt;= 1023.</summary>
    static abstract TSelf PowerOfTwo(TSelf shifted);

    /// <summary>x = m 2^k with m from sqrt(1/2) to sqrt(2); for x positive, normal and finite.</summary>
    static abstract TSelf Split(TSelf x, out TSelf exponent);
}

/// <summary>Constants of <see cref="ILane{TSelf}.Split"/>.</summary>
internal static class LaneBits
{
    public const long Mantissa = 0x000f_ffff_ffff_ffff;
    public const long SqrtHalf = 0x3fe6_a09e_667f_3bcd;
    public const long OneLessSqrtHalf = 0x3ff0_0000_0000_0000 - SqrtHalf;
    public const long TwoToThe52 = 0x4330_0000_0000_0000;

    /// <summary>What an exponent in the mantissa of 2^52 exceeds its value by.</summary>
    public const double ExponentBias = 4503599627370496.0 + 1023;
}
