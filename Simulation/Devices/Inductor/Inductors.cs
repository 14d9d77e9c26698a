using AnalogAttention.Circuits;
using AnalogAttention.Simulation.Solver;

namespace AnalogAttention.Simulation.Devices;

/// <summary>L and K: flux = Henries i + sum of M i of the coupled ones, M = k sqrt(L1 L2); v = dflux/dt. One branch current and one flux each.</summary>
public sealed class Inductors(IReadOnlyList<Inductor> elements, IReadOnlyList<MutualInductance> couplings, UnknownTable nodes) : DeviceGroup
{
    private readonly (int Positive, int Negative)[] _nodes = [.. elements.Select(e => (nodes.Node(e.Positive), nodes.Node(e.Negative)))];
    private readonly double[] _henries = [.. elements.Select(e => double.IsFinite(e.Henries) ? e.Henries
        : throw new BadInputException($"{e.Span}: inductor '{e.Name}' needs a finite inductance"))];
    private readonly BranchPlace[] _places = new BranchPlace[elements.Count];
    private readonly int[] _diagonal = new int[elements.Count];
    private readonly (int First, int Second, double Henries)[] _mutual = [.. couplings.Select(k => Mutual(k, elements))];
    private readonly (int Upper, int Lower)[] _mutualSlots = new (int, int)[couplings.Count];
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
        for (var k = 0; k < _mutual.Length; k++)
        {
            int first = _places[_mutual[k].First].Branch, second = _places[_mutual[k].Second].Branch;
            _mutualSlots[k] = (pattern.Entry(first, second), pattern.Entry(second, first));
        }
    }

    public override void StampLinear(Span<double> conductance, Span<double> capacitance)
    {
        for (var k = 0; k < _places.Length; k++)
        {
            _places[k].Stamp(conductance);
            capacitance[_diagonal[k]] -= _henries[k];
        }
        for (var k = 0; k < _mutual.Length; k++)
        {
            capacitance[_mutualSlots[k].Upper] -= _mutual[k].Henries;
            capacitance[_mutualSlots[k].Lower] -= _mutual[k].Henries;
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
        foreach (var (first, second, henries) in _mutual)
        {
            charges[_firstState + first] += henries * x[_places[second].Branch];
            charges[_firstState + second] += henries * x[_places[first].Branch];
        }
    }

    public override void WriteInitialCharges(ReadOnlySpan<double> initialVolts, Func<int, int, double?> between, Span<double> charges)
    {
        var amperes = new double[_places.Length == 0 ? 0 : _places.Max(p => p.Branch) + 1];
        for (var k = 0; k < _places.Length; k++)
            amperes[_places[k].Branch] = elements[k].InitialAmperes ?? 0;
        WriteLinearCharges(amperes, charges);
    }

    private static (int, int, double) Mutual(MutualInductance coupling, IReadOnlyList<Inductor> inductors)
    {
        int Find(string name)
        {
            for (var k = 0; k < inductors.Count; k++)
                if (inductors[k].Name == name)
                    return k;
            throw new BadInputException($"{coupling.Span}: '{coupling.Name}' couples '{name}', which is no inductor of this circuit");
        }
        int first = Find(coupling.FirstInductor), second = Find(coupling.SecondInductor);
        if (first == second || !(Math.Abs(coupling.Coupling) <= 1))
            throw new BadInputException($"{coupling.Span}: '{coupling.Name}' needs two inductors and a coupling factor between -1 and 1");
        return (first, second, coupling.Coupling * Math.Sqrt(inductors[first].Henries * inductors[second].Henries));
    }
}
