using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace AnalogAttention.Simulation.Devices.Lanes;

/// <summary>One double, for machines without wide vectors and for single devices; its Exp and Log are those of the vectors.</summary>
internal readonly struct Lane1(double value) : ILane<Lane1>
{
    private static readonly double Set = BitConverter.Int64BitsToDouble(-1);

    public readonly double Value = value;

    public static int Width => 1;

    public static implicit operator Lane1(double value) => new(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane1 Of(double value) => new(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane1 Load(ref readonly double from) => new(from);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(ref double to) => to = Value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane1 operator +(Lane1 a, Lane1 b) => new(a.Value + b.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane1 operator -(Lane1 a, Lane1 b) => new(a.Value - b.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane1 operator -(Lane1 a) => new(-a.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane1 operator *(Lane1 a, Lane1 b) => new(a.Value * b.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane1 operator *(Lane1 a, double b) => new(a.Value * b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane1 operator /(Lane1 a, Lane1 b) => new(a.Value / b.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane1 Sqrt(Lane1 a) => new(Math.Sqrt(a.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane1 Abs(Lane1 a) => new(Math.Abs(a.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane1 Min(Lane1 a, Lane1 b) => a.Value < b.Value ? a : b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane1 Max(Lane1 a, Lane1 b) => a.Value > b.Value ? a : b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane1 Exp(Lane1 a) => new(Vector128.Exp(Vector128.Create(a.Value)).ToScalar());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane1 Log(Lane1 a) => new(Vector128.Log(Vector128.Create(a.Value)).ToScalar());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane1 Greater(Lane1 a, Lane1 b) => new(a.Value > b.Value ? Set : 0);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane1 AtLeast(Lane1 a, Lane1 b) => new(a.Value >= b.Value ? Set : 0);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane1 Select(Lane1 mask, Lane1 yes, Lane1 no) => BitConverter.DoubleToInt64Bits(mask.Value) != 0 ? yes : no;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Any(Lane1 mask) => BitConverter.DoubleToInt64Bits(mask.Value) != 0;
}
