using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace AnalogAttention.Inference.Tensors;

/// <summary>A number known to the compiler.</summary>
internal interface IExponent
{
    static abstract int Value { get; }
}

internal readonly struct Exponent2 : IExponent { public static int Value => 2; }
internal readonly struct Exponent3 : IExponent { public static int Value => 3; }
internal readonly struct Exponent4 : IExponent { public static int Value => 4; }
internal readonly struct Exponent5 : IExponent { public static int Value => 5; }
internal readonly struct Exponent6 : IExponent { public static int Value => 6; }
internal readonly struct Exponent7 : IExponent { public static int Value => 7; }
internal readonly struct Exponent8 : IExponent { public static int Value => 8; }
internal readonly struct Exponent9 : IExponent { public static int Value => 9; }
internal readonly struct Exponent10 : IExponent { public static int Value => 10; }
internal readonly struct Exponent11 : IExponent { public static int Value => 11; }

/// <summary>A row of singles whose weights are a power of what is stored: powers of one matrix cost its memory once. Squares of squares, in the same order on every path.</summary>
internal readonly unsafe struct PowerRow<T> : IPanelRow where T : struct, IExponent
{
    public static int Bytes => F32Row.Bytes;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Load(byte* row, out Vector512<float> low, out Vector512<float> high)
    {
        F32Row.Load(row, out Vector512<float> x, out Vector512<float> y);
        (low, high) = (Power(x), Power(y));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Load(byte* row, int column)
    {
        Vector<float> x = F32Row.Load(row, column), x2 = x * x, x4 = x2 * x2;
        return T.Value switch { 2 => x2, 3 => x2 * x, 4 => x4, 5 => x4 * x, 6 => x4 * x2, 7 => x4 * x2 * x, 8 => x4 * x4, 9 => x4 * x4 * x, 10 => x4 * x4 * x2, _ => x4 * x4 * x2 * x };
    }

    public static float Weight(byte* row, int column)
    {
        float x = F32Row.Weight(row, column), x2 = x * x, x4 = x2 * x2;
        return T.Value switch { 2 => x2, 3 => x2 * x, 4 => x4, 5 => x4 * x, 6 => x4 * x2, 7 => x4 * x2 * x, 8 => x4 * x4, 9 => x4 * x4 * x, 10 => x4 * x4 * x2, _ => x4 * x4 * x2 * x };
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Power(Vector512<float> x)
    {
        Vector512<float> x2 = x * x, x4 = x2 * x2;
        return T.Value switch { 2 => x2, 3 => x2 * x, 4 => x4, 5 => x4 * x, 6 => x4 * x2, 7 => x4 * x2 * x, 8 => x4 * x4, 9 => x4 * x4 * x, 10 => x4 * x4 * x2, _ => x4 * x4 * x2 * x };
    }
}
