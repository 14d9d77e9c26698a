using System.Runtime.Intrinsics;

namespace AnalogAttention.Simulation.Devices.Lanes;

/// <summary>
/// Doubles side by side, one per device: device equations are written once over it and run eight, four or one at a time. Every width
/// gives the same bits: operations are those of IEEE 754, products and sums are never fused, and Exp and Log are one algorithm.
/// A comparison gives a mask of all bits or none per lane.
/// </summary>
internal interface ILane<TSelf> where TSelf : struct, ILane<TSelf>
{
    static abstract int Width { get; }

    static abstract TSelf Of(double value);
    static abstract TSelf Load(ref readonly double from);
    void Store(ref double to);

    static abstract TSelf operator +(TSelf a, TSelf b);
    static abstract TSelf operator -(TSelf a, TSelf b);
    static abstract TSelf operator -(TSelf a);
    static abstract TSelf operator *(TSelf a, TSelf b);
    static abstract TSelf operator *(TSelf a, double b);
    static abstract TSelf operator /(TSelf a, TSelf b);

    static abstract TSelf Sqrt(TSelf a);
    static abstract TSelf Abs(TSelf a);
    static abstract TSelf Min(TSelf a, TSelf b);
    static abstract TSelf Max(TSelf a, TSelf b);
    static abstract TSelf Exp(TSelf a);
    static abstract TSelf Log(TSelf a);

    /// <summary>a &gt; b, false for NaN.</summary>
    static abstract TSelf Greater(TSelf a, TSelf b);

    /// <summary>a &gt;= b, false for NaN.</summary>
    static abstract TSelf AtLeast(TSelf a, TSelf b);

    /// <summary>Lane by lane <paramref name="yes"/> where the mask is set.</summary>
    static abstract TSelf Select(TSelf mask, TSelf yes, TSelf no);

    /// <summary>Whether the mask is set in any lane.</summary>
    static abstract bool Any(TSelf mask);
}

/// <summary>The widest lanes of this machine.</summary>
internal static class LaneWidth
{
    /// <summary>Arrays of devices are padded to a multiple of this.</summary>
    public const int Padding = 8;

    /// <summary>8, 4 or 1.</summary>
    public static int Preferred { get; } = Vector512.IsHardwareAccelerated ? 8 : Vector256.IsHardwareAccelerated ? 4 : 1;

    public static int Padded(int count) => (count + Padding - 1) / Padding * Padding;
}
