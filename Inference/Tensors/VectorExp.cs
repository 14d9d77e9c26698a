using System.Numerics;
using System.Runtime.CompilerServices;

namespace AnalogAttention.Inference.Tensors;

/// <summary>e^x in single precision, lane by lane the same on every machine that has fused multiply-add.</summary>
public static class VectorExp
{
    // ln 2 in two parts: the first has few enough bits for n * High to be exact
    private const float High = 0.693359375f, Low = -2.12194440e-4f;

    private const float Log2E = 1.44269504088896341f;

    // e^x is below 2e-38 there, and 2^n still a normal number
    private const float Smallest = -86.5f;

    // e^x = 2 e^(x - ln 2) overflows above 88.7228
    private const float Largest = 88.7f;

    /// <summary>
    /// e^x = 2^n e^r with n = round(x / ln 2), |r| at most ln 2 / 2 and a polynomial of degree 6 (Cody and Waite 1980, chapter 6; coefficients of
    /// Cephes): relative error below 2e-7. Below -86.5 zero, above 88.7 infinity; NaN stays NaN.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Exp(Vector<float> x)
    {
        Vector<float> n = Vector.MinNative(Vector.MaxNative(Vector.Round(x * Log2E), new Vector<float>(-125)), new Vector<float>(128));
        Vector<float> r = Vector.FusedMultiplyAdd(n, new Vector<float>(-High), x);
        r = Vector.FusedMultiplyAdd(n, new Vector<float>(-Low), r);
        var p = new Vector<float>(1.9875691500e-4f);
        p = Vector.FusedMultiplyAdd(p, r, new Vector<float>(1.3981999507e-3f));
        p = Vector.FusedMultiplyAdd(p, r, new Vector<float>(8.3334519073e-3f));
        p = Vector.FusedMultiplyAdd(p, r, new Vector<float>(4.1665795894e-2f));
        p = Vector.FusedMultiplyAdd(p, r, new Vector<float>(1.6666665459e-1f));
        p = Vector.FusedMultiplyAdd(p, r, new Vector<float>(5.0000001201e-1f));
        p = Vector.FusedMultiplyAdd(p, r * r, r) + Vector<float>.One;
        // 2^(n - 1) by its exponent field: n reaches 128
        Vector<int> half = (Vector.ConvertToInt32Native(n) + new Vector<int>(126)) << 23;
        Vector<float> y = p * Vector.AsVectorSingle(half) * 2f;
        y = Vector.ConditionalSelect(Vector.LessThan(x, new Vector<float>(Smallest)), Vector<float>.Zero, y);
        return Vector.ConditionalSelect(Vector.GreaterThan(x, new Vector<float>(Largest)), new Vector<float>(float.PositiveInfinity), y);
    }
}
