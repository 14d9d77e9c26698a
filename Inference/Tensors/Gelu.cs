using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace AnalogAttention.Inference.Tensors;

/// <summary>The two GELUs of GPT-2 checkpoints (Hendrycks and Gimpel 2016).</summary>
public enum Activation
{
    /// <summary><c>gelu_new</c>: x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))).</summary>
    GeluTanh,

    /// <summary><c>gelu</c>: x/2 (1 + erf(x / sqrt 2)).</summary>
    GeluErf,
}

/// <summary>GELU in place, vector by vector; lengths that are no multiple of the vector are padded, so that every element takes the same path.</summary>
public static class Gelu
{
    private const float TwoSqrtTwoOverPi = 1.5957691216057308f;
    private const float Cubic = 0.044715f;
    private const float InverseSqrtTwo = 0.70710678118654752f;

    public static void Apply(Activation activation, Span<float> x)
    {
        ref float values = ref MemoryMarshal.GetReference(x);
        int w = Vector512<float>.Count, i = 0;
        for (; i <= x.Length - w; i += w)
            Value(activation, Vector512.LoadUnsafe(ref values, (nuint)i)).StoreUnsafe(ref values, (nuint)i);
        if (i == x.Length)
            return;
        Span<float> rest = stackalloc float[w];
        rest.Clear();
        x[i..].CopyTo(rest);
        Value(activation, Vector512.Create<float>(rest)).CopyTo(rest);
        rest[..(x.Length - i)].CopyTo(x[i..]);
    }

    private static Vector512<float> Value(Activation activation, Vector512<float> x) => activation == Activation.GeluTanh ? Tanh(x) : Erf(x);

    /// <summary>(1 + tanh u)/2 = 1/(1 + exp(-2u)).</summary>
    private static Vector512<float> Tanh(Vector512<float> x)
    {
        Vector512<float> u = x * Vector512.FusedMultiplyAdd(x * x, Vector512.Create(Cubic * TwoSqrtTwoOverPi), Vector512.Create(TwoSqrtTwoOverPi));
        return x / (Vector512<float>.One + VectorExp.Exp(-u));
    }

    /// <summary>
    /// x/2 erfc(-x / sqrt 2), with erfc(z) = t exp(-z^2 + P(t)), t = 1/(1 + z/2) for z >= 0: relative error below 1.2e-7
    /// (Press et al., Numerical Recipes, section 6.2, erfcc).
    /// </summary>
    private static Vector512<float> Erf(Vector512<float> x)
    {
        Vector512<float> z = Vector512.Abs(x) * InverseSqrtTwo;
        Vector512<float> t = Vector512<float>.One / Vector512.FusedMultiplyAdd(z, Vector512.Create(0.5f), Vector512<float>.One);
        ReadOnlySpan<float> coefficients = [0.17087277f, -0.82215223f, 1.48851587f, -1.13520398f, 0.27886807f, -0.18628806f, 0.09678418f, 0.37409196f, 1.00002368f, -1.26551223f];
        var p = Vector512.Create(coefficients[0]);
        for (var i = 1; i < coefficients.Length; i++)
            p = Vector512.FusedMultiplyAdd(p, t, Vector512.Create(coefficients[i]));
        Vector512<float> halfTail = t * VectorExp.Exp(Vector512.FusedMultiplyAdd(-z, z, p)) * 0.5f;
        return x * Vector512.ConditionalSelect(Vector512.LessThan(x, Vector512<float>.Zero), halfTail, Vector512<float>.One - halfTail);
    }
}
