namespace AnalogAttention.Circuits;

/// <summary>
/// <c>PULSE</c>: low until the delay, then a trapezoid, once per period. All seven values are as used: what a deck leaves out was
/// filled in as ngspice does (rise and fall: the print step of <c>.tran</c>; width and period: its stop time; so a width of zero
/// stays high to the end). Without a <c>.tran</c> the edges are 0 and width and period are infinite.
/// </summary>
/// <param name="Dc">An explicit <c>DC</c> value beside the waveform; otherwise the value at t = 0.</param>
public sealed record PulseWaveform(
    double Initial, double Pulsed, double DelaySeconds, double RiseSeconds, double FallSeconds, double WidthSeconds, double PeriodSeconds, double? Dc = null) : SourceWaveform
{
    public override double DcValue => Dc ?? ValueAt(0);

    public override double ValueAt(double seconds)
    {
        var time = seconds - DelaySeconds;
        if (time > PeriodSeconds)
            time -= PeriodSeconds * Math.Floor(time / PeriodSeconds);
        if (time <= 0 || time >= RiseSeconds + WidthSeconds + FallSeconds)
            return Initial;
        if (time < RiseSeconds)
            return Initial + (Pulsed - Initial) * time / RiseSeconds;
        return time <= RiseSeconds + WidthSeconds
            ? Pulsed
            : Pulsed + (Initial - Pulsed) * (time - (RiseSeconds + WidthSeconds)) / FallSeconds;
    }

    public override IEnumerable<double> Breakpoints(double stop)
    {
        double[] corners = [0, RiseSeconds, RiseSeconds + WidthSeconds, RiseSeconds + WidthSeconds + FallSeconds];
        var last = 0.0;
        // periods that end before 0 have no corner in a run
        var first = DelaySeconds < 0 && PeriodSeconds > 0 ? (long)Math.Min(-DelaySeconds / PeriodSeconds, 1e15) : 0;
        var cut = RiseSeconds + WidthSeconds + FallSeconds > PeriodSeconds; // the next pulse begins before this one has ended
        for (var period = first; ; period++)
        {
            var start = DelaySeconds + (period == 0 ? 0 : period * PeriodSeconds);
            if (cut && period > first && Before(start, PeriodSeconds) is var end && end > last && end <= stop)
                yield return last = end;
            if (!(start <= stop))
                yield break;
            foreach (var corner in corners)
            {
                var time = start + corner;
                if (corner < PeriodSeconds && time > last && time <= stop)
                    yield return last = time;
            }
        }
    }
}

/// <summary><c>SIN</c>: offset + amplitude sin(2 pi f t + phase) exp(-damping t) with t counted from the delay; held at its start before.</summary>
/// <param name="Hertz">0 for the ngspice default of one period in the stop time when there is no <c>.tran</c>.</param>
/// <param name="Dc">An explicit <c>DC</c> value beside the waveform; otherwise the value at t = 0.</param>
public sealed record SinWaveform(double Offset, double Amplitude, double Hertz, double DelaySeconds = 0, double DampingPerSecond = 0, double PhaseDegrees = 0, double? Dc = null) : SourceWaveform
{
    public override double DcValue => Dc ?? ValueAt(0);

    public override double ValueAt(double seconds)
    {
        var time = seconds - DelaySeconds;
        var phase = PhaseDegrees * Math.PI / 180;
        return time <= 0
            ? Offset + Amplitude * Math.Sin(phase)
            : Offset + Amplitude * Math.Sin(2 * Math.PI * Hertz * time + phase) * Math.Exp(-time * DampingPerSecond);
    }

    public override IEnumerable<double> Breakpoints(double stop) => DelaySeconds > 0 && DelaySeconds <= stop ? [DelaySeconds] : [];
}

/// <summary><c>EXP</c>: an exponential approach to the second value from the rise delay, and back from the fall delay.</summary>
/// <param name="Dc">An explicit <c>DC</c> value beside the waveform; otherwise the value at t = 0.</param>
public sealed record ExpWaveform(double Initial, double Pulsed, double RiseDelaySeconds, double RiseTauSeconds, double FallDelaySeconds, double FallTauSeconds, double? Dc = null) : SourceWaveform
{
    public override double DcValue => Dc ?? ValueAt(0);

    public override double ValueAt(double seconds)
    {
        if (seconds <= RiseDelaySeconds)
            return Initial;
        var value = Initial + (Pulsed - Initial) * (1 - Math.Exp(-(seconds - RiseDelaySeconds) / RiseTauSeconds));
        return seconds <= FallDelaySeconds
            ? value
            : value + (Initial - Pulsed) * (1 - Math.Exp(-(seconds - FallDelaySeconds) / FallTauSeconds));
    }

    public override IEnumerable<double> Breakpoints(double stop)
    {
        if (RiseDelaySeconds > 0 && RiseDelaySeconds <= stop)
            yield return RiseDelaySeconds;
        if (FallDelaySeconds > Math.Max(0, RiseDelaySeconds) && FallDelaySeconds <= stop)
            yield return FallDelaySeconds;
    }
}
