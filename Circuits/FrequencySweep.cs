namespace AnalogAttention.Circuits;

/// <summary>How the points of a frequency sweep are spaced: per decade, per octave, or in all on a linear scale.</summary>
public enum FrequencyScale { Decade, Octave, Linear }

/// <param name="Points">Per decade, per octave, or in all.</param>
public sealed record FrequencySweep(FrequencyScale Scale, int Points, double StartHertz, double StopHertz)
{
    /// <summary>
    /// The frequencies in hertz, ascending. Octaves are spaced by 2^(1/n) and decades by 10^(1/n) up to the stop; with
    /// <paramref name="stretched"/> decades are divided into floor(n log10(stop/start)) equal factors that end at the stop, as ngspice
    /// does in <c>.ac</c> (but not in <c>.noise</c>). Equal ends give one point.
    /// </summary>
    public IReadOnlyList<double> Hertz(bool stretched)
    {
        if (Scale == FrequencyScale.Linear)
            return Points == 1 || StopHertz == StartHertz ? [StartHertz] : [.. Enumerable.Range(0, Points).Select(k => StartHertz + k * (StopHertz - StartHertz) / (Points - 1))];
        var perOctave = Scale == FrequencyScale.Octave;
        var span = perOctave ? Math.Log2(StopHertz / StartHertz) : Math.Log10(StopHertz / StartHertz);
        const double rounding = 1e-9; // of a step: 1 Hz to 1 kHz are three decades
        var steps = (int)Math.Floor(span * Points + rounding);
        var factor = Math.Log(perOctave ? 2 : 10) / Points;
        if (stretched && !perOctave && steps > 0)
            factor = Math.Log(StopHertz / StartHertz) / steps;
        return [.. Enumerable.Range(0, steps + 1).Select(k => k == 0 ? StartHertz : StartHertz * Math.Exp(k * factor))];
    }
}
