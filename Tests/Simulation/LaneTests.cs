using AnalogAttention.Simulation.Devices.Lanes;

namespace AnalogAttention.Tests.Simulation;

public class LaneTests
{
    private static double[] Map<T>(double[] x, Func<T, T> f) where T : struct, ILane<T>
    {
        var y = new double[x.Length];
        for (var k = 0; k < x.Length; k += T.Width)
            T.Store(f(T.Load(in x[0], k)), ref y[0], k);
        return y;
    }

    private static T SoftPlus<T>(T x) where T : struct, ILane<T> => LaneMath.SoftPlus(x, out _);

    private static T Logistic<T>(T x) where T : struct, ILane<T>
    {
        LaneMath.SoftPlus(x, out var slope);
        return slope;
    }

    // every operation of the interface once, on values of both signs
    private static T Mixed<T>(T x) where T : struct, ILane<T>
    {
        var one = T.Broadcast(1);
        var y = T.Sqrt(T.Abs(x)) / (2 + x * x) - (1 - (-x)) + 0.1 * T.MultiplyAdd(x, x, one);
        var picked = T.Select(T.LessThan(x, y), T.Min(x, one), T.Max(y, one));
        return T.Select(T.LessOrEqual(x, T.Broadcast(0)), picked, picked - x);
    }

    private static double[] Spread(double low, double high, params double[] corners)
    {
        var random = new Random(7);
        var x = new double[LaneWidth.Padded(20_000 + corners.Length)];
        for (var k = 0; k < x.Length; k++)
            x[k] = low + (high - low) * random.NextDouble();
        corners.CopyTo(x, 0);
        return x;
    }

    private static readonly double[] Corners = [0, -0.0, 1, -1, 1e-300, -1e-300, 1e-17, -1e-17, 0.34657359, -0.34657359, -299.999, -300, -300.001, 708, 709, -708, 709.9, -800, 5000, -5000];
    private static readonly double[] Positive = [double.Epsilon * 4503599627370496, double.MaxValue, 1, Math.BitDecrement(1), Math.BitIncrement(1), 0.70710678118654746, 0.70710678118654757, 1.4142135623730951, 2, 5.148200222412013e-131];

    private static IEnumerable<TestCaseData> Functions()
    {
        yield return Case("exp", Spread(-720, 720, Corners), LaneMath.Exp, LaneMath.Exp, LaneMath.Exp);
        yield return Case("log", [.. Spread(-700, 700).Select(Math.Exp), .. Spread(0.5, 2, Positive)], LaneMath.Log, LaneMath.Log, LaneMath.Log);
        yield return Case("softplus", Spread(-320, 60, Corners), SoftPlus, SoftPlus, SoftPlus);
        yield return Case("logistic", Spread(-320, 60, Corners), Logistic, Logistic, Logistic);
        yield return Case("mixed", Spread(-3, 3, Corners), Mixed, Mixed, Mixed);
    }

    private static TestCaseData Case(string name, double[] x, Func<Lane1, Lane1> one, Func<Lane4, Lane4> four, Func<Lane8, Lane8> eight) =>
        new TestCaseData(() => Map(x, one), () => Map(x, four), () => Map(x, eight)).SetArgDisplayNames(name);

    [TestCaseSource(nameof(Functions))]
    public void Every_width_gives_the_same_bits(Func<double[]> one, Func<double[]> four, Func<double[]> eight)
    {
        static long[] Bits(double[] y) => [.. y.Select(BitConverter.DoubleToInt64Bits)];
        var expected = Bits(one());
        Assert.Multiple(() =>
        {
            Assert.That(Bits(four()), Is.EqualTo(expected));
            Assert.That(Bits(eight()), Is.EqualTo(expected));
        });
    }

    // the library's functions are within 1 ulp themselves
    [Test]
    public void Exponential_is_within_two_ulp_and_ends_at_its_bounds()
    {
        var x = Spread(-708, 709, 0, -0.0, 1e-300, -1e-17, 0.34657359, -0.34657359);
        var y = Map<Lane1>(x, LaneMath.Exp);
        Assert.Multiple(() =>
        {
            for (var k = 0; k < x.Length; k++)
                Assert.That(y[k], Is.EqualTo(Math.Exp(x[k])).Within(2).Ulps, $"exp({x[k]:r})");
            Assert.That(LaneMath.Exp(new Lane1(-1e9)).Value, Is.EqualTo(Math.Exp(-708)).Within(2).Ulps);
            Assert.That(LaneMath.Exp(new Lane1(1e9)).Value, Is.EqualTo(Math.Exp(709)).Within(2).Ulps);
        });
    }

    [Test]
    public void Logarithm_is_within_three_ulp()
    {
        double[] x = [.. Spread(-700, 700).Select(Math.Exp), .. Spread(0.5, 2, Positive)];
        var y = Map<Lane1>(x, LaneMath.Log);
        for (var k = 0; k < x.Length; k++)
            Assert.That(y[k], Is.EqualTo(Math.Log(x[k])).Within(3).Ulps, $"log({x[k]:r})");
    }

    // ln(1 + e^u) = e^u (1 - e^u/2 + ...) where e^u < 1e-16
    [Test]
    public void SoftPlus_and_its_slope_keep_their_digits_on_both_sides()
    {
        foreach (var u in Spread(-299, 60, 0, -0.0, 1e-17, -1e-17, -36, -37, 36, 37))
        {
            var e = Math.Exp(-Math.Abs(u));
            var one = 1 + e;
            var log = one == 1 ? e : Math.Log(one) * e / (one - 1); // Goldberg 1991, theorem 4
            var y = LaneMath.SoftPlus(new Lane1(u), out var slope);
            Assert.Multiple(() =>
            {
                Assert.That(y.Value, Is.EqualTo(Math.Max(u, 0) + log).Within(8).Ulps, $"softplus({u:r})");
                Assert.That(slope.Value, Is.EqualTo((u < 0 ? e : 1) / one).Within(8).Ulps, $"logistic({u:r})");
            });
        }
        Assert.That(LaneMath.SoftPlus(new Lane1(-301), out var floor).Value, Is.EqualTo(Math.Exp(-300)).Within(1).Ulps);
        Assert.That(floor.Value, Is.Zero);
    }
}
