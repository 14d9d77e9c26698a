using System.Collections.Immutable;
using AnalogAttention.Circuits;
using AnalogAttention.Simulation;

namespace AnalogAttention.Tests.Simulation;

/// <summary>The benches of Netlists/periphery.lib: two conversions per run, pulses read off the waveforms.</summary>
/// <param name="Signed">The circuit between K and V arrays, or the one behind the V array.</param>
/// <param name="Section"><c>ideal</c> or <c>transistor</c>.</param>
internal sealed record PeripheryDeck(bool Signed, string Section)
{
    public const double FullScaleSeconds = 15e-9, CycleSeconds = 38e-9;

    /// <summary>1 % of full scale, the accuracy asked of both sections.</summary>
    public const double ToleranceSeconds = 0.01 * FullScaleSeconds;

    public double SaturationCoulombs => Signed ? 0.6e-12 : 1.2e-12;

    /// <summary>HardSigmoid (of |Q| where signed), seconds.</summary>
    public double Expected(double coulombs) => FullScaleSeconds * Math.Clamp((Signed ? Math.Abs(coulombs) : coulombs) / SaturationCoulombs, 0, 1);

    public Circuit Read(params (string Name, double Value)[] parameters)
    {
        var name = (Signed ? "signed-" : "") + "charge-to-pulse" + (Section == "ideal" ? "" : "-" + Section) + ".cir";
        return DeckReader.Read(Path.Combine(AppContext.BaseDirectory, "Netlists", name),
            new DeckReaderOptions { Parameters = parameters.ToImmutableDictionary(p => p.Name, p => p.Value) });
    }

    /// <summary>Converts two charges, one after the other.</summary>
    /// <param name="pulseSeconds">Width of the current pulse that draws each charge.</param>
    public (Conversion First, Conversion Second) Convert(IEngine engine, double firstCoulombs, double secondCoulombs, double pulseSeconds = 15e-9)
    {
        var waves = engine.Run(Read(("q", firstCoulombs), ("q2", secondCoulombs), ("t_q", pulseSeconds))).Analyses[0];
        return (At(waves, firstCoulombs, 0), At(waves, secondCoulombs, CycleSeconds));
    }

    /// <summary>Every charge, two to a run, on both cores.</summary>
    public Conversion[] Convert(IEngine engine, double[] coulombs)
    {
        var results = new Conversion[coulombs.Length];
        Parallel.For(0, (coulombs.Length + 1) / 2, new ParallelOptions { MaxDegreeOfParallelism = 2 }, pair =>
        {
            int first = 2 * pair, second = Math.Min(first + 1, coulombs.Length - 1);
            (results[first], results[second]) = Convert(engine, coulombs[first], coulombs[second]);
        });
        return results;
    }

    private Conversion At(WaveformSet waves, double coulombs, double startSeconds)
    {
        double[] time = waves["time"], pulse = waves[Signed ? "v(mag)" : "v(out)"];
        var level = Signed ? 0.45 : 0.675;
        double width = 0, begin = double.NaN, peak = 0;
        var signVolts = Signed ? At(waves["v(sign)"], startSeconds + 21.3e-9) : double.NaN;
        for (var k = 1; k < time.Length; k++)
        {
            if (time[k - 1] < startSeconds || time[k] > startSeconds + CycleSeconds)
                continue;
            peak = Math.Max(peak, pulse[k]);
            double a = pulse[k - 1] - level, b = pulse[k] - level, step = time[k] - time[k - 1];
            // time above the level, straight lines between points
            width += a > 0 && b > 0 ? step : a > 0 ? step * a / (a - b) : b > 0 ? step * b / (b - a) : 0;
            if (a <= 0 && b > 0 && double.IsNaN(begin))
                begin = time[k - 1] + step * -a / (b - a) - startSeconds - 21e-9;
        }
        return new Conversion(coulombs, width, begin, peak, signVolts);

        double At(double[] values, double seconds)
        {
            var k = Array.FindIndex(time, t => t >= seconds);
            return values[k];
        }
    }
}

/// <param name="WidthSeconds">Time above 50 %; 0: no pulse.</param>
/// <param name="BeginSeconds">Rising edge at 50 % after that of <c>read</c>; NaN without a pulse.</param>
/// <param name="SignVolts">Sign while mag is high.</param>
internal sealed record Conversion(double Coulombs, double WidthSeconds, double BeginSeconds, double PeakVolts, double SignVolts);
