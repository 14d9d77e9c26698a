using System.Runtime.Intrinsics;
using AnalogAttention.Inference.Tensors;
using MathNet.Numerics;
using NUnit.Framework;

namespace AnalogAttention.Tests.Inference;

public class ElementwiseTests
{
    [TestCase(Activation.GeluTanh)]
    [TestCase(Activation.GeluErf)]
    public void GeluIsExactToSinglePrecision(Activation activation)
    {
        float[] x = [.. Enumerable.Range(-4000, 8003).Select(i => i / 400f)], y = [.. x];
        Gelu.Apply(activation, y);
        for (var i = 0; i < x.Length; i++)
        {
            double expected = activation == Activation.GeluTanh
                ? 0.5 * x[i] * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x[i] + 0.044715 * Math.Pow(x[i], 3))))
                : 0.5 * x[i] * SpecialFunctions.Erfc(-x[i] / Math.Sqrt(2));
            // Rounding of the argument u of exp(-2u) scales with u; |x| 2^-21 covers it, as tails fall faster than u grows.
            Assert.That(y[i], Is.EqualTo(expected).Within(Math.Max(Math.Abs(x[i]), 0.01) * Math.Pow(2, -21)), $"x = {x[i]}");
        }
    }

    [Test]
    public void GeluOfExtremesIsFinite()
    {
        foreach (Activation activation in Enum.GetValues<Activation>())
        {
            float[] x = [-1e4f, -100, -30, 30, 100, 1e4f];
            Gelu.Apply(activation, x);
            Assert.That(x, Is.EqualTo(new float[] { 0, 0, 0, 30, 100, 1e4f }).Within(1e-30), activation.ToString());
        }
    }

    [Test]
    public void ExponentialIsExactToSinglePrecisionAndHasItsLimits()
    {
        static float Exp(float x) => VectorExp.Exp(Vector512.Create(x))[0];
        for (var i = -86499; i < 88700; i++)
        {
            float x = i * 1e-3f;
            double expected = Math.Exp(x);
            Assert.That(Exp(x), Is.EqualTo(expected).Within(2e-7 * expected), $"x = {x}");
        }
        Assert.That(new[] { Exp(0), Exp(-87), Exp(-1e30f), Exp(float.NegativeInfinity), Exp(89), Exp(float.PositiveInfinity), Exp(float.NaN) },
            Is.EqualTo(new[] { 1, 0, 0, 0, float.PositiveInfinity, float.PositiveInfinity, float.NaN }));
    }

    [TestCase(5)]
    [TestCase(32)]
    [TestCase(771)]
    public void LayerNormEqualsItsDefinitionAlsoFarFromZero(int width)
    {
        var random = new Random(width);
        float[] x = [.. Enumerable.Range(0, 3 * width).Select(i => (float)(1000 + random.NextDouble()))], y = new float[3 * width];
        float[] gain = [.. Enumerable.Range(0, width).Select(_ => (float)random.NextDouble())], bias = [.. Enumerable.Range(0, width).Select(_ => (float)random.NextDouble())];
        LayerNorm.Apply(x, gain, bias, 1e-5, y);
        for (var r = 0; r < 3; r++)
        {
            ArraySegment<float> row = new(x, r * width, width);
            double mean = row.Average(v => (double)v), variance = row.Average(v => (v - mean) * (v - mean));
            for (var i = 0; i < width; i++)
                // Differences of neighbours near 1000 are exact; five roundings of values up to 2 remain.
                Assert.That(y[r * width + i], Is.EqualTo((row[i] - mean) / Math.Sqrt(variance + 1e-5) * gain[i] + bias[i]).Within(5 * 2 * Math.Pow(2, -24)));
        }
    }
}
