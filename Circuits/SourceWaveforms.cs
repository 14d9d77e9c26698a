using System.Collections.Immutable;

namespace AnalogAttention.Circuits;

/// <summary>The value of an independent source over time, in volts or amperes, seconds.</summary>
public abstract record SourceWaveform
{
    /// <summary>Value used by <c>.op</c> and <c>.dc</c>. The operating point before a transient uses <see cref="ValueAt"/>(0), as in ngspice.</summary>
    public abstract double DcValue { get; }

    public abstract double ValueAt(double seconds);

    /// <summary>
    /// Times in (0, stop] at which the slope jumps, ascending: a transient must step on each. Where the value itself jumps there are two,
    /// the last one before (<see cref="Before"/>) and the jump.
    /// </summary>
    public abstract IEnumerable<double> Breakpoints(double stop);

    /// <summary>A billionth of a period before a time, or as near as numbers allow.</summary>
    protected static double Before(double seconds, double periodSeconds) => seconds - Math.Max(1e-9 * periodSeconds, 32 * (Math.BitIncrement(seconds) - seconds));
}

public sealed record DcWaveform(double Value) : SourceWaveform
{
    public override double DcValue => Value;
    public override double ValueAt(double seconds) => Value;
    public override IEnumerable<double> Breakpoints(double stop) => [];
}

/// <summary><c>PWL</c>: straight lines between points, constant outside.</summary>
/// <param name="Dc">An explicit <c>DC</c> value beside the waveform; otherwise the value at t = 0.</param>
/// <param name="RepeatSeconds"><c>r=</c>: time of a point from which all repeats after the last one; null for never.</param>
/// <param name="DelaySeconds"><c>td=</c>: added to every time.</param>
public sealed record PwlWaveform(ImmutableArray<(double Seconds, double Value)> Points, double? Dc = null, double? RepeatSeconds = null, double DelaySeconds = 0) : SourceWaveform
{
    public override double DcValue => Dc ?? ValueAt(0);

    public override double ValueAt(double seconds)
    {
        seconds -= DelaySeconds;
        if (RepeatSeconds is { } repeat && seconds >= Points[^1].Seconds)
        {
            var period = Points[^1].Seconds - repeat;
            seconds -= period * (Math.Floor((seconds - Points[^1].Seconds) / period) + 1);
        }
        if (seconds <= Points[0].Seconds)
            return Points[0].Value;
        int low = 0, high = Points.Length - 1;
        if (seconds >= Points[high].Seconds)
            return Points[high].Value;
        while (high - low > 1)
        {
            var middle = (low + high) / 2;
            if (Points[middle].Seconds <= seconds)
                low = middle;
            else
                high = middle;
        }
        var (t0, v0) = Points[low];
        var (t1, v1) = Points[high];
        return v0 + (v1 - v0) * (seconds - t0) / (t1 - t0);
    }

    public override IEnumerable<double> Breakpoints(double stop)
    {
        var (end, period) = (Points[^1].Seconds, Points[^1].Seconds - (RepeatSeconds ?? 0));
        var jumps = RepeatSeconds is { } start && Points[^1].Value != ValueAt(DelaySeconds + start);
        foreach (var (seconds, _) in Points)
        {
            var time = DelaySeconds + seconds;
            if (jumps && seconds == end && Before(time, period) is > 0 and var last && last <= stop)
                yield return last;
            if (time > 0 && time <= stop)
                yield return time;
        }
        if (RepeatSeconds is not { } repeat)
            yield break;
        for (var turn = 0L; ; turn++)
        {
            foreach (var (seconds, _) in Points)
            {
                if (seconds <= repeat)
                    continue;
                var time = DelaySeconds + end + turn * period + (seconds - repeat);
                if (jumps && seconds == end && Before(time, period) is > 0 and var last && last <= stop)
                    yield return last;
                if (time > stop)
                    yield break;
                if (time > 0)
                    yield return time;
            }
        }
    }
}
