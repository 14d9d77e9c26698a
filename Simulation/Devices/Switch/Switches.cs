using AnalogAttention.Circuits;
using AnalogAttention.Simulation.Solver;

namespace AnalogAttention.Simulation.Devices;

/// <summary>S and W: a conductance of two values; which one, the control voltage or current of the iteration says.</summary>
public sealed class Switches : DeviceGroup
{
    private readonly Element[] _elements;
    private readonly SwitchState[] _states;
    private readonly TwoTerminal[] _places;
    private readonly (int Plus, int Minus)[] _control;

    /// <exception cref="BadInputException">A model is missing or bad.</exception>
    public Switches(IReadOnlyList<VoltageSwitch> byVoltage, IReadOnlyList<CurrentSwitch> byCurrent, Circuit circuit, double gmin, UnknownTable unknowns)
    {
        _elements = [.. byVoltage, .. byCurrent];
        _states =
        [
            .. byVoltage.Select(e => SwitchState.From(e.ModelCard(circuit, e.Model), "vt", "vh", gmin, e.StartsOn, e.Parallel)),
            .. byCurrent.Select(e => SwitchState.From(e.ModelCard(circuit, e.Model), "it", "ih", gmin, e.StartsOn, e.Parallel)),
        ];
        _places = [.. _elements.Select(e => new TwoTerminal(unknowns.Node(e.Nodes[0]), unknowns.Node(e.Nodes[1])))];
        _control = [.. byVoltage.Select(e => (unknowns.Node(e.ControlPositive), unknowns.Node(e.ControlNegative))), .. byCurrent.Select(_ => (0, 0))];
    }

    public override bool IsNonlinear => true;

    /// <exception cref="BadInputException">The control source does not exist.</exception>
    public override void Resolve(UnknownTable unknowns)
    {
        for (var k = 0; k < _elements.Length; k++)
            if (_elements[k] is CurrentSwitch w)
                _control[k] = (ControllingBranch.Find(w, w.ControlSource, unknowns), 0);
    }

    public override void Connect(StampPattern pattern)
    {
        foreach (ref var place in _places.AsSpan())
            place.Connect(pattern);
    }

    public override void Restart()
    {
        foreach (ref var state in _states.AsSpan())
            state.Restart();
    }

    public override bool Load(LoadState state)
    {
        var settled = true;
        for (var k = 0; k < _places.Length; k++)
        {
            settled &= _states[k].Follow(Control(k, state.X));
            var siemens = _states[k].Siemens;
            var current = siemens * _places[k].Across(state.X);
            state.Residual[_places[k].Positive] += current;
            state.Residual[_places[k].Negative] -= current;
            _places[k].Stamp(state.Jacobian, siemens);
        }
        return settled;
    }

    public override bool Commit()
    {
        var turned = false;
        foreach (ref var state in _states.AsSpan())
            turned |= state.Commit();
        return turned;
    }

    public override void Retract()
    {
        foreach (ref var state in _states.AsSpan())
            state.Retract();
    }

    public override void Recall()
    {
        foreach (ref var state in _states.AsSpan())
            state.Recall();
    }

    public override double StepFactor(ReadOnlySpan<double> x, ReadOnlySpan<double> lastX)
    {
        var factor = double.PositiveInfinity;
        for (var k = 0; k < _places.Length; k++)
            factor = Math.Min(factor, _states[k].StepFactor(Control(k, x), Control(k, lastX)));
        return factor;
    }

    public override void CollectNoise(ReadOnlySpan<double> x, double kelvin, List<NoiseSource> sources)
    {
        for (var k = 0; k < _places.Length; k++)
            sources.Add(NoiseSource.Thermal(_elements[k].Name, "thermal", _places[k].Positive, _places[k].Negative, _states[k].Siemens, kelvin));
    }

    public override string? ElementAt(int unknown)
    {
        for (var k = 0; k < _places.Length; k++)
            if (_places[k].Positive == unknown || _places[k].Negative == unknown)
                return _elements[k].Name;
        return null;
    }

    private double Control(int k, ReadOnlySpan<double> x) => x[_control[k].Plus] - x[_control[k].Minus];
}
