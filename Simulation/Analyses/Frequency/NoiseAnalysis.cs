using System.Numerics;
using AnalogAttention.Circuits;
using AnalogAttention.Simulation.Devices;
using AnalogAttention.Simulation.Embedded;

namespace AnalogAttention.Simulation.Analyses.Frequency;

/// <summary>
/// <c>.noise</c> by the adjoint network (Rohrer, Nagel, Meyer, Weber, IEEE JSSC 6, 1971): one solution of the transposed equations per
/// frequency gives the transfer from every noise current to the output. Columns <c>frequency</c>, with <c>ByDevice</c>
/// <c>onoise_r1_thermal ... onoise_r1</c>, then <c>onoise_spectrum</c>, <c>inoise_spectrum</c> in V/sqrt(Hz) (A/sqrt(Hz) for a current
/// source); totals over the band, root mean square, in a set of their own.
/// </summary>
public sealed class NoiseAnalysis
{
    private readonly CompiledCircuit _circuit;
    private readonly NewtonIteration _newton;
    private readonly Noise _request;
    private readonly List<NoiseSource> _sources = [];

    /// <exception cref="BadInputException">An output node or the source does not exist.</exception>
    public NoiseAnalysis(CompiledCircuit circuit, NewtonIteration newton, Noise request)
    {
        (_circuit, _newton, _request) = (circuit, newton, request);
        Recorder = new NoiseRecorder(request, circuit.CurrentSources.TryFind(request.Source, out _));
    }

    /// <summary>The points so far.</summary>
    public NoiseRecorder Recorder { get; }

    /// <summary>Solves the operating point.</summary>
    public void Start() => new OperatingPointAnalysis(_circuit, _newton).Solve("operating point of noise", new Excitation(null, 1), holdAll: false);

    /// <exception cref="BadInputException">The equations are singular at a frequency, or a node is unknown.</exception>
    /// <exception cref="ConvergenceException">The noise or its transfer is no finite number.</exception>
    /// <exception cref="OperationCanceledException" />
    public void Run(Action<double> progress, CancellationToken cancellation)
    {
        _newton.ReleaseHeld();
        var adjoint = new LinearisedCircuit(_circuit, _newton, transposed: true);
        foreach (var group in _circuit.Groups)
            group.CollectNoise(_newton.State.X, _circuit.Options.TemperatureKelvin, _sources);
        Recorder.Start(_sources);
        var output = new Complex[_circuit.Unknowns.Count + 1];
        output[Node(_request.OutputPositive)] += 1;
        output[Node(_request.OutputNegative)] -= 1;
        output[0] = 0;
        var input = new Complex[output.Length];
        Unit(input);
        var transfer = new Complex[output.Length];
        var densities = new double[_sources.Count];
        var frequencies = _request.Frequencies.Hertz(stretched: false);
        for (var k = 0; k < frequencies.Count; k++)
        {
            cancellation.ThrowIfCancellationRequested();
            SmallSignalAnalysis.Factor(adjoint, frequencies[k], _circuit, "noise");
            adjoint.Solve(output, transfer);
            for (var s = 0; s < densities.Length; s++)
            {
                var gain = transfer[_sources[s].From] - transfer[_sources[s].To];
                densities[s] = (gain.Real * gain.Real + gain.Imaginary * gain.Imaginary) * _sources[s].At(frequencies[k]);
            }
            Complex throughput = 0;
            for (var unknown = 1; unknown < input.Length; unknown++)
                throughput += input[unknown] * transfer[unknown];
            if (!double.IsFinite(densities.Sum()) || !Complex.IsFinite(throughput))
                throw new ConvergenceException(FormattableString.Invariant($"{_request.Span}: noise at {frequencies[k]:g6} Hz is too large to be a number"));
            const double leastGain = 1e-20; // of power, ngspice's: an output that the source does not reach
            Recorder.Add(frequencies[k], densities, 1 / Math.Max(throughput.Real * throughput.Real + throughput.Imaginary * throughput.Imaginary, leastGain));
            progress((k + 1.0) / frequencies.Count);
        }
    }

    private int Node(string name) => _circuit.Unknowns.TryNode(name, out var node) ? node : throw new BadInputException($"{_request.Span}: .noise v({name}): the circuit has no such node");

    private void Unit(Span<Complex> rightSide)
    {
        if (_circuit.VoltageSources.TryFind(_request.Source, out var index))
            _circuit.VoltageSources.ExciteSmallSignal(index, 1, rightSide);
        else if (_circuit.CurrentSources.TryFind(_request.Source, out index))
            _circuit.CurrentSources.ExciteSmallSignal(index, 1, rightSide);
        else
            throw new BadInputException($"{_request.Span}: .noise refers to '{_request.Source}', which is no voltage or current source of this circuit");
    }
}
