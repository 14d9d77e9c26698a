using System.Collections.Immutable;
using System.Text;
using System.Text.RegularExpressions;

namespace AnalogAttention.Circuits.Language;

/// <summary>Evaluates what a deck asks for, in its top-level scope.</summary>
internal sealed partial class AnalysisElaborator(Evaluator evaluator, ParameterScope scope, DiagnosticList diagnostics)
{
    public ImmutableArray<Analysis> Analyses(IEnumerable<AnalysisStatement> statements)
    {
        var analyses = ImmutableArray.CreateBuilder<Analysis>();
        foreach (var statement in statements)
        {
            Analysis? analysis = statement switch
            {
                OperatingPointStatement => new OperatingPoint(statement.Span),
                DcSweepStatement sweep => Sweep(sweep),
                TransientStatement transient => TransientOf(transient),
                SmallSignalStatement ac => Frequencies(ac.Frequencies) is { } frequencies ? new SmallSignal(ac.Span, frequencies) : null,
                NoiseStatement noise => NoiseOf(noise),
                _ => throw new InvalidOperationException(statement.GetType().Name),
            };
            if (analysis is not null)
                analyses.Add(analysis);
        }
        return analyses.ToImmutable();
    }

    /// <param name="outside">Node of a name that may be a pin of an instance.</param>
    public ImmutableArray<Measure> Measures(IEnumerable<MeasureStatement> statements, Func<string, string> outside)
    {
        var measures = ImmutableArray.CreateBuilder<Measure>();
        var names = new HashSet<string>();
        foreach (var (name, analysis, line, start) in statements)
        {
            if (!names.Add(name.Text))
                diagnostics.Error(DiagnosticCodes.DuplicateDefinition, name.Span, $"measure '{name}' is already defined");
            else if (Definition(line, start) is { } definition)
                measures.Add(new Measure(name.Text, analysis.Text, HierarchicalVoltage().Replace(definition, v => $"v({string.Join(',', v.Groups[1].Value.ToLowerInvariant().Split(',').Select(n => outside(n.Trim())))})"), name.Span));
        }
        return measures.ToImmutable();
    }

    [GeneratedRegex(@"\bv\(([^()]*\.[^()]*)\)", RegexOptions.IgnoreCase)]
    private static partial Regex HierarchicalVoltage();

    private DcSweep? Sweep(DcSweepStatement sweep)
    {
        var axes = ImmutableArray.CreateBuilder<SweepAxis>();
        foreach (var axis in sweep.Axes)
        {
            var (start, stop, step) = (Value(axis.Start), Value(axis.Stop), Value(axis.Step));
            if (start is not { } from || stop is not { } to || step is not { } by)
                return null;
            if (by == 0 || (to - from) * by < 0)
            {
                diagnostics.Error(DiagnosticCodes.SweepStep, axis.Step.Span, $"a step of {SpiceNumber.Format(by)} does not lead from {SpiceNumber.Format(from)} to {SpiceNumber.Format(to)}");
                return null;
            }
            const double mostPoints = 1e8;
            if ((to - from) / by > mostPoints)
            {
                diagnostics.Error(DiagnosticCodes.TooLarge, axis.Step.Span, $"the sweep has more than {SpiceNumber.Format(mostPoints)} points");
                return null;
            }
            if (axis.Source.Text == SweepAxis.Temperature && !OptionElaborator.IsTemperature(Math.Min(from, to)))
            {
                diagnostics.Error(DiagnosticCodes.BadValue, (from < to ? axis.Start : axis.Stop).Span, OptionElaborator.BelowZero(Math.Min(from, to)));
                return null;
            }
            axes.Add(new SweepAxis(axis.Source.Text, from, to, by));
        }
        return new DcSweep(sweep.Span, axes.ToImmutable());
    }

