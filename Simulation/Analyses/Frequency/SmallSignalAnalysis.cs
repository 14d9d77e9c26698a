using System.Numerics;
using AnalogAttention.Circuits;
using AnalogAttention.Simulation.Devices;
using AnalogAttention.Simulation.Embedded;
using AnalogAttention.Simulation.Solver;

namespace AnalogAttention.Simulation.Analyses.Frequency;

/// <summary><c>.ac</c>: response to the <c>ac</c> amplitudes of all sources. Columns <c>frequency</c>, then <c>re(v(a))</c>, <c>im(v(a))</c> ...</summary>
public sealed class SmallSignalAnalysis(CompiledCircuit circuit, NewtonIteration newton, SmallSignal request)
{
    /// <summary>The points so far.</summary>
    public ComplexRecorder Recorder { get; } = new("ac", circuit.Circuit, circuit.Unknowns);

    /// <summary>Solves the operating point. Apart from <see cref="Run"/> so that the two can be timed.</summary>
    public void Start() => new OperatingPointAnalysis(circuit, newton).Solve("operating point of ac", new Excitation(null, 1), holdAll: false);

    /// <exception cref="BadInputException">The equations are singular at a frequency.</exception>
    /// <exception cref="ConvergenceException">A result is no finite number.</exception>
    /// <exception cref="OperationCanceledException" />
    public void Run(Action<double> progress, CancellationToken cancellation)
    {
        newton.ReleaseHeld();
        var linearised = new LinearisedCircuit(circuit, newton);
        var stimulus = new Complex[circuit.Unknowns.Count + 1];
        foreach (var group in circuit.Groups)
            group.ExciteSmallSignal(stimulus);
        var x = new Complex[stimulus.Length];
        var frequencies = request.Frequencies.Hertz(stretched: true);
        for (var k = 0; k < frequencies.Count; k++)
        {
            cancellation.ThrowIfCancellationRequested();
            Factor(linearised, frequencies[k], circuit, "ac");
            linearised.Solve(stimulus, x);
            if (Array.FindIndex(x, value => !Complex.IsFinite(value)) is > 0 and var unknown)
                throw new ConvergenceException(FormattableString.Invariant($"ac at {frequencies[k]:g6} Hz: {circuit.Unknowns.WaveformName(unknown)} is too large to be a number"));
            Recorder.Add(frequencies[k], x);
            progress((k + 1.0) / frequencies.Count);
        }
    }

    /// <exception cref="BadInputException">The equations are singular at that frequency.</exception>
    internal static void Factor(LinearisedCircuit linearised, double hertz, CompiledCircuit circuit, string analysis)
    {
        try
        {
            linearised.Factor(hertz);
        }
        catch (SingularMatrixException e)
        {
            throw new BadInputException(FormattableString.Invariant($"{analysis} at {hertz:g6} Hz: the equations are singular: nothing determines {circuit.Unknowns.WaveformName(e.Column + 1)}"));
        }
    }
}
