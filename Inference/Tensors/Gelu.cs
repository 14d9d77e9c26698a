using System.Numerics;
using System.Runtime.InteropServices;

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
        int w = Vector<float>.Count, i = 0;
        for (; i <= x.Length - w; i += w)
            Value(activation, Vector.LoadUnsafe(ref values, (nuint)i)).StoreUnsafe(ref values, (nuint)i);
        if (i == x.Length)
            return;
        Span<float> rest = stackalloc float[w];
        rest.Clear();
        x[i..].CopyTo(rest);
        Value(activation, new Vector<float>(rest)).CopyTo(rest);
        rest[..(x.Length - i)].CopyTo(x[i..]);
    }

    private static Vector<float> Value(Activation activation, Vector<float> x) => activation == Activation.GeluTanh ? Tanh(x) : Erf(x);

    /// <summary>(1 + tanh u)/2 = 1/(1 + exp(-2u)).</summary>
    private static Vector<float> Tanh(Vector<float> x)
    {
        Vector<float> u = x * Vector.FusedMultiplyAdd(x * x, new Vector<float>(Cubic * TwoSqrtTwoOverPi), new Vector<float>(TwoSqrtTwoOverPi));
        return x / (Vector<float>.One + VectorExp.Exp(-u));
    }

    /// <summary>
    /// x/2 erfc(-x / sqrt 2), with erfc(z) = t exp(-z^2 + P(t)), t = 1/(1 + z/2) for z >= 0: relative error below 1.2e-7
    /// (Press et al., Numerical Recipes, section 6.2, erfcc).
    /// </summary>
    private static Vector<float> Erf(Vector<float> x)
    {
        Vector<float> z = Vector.Abs(x) * InverseSqrtTwo;
        Vector<float> t = Vector<float>.One / Vector.FusedMultiplyAdd(z, new Vector<float>(0.5f), Vector<float>.One);
        ReadOnlySpan<float> coefficients = [0.17087277f, -0.82215223f, 1.48851587f, -1.13520398f, 0.27886807f, -0.18628806f, 0.09678418f, 0.37409196f, 1.00002368f, -1.26551223f];
        var p = new Vector<float>(coefficients[0]);
        for (var i = 1; i < coefficients.Length; i++)
            p = Vector.FusedMultiplyAdd(p, t, new Vector<float>(coefficients[i]));
        Vector<float> halfTail = t * VectorExp.Exp(Vector.FusedMultiplyAdd(-z, z, p)) * 0.5f;
        return x * Vector.ConditionalSelect(Vector.LessThan(x, Vector<float>.Zero), halfTail, Vector<float>.One - halfTail);
    }
}
