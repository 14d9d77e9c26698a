using AnalogAttention.Circuits;
using AnalogAttention.Simulation.Embedded;
using AnalogAttention.Simulation.Solver;

namespace AnalogAttention.Simulation.Devices;

/// <summary>D: a junction with gmin across it, behind its series resistance. One charge each.</summary>
public sealed class Diodes : DeviceGroup
{
    private readonly Diode[] _elements;
    private readonly JunctionDiode[] _diodes;
    private readonly TwoTerminal[] _junctions;
    private readonly TwoTerminal[] _series;
    private readonly double[] _last, _farads;
    private readonly double _gmin;
    private int _firstState;
    private bool _evaluated;

    /// <exception cref="BadInputException">A model is missing.</exception>
    public Diodes(IReadOnlyList<Diode> elements, Circuit circuit, SimulationOptions options, UnknownTable unknowns)
    {
        _elements = [.. elements];
        _gmin = options.Gmin;
        _diodes = [.. elements.Select(e => new JunctionDiode(e.ModelCard(circuit, e.Model), e.Area, e.Multiplier, options))];
        _junctions = new TwoTerminal[_elements.Length];
        _series = new TwoTerminal[_elements.Length];
        for (var k = 0; k < _elements.Length; k++)
        {
            int anode = unknowns.Node(_elements[k].Anode), inner = _diodes[k].SeriesOhms > 0 ? unknowns.InternalNode(_elements[k].Name) : anode;
            _series[k] = new TwoTerminal(anode, inner);
            _junctions[k] = new TwoTerminal(inner, unknowns.Node(_elements[k].Cathode));
        }
        _last = new double[_elements.Length];
        _farads = new double[_elements.Length];
    }

    public override bool IsNonlinear => true;

    public override IEnumerable<(int A, int B)> InternalConductors => _series.Zip(_junctions, (s, j) => new[] { (s.Positive, s.Negative), (j.Positive, j.Negative) }).SelectMany(p => p);

    public override void Allocate(UnknownTable unknowns) => _firstState = unknowns.AddStates(_elements.Length);

    public override void Connect(StampPattern pattern)
    {
        for (var k = 0; k < _elements.Length; k++)
        {
            _junctions[k].Connect(pattern);
            _series[k].Connect(pattern);
        }
    }

    public override void StampLinear(Span<double> conductance, Span<double> capacitance)
    {
        for (var k = 0; k < _elements.Length; k++)
        {
            _junctions[k].Stamp(conductance, _gmin);
            if (_diodes[k].SeriesOhms > 0)
                _series[k].Stamp(conductance, 1 / _diodes[k].SeriesOhms);
        }
    }

    public override void Restart() => _evaluated = false;

    public override bool Load(LoadState state)
    {
        var settled = _evaluated;
        for (var k = 0; k < _elements.Length; k++)
        {
            var across = _junctions[k].Across(state.X);
            var volts = _evaluated ? _diodes[k].Limit(across, _last[k]) : _elements[k].StartsOff ? 0 : _diodes[k].StartVolts;
            settled &= volts == across;
            _last[k] = volts;
            var (current, slope, charge, farads) = _diodes[k].At(volts);
            _farads[k] = farads;
            current += slope * (across - volts);
            if (state.ChargeRate != 0)
            {
                charge = state.Charges[_firstState + k] = charge + farads * (across - volts);
                current += state.ChargeRate * charge + state.History[_firstState + k];
                slope += state.ChargeRate * farads;
            }
            state.Residual[_junctions[k].Positive] += current;
            state.Residual[_junctions[k].Negative] -= current;
            _junctions[k].Stamp(state.Jacobian, slope);
        }
        _evaluated = true;
        return settled;
    }

    public override void Accept(LoadState state, ReadOnlySpan<double> delta)
    {
        if (state.ChargeRate == 0)
            return;
        for (var k = 0; k < _elements.Length; k++)
            state.Charges[_firstState + k] += _farads[k] * _junctions[k].Across(delta);
    }

    public override void WriteCharges(ReadOnlySpan<double> x, Span<double> charges)
    {
        for (var k = 0; k < _elements.Length; k++)
            charges[_firstState + k] = _diodes[k].At(_junctions[k].Across(x)).Coulombs;
    }

    public override void CollectNoise(ReadOnlySpan<double> x, double kelvin, List<NoiseSource> sources)
    {
        for (var k = 0; k < _elements.Length; k++)
        {
            var (name, d, junction) = (_elements[k].Name, _diodes[k], _junctions[k]);
            var volts = junction.Across(x);
            var amperes = d.At(volts).Amperes + _gmin * volts;
            if (d.SeriesOhms > 0)
                sources.Add(NoiseSource.Thermal(name, "rs", _series[k].Positive, _series[k].Negative, 1 / d.SeriesOhms, kelvin));
            sources.Add(NoiseSource.Shot(name, "id", junction.Positive, junction.Negative, amperes));
            sources.Add(new NoiseSource(name, "1overf", junction.Positive, junction.Negative, 0, d.FlickerDensity(amperes)));
        }
    }

    public override string? ElementAt(int unknown)
    {
        for (var k = 0; k < _elements.Length; k++)
            if (_junctions[k].Positive == unknown || _junctions[k].Negative == unknown || _series[k].Positive == unknown)
                return _elements[k].Name;
        return null;
    }
}
