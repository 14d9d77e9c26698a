using AnalogAttention.Circuits;
using AnalogAttention.Simulation.Solver;

namespace AnalogAttention.Simulation.Devices;

/// <summary>E: v(positive, negative) = Gain v(control).</summary>
public sealed class VoltageControlledVoltageSources(IReadOnlyList<VoltageControlledVoltageSource> elements, UnknownTable nodes) : DeviceGroup
{
    private readonly (int P, int N, int Cp, int Cn)[] _nodes =
        [.. elements.Select(e => (nodes.Node(e.Positive), nodes.Node(e.Negative), nodes.Node(e.ControlPositive), nodes.Node(e.ControlNegative)))];
    private readonly BranchPlace[] _places = new BranchPlace[elements.Count];
    private readonly (int Cp, int Cn)[] _control = new (int, int)[elements.Count];

    public override void Allocate(UnknownTable unknowns)
    {
        for (var k = 0; k < _places.Length; k++)
            _places[k] = new BranchPlace(_nodes[k].P, _nodes[k].N, unknowns.Branch(elements[k].Name));
    }

    public override void Connect(StampPattern pattern)
    {
        for (var k = 0; k < _places.Length; k++)
        {
            _places[k].Connect(pattern);
            _control[k] = (pattern.Entry(_places[k].Branch, _nodes[k].Cp), pattern.Entry(_places[k].Branch, _nodes[k].Cn));
        }
    }

    public override void StampLinear(Span<double> conductance, Span<double> capacitance)
    {
        for (var k = 0; k < _places.Length; k++)
        {
            _places[k].Stamp(conductance);
            conductance[_control[k].Cp] -= elements[k].Gain;
            conductance[_control[k].Cn] += elements[k].Gain;
        }
    }
}

/// <summary>G: i(positive to negative) = Siemens v(control).</summary>
public sealed class VoltageControlledCurrentSources(IReadOnlyList<VoltageControlledCurrentSource> elements, UnknownTable nodes) : DeviceGroup
{
    private readonly (int P, int N, int Cp, int Cn)[] _nodes =
        [.. elements.Select(e => (nodes.Node(e.Positive), nodes.Node(e.Negative), nodes.Node(e.ControlPositive), nodes.Node(e.ControlNegative)))];
    private readonly (int PCp, int PCn, int NCp, int NCn)[] _slots = new (int, int, int, int)[elements.Count];

    public override void Connect(StampPattern pattern)
    {
        for (var k = 0; k < _nodes.Length; k++)
        {
            var (p, n, cp, cn) = _nodes[k];
            _slots[k] = (pattern.Entry(p, cp), pattern.Entry(p, cn), pattern.Entry(n, cp), pattern.Entry(n, cn));
        }
    }

    public override void StampLinear(Span<double> conductance, Span<double> capacitance)
    {
        for (var k = 0; k < _nodes.Length; k++)
        {
            conductance[_slots[k].PCp] += elements[k].Siemens;
            conductance[_slots[k].PCn] -= elements[k].Siemens;
            conductance[_slots[k].NCp] -= elements[k].Siemens;
            conductance[_slots[k].NCn] += elements[k].Siemens;
        }
    }
}
