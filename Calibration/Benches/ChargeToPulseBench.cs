using AnalogAttention.Circuits;
using AnalogAttention.Simulation;

namespace AnalogAttention.Calibration.Benches;

/// <summary>Pulse widths that charge-to-pulse circuits make of charges.</summary>
/// <param name="SaturationCoulombs">Charge of the longest pulse.</param>
/// <param name="LongestSeconds">Its width.</param>
/// <param name="Coulombs">n charges sunk from the bitline, ascending.</param>
/// <param name="Seconds">Their pulses at 50 %, 0 where there was none; of the signed circuit with the sign of the charge.</param>
/// <param name="Joules">Supply energy of one conversion cycle, mean.</param>
public sealed record ChargeToPulseTable(double SaturationCoulombs, double LongestSeconds, bool IsSigned, double[] Coulombs, double[] Seconds, double Joules)
{
    /// <summary>t_max clamp(Q / Q_sat), what the circuit is for.</summary>
    public double Ideal(double coulombs) => LongestSeconds * Math.Clamp(coulombs / SaturationCoulombs, IsSigned ? -1 : 0, 1);

    /// <summary>Largest error, as a share of the longest pulse.</summary>
    public double LargestError => Coulombs.Zip(Seconds, (q, t) => Math.Abs(t - Ideal(q)) / LongestSeconds).Max();

    /// <summary>Straight line through the pulses of 5 to 95 % of the range: gain (1 is ideal) and offset as a share of the longest pulse, of one polarity.</summary>
    public (double Gain, double Offset) Line(int sign)
    {
        (double, double)[] inside = [.. Coulombs.Zip(Seconds, (q, t) => (X: sign * q / SaturationCoulombs, Y: sign * t / LongestSeconds)).Where(p => p.X is >= 0.05 and <= 0.95)];
        var (offset, gain) = MathNet.Numerics.Fit.Line([.. inside.Select(p => p.Item1)], [.. inside.Select(p => p.Item2)]);
        return (gain, offset);
    }
}

/// <summary>Benches <c>charge-to-pulse*.cir</c> and <c>signed-charge-to-pulse*.cir</c>: two conversions per transient.</summary>
public static class ChargeToPulseBench
{
    private const int Points = 14;      // of one polarity, over 0 ... 1.2 Q_sat

    internal const double Longest = 15e-9;

    /// <param name="section">Of <c>periphery.lib</c>: <c>transistor</c> or <c>ideal</c>.</param>
    public static (ChargeToPulseTable Table, Circuit Circuit) Run(IEngine engine, bool isSigned, string section, int jobs, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        double saturation = SaturationCoulombs(isSigned);
        double[] shares = [.. Enumerable.Range(isSigned ? -Points : -2, isSigned ? 2 * Points : Points + 2).Select(i => (i + 0.5) * 1.2 / Points)];
        int half = shares.Length / 2;
        // neighbours share a transient: a charge that makes no pulse must not find the other's
        var runs = BenchRuns.All(half, jobs, i => engine.Run(Read(isSigned, section, shares[2 * i], shares[2 * i + 1]), cancellation: cancellation).Measures, progress, cancellation);
        double Width(int i)
        {
            double width = runs[i / 2].GetValueOrDefault(i % 2 == 0 ? "width" : "width2");
            return isSigned ? Math.Sign(shares[i]) * width : width;
        }
        return (new ChargeToPulseTable(saturation, Longest, isSigned, [.. shares.Select(s => s * saturation)], [.. Enumerable.Range(0, shares.Length).Select(Width)],
            runs.Average(measures => measures.GetValueOrDefault("energy", double.NaN))), Read(isSigned, section, 0.5, 0.5));
    }

    /// <summary>The bench with the charges of its two conversions, as shares of Q_sat.</summary>
    internal static Circuit Read(bool isSigned, string section, double first, double second, params (string Name, double Value)[] parameters)
    {
        string bench = (isSigned ? "signed-" : "") + "charge-to-pulse" + (section == "transistor" ? "-transistor" : "") + ".cir";
        return new CellDeck().Read(bench, [("q", first * SaturationCoulombs(isSigned)), ("q2", second * SaturationCoulombs(isSigned)), .. parameters]);
    }

    internal static double SaturationCoulombs(bool isSigned) => isSigned ? 0.6e-12 : 1.2e-12;
}
