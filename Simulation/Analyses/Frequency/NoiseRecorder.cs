using AnalogAttention.Circuits;
using AnalogAttention.Simulation.Devices;

namespace AnalogAttention.Simulation.Analyses.Frequency;

/// <summary>
/// Densities over frequency, and their integrals: between two points each part follows a power of the frequency, as ngspice takes it.
/// </summary>
/// <param name="isCurrent">Whether noise is referred to a current source.</param>
public sealed class NoiseRecorder(Noise request, bool isCurrent) : IRecording
{
    private const double Least = 1e-38; // V^2/Hz, below which there is no power law

    private readonly List<double> _hertz = [], _output = [], _input = [];
    private readonly List<List<double>> _parts = [];
    private readonly List<NoiseSource> _sources = [];
    private double[] _last = [], _outputTotals = [], _inputTotals = [];
    private double _lastInverseGain;

    public int Count => _hertz.Count;

    internal void Start(IEnumerable<NoiseSource> sources)
    {
        _sources.AddRange(sources);
        _parts.AddRange(_sources.Select(_ => new List<double>()));
        (_last, _outputTotals, _inputTotals) = (new double[_sources.Count], new double[_sources.Count], new double[_sources.Count]);
    }

    /// <param name="densities">At the output, V^2/Hz by source.</param>
    /// <param name="inverseGain">1/|gain|^2 from the input source to the output.</param>
    internal void Add(double hertz, ReadOnlySpan<double> densities, double inverseGain)
    {
        var sum = 0.0;
        for (var k = 0; k < densities.Length; k++)
        {
            sum += densities[k];
            _parts[k].Add(Math.Sqrt(densities[k]));
            if (Count > 0)
            {
                _outputTotals[k] += Integral(_hertz[^1], _last[k], hertz, densities[k]);
                _inputTotals[k] += Integral(_hertz[^1], _last[k] * _lastInverseGain, hertz, densities[k] * inverseGain);
            }
            _last[k] = densities[k];
        }
        _lastInverseGain = inverseGain;
        _hertz.Add(hertz);
        _output.Add(Math.Sqrt(sum));
        _input.Add(Math.Sqrt(sum * inverseGain));
    }

    public WaveformSet ToWaveforms()
    {
        var columns = new List<Waveform> { new("frequency", "Hz", [.. _hertz]) };
        if (request.ByDevice)
            foreach (var device in ByElement())
            {
                columns.AddRange(device.Select(k => new Waveform($"onoise_{device.Key}_{_sources[k].Kind}", "V/sqrt(Hz)", [.. _parts[k]])));
                columns.Add(new Waveform($"onoise_{device.Key}", "V/sqrt(Hz)", [.. Enumerable.Range(0, Count).Select(row => Math.Sqrt(device.Sum(k => _parts[k][row] * _parts[k][row])))]));
            }
        columns.Add(new Waveform("onoise_spectrum", "V/sqrt(Hz)", [.. _output]));
        columns.Add(new Waveform("inoise_spectrum", isCurrent ? "A/sqrt(Hz)" : "V/sqrt(Hz)", [.. _input]));
        return new WaveformSet("noise", columns);
    }

    public WaveformSet ToMeasured() => ToWaveforms();

    public IReadOnlyList<WaveformSet> Totals
    {
        get
        {
            if (Count < 2)
                return [];
            var columns = new List<Waveform>();
            void Add(string name, IEnumerable<int> parts)
            {
                columns.Add(new Waveform($"onoise_total{name}", "V", [Math.Sqrt(parts.Sum(k => _outputTotals[k]))]));
                columns.Add(new Waveform($"inoise_total{name}", isCurrent ? "A" : "V", [Math.Sqrt(parts.Sum(k => _inputTotals[k]))]));
            }
            if (request.ByDevice)
                foreach (var device in ByElement())
                {
                    foreach (var k in device)
                        Add($"_{device.Key}_{_sources[k].Kind}", [k]);
                    Add($"_{device.Key}", device);
                }
            Add("", Enumerable.Range(0, _sources.Count));
            return [new WaveformSet("noise total", columns)];
        }
    }

    private IEnumerable<IGrouping<string, int>> ByElement() => Enumerable.Range(0, _sources.Count).GroupBy(k => _sources[k].Element);

    // S = a f^n through both points, n = ln(S1/S0) / ln(f1/f0); its integral is (f1 S1 - f0 S0)/(n + 1)
    internal static double Integral(double from, double first, double to, double second)
    {
        const double nearly = 1e-7; // both forms err by about that much there
        if (from <= 0 || first < Least || second < Least)
            return 0.5 * (first + second) * (to - from);
        var exponent = Math.Log(second / first) / Math.Log(to / from);
        return Math.Abs(exponent + 1) < nearly ? to * second * Math.Log(to / from) : (to * second - from * first) / (exponent + 1);
    }
}
