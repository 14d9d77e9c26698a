using AnalogAttention.Circuits;
using AnalogAttention.Simulation.Devices.Junction;
using AnalogAttention.Simulation.Embedded;
using AnalogAttention.Simulation.Solver;

namespace AnalogAttention.Simulation.Devices;

/// <summary>
/// M with level 1. The gate charges are sums of mean Meyer capacitance times voltage over the steps, as in ngspice: each is a charge
/// between two nodes, so that Kirchhoff's law holds to rounding, but after a closed cycle of voltages the parts on source and
/// drain need not return to where they were. The junction and overlap charges are functions of the voltages and do.
/// </summary>
public sealed class Level1Transistors : DeviceGroup
{
    private const double GateStepLimit = 1, DrainStepLimit = 2; // V between two evaluations, a coarse form of SPICE's fetlim and limvds
    private const int StoreCount = 5; // bulk-drain, bulk-source, gate-source, gate-drain, gate-bulk

    private readonly Mosfet[] _elements;
    private readonly Level1Transistor[] _transistors;
    private readonly TwoTerminal[] _stores, _drains, _sources;
    private readonly (int D, int G, int S, int B)[] _nodes;
    private readonly int[] _channel;
    private readonly (double Vgs, double Vds, double Vbs)[] _last;
    private readonly double[] _farads, _amperes;
    private readonly Past[] _past, _pastBefore, _now;
    private readonly double _gmin;
    private int _firstState;
    private bool _evaluated;

    /// <summary>Gate voltages, Meyer halves and gate charges (without overlaps) of a solved point.</summary>
    private record struct Past(double Vgs, double Vgd, double Vgb, MeyerHalves Halves, double Qgs, double Qgd, double Qgb);

    /// <exception cref="BadInputException">A model is missing or bad.</exception>
    public Level1Transistors(IReadOnlyList<Mosfet> elements, Circuit circuit, SimulationOptions options, UnknownTable unknowns)
    {
        var count = elements.Count;
        _elements = [.. elements];
        _gmin = options.Gmin;
        _transistors = [.. elements.Select(e => new Level1Transistor(e.ModelCard(circuit, e.Model), e, options))];
        (_stores, _drains, _sources) = (new TwoTerminal[StoreCount * count], new TwoTerminal[count], new TwoTerminal[count]);
        (_nodes, _channel, _last) = (new (int, int, int, int)[count], new int[8 * count], new (double, double, double)[count]);
        (_farads, _amperes) = (new double[StoreCount * count], new double[count]);
        (_past, _pastBefore, _now) = (new Past[count], new Past[count], new Past[count]);
        for (var k = 0; k < count; k++)
        {
            var e = _elements[k];
            int drain = unknowns.Node(e.Drain), g = unknowns.Node(e.Gate), source = unknowns.Node(e.Source), b = unknowns.Node(e.Bulk);
            var d = _transistors[k].DrainOhms > 0 ? unknowns.InternalNode(e.Name + "#drain") : drain;
            var s = _transistors[k].SourceOhms > 0 ? unknowns.InternalNode(e.Name + "#source") : source;
            _nodes[k] = (d, g, s, b);
            (_drains[k], _sources[k]) = (new TwoTerminal(drain, d), new TwoTerminal(source, s));
            (int, int)[] pairs = [(b, d), (b, s), (g, s), (g, d), (g, b)];
            for (var store = 0; store < StoreCount; store++)
                _stores[StoreCount * k + store] = new TwoTerminal(pairs[store].Item1, pairs[store].Item2);
        }
    }

    public override bool IsNonlinear => true;

    public override IEnumerable<(int A, int B)> InternalConductors
    {
        get
        {
            for (var k = 0; k < _nodes.Length; k++)
            {
                yield return (_drains[k].Positive, _drains[k].Negative);
                yield return (_sources[k].Positive, _sources[k].Negative);
                yield return (_nodes[k].D, _nodes[k].S);
                yield return (_nodes[k].B, _nodes[k].S);
            }
        }
    }

    public override void Allocate(UnknownTable unknowns) => _firstState = unknowns.AddStates(_stores.Length);

    public override void Connect(StampPattern pattern)
    {
        foreach (var places in new[] { _stores, _drains, _sources })
            foreach (ref var place in places.AsSpan())
                place.Connect(pattern);
        for (var k = 0; k < _nodes.Length; k++)
        {
            var (d, g, s, b) = _nodes[k];
            int[] columns = [d, g, s, b];
            for (var column = 0; column < 4; column++)
            {
                _channel[8 * k + column] = pattern.Entry(d, columns[column]);
                _channel[8 * k + 4 + column] = pattern.Entry(s, columns[column]);
            }
        }
    }

