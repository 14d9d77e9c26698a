using System.Diagnostics;
using System.Reflection;
using AnalogAttention.Circuits;
using AnalogAttention.Simulation.Analyses;
using AnalogAttention.Simulation.Measures;

namespace AnalogAttention.Simulation.Embedded;

/// <summary>The engine of this repository: modified nodal analysis in double precision, nothing to install.</summary>
public sealed class EmbeddedEngine : IEngine
{
    public string Name => "embedded";

    public string Version { get; } = typeof(EmbeddedEngine).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0";

    /// <summary>How many independent parts of a circuit are solved at the same time; results do not depend on it.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    public SimulationResult Run(Circuit circuit, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        EmbeddedDialect.Check(circuit);
        MeasureEvaluation.Check(circuit.Measures);
        var clock = Stopwatch.StartNew();
        var compiled = new CompiledCircuit(circuit);
        var run = new EmbeddedRun(compiled, cancellation) { SetupSeconds = clock.Elapsed.TotalSeconds, Threads = Threads };
        var results = new List<IRecording>();
        try
        {
            foreach (var analysis in circuit.Analyses)
            {
                var done = results.Count;
                results.Add(run.Run(analysis, part => progress?.Report((done + part) / circuit.Analyses.Length)));
            }
        }
        catch (OperationCanceledException)
        {
            throw new SimulationCancelledException(Partial(), cancellation);
        }
        catch (ConvergenceException e)
        {
            throw new ConvergenceException(e.Message, Partial());
        }
        progress?.Report(1);
        var (values, failed) = MeasureEvaluation.Evaluate(circuit.Measures, [.. results.Select(r => r.ToMeasured())]);
        return new SimulationResult([.. results.SelectMany(Sets)], values, failed, run.Statistics);

        // measures of half an analysis would mislead
        SimulationResult Partial() => new(
            [.. results.Concat(run.Current is { Count: > 0 } current && !results.Contains(current) ? [current] : []).SelectMany(Sets)],
            new Dictionary<string, double>(), [], run.Statistics);
    }

    private static IEnumerable<WaveformSet> Sets(IRecording recording) => [recording.ToWaveforms(), .. recording.Totals];
}
