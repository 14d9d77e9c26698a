using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace AnalogAttention.Benchmarks;

/// <summary>What one core can do at most: the roof that kernels are measured against.</summary>
internal static class MachineLimits
{
    private const int Chains = 12; // latency 4, two units: 8 chains at least

    /// <summary>Operations per second of fused multiply-adds in registers, 2 each; best of some runs.</summary>
    public static double FlopsPerSecond() => Best(() =>
    {
        const int rounds = 4_000_000;
        var clock = Stopwatch.StartNew();
        var lanes = Vector512.IsHardwareAccelerated ? Multiply512(rounds) : MultiplyVector(rounds);
        return 2.0 * Chains * lanes * rounds / clock.Elapsed.TotalSeconds;
    });

    /// <summary>Bytes per second read in order from an array that no cache holds; best of some runs.</summary>
    public static double BytesPerSecond()
    {
        var array = new float[1 << 27];
        array.AsSpan().Fill(1);
        return Best(() =>
        {
            var clock = Stopwatch.StartNew();
            var sum = Sum(array);
            return 4.0 * array.Length / clock.Elapsed.TotalSeconds * (sum < 0 ? double.NaN : 1);
        });
    }

    private static double Best(Func<double> run) => Enumerable.Range(0, 5).Max(_ => run());

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Multiply512(int rounds)
    {
        Vector512<float> x = Vector512.Create(0.999999f), y = Vector512.Create(1e-7f);
        Vector512<float> a = x, b = x, c = x, d = x, e = x, f = x, g = x, h = x, i = x, j = x, k = x, l = x;
        for (var n = 0; n < rounds; n++)
        {
            a = Vector512.FusedMultiplyAdd(a, x, y);
            b = Vector512.FusedMultiplyAdd(b, x, y);
            c = Vector512.FusedMultiplyAdd(c, x, y);
            d = Vector512.FusedMultiplyAdd(d, x, y);
            e = Vector512.FusedMultiplyAdd(e, x, y);
            f = Vector512.FusedMultiplyAdd(f, x, y);
            g = Vector512.FusedMultiplyAdd(g, x, y);
            h = Vector512.FusedMultiplyAdd(h, x, y);
            i = Vector512.FusedMultiplyAdd(i, x, y);
            j = Vector512.FusedMultiplyAdd(j, x, y);
            k = Vector512.FusedMultiplyAdd(k, x, y);
            l = Vector512.FusedMultiplyAdd(l, x, y);
        }
        return Vector512.Sum(a + b + c + d + e + f + g + h + i + j + k + l) > 0 ? Vector512<float>.Count : 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int MultiplyVector(int rounds)
    {
        Vector<float> x = new(0.999999f), y = new(1e-7f);
        Vector<float> a = x, b = x, c = x, d = x, e = x, f = x, g = x, h = x, i = x, j = x, k = x, l = x;
        for (var n = 0; n < rounds; n++)
        {
            a = Vector.FusedMultiplyAdd(a, x, y);
            b = Vector.FusedMultiplyAdd(b, x, y);
            c = Vector.FusedMultiplyAdd(c, x, y);
            d = Vector.FusedMultiplyAdd(d, x, y);
            e = Vector.FusedMultiplyAdd(e, x, y);
            f = Vector.FusedMultiplyAdd(f, x, y);
            g = Vector.FusedMultiplyAdd(g, x, y);
            h = Vector.FusedMultiplyAdd(h, x, y);
            i = Vector.FusedMultiplyAdd(i, x, y);
            j = Vector.FusedMultiplyAdd(j, x, y);
            k = Vector.FusedMultiplyAdd(k, x, y);
            l = Vector.FusedMultiplyAdd(l, x, y);
        }
        return Vector.Sum(a + b + c + d + e + f + g + h + i + j + k + l) > 0 ? Vector<float>.Count : 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe float Sum(float[] array)
    {
        Vector<float> a = default, b = default, c = default, d = default;
        int w = Vector<float>.Count;
        fixed (float* p = array)
            for (var k = 0; k < array.Length; k += 4 * w)
            {
                a += Vector.Load(p + k);
                b += Vector.Load(p + k + w);
                c += Vector.Load(p + k + 2 * w);
                d += Vector.Load(p + k + 3 * w);
            }
        return Vector.Sum(a + b + c + d);
    }
}
