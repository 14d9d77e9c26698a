using System.Diagnostics;
using AnalogAttention.Circuits;
using AnalogAttention.Simulation.Analyses;
using AnalogAttention.Simulation.Analyses.Frequency;

namespace AnalogAttention.Simulation.Embedded;

/// <summary>A compiled circuit, its numeric state and what it cost; the analyses run one after another on it.</summary>
public sealed class EmbeddedRun(CompiledCircuit circuit, CancellationToken cancellation = default)
{
    private readonly NewtonIteration _newton = new(circuit, cancellation);
    private CompiledCircuit _circuit = circuit;
    private (CompiledCircuit Circuit, NewtonIteration Newton)? _complete;
    private int _points, _rejected, _partIterations;
    private double _operatingPointSeconds, _dcSeconds, _transientSeconds, _frequencySeconds;

    /// <summary>What the latest analysis has recorded, also when it was cut short.</summary>
    public IRecording? Current { get; private set; }

    public double SetupSeconds { get; init; }

    /// <summary>How many independent parts are solved at the same time; results do not depend on it.</summary>
    public int Threads { get; init; } = 1;

    public RunStatistics Statistics => new(_points, _newton.Iterations + _partIterations + (_complete?.Newton.Iterations ?? 0), _rejected, SetupSeconds, _operatingPointSeconds, _dcSeconds, _transientSeconds, _frequencySeconds);

    /// <summary>Takes other values for the same elements on the same nodes, without ordering the matrix again: for sweeps.</summary>
    /// <exception cref="ArgumentException">The circuit has another shape (<see cref="CompiledCircuit.With"/>).</exception>
    /// <exception cref="BadInputException">A value is bad.</exception>
    public void Alter(Circuit altered)
    {
        _circuit = _circuit.With(altered);
        _newton.Alter(_circuit);
        _complete = null;
    }

    /// <summary>The circuit with every node voltage among its unknowns: small signals move all of them.</summary>
    private CompiledCircuit Complete(out NewtonIteration newton)
    {
        if (_complete is null)
        {
            var complete = new CompiledCircuit(_circuit.Circuit, complete: true);
            _complete = (complete, new NewtonIteration(complete, cancellation));
        }
        newton = _complete.Value.Newton;
        return _complete.Value.Circuit;
    }

    /// <exception cref="ConvergenceException" />
    /// <exception cref="BadInputException" />
    public IRecording Run(Analysis analysis, Action<double>? progress = null)
    {
        progress ??= _ => { };
        Current = null;
        var clock = Stopwatch.StartNew();
        switch (analysis)
        {
            case OperatingPoint:
                Current = new OperatingPointAnalysis(_circuit, _newton).Run();
                _operatingPointSeconds += clock.Elapsed.TotalSeconds;
                break;
            case DcSweep sweep:
                var points = new DcSweepAnalysis(_circuit, _newton, sweep);
                Current = points.Recorder;
                points.Run(progress);
                _dcSeconds += clock.Elapsed.TotalSeconds;
                break;
            case Transient transient when IndependentParts.Of(_circuit, transient.Stop) is { Count: > 1 } parts:
                var apart = new PartedTransient(_circuit, parts, transient, Threads, cancellation);
                Current = apart;
                apart.Start();
                _operatingPointSeconds += clock.Elapsed.TotalSeconds;
                clock.Restart();
                apart.Run(progress);
                _rejected += apart.Rejected;
                _partIterations += apart.Iterations;
                _transientSeconds += clock.Elapsed.TotalSeconds;
                break;
            case Transient transient:
                var steps = new TransientAnalysis(_circuit, _newton, transient);
                Current = steps.Recorder;
                steps.Start();
                _operatingPointSeconds += clock.Elapsed.TotalSeconds;
                clock.Restart();
                steps.Run(progress);
                _rejected += steps.Rejected;
                _transientSeconds += clock.Elapsed.TotalSeconds;
                break;
            case SmallSignal ac:
                var response = new SmallSignalAnalysis(Complete(out var completeNewton), completeNewton, ac);
                Current = response.Recorder;
                response.Start();
                _operatingPointSeconds += clock.Elapsed.TotalSeconds;
                clock.Restart();
                response.Run(progress, cancellation);
                _frequencySeconds += clock.Elapsed.TotalSeconds;
                break;
            case Noise noise:
                var spectrum = new NoiseAnalysis(Complete(out var noiseNewton), noiseNewton, noise);
                Current = spectrum.Recorder;
                spectrum.Start();
                _operatingPointSeconds += clock.Elapsed.TotalSeconds;
                clock.Restart();
                spectrum.Run(progress, cancellation);
                _frequencySeconds += clock.Elapsed.TotalSeconds;
                break;
            default:
                throw new BadInputException($"{analysis.Span}: the embedded engine has no {analysis.GetType().Name} analysis");
        }
        _points += Current.Count;
        return Current;
    }
}
