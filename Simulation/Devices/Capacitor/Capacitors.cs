using System.Runtime.CompilerServices;
using AnalogAttention.Circuits;
using AnalogAttention.Simulation.Solver;

namespace AnalogAttention.Simulation.Devices;

/// <summary>C: q = Farads v, i = dq/dt. One charge each.</summary>
public sealed class Capacitors : DeviceGroup
{
    private readonly TwoTerminal[] _places;
    private readonly double[] _farads;
    private readonly double?[] _initialVolts;
    private int _firstState;

    /// <exception cref="BadInputException">A capacitance is not finite.</exception>
    public Capacitors(IReadOnlyList<Capacitor> elements, UnknownTable unknowns)
    {
        _places = [.. elements.Select(e => new TwoTerminal(unknowns.Node(e.Positive), unknowns.Node(e.Negative)))];
        _farads = [.. elements.Select(e => double.IsFinite(e.Farads) ? e.Farads
            : throw new BadInputException($"{e.Span}: capacitor '{e.Name}' needs a finite capacitance"))];
        _initialVolts = [.. elements.Select(e => e.InitialVolts)];
    }

    public override void Allocate(UnknownTable unknowns) => _firstState = unknowns.AddStates(_places.Length);

    public override void Connect(StampPattern pattern)
    {
        foreach (ref var place in _places.AsSpan())
            place.Connect(pattern);
    }

    public override void StampLinear(Span<double> conductance, Span<double> capacitance)
    {
        for (var k = 0; k < _places.Length; k++)
            _places[k].Stamp(capacitance, _farads[k]);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void ExciteHistory(ReadOnlySpan<double> history, Span<double> rightSide)
    {
        for (var k = 0; k < _places.Length; k++)
        {
            rightSide[_places[k].Positive] -= history[_firstState + k];
            rightSide[_places[k].Negative] += history[_firstState + k];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void WriteLinearCharges(ReadOnlySpan<double> x, Span<double> charges)
    {
        for (var k = 0; k < _places.Length; k++)
            charges[_firstState + k] = _farads[k] * _places[k].Across(x);
    }

    public override void WriteInitialCharges(ReadOnlySpan<double> initialVolts, Func<int, int, double?> between, Span<double> charges)
    {
        for (var k = 0; k < _places.Length; k++)
            charges[_firstState + k] = _farads[k] * (between(_places[k].Positive, _places[k].Negative) ?? _initialVolts[k] ?? _places[k].Across(initialVolts));
    }
}
