using AnalogAttention.Circuits;
using AnalogAttention.Simulation.Devices.Ekv;
using AnalogAttention.Simulation.Embedded;
using AnalogAttention.Simulation.Solver;

namespace AnalogAttention.Simulation.Devices;

/// <summary>
/// M with level 44: channel current and three independent terminal charges (drain, gate, source; the bulk holds minus their sum).
/// The model is smooth and has no junctions, so it carries no gmin; a step of more than <see cref="StepLimit"/> of a terminal
/// against the bulk is cut and the rest follows the tangent.
/// </summary>
public sealed class EkvTransistors : DeviceGroup
{
    /// <summary>Volts a terminal may move against the bulk between two evaluations (a coarse form of SPICE's fetlim).</summary>
    private const double StepLimit = 1;

    private readonly Mosfet[] _elements;
    private readonly EkvTransistor[] _transistors;
    private readonly (int D, int G, int S, int B)[] _nodes;
    private readonly Slots[] _slots;
    private readonly EkvState[] _states;
    private readonly Bias[] _last;
    private int _firstState;
    private bool _evaluated;

    private record struct Bias(double D, double G, double S, double B);

    /// <summary>Slots of the 4 x 4 block, row-major, order d, g, s, b.</summary>
    [System.Runtime.CompilerServices.InlineArray(16)]
    private struct Slots
    {
        private int _first;
    }

    /// <exception cref="BadInputException">A model is missing or its parameters are bad.</exception>
    public EkvTransistors(IReadOnlyList<Mosfet> elements, Circuit circuit, SimulationOptions options, UnknownTable unknowns)
    {
        _elements = [.. elements];
        _transistors = [.. elements.Select(e => EkvTransistor.Create(
            circuit.Models.GetValueOrDefault(e.Model) ?? throw new BadInputException($"{e.Span}: '{e.Name}' names model '{e.Model}', which is not defined"),
            e, options.TemperatureKelvin, options.NominalCelsius))];
        _nodes = [.. elements.Select(e => (unknowns.Node(e.Drain), unknowns.Node(e.Gate), unknowns.Node(e.Source), unknowns.Node(e.Bulk)))];
        _slots = new Slots[_elements.Length];
        _states = new EkvState[_elements.Length];
        _last = new Bias[_elements.Length];
    }

    public override bool IsNonlinear => true;

    public override void Allocate(UnknownTable unknowns) => _firstState = unknowns.AddStates(3 * _elements.Length);

    public override void Connect(StampPattern pattern)
    {
        for (var k = 0; k < _nodes.Length; k++)
        {
            ReadOnlySpan<int> node = [_nodes[k].D, _nodes[k].G, _nodes[k].S, _nodes[k].B];
            for (var row = 0; row < 4; row++)
                for (var column = 0; column < 4; column++)
                    _slots[k][4 * row + column] = pattern.Entry(node[row], node[column]);
        }
    }

    public override void Restart() => _evaluated = false;

    public override bool Load(LoadState state)
    {
        var settled = true;
        double[] x = state.X, residual = state.Residual, jacobian = state.Jacobian, charges = state.Charges, history = state.History;
        var rate = state.ChargeRate;
        for (var k = 0; k < _nodes.Length; k++)
        {
            var (d, g, s, b) = _nodes[k];
            double vd = x[d], vg = x[g], vs = x[s], vb = x[b];
            var bias = new Bias(vd, vg, vs, vb);
            if (_evaluated)
                settled &= Limit(ref bias, _last[k]);
            _last[k] = bias;
            ref var at = ref _states[k];
            _transistors[k].Evaluate(bias.D, bias.G, bias.S, bias.B, ref at);
            vd -= bias.D;
            vg -= bias.G;
            vs -= bias.S;
            vb -= bias.B;

            var id = at.Id + at.GdVd * vd + at.GdVg * vg + at.GdVs * vs + at.GdVb * vb;
            ref var slots = ref _slots[k];
            if (rate == 0)
            {
                residual[d] += id;
                residual[s] -= id;
                AddRow(jacobian, slots, 0, at, 1);
                AddRow(jacobian, slots, 2, at, -1);
                continue;
            }
            var first = _firstState + 3 * k;
            var qd = charges[first] = at.Qd + Linear(at.C, 0, vd, vg, vs, vb);
            var qg = charges[first + 1] = at.Qg + Linear(at.C, 1, vd, vg, vs, vb);
            var qs = charges[first + 2] = at.Qs + Linear(at.C, 2, vd, vg, vs, vb);
            double dqd = rate * qd + history[first], dqg = rate * qg + history[first + 1], dqs = rate * qs + history[first + 2];
            residual[d] += id + dqd;
            residual[g] += dqg;
            residual[s] += dqs - id;
            residual[b] -= dqd + dqg + dqs;
            for (var entry = 0; entry < 16; entry++)
                jacobian[slots[entry]] += rate * at.C[entry];
            AddRow(jacobian, slots, 0, at, 1);
            AddRow(jacobian, slots, 2, at, -1);
        }
        _evaluated = true;
        return settled;
    }