    public override void StampLinear(Span<double> conductance, Span<double> capacitance)
    {
        for (var k = 0; k < _nodes.Length; k++)
        {
            _stores[StoreCount * k].Stamp(conductance, _gmin);
            _stores[StoreCount * k + 1].Stamp(conductance, _gmin);
            if (_transistors[k].DrainOhms > 0)
                _drains[k].Stamp(conductance, 1 / _transistors[k].DrainOhms);
            if (_transistors[k].SourceOhms > 0)
                _sources[k].Stamp(conductance, 1 / _transistors[k].SourceOhms);
        }
    }

    public override void Restart() => _evaluated = false;

    public override bool Load(LoadState state)
    {
        var settled = true;
        var x = state.X;
        for (var k = 0; k < _nodes.Length; k++)
        {
            var t = _transistors[k];
            var (d, g, s, b) = _nodes[k];
            double sign = t.Sign, vgs = sign * (x[g] - x[s]), vds = sign * (x[d] - x[s]), vbs = sign * (x[b] - x[s]);
            var wanted = (vgs, vds, vbs);
            if (_evaluated)
                settled &= Limit(t, ref vgs, ref vds, ref vbs, _last[k]);
            _last[k] = (vgs, vds, vbs);
            var (id, gm, gds, gmbs, halves) = t.At(vgs, vds, vbs);
            _amperes[k] = id;
            id = sign * (id + gm * (wanted.vgs - vgs) + gds * (wanted.vds - vds) + gmbs * (wanted.vbs - vbs));
            state.Residual[d] += id;
            state.Residual[s] -= id;
            ReadOnlySpan<double> slopes = [gds, gm, -(gm + gds + gmbs), gmbs];
            for (var column = 0; column < 4; column++)
            {
                state.Jacobian[_channel[8 * k + column]] += slopes[column];
                state.Jacobian[_channel[8 * k + 4 + column]] -= slopes[column];
            }

            var (drainAmperes, drainSlope) = t.Junction(vbs - vds, t.DrainSaturation);
            var (sourceAmperes, sourceSlope) = t.Junction(vbs, t.SourceSaturation);
            var (drainCharge, drainFarads) = Sum(t.DrainBottom, t.DrainSide, vbs - vds);
            var (sourceCharge, sourceFarads) = Sum(t.SourceBottom, t.SourceSide, vbs);
            Add(state, k, 0, sign, vbs - vds, drainAmperes, drainSlope, drainCharge, drainFarads);
            Add(state, k, 1, sign, vbs, sourceAmperes, sourceSlope, sourceCharge, sourceFarads);
            if (state.ChargeRate == 0)
                continue;
            double vgd = vgs - vds, vgb = vgs - vbs;
            ref readonly var past = ref _past[k];
            double cgs = halves.Gs + past.Halves.Gs, cgd = halves.Gd + past.Halves.Gd, cgb = halves.Gb + past.Halves.Gb;
            _now[k] = new Past(vgs, vgd, vgb, halves, past.Qgs + cgs * (vgs - past.Vgs), past.Qgd + cgd * (vgd - past.Vgd), past.Qgb + cgb * (vgb - past.Vgb));
            Add(state, k, 2, sign, vgs, 0, 0, _now[k].Qgs + t.OverlapGs * vgs, cgs + t.OverlapGs);
            Add(state, k, 3, sign, vgd, 0, 0, _now[k].Qgd + t.OverlapGd * vgd, cgd + t.OverlapGd);
            Add(state, k, 4, sign, vgb, 0, 0, _now[k].Qgb + t.OverlapGb * vgb, cgb + t.OverlapGb);
        }
        _evaluated = true;
        return settled;
    }

    public override void Accept(LoadState state, ReadOnlySpan<double> delta)
    {
        if (state.ChargeRate == 0)
            return;
        for (var k = 0; k < _stores.Length; k++)
            state.Charges[_firstState + k] += _farads[k] * _stores[k].Across(delta);
        for (var k = 0; k < _now.Length; k++)
        {
            // the same linearisation, so that the sums continue from the stored charges
            var t = _transistors[k];
            double Moved(int store) => t.Sign * _stores[StoreCount * k + store].Across(state.X);
            double Meyer(int store, double overlap) => t.Sign * state.Charges[_firstState + StoreCount * k + store] - overlap * Moved(store);
            _now[k] = _now[k] with { Vgs = Moved(2), Vgd = Moved(3), Vgb = Moved(4), Qgs = Meyer(2, t.OverlapGs), Qgd = Meyer(3, t.OverlapGd), Qgb = Meyer(4, t.OverlapGb) };
        }
    }

    public override bool Commit()
    {
        _past.CopyTo(_pastBefore, 0);
        _now.CopyTo(_past, 0);
        return false;
    }

    public override void Retract() => _pastBefore.CopyTo(_past, 0);

    public override void Recall() => _evaluated = false;

