using System.Collections.Immutable;
using System.Text.RegularExpressions;
using AnalogAttention.Circuits;

namespace AnalogAttention.Simulation.Measures;

/// <summary>
/// Evaluates <c>.measure</c>: AVG MIN MAX PP RMS INTEG MIN_AT MAX_AT (FROM TO), FIND and DERIV (AT, WHEN), WHEN, TRIG/TARG, PARAM.
/// Values between points are on straight lines; windows that end between points are cut there.
/// </summary>
public static partial class MeasureEvaluation
{
    /// <summary>Reads every definition: an engine does so before it runs anything.</summary>
    /// <exception cref="DeckException">Definitions that cannot be read: all of them.</exception>
    public static void Check(IEnumerable<Measure> measures) => _ = Read(measures);

    /// <summary>Values in deck order, and for each measure without a value its name and the reason.</summary>
    /// <exception cref="DeckException">Definitions that cannot be read: all of them.</exception>
    public static (IReadOnlyDictionary<string, double> Values, IReadOnlyList<string> Failed) Evaluate(IEnumerable<Measure> measures, IReadOnlyList<WaveformSet> analyses)
    {
        var values = new OrderedDictionary<string, double>(StringComparer.OrdinalIgnoreCase);
        var failed = new List<string>();
        foreach (var (measure, valueOver) in Read(measures))
        {
            try
            {
                var waves = analyses.FirstOrDefault(a => a.Analysis.Equals(measure.Analysis, StringComparison.OrdinalIgnoreCase))
                    ?? throw new MeasureFailure($"the deck has no {measure.Analysis} analysis");
                var value = valueOver(new MeasureScope(waves, values));
                values[measure.Name] = double.IsFinite(value) ? value : throw new MeasureFailure("the result is not finite");
            }
            catch (MeasureFailure failure)
            {
                failed.Add($"{measure.Name}: {failure.Message}");
            }
        }
        return (values, failed);
    }

    private static List<(Measure Measure, Func<MeasureScope, double> ValueOver)> Read(IEnumerable<Measure> measures)
    {
        var read = new List<(Measure, Func<MeasureScope, double>)>();
        var wrong = ImmutableArray.CreateBuilder<Diagnostic>();
        foreach (var measure in measures)
        {
            try
            {
                read.Add((measure, MeasureReader.Read(measure)));
            }
            catch (MeasureDefinitionException e)
            {
                wrong.Add(new Diagnostic(e.Code, DiagnosticSeverity.Error, measure.Span, $".measure {measure.Name}: {e.Message}"));
            }
        }
        return wrong.Count == 0 ? read : throw new DeckException(wrong.ToImmutable());
    }

    /// <summary>The names <c>v(...)</c> and <c>i(...)</c> in the measures of an analysis (<c>vdb(...)</c> means <c>v(...)</c>): what has to be recorded for them.</summary>
    public static IEnumerable<string> Signals(IEnumerable<Measure> measures, string analysis) => measures
        .Where(m => m.Analysis.Equals(analysis, StringComparison.OrdinalIgnoreCase))
        .SelectMany(m => Probe().Matches(m.Definition.ToLowerInvariant()))
        .Select(match => match.Groups[1].Value + match.Groups[2].Value.Replace(" ", "")).Distinct();

    [GeneratedRegex(@"\b([vi])(?:db|m|p|r|i)?\s*(\(\s*[^()]*\))")]
    private static partial Regex Probe();
}

/// <summary>What a measure is evaluated over: the columns of its analysis (none where a number is expected) and the measures before it.</summary>
internal sealed record MeasureScope(WaveformSet? Waves, IReadOnlyDictionary<string, double> Measures)
{
    public MeasureScope WithoutWaves => this with { Waves = null };
}

/// <summary>A measure that has no value, and why.</summary>
internal sealed class MeasureFailure(string reason) : Exception(reason);

/// <summary>A definition that cannot be read, whatever the waveforms.</summary>
internal sealed class MeasureDefinitionException(string code, string message) : Exception(message)
{
    public string Code { get; } = code;
}