    public override void Accept(LoadState state, ReadOnlySpan<double> delta)
    {
        if (state.ChargeRate == 0)
            return;
        for (var k = 0; k < _nodes.Length; k++)
        {
            var (d, g, s, b) = _nodes[k];
            double vd = delta[d], vg = delta[g], vs = delta[s], vb = delta[b];
            ref var at = ref _states[k];
            var first = _firstState + 3 * k;
            state.Charges[first] += Linear(at.C, 0, vd, vg, vs, vb);
            state.Charges[first + 1] += Linear(at.C, 1, vd, vg, vs, vb);
            state.Charges[first + 2] += Linear(at.C, 2, vd, vg, vs, vb);
        }
    }

    public override void WriteCharges(ReadOnlySpan<double> x, Span<double> charges)
    {
        var at = new EkvState();
        for (var k = 0; k < _nodes.Length; k++)
        {
            var (d, g, s, b) = _nodes[k];
            _transistors[k].Evaluate(x[d], x[g], x[s], x[b], ref at);
            var first = _firstState + 3 * k;
            charges[first] = at.Qd;
            charges[first + 1] = at.Qg;
            charges[first + 2] = at.Qs;
        }
    }

    public override void CollectNoise(ReadOnlySpan<double> x, double kelvin, List<NoiseSource> sources)
    {
        var at = new EkvState();
        for (var k = 0; k < _nodes.Length; k++)
        {
            var (d, g, s, b) = _nodes[k];
            _transistors[k].Evaluate(x[d], x[g], x[s], x[b], ref at);
            sources.Add(NoiseSource.Thermal(_elements[k].Name, "id", d, s, at.NoiseSiemens, kelvin));
            sources.Add(new NoiseSource(_elements[k].Name, "1overf", d, s, 0, _transistors[k].FlickerDensity(at.GdVg), _transistors[k].FlickerExponent));
        }
    }

    public override string? ElementAt(int unknown)
    {
        // of the transistors there, the one that carries the largest current
        string? found = null;
        var largest = -1.0;
        for (var k = 0; k < _nodes.Length; k++)
        {
            var (d, g, s, b) = _nodes[k];
            if ((d == unknown || g == unknown || s == unknown || b == unknown) && Math.Abs(_states[k].Id) > largest)
                (found, largest) = (_elements[k].Name, Math.Abs(_states[k].Id));
        }
        return found;
    }

    private static void AddRow(double[] jacobian, in Slots slots, int row, in EkvState at, double sign)
    {
        jacobian[slots[4 * row]] += sign * at.GdVd;
        jacobian[slots[4 * row + 1]] += sign * at.GdVg;
        jacobian[slots[4 * row + 2]] += sign * at.GdVs;
        jacobian[slots[4 * row + 3]] += sign * at.GdVb;
    }

    private static double Linear(in Jacobian4 c, int row, double vd, double vg, double vs, double vb) =>
        c[4 * row] * vd + c[4 * row + 1] * vg + c[4 * row + 2] * vs + c[4 * row + 3] * vb;

    private static bool Limit(ref Bias bias, in Bias last)
    {
        var common = bias.B - last.B;
        double dd = bias.D - last.D - common, dg = bias.G - last.G - common, ds = bias.S - last.S - common;
        if (Math.Abs(dd) <= StepLimit && Math.Abs(dg) <= StepLimit && Math.Abs(ds) <= StepLimit)
            return true;
        bias = bias with
        {
            D = bias.B + last.D - last.B + Math.Clamp(dd, -StepLimit, StepLimit),
            G = bias.B + last.G - last.B + Math.Clamp(dg, -StepLimit, StepLimit),
            S = bias.B + last.S - last.B + Math.Clamp(ds, -StepLimit, StepLimit),
        };
        return false;
    }
}
