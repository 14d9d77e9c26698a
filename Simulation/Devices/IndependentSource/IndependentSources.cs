using System.Numerics;
using AnalogAttention.Circuits;

namespace AnalogAttention.Simulation.Devices;

/// <summary>Names, waveforms and held values of V or I elements.</summary>
public abstract class IndependentSources(IReadOnlyList<(string Name, SourceWaveform Waveform)> sources) : DeviceGroup
{
    private readonly SourceWaveform[] _waveforms = [.. sources.Select(s => s.Waveform)];
    private readonly double?[] _held = new double?[sources.Count];
    private readonly Dictionary<string, int> _indices = sources.Select((s, k) => (s.Name, k)).ToDictionary(p => p.Name, p => p.k, StringComparer.OrdinalIgnoreCase);

    public int Count => _waveforms.Length;

    public bool TryFind(string name, out int index) => _indices.TryGetValue(name, out index);

    /// <summary>Volts or amperes that replace the waveform (a swept source); null gives the waveform back.</summary>
    public void Hold(int index, double? value) => _held[index] = value;

    /// <summary>Exchanges the waveform in place.</summary>
    public void Alter(int index, SourceWaveform waveform) => _waveforms[index] = waveform;

    public override IEnumerable<double> Breakpoints(double stopSeconds) => _waveforms.SelectMany(w => w.Breakpoints(stopSeconds));

    protected static Complex Amplitude(AcStimulus? ac) => ac is null ? 0 : Complex.FromPolarCoordinates(ac.Magnitude, ac.PhaseDegrees * Math.PI / 180);

    /// <summary>Volts or amperes at a point.</summary>
    public double ValueOf(int index, in Excitation excitation) => excitation.Factor *
        (_held[index] ?? (excitation.Seconds is { } seconds ? _waveforms[index].ValueAt(seconds) : _waveforms[index].DcValue));
}
