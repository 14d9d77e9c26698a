using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace AnalogAttention.Inference.Tensors;

/// <summary>e^x in single precision, lane by lane the same on every machine that has fused multiply-add.</summary>
public static class VectorExp
{
    // ln 2 in two parts: the first has few enough bits for n * High to be exact
    private const float High = 0.693359375f, Low = -2.12194440e-4f;

    private const float Log2E = 1.44269504088896341f;

    // e^x is below 2e-38 there, and 2^n still a normal number
    private const float Smallest = -86.5f;

    // e^x overflows above 88.7228
    private const float Largest = 89f;

    /// <summary>
    /// e^x = 2^n e^r with n = round(x / ln 2), |r| at most ln 2 / 2 and a polynomial of degree 6 (Cody and Waite 1980, chapter 6; coefficients of
    /// Cephes): relative error below 2e-7. Below -86.5 zero, from 88.7228 on infinity; NaN stays NaN.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Exp(Vector512<float> x)
    {
        Vector512<float> limited = Vector512.MinNative(Vector512.Create(Largest), x);       // the second operand where one is NaN
        Vector512<float> n = Vector512.Round(limited * Log2E);
        Vector512<float> r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-High), limited);
        r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-Low), r);
        var p = Vector512.Create(1.9875691500e-4f);
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1.3981999507e-3f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(8.3334519073e-3f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(4.1665795894e-2f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1.6666665459e-1f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(5.0000001201e-1f));
        p = Vector512.FusedMultiplyAdd(p, r * r, r) + Vector512<float>.One;
        return Vector512.ConditionalSelect(Vector512.LessThan(x, Vector512.Create(Smallest)), Vector512<float>.Zero, Scale(p, n));
    }

    /// <summary>p 2^n for whole n from -125 on; what lies below is not used.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Scale(Vector512<float> p, Vector512<float> n)
    {
        if (Avx512F.IsSupported)
            return Avx512F.Scale(p, n);
        // 2^(n - 1) by its exponent field: n reaches 128
        Vector512<int> half = (Vector512.ConvertToInt32Native(n) + Vector512.Create(126)) << 23;
        return p * half.AsSingle() * 2f;
    }
}
