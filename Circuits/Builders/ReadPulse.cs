using AnalogAttention.Circuits.Language;

namespace AnalogAttention.Circuits.Builders;

/// <summary>
/// A pulse on a pair of read lines: one rises from the idle level, the other mirrors it downwards. The width is measured at 50 % of
/// the amplitude; a width of 0 is no pulse at all (a <c>PULSE</c> of zero width would stay high to the end).
/// </summary>
/// <param name="StartSeconds">When the rising edge passes 50 %.</param>
/// <param name="EdgeSeconds">0 to 100 % of a full edge.</param>
public sealed record ReadPulse(double WidthSeconds, double StartSeconds, double EdgeSeconds = 50e-12, double IdleVolts = 0.45, double PeakVolts = 0.9)
{
    /// <summary>A source value for the rising line.</summary>
    public string Rising => Source(PeakVolts - IdleVolts);

    /// <summary>A source value for the mirrored line.</summary>
    public string Mirrored => Source(IdleVolts - PeakVolts);

    /// <summary>Corners (seconds, volts above idle as a fraction of the amplitude). Edges longer than the width meet below the peak, still at 50 % for the width.</summary>
    public IReadOnlyList<(double Seconds, double Fraction)> Corners()
    {
        var half = EdgeSeconds / 2;
        var end = StartSeconds + WidthSeconds;
        if (WidthSeconds == 0)
            return [];
        return WidthSeconds > EdgeSeconds
            ? [(StartSeconds - half, 0), (StartSeconds + half, 1), (end - half, 1), (end + half, 0)]
            : [(StartSeconds - half, 0), (StartSeconds + WidthSeconds / 2, (WidthSeconds + EdgeSeconds) / (2 * EdgeSeconds)), (end + half, 0)];
    }

    private string Source(double amplitudeVolts) => WidthSeconds == 0
        ? SpiceNumber.Format(IdleVolts)
        : $"pwl({string.Join(' ', Corners().Select(c => $"{SpiceNumber.Format(c.Seconds)} {SpiceNumber.Format(IdleVolts + amplitudeVolts * c.Fraction)}"))})";
}
