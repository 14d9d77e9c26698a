using AnalogAttention.Studies.Sweeps;
using AnalogAttention.Studies.Sweeps.Report;

namespace AnalogAttention.Tests.Studies.Sweeps.Report;

/// <summary>Tables of sweeps that were never run.</summary>
internal static class SampleSweep
{
    public static SweepFactor Factor(string name, params double[] values) => new(name, "", false, values);

    public static SweepFactor Drawn(string name, params double[] values) => new(name, "", true, values);

    public static SweepData Data(SweepFactor[] factors, params SweepResponse[] responses) => new("sample", responses[0].Values.Count, [.. Enumerable.Range(0, responses[0].Values.Count)], factors, responses, [.. responses[0].Values.Select(v => double.IsNaN(v) ? "no convergence" : null)]);

    /// <summary>Two corners, five levels, drawn quantities; linear in everything but the level.</summary>
    public static SweepData MonteCarlo(int points, int drawn, int responses)
    {
        var random = new Random(1);
        double[] Normal() => [.. Enumerable.Range(0, points).Select(_ => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()))];
        SweepFactor corner = new("corner", "", false, [.. Enumerable.Range(0, points).Select(i => (double)(i % 2))], ["nominal", "slow, hot"]), level = Factor("level", [.. Enumerable.Range(0, points).Select(i => i / 2 % 5 * 0.2)]);
        SweepFactor[] deviates = [.. Enumerable.Range(0, drawn).Select(i => Drawn($"x{i}.vto", Normal()))];
        return Data([corner, level, .. deviates], [.. Enumerable.Range(0, responses).Select(r => new SweepResponse($"response_{r}",
            [.. Enumerable.Range(0, points).Select(i => i % 97 == 96 ? double.NaN : 1e-13 * (1 + 0.3 * corner.Values[i] + Math.Pow(level.Values[i], 2) + 0.1 * deviates[r % drawn].Values[i]))],
            r == 0 ? new Specification("response_0", 1e-13, 2e-13, "plan.yaml:1:1") : null))]);
    }
}
