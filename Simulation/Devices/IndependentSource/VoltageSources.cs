using System.Numerics;
using AnalogAttention.Circuits;
using AnalogAttention.Simulation.Solver;

namespace AnalogAttention.Simulation.Devices;

/// <summary>V: v(positive) - v(negative) = value. The branch current enters at the positive terminal, as ngspice reports it.</summary>
public sealed class VoltageSources(IReadOnlyList<VoltageSource> elements, UnknownTable nodes)
    : IndependentSources([.. elements.Select(e => (e.Name, e.Waveform))])
{
    private readonly (int Positive, int Negative)[] _nodes = [.. elements.Select(e => (nodes.Node(e.Positive), nodes.Node(e.Negative)))];
    private readonly BranchPlace[] _places = new BranchPlace[elements.Count];

    public override void Allocate(UnknownTable unknowns)
    {
        for (var k = 0; k < Count; k++)
            _places[k] = new BranchPlace(_nodes[k].Positive, _nodes[k].Negative, unknowns.Branch(elements[k].Name));
    }

    public override void Connect(StampPattern pattern)
    {
        foreach (ref var place in _places.AsSpan())
            place.Connect(pattern);
    }

    public override void StampLinear(Span<double> conductance, Span<double> capacitance)
    {
        foreach (ref readonly var place in _places.AsSpan())
            place.Stamp(conductance);
    }

    /// <summary>One source with that amplitude, volts.</summary>
    public void ExciteSmallSignal(int index, Complex amplitude, Span<Complex> rightSide) => rightSide[_places[index].Branch] += amplitude;

    public override void ExciteSmallSignal(Span<Complex> rightSide)
    {
        for (var k = 0; k < Count; k++)
            ExciteSmallSignal(k, Amplitude(elements[k].Ac), rightSide);
    }

    public override void Excite(in Excitation excitation, Span<double> rightSide)
    {
        for (var k = 0; k < Count; k++)
            rightSide[_places[k].Branch] += ValueOf(k, excitation);
    }
}