    public override void WriteCharges(ReadOnlySpan<double> x, Span<double> charges)
    {
        for (var k = 0; k < _nodes.Length; k++)
        {
            var t = _transistors[k];
            var (d, g, s, b) = _nodes[k];
            double sign = t.Sign, vgs = sign * (x[g] - x[s]), vds = sign * (x[d] - x[s]), vbs = sign * (x[b] - x[s]), vgd = vgs - vds, vgb = vgs - vbs;
            var halves = t.At(vgs, vds, vbs).Gate;
            var now = _now[k] = _past[k] = new Past(vgs, vgd, vgb, halves, 2 * halves.Gs * vgs, 2 * halves.Gd * vgd, 2 * halves.Gb * vgb);
            ReadOnlySpan<double> stored =
            [
                Sum(t.DrainBottom, t.DrainSide, vbs - vds).Coulombs, Sum(t.SourceBottom, t.SourceSide, vbs).Coulombs,
                now.Qgs + t.OverlapGs * vgs, now.Qgd + t.OverlapGd * vgd, now.Qgb + t.OverlapGb * vgb,
            ];
            for (var store = 0; store < StoreCount; store++)
                charges[_firstState + StoreCount * k + store] = sign * stored[store];
        }
    }

    public override void CollectNoise(ReadOnlySpan<double> x, double kelvin, List<NoiseSource> sources)
    {
        for (var k = 0; k < _nodes.Length; k++)
        {
            var (name, t) = (_elements[k].Name, _transistors[k]);
            var (d, g, s, b) = _nodes[k];
            double vds = t.Sign * (x[d] - x[s]), vbs = t.Sign * (x[b] - x[s]);
            var (id, gm, _, _, _) = t.At(t.Sign * (x[g] - x[s]), vds, vbs);
            // the current of the drain, its junction included, as in ngspice
            var drain = id - t.Junction(vbs - vds, t.DrainSaturation).Amperes - _gmin * (vbs - vds);
            if (t.DrainOhms > 0)
                sources.Add(NoiseSource.Thermal(name, "rd", _drains[k].Positive, _drains[k].Negative, 1 / t.DrainOhms, kelvin));
            if (t.SourceOhms > 0)
                sources.Add(NoiseSource.Thermal(name, "rs", _sources[k].Positive, _sources[k].Negative, 1 / t.SourceOhms, kelvin));
            sources.Add(NoiseSource.Thermal(name, "id", d, s, 2.0 / 3 * gm, kelvin));
            sources.Add(new NoiseSource(name, "1overf", d, s, 0, t.FlickerDensity(drain)));
        }
    }

    public override string? ElementAt(int unknown)
    {
        string? found = null;
        var largest = -1.0;
        for (var k = 0; k < _nodes.Length; k++)
        {
            var (d, g, s, b) = _nodes[k];
            if ((d == unknown || g == unknown || s == unknown || b == unknown) && Math.Abs(_amperes[k]) > largest)
                (found, largest) = (_elements[k].Name, Math.Abs(_amperes[k]));
        }
        return found;
    }

    // One of the five stores: a current and a charge between two nodes, linearised where the transistor was evaluated.
    private void Add(LoadState state, int k, int store, double sign, double volts, double amperes, double slope, double coulombs, double farads)
    {
        var index = StoreCount * k + store;
        ref var place = ref _stores[index];
        var rest = place.Across(state.X) - sign * volts;
        var current = sign * amperes + slope * rest;
        _farads[index] = farads;
        if (state.ChargeRate != 0)
        {
            var charge = state.Charges[_firstState + index] = sign * coulombs + farads * rest;
            current += state.ChargeRate * charge + state.History[_firstState + index];
            slope += state.ChargeRate * farads;
        }
        state.Residual[place.Positive] += current;
        state.Residual[place.Negative] -= current;
        place.Stamp(state.Jacobian, slope);
    }

    private static (double Coulombs, double Farads) Sum(in DepletionCharge bottom, in DepletionCharge side, double volts)
    {
        var (q0, c0) = bottom.At(volts);
        var (q1, c1) = side.At(volts);
        return (q0 + q1, c0 + c1);
    }

    private static bool Limit(Level1Transistor t, ref double vgs, ref double vds, ref double vbs, (double Vgs, double Vds, double Vbs) last)
    {
        var wanted = (vgs, vds, vbs);
        vgs = last.Vgs + Math.Clamp(vgs - last.Vgs, -GateStepLimit, GateStepLimit);
        vds = last.Vds + Math.Clamp(vds - last.Vds, -DrainStepLimit, DrainStepLimit);
        if (vds >= 0)
            vbs = JunctionLimit.Cut(vbs, last.Vbs, t.ThermalVolts, JunctionLimit.CriticalVolts(t.ThermalVolts, t.SourceSaturation));
        else
            vbs = vds + JunctionLimit.Cut(vbs - vds, last.Vbs - last.Vds, t.ThermalVolts, JunctionLimit.CriticalVolts(t.ThermalVolts, t.DrainSaturation));
        const double rounding = 1e-12; // vds + (vbs - vds) is not vbs to the last bit
        return Math.Abs(vgs - wanted.vgs) + Math.Abs(vds - wanted.vds) + Math.Abs(vbs - wanted.vbs) < rounding;
    }
}
