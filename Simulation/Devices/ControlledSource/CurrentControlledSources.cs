using AnalogAttention.Circuits;
using AnalogAttention.Simulation.Solver;

namespace AnalogAttention.Simulation.Devices;

/// <summary>F: i(positive to negative) = Gain i(control source).</summary>
public sealed class CurrentControlledCurrentSources(IReadOnlyList<CurrentControlledCurrentSource> elements, UnknownTable nodes) : DeviceGroup
{
    private readonly (int P, int N)[] _nodes = [.. elements.Select(e => (nodes.Node(e.Positive), nodes.Node(e.Negative)))];
    private readonly int[] _control = new int[elements.Count];
    private readonly (int P, int N)[] _slots = new (int, int)[elements.Count];

    /// <exception cref="BadInputException">The control source does not exist.</exception>
    public override void Resolve(UnknownTable unknowns)
    {
        for (var k = 0; k < _nodes.Length; k++)
            _control[k] = ControllingBranch.Find(elements[k], elements[k].ControlSource, unknowns);
    }

    public override void Connect(StampPattern pattern)
    {
        for (var k = 0; k < _nodes.Length; k++)
            _slots[k] = (pattern.Entry(_nodes[k].P, _control[k]), pattern.Entry(_nodes[k].N, _control[k]));
    }

    public override void StampLinear(Span<double> conductance, Span<double> capacitance)
    {
        for (var k = 0; k < _nodes.Length; k++)
        {
            conductance[_slots[k].P] += elements[k].Gain;
            conductance[_slots[k].N] -= elements[k].Gain;
        }
    }
}

/// <summary>H: v(positive, negative) = Ohms i(control source).</summary>
public sealed class CurrentControlledVoltageSources(IReadOnlyList<CurrentControlledVoltageSource> elements, UnknownTable nodes) : DeviceGroup
{
    private readonly (int P, int N)[] _nodes = [.. elements.Select(e => (nodes.Node(e.Positive), nodes.Node(e.Negative)))];
    private readonly BranchPlace[] _places = new BranchPlace[elements.Count];
    private readonly int[] _control = new int[elements.Count];
    private readonly int[] _slots = new int[elements.Count];

    public override void Allocate(UnknownTable unknowns)
    {
        for (var k = 0; k < _places.Length; k++)
            _places[k] = new BranchPlace(_nodes[k].P, _nodes[k].N, unknowns.Branch(elements[k].Name));
    }

    /// <exception cref="BadInputException">The control source does not exist.</exception>
    public override void Resolve(UnknownTable unknowns)
    {
        for (var k = 0; k < _nodes.Length; k++)
            _control[k] = ControllingBranch.Find(elements[k], elements[k].ControlSource, unknowns);
    }

    public override void Connect(StampPattern pattern)
    {
        for (var k = 0; k < _places.Length; k++)
        {
            _places[k].Connect(pattern);
            _slots[k] = pattern.Entry(_places[k].Branch, _control[k]);
        }
    }

    public override void StampLinear(Span<double> conductance, Span<double> capacitance)
    {
        for (var k = 0; k < _places.Length; k++)
        {
            _places[k].Stamp(conductance);
            conductance[_slots[k]] -= elements[k].Ohms;
        }
    }
}

internal static class ControllingBranch
{
    public static int Find(Element element, string source, UnknownTable unknowns) =>
        unknowns.TryBranch(source, out var branch)
            ? branch
            : throw new BadInputException($"{element.Span}: '{element.Name}' is controlled by the current of '{source}', which is no voltage source of this circuit");
}
