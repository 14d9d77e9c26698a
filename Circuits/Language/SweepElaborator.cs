using System.Collections.Immutable;

namespace AnalogAttention.Circuits.Language;

/// <summary>Evaluates <c>.step</c> and <c>.mc</c> in the top-level scope of their deck.</summary>
internal sealed class SweepElaborator(DeckStatements deck, Evaluator evaluator, ParameterScope scope, DiagnosticList diagnostics)
{
    private const double MostValues = 1e7;

    private readonly HashSet<string> _known = [.. deck.Top.Parameters.Select(p => p.Name.Text)];
    private readonly HashSet<string> _taken = [];

    public void Refuse()
    {
        foreach (var (command, span) in deck.Steps.Select(s => (".step", s.Span)).Concat(deck.MonteCarlos.Select(m => (".mc", m.Span))))
            diagnostics.Error(DiagnosticCodes.AnalysisNotSupported, span, $"{command} is for the command sweep, with this deck in place of a plan; a plan of a deck states it instead");
    }

    public ImmutableArray<ParameterStep> Steps()
    {
        var steps = ImmutableArray.CreateBuilder<ParameterStep>();
        bool isTemperatureTaken = false;
        foreach (var step in deck.Steps)
        {
            if (step.Parameter is { } parameter ? !IsFree(parameter, "stepped") : isTemperatureTaken)
            {
                if (step.Parameter is null)
                    diagnostics.Error(DiagnosticCodes.GivenTwice, step.Span, "the temperature is stepped twice");
                continue;
            }
            isTemperatureTaken |= step.Parameter is null;
            if (Values(step) is not { } values)
                continue;
            if (step.Parameter is null && values.Min() is var coldest && !OptionElaborator.IsTemperature(coldest))
                diagnostics.Error(DiagnosticCodes.BadValue, step.Numbers[0].Span, OptionElaborator.BelowZero(coldest));
            steps.Add(new ParameterStep(step.Span, step.Parameter?.Text, values));
        }
        return steps.ToImmutable();
    }

    /// <summary>After <see cref="Steps"/>: a parameter is stepped or drawn, not both.</summary>
    public MonteCarloRequest? MonteCarlo()
    {
        foreach (var second in deck.MonteCarlos.Skip(1))
            diagnostics.Error(DiagnosticCodes.GivenTwice, second.Span, ".mc is given twice");
        if (deck.MonteCarlos.FirstOrDefault() is not { } request)
            return null;
        var draws = ImmutableArray.CreateBuilder<ParameterDraw>();
        foreach (var draw in request.Draws)
        {
            double?[] numbers = [.. draw.Numbers.Select(n => evaluator.Evaluate(n, scope))];
            // SUBCIRCUIT.PARAMETER belongs to the instances, which stand only once the deck is expanded
            if ((draw.Parameter.Text.Contains('.') || IsFree(draw.Parameter, "stepped or drawn")) && numbers.All(n => n is not null))
                draws.Add(new ParameterDraw(draw.Parameter.Span, draw.Parameter.Text, draw.Distribution, [.. numbers.Select(n => n!.Value)]));
        }
        return evaluator.Evaluate(request.Samples, scope) is { } samples && (request.Seed is null ? 0 : evaluator.Evaluate(request.Seed, scope)) is { } seed
            ? new MonteCarloRequest(request.Span, samples, request.Seed is null ? null : seed, request.Sampling?.Text, request.Mismatch, draws.ToImmutable())
            : null;
    }

    private bool IsFree(Name parameter, string taken)
    {
        if (!_known.Contains(parameter.Text))
            diagnostics.Error(DiagnosticCodes.UnknownParameter, parameter.Span, $"the deck has no .param '{parameter}'");
        else if (!_taken.Add(parameter.Text))
            diagnostics.Error(DiagnosticCodes.GivenTwice, parameter.Span, $"parameter '{parameter}' is {taken} already");
        else
            return true;
        return false;
    }

    private ImmutableArray<double>? Values(StepStatement step)
    {
        double?[] numbers = [.. step.Numbers.Select(n => evaluator.Evaluate(n, scope))];
        if (numbers.Any(n => n is null))
            return null;
        if (step.Scale == StepScale.List)
            return [.. numbers.Select(n => n!.Value)];
        double start = numbers[0]!.Value, stop = numbers[1]!.Value, third = numbers[2]!.Value;
        if (step.Scale == StepScale.Linear)
        {
            if (third == 0 || (stop - start) * third < 0)
                return Wrong(DiagnosticCodes.SweepStep, 2, $"a step of {SpiceNumber.Format(third)} does not lead from {SpiceNumber.Format(start)} to {SpiceNumber.Format(stop)}");
            if ((stop - start) / third > MostValues)
                return Wrong(DiagnosticCodes.TooLarge, 2, $"the sweep has more than {SpiceNumber.Format(MostValues)} values");
            var axis = new SweepAxis("", start, stop, third);
            return [.. Enumerable.Range(0, axis.Count).Select(axis.At)];
        }
        if (!(start > 0 && stop >= start))
            return Wrong(DiagnosticCodes.BadValue, start > 0 ? 1 : 0, "a logarithmic sweep lies above 0 and leads upwards");
        if (!(third >= 1 && third == Math.Floor(third)))
            return Wrong(DiagnosticCodes.BadValue, 2, $"the number of points is a whole number from 1, found {SpiceNumber.Format(third)}");
        if (Math.Log2(stop / start) * third > MostValues)
            return Wrong(DiagnosticCodes.TooLarge, 2, $"the sweep has more than {SpiceNumber.Format(MostValues)} values");
        return [.. new FrequencySweep(step.Scale == StepScale.Decade ? FrequencyScale.Decade : FrequencyScale.Octave, (int)third, start, stop).Hertz(stretched: false)];

        ImmutableArray<double>? Wrong(string code, int number, string message)
        {
            diagnostics.Error(code, step.Numbers[number].Span, message);
            return null;
        }
    }
}
