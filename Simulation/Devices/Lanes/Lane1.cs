using System.Runtime.CompilerServices;

namespace AnalogAttention.Simulation.Devices.Lanes;

/// <summary>One double.</summary>
internal readonly struct Lane1(double value) : ILane<Lane1>
{
    private readonly double _value = value;

    public static int Width => 1;

    public double Value => _value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane1 Load(ref readonly double start, int offset) => new(Unsafe.Add(ref Unsafe.AsRef(in start), offset));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Lane1 value, ref double start, int offset) => Unsafe.Add(ref start, offset) = value._value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane1 Broadcast(double value) => new(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane1 operator +(Lane1 a, Lane1 b) => new(a._value + b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane1 operator -(Lane1 a, Lane1 b) => new(a._value - b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane1 operator *(Lane1 a, Lane1 b) => new(a._value * b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane1 operator /(Lane1 a, Lane1 b) => new(a._value / b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane1 operator -(Lane1 a) => new(-a._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane1 operator *(double a, Lane1 b) => new(a * b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane1 operator +(double a, Lane1 b) => new(a + b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane1 operator -(double a, Lane1 b) => new(a - b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane1 MultiplyAdd(Lane1 a, Lane1 b, Lane1 c) => new(Math.FusedMultiplyAdd(a._value, b._value, c._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane1 Sqrt(Lane1 a) => new(Math.Sqrt(a._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane1 Abs(Lane1 a) => new(Math.Abs(a._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane1 Min(Lane1 a, Lane1 b) => a._value < b._value ? a : b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane1 Max(Lane1 a, Lane1 b) => a._value > b._value ? a : b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane1 LessThan(Lane1 a, Lane1 b) => Mask(a._value < b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane1 LessOrEqual(Lane1 a, Lane1 b) => Mask(a._value <= b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Any(Lane1 mask) => BitConverter.DoubleToInt64Bits(mask._value) != 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane1 Select(Lane1 mask, Lane1 set, Lane1 clear) => BitConverter.DoubleToInt64Bits(mask._value) != 0 ? set : clear;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane1 PowerOfTwo(Lane1 shifted) => new(BitConverter.Int64BitsToDouble(BitConverter.DoubleToInt64Bits(shifted._value) << 52));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane1 Split(Lane1 x, out Lane1 exponent)
    {
        var bits = BitConverter.DoubleToInt64Bits(x._value) + LaneBits.OneLessSqrtHalf;
        exponent = new(BitConverter.Int64BitsToDouble((bits >>> 52) | LaneBits.TwoToThe52) - LaneBits.ExponentBias);
        return new(BitConverter.Int64BitsToDouble((bits & LaneBits.Mantissa) + LaneBits.SqrtHalf));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Lane1 Mask(bool set) => new(BitConverter.Int64BitsToDouble(set ? -1 : 0));
}
