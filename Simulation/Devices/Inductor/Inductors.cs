using AnalogAttention.Circuits;
using AnalogAttention.Simulation.Solver;

namespace AnalogAttention.Simulation.Devices;

/// <summary>L: flux = Henries i, v = dflux/dt. One branch current and one flux each.</summary>
public sealed class Inductors(IReadOnlyList<Inductor> elements, UnknownTable nodes) : DeviceGroup
{
    private const double HoldOhms = 1e12;

    private readonly (int Positive, int Negative)[] _nodes = [.. elements.Select(e => (nodes.Node(e.Positive), nodes.Node(e.Negative)))];
    private readonly double[] _henries = [.. elements.Select(e => double.IsFinite(e.Henries) ? e.Henries
        : throw new BadInputException($"{e.Span}: inductor '{e.Name}' needs a finite inductance"))];
    private readonly BranchPlace[] _places = new BranchPlace[elements.Count];
    private readonly int[] _diagonal = new int[elements.Count];
    private int _firstState;

    public override void Allocate(UnknownTable unknowns)
    {
        for (var k = 0; k < _places.Length; k++)
            _places[k] = new BranchPlace(_nodes[k].Positive, _nodes[k].Negative, unknowns.Branch(elements[k].Name));
        _firstState = unknowns.AddStates(_places.Length);
    }

    public override void Connect(StampPattern pattern)
    {
        for (var k = 0; k < _places.Length; k++)
        {
            _places[k].Connect(pattern);
            _diagonal[k] = pattern.Entry(_places[k].Branch, _places[k].Branch);
        }
    }

    public override void StampLinear(Span<double> conductance, Span<double> capacitance)
    {
        for (var k = 0; k < _places.Length; k++)
        {
            _places[k].Stamp(conductance);
            capacitance[_diagonal[k]] -= _henries[k];
        }
    }

    public override void ExciteHistory(ReadOnlySpan<double> history, Span<double> rightSide)
    {
        for (var k = 0; k < _places.Length; k++)
            rightSide[_places[k].Branch] += history[_firstState + k];
    }

    public override void WriteLinearCharges(ReadOnlySpan<double> x, Span<double> charges)
    {
        for (var k = 0; k < _places.Length; k++)
            charges[_firstState + k] = _henries[k] * x[_places[k].Branch];
    }

    public override void StampInitialHold(ReadOnlySpan<double> initialVolts, Func<int, int, bool> fixedTogether, Span<double> conductance, Span<double> rightSide)
    {
        for (var k = 0; k < _places.Length; k++)
        {
            conductance[_diagonal[k]] -= HoldOhms;
            rightSide[_places[k].Branch] -= HoldOhms * (elements[k].InitialAmperes ?? 0);
        }
    }
}
