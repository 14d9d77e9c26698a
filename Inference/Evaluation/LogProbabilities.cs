using System.Numerics;
using System.Runtime.InteropServices;

namespace AnalogAttention.Inference.Evaluation;

/// <summary>Log-softmax and what is read off it, in double, summed lane by lane in a fixed order.</summary>
internal static class LogProbabilities
{
    /// <summary>x - log(sum exp x), in place.</summary>
    public static void LogSoftmax(Span<double> x)
    {
        double max = x[MostLikely(x)];
        Vector<double> sums = default, shift = new(max);
        ReadOnlySpan<Vector<double>> vectors = MemoryMarshal.Cast<double, Vector<double>>(x);
        foreach (Vector<double> v in vectors)
            sums += Vector.Exp(v - shift);
        double sum = Vector.Sum(sums);
        for (int i = vectors.Length * Vector<double>.Count; i < x.Length; i++)
            sum += Math.Exp(x[i] - max);
        double log = max + Math.Log(sum);
        for (var i = 0; i < x.Length; i++)
            x[i] -= log;
    }

    /// <summary>sum p log(p/q) with p = exp(logP); 0 log 0 is 0.</summary>
    public static double KullbackLeibler(ReadOnlySpan<double> logP, ReadOnlySpan<double> logQ)
    {
        Vector<double> sums = default;
        ReadOnlySpan<Vector<double>> p = MemoryMarshal.Cast<double, Vector<double>>(logP), q = MemoryMarshal.Cast<double, Vector<double>>(logQ);
        for (var i = 0; i < p.Length; i++)
            sums += Vector.Exp(p[i]) * (p[i] - q[i]);
        double sum = Vector.Sum(sums);
        for (int i = p.Length * Vector<double>.Count; i < logP.Length; i++)
            sum += Math.Exp(logP[i]) * (logP[i] - logQ[i]);
        return sum;
    }

    /// <summary>How many values come before that one, by size, then by index: 0 for <see cref="MostLikely"/>.</summary>
    public static int Rank(ReadOnlySpan<double> x, int index)
    {
        var rank = 0;
        for (var i = 0; i < x.Length; i++)
            rank += x[i] > x[index] || x[i] == x[index] && i < index ? 1 : 0;
        return rank;
    }

    /// <summary>The lowest index of the largest value.</summary>
    public static int MostLikely(ReadOnlySpan<double> x)
    {
        var best = 0;
        for (var i = 1; i < x.Length; i++)
            if (x[i] > x[best])
                best = i;
        return best;
    }
}
