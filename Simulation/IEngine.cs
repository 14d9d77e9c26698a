using AnalogAttention.Circuits;

namespace AnalogAttention.Simulation;

/// <summary>Runs the analyses of a circuit. Implementations: <c>embedded</c> and <c>ngspice</c>.</summary>
public interface IEngine
{
    string Name { get; }
    string Version { get; }

    /// <summary>Runs every analysis of the circuit in deck order.</summary>
    /// <param name="progress">Fraction done, 0 ... 1, of the whole run.</param>
    /// <exception cref="SimulationCancelledException">Cancelled; what was computed is in it.</exception>
    /// <exception cref="ConvergenceException">An analysis did not converge (exit code 4).</exception>
    /// <exception cref="BadInputException">The circuit cannot be solved as it stands: floating node, loop of voltage sources, unknown model parameter (exit code 3).</exception>
    SimulationResult Run(Circuit circuit, IProgress<double>? progress = null, CancellationToken cancellation = default);

    /// <summary>For many circuits of one shape, one after another: sweeps.</summary>
    IEngineSession Open() => new Afresh(this);

    private sealed record Afresh(IEngine Engine) : IEngineSession
    {
        public SimulationResult Run(Circuit circuit, IProgress<double>? progress, CancellationToken cancellation) => Engine.Run(circuit, progress, cancellation);
    }
}

/// <summary>Keeps what circuits of one shape have in common. Not thread-safe.</summary>
public interface IEngineSession
{
    /// <summary>As <see cref="IEngine.Run"/>, the same to the last bit, whatever ran before.</summary>
    SimulationResult Run(Circuit circuit, IProgress<double>? progress = null, CancellationToken cancellation = default);
}

/// <summary>Names the analysis, the time or sweep point, the worst node and the device that would not settle.</summary>
public sealed class ConvergenceException(string message, SimulationResult? partial = null) : Exception(message)
{
    /// <summary>The points solved before, where the engine has them.</summary>
    public SimulationResult? Partial { get; } = partial;
}

/// <summary>A run that was cancelled, with the points solved until then.</summary>
public sealed class SimulationCancelledException(SimulationResult partial, CancellationToken token) : OperationCanceledException(token)
{
    public SimulationResult Partial { get; } = partial;
}

/// <param name="Analyses">One waveform set per analysis, in deck order.</param>
/// <param name="Measures">Values of <c>.measure</c> by name, in deck order; NaN is never stored: a failed measure is absent and listed in FailedMeasures.</param>
public sealed record SimulationResult(
    IReadOnlyList<WaveformSet> Analyses,
    IReadOnlyDictionary<string, double> Measures,
    IReadOnlyList<string> FailedMeasures,
    RunStatistics Statistics);

/// <summary>Accepted points, Newton iterations, rejected steps and wall seconds by phase.</summary>
public sealed record RunStatistics(int Points, int Iterations, int RejectedSteps, double SetupSeconds, double OperatingPointSeconds, double DcSeconds, double TransientSeconds, double FrequencySeconds = 0);
