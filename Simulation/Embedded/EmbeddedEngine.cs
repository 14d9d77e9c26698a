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

    public SimulationResult Run(Circuit circuit, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        var clock = Stopwatch.StartNew();
        var compiled = new CompiledCircuit(circuit);
        var run = new EmbeddedRun(compiled, cancellation) { SetupSeconds = clock.Elapsed.TotalSeconds };
        var results = new List<Recorder>();
        foreach (var analysis in circuit.Analyses)
        {
            var done = results.Count;
            results.Add(run.Run(analysis, part => progress?.Report((done + part) / circuit.Analyses.Length)));
        }
        progress?.Report(1);
        var (values, failed) = MeasureEvaluation.Evaluate(circuit.Measures, [.. results.Select(r => r.ToMeasured())]);
        return new SimulationResult([.. results.Select(r => r.ToWaveforms())], values, failed, run.Statistics);
    }
}

/// <summary>A compiled circuit, its numeric state and what it cost; the analyses run one after another on it.</summary>
public sealed class EmbeddedRun(CompiledCircuit circuit, CancellationToken cancellation = default)
{
    private readonly NewtonIteration _newton = new(circuit, cancellation);
    private int _points, _rejected;
    private double _operatingPointSeconds, _dcSeconds, _transientSeconds;

    public double SetupSeconds { get; init; }

    public RunStatistics Statistics => new(_points, _newton.Iterations, _rejected, SetupSeconds, _operatingPointSeconds, _dcSeconds, _transientSeconds);

    /// <exception cref="ConvergenceException" />
    /// <exception cref="BadInputException" />
    public Recorder Run(Analysis analysis, Action<double>? progress = null)
    {
        progress ??= _ => { };
        var clock = Stopwatch.StartNew();
        Recorder result;
        switch (analysis)
        {
            case OperatingPoint:
                result = new OperatingPointAnalysis(circuit, _newton).Run();
                _operatingPointSeconds += clock.Elapsed.TotalSeconds;
                break;
            case DcSweep sweep:
                result = new DcSweepAnalysis(circuit, _newton, sweep).Run(progress);
                _dcSeconds += clock.Elapsed.TotalSeconds;
                break;
            case Transient transient:
                var run = new TransientAnalysis(circuit, _newton, transient);
                run.Start();
                _operatingPointSeconds += clock.Elapsed.TotalSeconds;
                clock.Restart();
                result = run.Run(progress);
                _rejected += run.Rejected;
                _transientSeconds += clock.Elapsed.TotalSeconds;
                break;
            default:
                throw new BadInputException($"{analysis.Span}: the embedded engine has no {analysis.GetType().Name} analysis");
        }
        _points += result.Count;
        return result;
    }
}
