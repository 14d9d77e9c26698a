using System.Collections.Immutable;

namespace AnalogAttention.Circuits.Language;

/// <summary>Turns source functions into waveforms with ngspice's defaults (vsrcload: a missing or zero argument takes the default).</summary>
/// <param name="StepSeconds">Print step of the deck's first <c>.tran</c>; 0 without one.</param>
/// <param name="StopSeconds">Its stop time; infinite without one.</param>
internal sealed record WaveformElaborator(double StepSeconds, double StopSeconds)
{
    /// <param name="scale">Multiplies every value (<c>m=</c> of a current source).</param>
    /// <param name="given">Values of the arguments, then of the options.</param>
    public SourceWaveform Build(WaveformStatement statement, ImmutableArray<double> given, double? dc, double scale)
    {
        var x = given[..statement.Arguments.Length];
        var (least, most) = statement.Function.Text switch { "pulse" => (2, 7), "sin" => (2, 6), "exp" => (2, 6), _ => (2, int.MaxValue) };
        if (x.Length < least || x.Length > most)
            throw new StatementException(DiagnosticCodes.WrongArgumentCount, statement.Function.Span,
                $"{statement.Function.Text.ToUpperInvariant()} takes {(most == int.MaxValue ? "pairs of time and value" : $"{least} to {most} numbers")}, found {x.Length}");
        double Given(int index, double otherwise) => index < x.Length && x[index] != 0 ? x[index] : otherwise;
        double Span(int index, string what, double otherwise)
        {
            var span = Given(index, otherwise);
            return span >= 0 ? span : throw new StatementException(DiagnosticCodes.BadValue, statement.Arguments[index].Span, $"the {what} is negative: {SpiceNumber.Format(span)} s");
        }
        switch (statement.Function.Text)
        {
            case "pulse":
                return new PulseWaveform(scale * x[0], scale * x[1], Given(2, 0), Span(3, "rise time", StepSeconds), Span(4, "fall time", StepSeconds),
                    Span(5, "width", StopSeconds), Span(6, "period", StopSeconds), dc);
            case "sin":
                return new SinWaveform(scale * x[0], scale * x[1], Given(2, 1 / StopSeconds), Given(3, 0), Given(4, 0), Given(5, 0), dc);
            case "exp":
                var rise = Given(2, StepSeconds);
                return new ExpWaveform(scale * x[0], scale * x[1], rise, Span(3, "rise time constant", StepSeconds), Given(4, rise + StepSeconds), Span(5, "fall time constant", StepSeconds), dc);
            default:
                return Pwl(statement, x, given[x.Length..], dc, scale);
        }
    }

    private static PwlWaveform Pwl(WaveformStatement statement, ImmutableArray<double> x, ImmutableArray<double> options, double? dc, double scale)
    {
        if (x.Length % 2 != 0)
            throw new StatementException(DiagnosticCodes.WrongArgumentCount, statement.Function.Span, $"PWL takes pairs of time and value, found {x.Length} numbers");
        var points = new List<(double, double)>(x.Length / 2);
        for (var i = 0; i < x.Length; i += 2)
        {
            if (i > 0 && x[i] <= x[i - 2])
                throw new StatementException(DiagnosticCodes.PwlTimes, statement.Arguments[i].Span, $"times must increase: {SpiceNumber.Format(x[i])} s after {SpiceNumber.Format(x[i - 2])} s");
            points.Add((x[i], scale * x[i + 1]));
        }
        var waveform = new PwlWaveform([.. points], dc);
        for (var i = 0; i < options.Length; i++)
        {
            var (key, formula) = statement.Options[i];
            if (key.Text == "td")
                waveform = waveform with { DelaySeconds = options[i] };
            // ngspice: r = -1 is no repetition
            else if (options[i] != -1)
            {
                var point = points.FindIndex(p => Math.Abs(p.Item1 - options[i]) <= 1e-12 * Math.Abs(options[i]));
                if (point < 0 || point == points.Count - 1)
                    throw new StatementException(DiagnosticCodes.BadValue, formula.Span, $"r= names the time of a point before the last one, found {SpiceNumber.Format(options[i])} s");
                waveform = waveform with { RepeatSeconds = points[point].Item1 };
            }
        }
        return waveform;
    }
}
