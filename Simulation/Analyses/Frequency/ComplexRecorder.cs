using System.Numerics;
using AnalogAttention.Circuits;
using AnalogAttention.Simulation.Devices;

namespace AnalogAttention.Simulation.Analyses.Frequency;

/// <summary>Collects the saved unknowns over frequency: real and imaginary parts side by side.</summary>
public sealed class ComplexRecorder(string analysis, Circuit circuit, UnknownTable unknowns) : IRecording
{
    private readonly Recorder _real = new(analysis, ("frequency", "Hz"), circuit, unknowns), _imaginary = new(analysis, null, circuit, unknowns);
    private readonly double[] _part = new double[unknowns.Count + 1];

    public int Count => _real.Count;

    /// <param name="x">By unknown, index 0 is ground.</param>
    public void Add(double hertz, ReadOnlySpan<Complex> x)
    {
        for (var k = 0; k < _part.Length; k++)
            _part[k] = x[k].Real;
        _real.Add(hertz, _part);
        for (var k = 0; k < _part.Length; k++)
            _part[k] = x[k].Imaginary;
        _imaginary.Add(hertz, _part);
    }

    public WaveformSet ToWaveforms() => Joined(_real.ToWaveforms(), _imaginary.ToWaveforms());

    public WaveformSet ToMeasured() => Joined(_real.ToMeasured(), _imaginary.ToMeasured());

    private static WaveformSet Joined(WaveformSet real, WaveformSet imaginary) => new(real.Analysis,
        [real.Abscissa, .. real.Columns.Skip(1).Zip(imaginary.Columns, (re, im) => new[] { re with { Name = $"re({re.Name})" }, im with { Name = $"im({im.Name})" } }).SelectMany(p => p)]);
}
