using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using AnalogAttention.Circuits;
using AnalogAttention.Simulation.Measures;

namespace AnalogAttention.Simulation.Ngspice;

/// <summary>
/// ngspice, as library or program, in a process of its own: a reference, and the way to models that this repository lacks. Level 44 is
/// exported as behavioural sources. Runs may go on side by side.
/// </summary>
public sealed partial class NgspiceEngine : IEngine
{
    private readonly INgspice _ngspice;

    /// <param name="choice"><c>library</c>, <c>program</c> or the path of one; null leaves it to the environment variable <c>ANALOG_ATTENTION_NGSPICE</c>, else the library comes first.</param>
    /// <exception cref="EngineAbsentException">There is no ngspice, or none that works.</exception>
    public NgspiceEngine(string? choice = null) => _ngspice = NgspiceInstallation.Find(choice);

    public string Name => "ngspice";

    public string Version => _ngspice.Version;

    /// <summary><c>library</c> or <c>program</c>, and its path.</summary>
    public string Location => _ngspice.Location;

    public SimulationResult Run(Circuit circuit, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        MeasureEvaluation.Check(circuit.Measures);
        List<WaveformSet> saved = [], measured = [];
        var statistics = new RunStatistics(0, 0, 0, 0, 0, 0, 0);
        for (var done = 0; done < circuit.Analyses.Length; done++)
        {
            var analysis = circuit.Analyses[done];
            var clock = Stopwatch.StartNew();
            var columns = new NgspiceColumns(circuit, analysis);
            var deck = NgspiceExport.Format(circuit with { Analyses = [analysis], Measures = [], Saved = [.. columns.ToSave] });
            statistics = statistics with { SetupSeconds = statistics.SetupSeconds + clock.Elapsed.TotalSeconds };
            clock.Restart();
            NgspiceOutput output;
            try
            {
                output = _ngspice.Run(deck, part => progress?.Report((done + part) / circuit.Analyses.Length), cancellation);
            }
            catch (OperationCanceledException)
            {
                throw new SimulationCancelledException(Result([]), cancellation);
            }
            statistics = Add(statistics, analysis, NgspiceVerdict.Plot(analysis, output)?.Count ?? 0, output.Printed, clock.Elapsed.TotalSeconds);
            if (NgspiceVerdict.Failure(analysis, output, () => Result(columns.Select(output).Saved)) is { } failure)
                throw failure;
            var (toSave, toMeasure) = columns.Select(output);
            saved.AddRange(toSave);
            measured.Add(toMeasure);
        }
        progress?.Report(1);
        var (values, failed) = MeasureEvaluation.Evaluate(circuit.Measures, measured);
        return new SimulationResult(saved, values, failed, statistics);

        SimulationResult Result(IEnumerable<WaveformSet> unfinished) => new([.. saved, .. unfinished], new Dictionary<string, double>(), [], statistics);
    }

    // ngspice counts all iterations of an analysis together, and its wall time holds the parsing of the deck
    private static RunStatistics Add(RunStatistics sum, Analysis analysis, int points, IReadOnlyList<string> printed, double seconds) => sum with
    {
        Points = sum.Points + points,
        Iterations = sum.Iterations + Count(printed, Iterations()),
        RejectedSteps = sum.RejectedSteps + Count(printed, Rejected()),
        OperatingPointSeconds = sum.OperatingPointSeconds + (analysis is OperatingPoint ? seconds : 0),
        DcSeconds = sum.DcSeconds + (analysis is DcSweep ? seconds : 0),
        TransientSeconds = sum.TransientSeconds + (analysis is Transient ? seconds : 0),
        FrequencySeconds = sum.FrequencySeconds + (analysis is SmallSignal or Noise ? seconds : 0),
    };

    private static int Count(IReadOnlyList<string> printed, Regex line) => printed.Select(text => line.Match(text)).LastOrDefault(match => match.Success) is { } found
        ? int.Parse(found.Groups[1].ValueSpan, CultureInfo.InvariantCulture)
        : 0;

    [GeneratedRegex(@"^\s*Total iterations = (\d+)")]
    private static partial Regex Iterations();

    [GeneratedRegex(@"^\s*Rejected timepoints = (\d+)")]
    private static partial Regex Rejected();
}
