using System.Collections.Immutable;

namespace AnalogAttention.Circuits.Language;

/// <summary>Turns source functions into waveforms with ngspice's defaults (vsrcload: a missing or zero argument takes the default).</summary>
/// <param name="StepSeconds">Print step of the deck's first <c>.tran</c>; 0 without one.</param>
/// <param name="StopSeconds">Its stop time; infinite without one.</param>
internal sealed record WaveformElaborator(double StepSeconds, double StopSeconds)
{
    /// <param name="scale">Multiplies every value (<c>m=</c> of a current source).</param>
    public SourceWaveform Build(WaveformStatement statement, ImmutableArray<double> x, double? dc, double scale)
    {
        var (least, most) = statement.Function.Text switch { "pulse" => (2, 7), "sin" => (2, 6), "exp" => (2, 6), _ => (2, int.MaxValue) };
        if (x.Length < least || x.Length > most)
            throw new StatementException(DiagnosticCodes.WrongArgumentCount, statement.Function.Span,
                $"{statement.Function.Text.ToUpperInvariant()} takes {(most == int.MaxValue ? "pairs of time and value" : $"{least} to {most} numbers")}, found {x.Length}");
        double Given(int index, double otherwise) => index < x.Length && x[index] != 0 ? x[index] : otherwise;
        double Span(int index, string what, double otherwise)
        {
            var given = Given(index, otherwise);
            return given >= 0 ? given : throw new StatementException(DiagnosticCodes.BadValue, statement.Arguments[index].Span, $"the {what} is negative: {SpiceNumber.Format(given)} s");
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
                return Pwl(statement, x, dc, scale);
        }
    }

    private static PwlWaveform Pwl(WaveformStatement statement, ImmutableArray<double> x, double? dc, double scale)
    {
        if (x.Length % 2 != 0)
            throw new StatementException(DiagnosticCodes.WrongArgumentCount, statement.Function.Span, $"PWL takes pairs of time and value, found {x.Length} numbers");
        var points = ImmutableArray.CreateBuilder<(double, double)>(x.Length / 2);
        for (var i = 0; i < x.Length; i += 2)
        {
            if (i > 0 && x[i] <= x[i - 2])
                throw new StatementException(DiagnosticCodes.PwlTimes, statement.Arguments[i].Span, $"times must increase: {SpiceNumber.Format(x[i])} s after {SpiceNumber.Format(x[i - 2])} s");
            points.Add((x[i], scale * x[i + 1]));
        }
        return new PwlWaveform(points.ToImmutable(), dc);
    }
}