    private Transient? TransientOf(TransientStatement transient)
    {
        double? maximum = null;
        if (Value(transient.Step) is not { } step || Value(transient.Stop) is not { } stop)
            return null;
        double? start = transient.Start is null ? 0 : Value(transient.Start);
        if (start is not { } first || transient.Maximum is not null && (maximum = Value(transient.Maximum)) is null)
            return null;
        bool Wrong(bool isWrong, Expression where, string message)
        {
            if (isWrong)
                diagnostics.Error(DiagnosticCodes.TransientTimes, where.Span, message);
            return isWrong;
        }
        if (Wrong(step <= 0, transient.Step, "the time step must be positive")
            | Wrong(stop <= 0, transient.Stop, "the stop time must be positive")
            | Wrong(first < 0 || stop > 0 && first >= stop, transient.Start ?? transient.Stop, "the start time must lie between 0 and the stop time")
            | Wrong(maximum <= 0, transient.Maximum ?? transient.Stop, "the largest step must be positive"))
            return null;
        const double mostSteps = 1e9;
        if (stop / (maximum ?? Math.Min(step, (stop - first) / 50)) is > mostSteps and var steps)
        {
            diagnostics.Error(DiagnosticCodes.TooLarge, (transient.Maximum ?? transient.Step).Span, FormattableString.Invariant($"the run has {steps:g3} of its largest steps, at most {mostSteps:g3} are possible"));
            return null;
        }
        return new Transient(transient.Span, step, stop, first, maximum, transient.UseInitialConditions);
    }

    private Noise? NoiseOf(NoiseStatement noise)
    {
        var summary = noise.PointsPerSummary is { } points ? Value(points) : 0;
        return Frequencies(noise.Frequencies, zeroAllowed: false) is { } frequencies && summary is { } parts
            ? new Noise(noise.Span, noise.Output[0].Text, noise.Output.Length > 1 ? noise.Output[1].Text : "0", noise.Source.Text, frequencies, parts != 0)
            : null;
    }

    private FrequencySweep? Frequencies(FrequencySweepStatement sweep, bool zeroAllowed = true)
    {
        if (Value(sweep.Points) is not { } points || Value(sweep.Start) is not { } start || Value(sweep.Stop) is not { } stop)
            return null;
        const int mostPoints = 1_000_000;
        var logarithmic = sweep.Scale != FrequencyScale.Linear;
        zeroAllowed &= !logarithmic;
        var (where, wrong) = !(points >= 1 && points <= mostPoints && points == Math.Floor(points)) ? (sweep.Points, $"the number of points is a whole number from 1 to {mostPoints}, found {SpiceNumber.Format(points)}")
            : start < 0 || !zeroAllowed && start == 0 ? (sweep.Start, $"the first frequency must be {(zeroAllowed ? "0 or more" : "positive")}, found {SpiceNumber.Format(start)}")
            : stop < start ? (sweep.Stop, $"the last frequency lies below the first, {SpiceNumber.Format(start)}")
            : logarithmic && Math.Log2(stop / start) * points > mostPoints ? (sweep.Points, $"the sweep has more than {mostPoints} points")
            : (null!, "");
        if (where is null)
            return new FrequencySweep(sweep.Scale, (int)points, start, stop);
        diagnostics.Error(DiagnosticCodes.Frequencies, where.Span, wrong);
        return null;
    }

    private double? Value(Expression formula) => evaluator.Evaluate(formula, scope);

    /// <summary>As written, with every <c>{formula}</c> replaced by its value.</summary>
    private string? Definition(LogicalLine line, int start)
    {
        var text = new StringBuilder();
        var at = start;
        while (at < line.Text.Length)
        {
            var open = line.Text.IndexOf('{', at);
            if (open < 0)
                break;
            text.Append(line.Text, at, open - at);
            var cursor = new LineCursor(line);
            cursor.Return(open);
            try
            {
                if (evaluator.Evaluate(cursor.Value("a value"), scope) is not { } value)
                    return null;
                text.Append(SpiceNumber.Format(value));
            }
            catch (StatementException e)
            {
                diagnostics.Add(e.Diagnostic);
                return null;
            }
            at = cursor.Mark();
        }
        return text.Append(line.Text, at, line.Text.Length - at).ToString().Trim();
    }
}
