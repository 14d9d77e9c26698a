using MathNet.Numerics.Distributions;

namespace AnalogAttention.Studies.Sweeps.Report;

/// <summary>How many of so many points pass.</summary>
public sealed record YieldEstimate(string Scope, int Passed, int Total)
{
    public double Fraction => (double)Passed / Total;

    /// <summary>Of the whole table first, then by corner; a point passes a response's specification if it has a value that holds it.</summary>
    public static IEnumerable<YieldEstimate> Of(SweepData data, Func<int, bool> passes)
    {
        int[] all = [.. Enumerable.Range(0, data.Points.Count)];
        yield return new YieldEstimate("all points", all.Count(passes), all.Length);
        if (data.Corner is not { Levels: { } corners } factor)
            yield break;
        for (var corner = 0; corner < corners.Count; corner++)
            if (all.Where(i => factor.Values[i] == corner).ToArray() is { Length: > 0 } of)
                yield return new YieldEstimate(corners[corner], of.Count(passes), of.Length);
    }

    /// <summary>Score interval of 95 % (Wilson, JASA 22, 1927).</summary>
    public (double Low, double High) Wilson()
    {
        double z = Normal.InvCDF(0, 1, 0.975), n = Total, p = Fraction, scale = 1 + z * z / n;
        double centre = (p + z * z / (2 * n)) / scale, reach = z / scale * Math.Sqrt(p * (1 - p) / n + z * z / (4 * n * n));
        // at the ends the formula is exact, its rounding is not
        return (Passed == 0 ? 0 : centre - reach, Passed == Total ? 1 : centre + reach);
    }
}
