using System.Numerics;
using AnalogAttention.Circuits;
using AnalogAttention.Simulation.Solver;

namespace AnalogAttention.Simulation.Devices;

/// <summary>I: the value flows from the positive node through the source to the negative node.</summary>
public sealed class CurrentSources(IReadOnlyList<CurrentSource> elements, UnknownTable nodes)
    : IndependentSources([.. elements.Select(e => (e.Name, e.Waveform))])
{
    private readonly (int Positive, int Negative)[] _nodes = [.. elements.Select(e => (nodes.Node(e.Positive), nodes.Node(e.Negative)))];

    public override void Connect(StampPattern pattern) { }

    /// <summary>One source with that amplitude, amperes.</summary>
    public void ExciteSmallSignal(int index, Complex amplitude, Span<Complex> rightSide)
    {
        rightSide[_nodes[index].Positive] -= amplitude;
        rightSide[_nodes[index].Negative] += amplitude;
    }

    public override void ExciteSmallSignal(Span<Complex> rightSide)
    {
        for (var k = 0; k < Count; k++)
            ExciteSmallSignal(k, Amplitude(elements[k].Ac), rightSide);
    }

    public override void Excite(in Excitation excitation, Span<double> rightSide)
    {
        for (var k = 0; k < Count; k++)
        {
            var amperes = ValueOf(k, excitation);
            rightSide[_nodes[k].Positive] -= amperes;
            rightSide[_nodes[k].Negative] += amperes;
        }
    }
}
