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

    public SimulationResult Run(Circuit circuit, IProgress<double>? progress = null, CancellationToken cancellation = default) => Run(circuit, c => new CompiledCircuit(c), progress, cancellation);

    public IEngineSession Open() => new Session(this);

    /// <summary>Numbering, topology and matrix pattern are those of the first circuit; pivots are chosen for each anew.</summary>
    private sealed class Session(EmbeddedEngine engine) : IEngineSession
    {
        private CompiledCircuit? _shape;

        public SimulationResult Run(Circuit circuit, IProgress<double>? progress, CancellationToken cancellation) => engine.Run(circuit, Compiled, progress, cancellation);

        private CompiledCircuit Compiled(Circuit circuit)
        {
            if (_shape is not null)
                try
                {
                    return _shape.With(circuit);
                }
                catch (ArgumentException)        // another shape
                {
                }
            return _shape = new CompiledCircuit(circuit);
        }
    }

    private SimulationResult Run(Circuit circuit, Func<Circuit, CompiledCircuit> compile, IProgress<double>? progress, CancellationToken cancellation)
    {
        EmbeddedDialect.Check(circuit);
        MeasureEvaluation.Check(circuit.Measures);
        var clock = Stopwatch.StartNew();
        var compiled = compile(circuit);
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
        var (values, failed) = MeasureEvaluation.Evaluate(circuit.Measures, circuit.Measures.IsEmpty ? [] : [.. results.Select(r => r.ToMeasured())]);
        return new SimulationResult([.. results.SelectMany(Sets)], values, failed, run.Statistics);

        // measures of half an analysis would mislead
        SimulationResult Partial() => new(
            [.. results.Concat(run.Current is { Count: > 0 } current && !results.Contains(current) ? [current] : []).SelectMany(Sets)],
            new Dictionary<string, double>(), [], run.Statistics);
    }

    private static IEnumerable<WaveformSet> Sets(IRecording recording) => [recording.ToWaveforms(), .. recording.Totals];
}
