using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using AnalogAttention.Circuits;
using AnalogAttention.Simulation.Devices.Junction;
using AnalogAttention.Simulation.Devices.Lanes;
using AnalogAttention.Simulation.Embedded;
using AnalogAttention.Simulation.Solver;

namespace AnalogAttention.Simulation.Devices;

/// <summary>
/// M with level 1. The gate charges are sums of mean Meyer capacitance times voltage over the steps, as in ngspice: each is a charge
/// between two nodes, so that Kirchhoff's law holds to rounding, but after a closed cycle of voltages the parts on source and
/// drain need not return to where they were. The junction and overlap charges are functions of the voltages and do.
/// </summary>
public sealed class Level1Transistors : FourTerminalDevices
{
    private const double GateStepLimit = 1, DrainStepLimit = 2; // V between two evaluations, a coarse form of SPICE's fetlim and limvds

    /// <summary>Charges of a transistor, each between two terminals: gate-source, gate-drain, gate-bulk; with depletion bulk-drain, bulk-source.</summary>
    private static readonly (int Plus, int Minus)[] Stores = [(Gate, Source), (Gate, Drain), (Gate, Bulk), (Bulk, Drain), (Bulk, Source)];

    private readonly Mosfet[] _elements;
    private readonly Level1Transistor[] _transistors;
    private readonly TwoTerminal[] _drains, _sources, _drainJunctions, _sourceJunctions;
    private readonly double _gmin, _vt;
    private readonly int _stores;
    private int _firstState;

    // over the transistors
    private readonly Level1Bank? _bank;
    private readonly Level1Outputs _outputs;
    private readonly double[] _sign, _criticalDrain, _criticalSource;
    private readonly double[][] _overlap;
    private readonly double[] _vgs, _vds, _vbs, _restGs, _restDs, _restBs; // of the last evaluation, as an nmos
    private readonly double[] _drain, _gate, _bulk, _ground; // the same against the source, with their sign
    private readonly double[][] _farads, _storeAmperes, _storeSiemens;

    /// <summary>Voltages, Meyer halves and gate charges (without overlaps) of a solved point: gate-source, gate-drain, gate-bulk.</summary>
    private sealed class Gates(int padded)
    {
        public readonly double[][] Volts = [new double[padded], new double[padded], new double[padded]];
        public readonly double[][] Halves = [new double[padded], new double[padded], new double[padded]];
        public readonly double[][] Coulombs = [new double[padded], new double[padded], new double[padded]];

        public void CopyTo(Gates other)
        {
            for (var k = 0; k < 3; k++)
            {
                Volts[k].CopyTo(other.Volts[k], 0);
                Halves[k].CopyTo(other.Halves[k], 0);
                Coulombs[k].CopyTo(other.Coulombs[k], 0);
            }
        }
    }

    private readonly Gates _past, _pastBefore, _now;

    /// <exception cref="BadInputException">A model is missing or bad.</exception>
    public Level1Transistors(IReadOnlyList<Mosfet> elements, Circuit circuit, SimulationOptions options, UnknownTable unknowns)
        : this([.. elements], [.. elements.Select(e => new Level1Transistor(e.ModelCard(circuit, e.Model), e, options))], options, unknowns)
    {
    }

    private Level1Transistors(Mosfet[] elements, Level1Transistor[] transistors, SimulationOptions options, UnknownTable unknowns)
        : base([.. elements.Select((e, k) => (
            transistors[k].DrainOhms > 0 ? unknowns.InternalNode(e.Name + "#drain") : unknowns.Node(e.Drain), unknowns.Node(e.Gate),
            transistors[k].SourceOhms > 0 ? unknowns.InternalNode(e.Name + "#source") : unknowns.Node(e.Source), unknowns.Node(e.Bulk)))])
    {
        (_elements, _transistors, _gmin) = (elements, transistors, options.Gmin);
        _vt = transistors.Length > 0 ? transistors[0].ThermalVolts : Silicon.ThermalVoltsPerKelvin * options.TemperatureKelvin;
        _drains = [.. elements.Select((e, k) => new TwoTerminal(unknowns.Node(e.Drain), Node(Drain, k)))];
        _sources = [.. elements.Select((e, k) => new TwoTerminal(unknowns.Node(e.Source), Node(Source, k)))];
        _drainJunctions = [.. elements.Select((_, k) => new TwoTerminal(Node(Bulk, k), Node(Drain, k)))];
        _sourceJunctions = [.. elements.Select((_, k) => new TwoTerminal(Node(Bulk, k), Node(Source, k)))];
        _stores = transistors.Any(t => (t.Terms & (Level1Terms.Bottom | Level1Terms.Side)) != 0) ? 5 : 3;
        _sign = Over(t => t.Sign);
        _bank = Count > 0 ? new Level1Bank(transistors) : null;
        _outputs = new Level1Outputs(Padded);
        _criticalDrain = Over(t => JunctionLimit.CriticalVolts(t.ThermalVolts, t.DrainSaturation));
        _criticalSource = Over(t => JunctionLimit.CriticalVolts(t.ThermalVolts, t.SourceSaturation));
        _overlap = [Over(t => t.OverlapGs), Over(t => t.OverlapGd), Over(t => t.OverlapGb)];
        (_vgs, _vds, _vbs, _restGs, _restDs, _restBs) = (new double[Padded], new double[Padded], new double[Padded], new double[Padded], new double[Padded], new double[Padded]);
        (_drain, _gate, _bulk, _ground) = (new double[Padded], new double[Padded], new double[Padded], new double[Padded]);
        (_farads, _storeAmperes, _storeSiemens) = (Arrays(_stores), Arrays(_stores), Arrays(_stores));
        (_past, _pastBefore, _now) = (new Gates(Padded), new Gates(Padded), new Gates(Padded));

        double[] Over(Func<Level1Transistor, double> of) => transistors.Length == 0 ? [] : [.. transistors.Select(of), .. Enumerable.Repeat(of(transistors[^1]), Padded - Count)];
        double[][] Arrays(int count) => [.. Enumerable.Range(0, count).Select(_ => new double[Padded])];
    }

    public override IEnumerable<(int A, int B)> InternalConductors
    {
        get
        {
            for (var k = 0; k < Count; k++)
            {
                yield return (_drains[k].Positive, _drains[k].Negative);
                yield return (_sources[k].Positive, _sources[k].Negative);
                yield return (Node(Drain, k), Node(Source, k));
                yield return (Node(Bulk, k), Node(Source, k));
            }
        }
    }

    public override void Allocate(UnknownTable unknowns) => _firstState = unknowns.AddStates(_stores * Padded);

    public override void Connect(StampPattern pattern)
    {
        foreach (var places in new[] { _drains, _sources, _drainJunctions, _sourceJunctions })
            foreach (ref var place in places.AsSpan())
                place.Connect(pattern);
        base.Connect(pattern);
    }

    public override void StampLinear(Span<double> conductance, Span<double> capacitance)
    {
        for (var k = 0; k < Count; k++)
        {
            _drainJunctions[k].Stamp(conductance, _gmin);
            _sourceJunctions[k].Stamp(conductance, _gmin);
            if (_transistors[k].DrainOhms > 0)
                _drains[k].Stamp(conductance, 1 / _transistors[k].DrainOhms);
            if (_transistors[k].SourceOhms > 0)
                _sources[k].Stamp(conductance, 1 / _transistors[k].SourceOhms);
        }
    }

    private protected override bool Evaluate<T>(LoadState state)
    {
        var settled = Bias<T>();
        if (state.ChargeRate == 0)
            _bank!.EvaluateStatic(_drain, _gate, _ground, _bulk, _outputs);
        else
            _bank!.Evaluate(_drain, _gate, _ground, _bulk, _outputs);
        for (var store = 0; store < _stores; store++)
            if (state.ChargeRate == 0)
            {
                Array.Clear(_storeAmperes[store]);
                Array.Clear(_storeSiemens[store]);
            }
            else if (store < 3)
                GateStore<T>(state, store);
            else
                Depletion<T>(state, store);
        Combine<T>();
        return settled;
    }

    /// <summary>Voltages to evaluate at, and what is left from them to those that x asks for.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private bool Bias<T>() where T : struct, ILane<T>
    {
        var settled = true;
        double[] drain = Volts(Drain), gate = Volts(Gate), source = Volts(Source), bulk = Volts(Bulk);
        for (var k = 0; k < Padded; k += T.Width)
        {
            T sign = T.Load(in _sign[0], k), s = T.Load(in source[0], k);
            T vgs = sign * (T.Load(in gate[0], k) - s), vds = sign * (T.Load(in drain[0], k) - s), vbs = sign * (T.Load(in bulk[0], k) - s);
            T limitedGs = vgs, limitedDs = vds, limitedBs = vbs;
            if (IsEvaluated && NeedsLimit(k, vgs, vds, vbs))
                settled &= Limit(k, ref limitedGs, ref limitedDs, ref limitedBs);
            T.Store(limitedGs, ref _vgs[0], k);
            T.Store(limitedDs, ref _vds[0], k);
            T.Store(limitedBs, ref _vbs[0], k);
            T.Store(sign * limitedGs, ref _gate[0], k);
            T.Store(sign * limitedDs, ref _drain[0], k);
            T.Store(sign * limitedBs, ref _bulk[0], k);
            T.Store(vgs - limitedGs, ref _restGs[0], k);
            T.Store(vds - limitedDs, ref _restDs[0], k);
            T.Store(vbs - limitedBs, ref _restBs[0], k);
        }
        return settled;
    }

    private double[] Halves(int store) => store == 0 ? _outputs.HalfGs : store == 1 ? _outputs.HalfGd : _outputs.HalfGb;

    /// <summary>Current and conductance (of an nmos) of a gate charge: Meyer's mean capacitance over the step, and the overlap.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void GateStore<T>(LoadState state, int store) where T : struct, ILane<T>
    {
        double[] high = Volts(Gate), low = Volts(Stores[store].Minus), halves = Halves(store), pastHalves = _past.Halves[store];
        double[] pastCoulombs = _past.Coulombs[store], pastVolts = _past.Volts[store], overlaps = _overlap[store];
        for (var k = 0; k < Padded; k += T.Width)
        {
            T sign = T.Load(in _sign[0], k), volts = sign * (T.Load(in high[0], k) - T.Load(in low[0], k));
            T mean = T.Load(in halves[0], k) + T.Load(in pastHalves[0], k), overlap = T.Load(in overlaps[0], k);
            var coulombs = T.Load(in pastCoulombs[0], k) + mean * (volts - T.Load(in pastVolts[0], k)) + overlap * volts;
            Integrate(state, store, k, sign, coulombs, mean + overlap);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Depletion<T>(LoadState state, int store) where T : struct, ILane<T>
    {
        var (coulombs, farads) = store == 3 ? (_outputs.DrainCoulombs, _outputs.DrainFarads) : (_outputs.SourceCoulombs, _outputs.SourceFarads);
        for (var k = 0; k < Padded; k += T.Width)
        {
            var slope = T.Load(in farads[0], k);
            var rest = store == 3 ? T.Load(in _restBs[0], k) - T.Load(in _restDs[0], k) : T.Load(in _restBs[0], k);
            Integrate(state, store, k, T.Load(in _sign[0], k), T.Load(in coulombs[0], k) + slope * rest, slope);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Integrate<T>(LoadState state, int store, int k, T sign, T coulombs, T farads) where T : struct, ILane<T>
    {
        T.Store(farads, ref _farads[store][0], k);
        var place = _firstState + store * Padded + k;
        var charge = sign * coulombs;
        T.Store(charge, ref state.Charges[place], 0);
        T.Store(sign * (state.ChargeRate * charge + T.Load(in state.History[place], 0)), ref _storeAmperes[store][0], k);
        T.Store(state.ChargeRate * farads, ref _storeSiemens[store][0], k);
    }

    /// <summary>Into the terminals.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Combine<T>() where T : struct, ILane<T>
    {
        var at = _outputs;
        for (var k = 0; k < Padded; k += T.Width)
        {
            T gm = T.Load(in at.Gm[0], k), gds = T.Load(in at.Gds[0], k), gmbs = T.Load(in at.Gmbs[0], k), sign = T.Load(in _sign[0], k);
            T restGs = T.Load(in _restGs[0], k), restDs = T.Load(in _restDs[0], k), restBs = T.Load(in _restBs[0], k);
            T gbd = T.Load(in at.DrainSiemens[0], k), gbs = T.Load(in at.SourceSiemens[0], k);
            var id = T.Load(in at.Id[0], k) + gm * restGs + gds * restDs + gmbs * restBs;
            T ibd = T.Load(in at.DrainAmperes[0], k) + gbd * (restBs - restDs), ibs = T.Load(in at.SourceAmperes[0], k) + gbs * restBs;
            if (_stores == 5)
            {
                (ibd, gbd) = (ibd + T.Load(in _storeAmperes[3][0], k), gbd + T.Load(in _storeSiemens[3][0], k));
                (ibs, gbs) = (ibs + T.Load(in _storeAmperes[4][0], k), gbs + T.Load(in _storeSiemens[4][0], k));
            }
            T igs = T.Load(in _storeAmperes[0][0], k), igd = T.Load(in _storeAmperes[1][0], k), igb = T.Load(in _storeAmperes[2][0], k);
            T ggs = T.Load(in _storeSiemens[0][0], k), ggd = T.Load(in _storeSiemens[1][0], k), ggb = T.Load(in _storeSiemens[2][0], k);
            T.Store(sign * (id - ibd - igd), ref Amperes[Drain * Padded], k);
            T.Store(sign * (igs + igd + igb), ref Amperes[Gate * Padded], k);
            T.Store(-(sign * (id + ibs + igs)), ref Amperes[Source * Padded], k);
            T.Store(sign * (ibd + ibs - igb), ref Amperes[Bulk * Padded], k);
            var sum = gm + gds + gmbs;
            Store(k, Drain, gds + gbd + ggd, gm - ggd, -sum, gmbs - gbd);
            Store(k, Gate, -ggd, ggs + ggd + ggb, -ggs, -ggb);
            Store(k, Source, -gds, -gm - ggs, sum + ggs + gbs, -gmbs - gbs);
            Store(k, Bulk, -gbd, -ggb, -gbs, gbd + gbs + ggb);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Store<T>(int k, int row, T byDrain, T byGate, T bySource, T byBulk) where T : struct, ILane<T>
    {
        T.Store(byDrain, ref Siemens[(4 * row + Drain) * Padded], k);
        T.Store(byGate, ref Siemens[(4 * row + Gate) * Padded], k);
        T.Store(bySource, ref Siemens[(4 * row + Source) * Padded], k);
        T.Store(byBulk, ref Siemens[(4 * row + Bulk) * Padded], k);
    }

    private (double Coulombs, double Farads) DepletionAt(int store, int k, double volts)
    {
        var t = _transistors[k];
        var (bottom, side) = store == 3 ? (t.DrainBottom, t.DrainSide) : (t.SourceBottom, t.SourceSide);
        var (q0, c0) = bottom.At(volts);
        var (q1, c1) = side.At(volts);
        return (q0 + q1, c0 + c1);
    }

    public override void Accept(LoadState state, ReadOnlySpan<double> delta)
    {
        base.Accept(state, delta);
        if (state.ChargeRate == 0)
            return;
        for (var store = 0; store < _stores; store++)
        {
            var (plus, minus) = Stores[store];
            var charges = state.Charges.AsSpan(_firstState + store * Padded, Padded);
            TensorPrimitives.Subtract(Volts(plus), Volts(minus), _restGs);
            TensorPrimitives.MultiplyAdd(_restGs, _farads[store], charges, charges);
        }
        // the same linearisation, so that the sums continue from the stored charges
        Gather(state.X);
        RememberGates(state.Charges);
    }

    private void RememberGates(ReadOnlySpan<double> charges)
    {
        for (var store = 0; store < 3; store++)
        {
            var (plus, minus) = Stores[store];
            double[] high = Volts(plus), low = Volts(minus), overlap = _overlap[store], volts = _now.Volts[store], coulombs = _now.Coulombs[store];
            var stored = charges.Slice(_firstState + store * Padded, Padded);
            Halves(store).CopyTo(_now.Halves[store], 0);
            TensorPrimitives.Subtract(high, low, volts);
            TensorPrimitives.Multiply(volts, _sign, volts);
            TensorPrimitives.Multiply(stored, _sign, coulombs);
            TensorPrimitives.Multiply(overlap, volts, _restGs);
            TensorPrimitives.Subtract(coulombs, _restGs, coulombs);
        }
    }

    public override bool Commit()
    {
        _past.CopyTo(_pastBefore);
        _now.CopyTo(_past);
        return false;
    }

    public override void Retract() => _pastBefore.CopyTo(_past);

    public override void Recall() => Restart();

    public override void WriteCharges(ReadOnlySpan<double> x, Span<double> charges)
    {
        Gather(x);
        double[] d = Volts(Drain), g = Volts(Gate), s = Volts(Source), b = Volts(Bulk);
        for (var k = 0; k < Count; k++)
        {
            var (t, sign) = (_transistors[k], _sign[k]);
            double vgs = sign * (g[k] - s[k]), vds = sign * (d[k] - s[k]), vbs = sign * (b[k] - s[k]);
            var at = t.At(vgs, vds, vbs);
            ReadOnlySpan<double> volts = [vgs, vgs - vds, vgs - vbs], halves = [at.Gate.Gs, at.Gate.Gd, at.Gate.Gb];
            for (var store = 0; store < 3; store++)
            {
                Halves(store)[k] = halves[store];
                charges[_firstState + store * Padded + k] = sign * (2 * halves[store] + _overlap[store][k]) * volts[store];
            }
            for (var store = 3; store < _stores; store++)
                charges[_firstState + store * Padded + k] = sign * DepletionAt(store, k, store == 3 ? vbs - vds : vbs).Coulombs;
        }
        RememberGates(charges);
        _now.CopyTo(_past);
    }

    public override void CollectNoise(ReadOnlySpan<double> x, double kelvin, List<NoiseSource> sources)
    {
        for (var k = 0; k < Count; k++)
        {
            var (name, t) = (_elements[k].Name, _transistors[k]);
            int d = Node(Drain, k), s = Node(Source, k);
            double vds = t.Sign * (x[d] - x[s]), vbs = t.Sign * (x[Node(Bulk, k)] - x[s]);
            var at = t.At(t.Sign * (x[Node(Gate, k)] - x[s]), vds, vbs);
            // the current of the drain, its junction included, as in ngspice
            var drain = at.Id - t.Junction(vbs - vds, t.DrainSaturation).Amperes - _gmin * (vbs - vds);
            if (t.DrainOhms > 0)
                sources.Add(NoiseSource.Thermal(name, "rd", _drains[k].Positive, _drains[k].Negative, 1 / t.DrainOhms, kelvin));
            if (t.SourceOhms > 0)
                sources.Add(NoiseSource.Thermal(name, "rs", _sources[k].Positive, _sources[k].Negative, 1 / t.SourceOhms, kelvin));
            sources.Add(NoiseSource.Thermal(name, "id", d, s, 2.0 / 3 * at.Gm, kelvin));
            sources.Add(new NoiseSource(name, "1overf", d, s, 0, t.FlickerDensity(drain)));
        }
    }

    public override string? ElementAt(int unknown) => LargestAt(unknown) is { } k ? _elements[k].Name : null;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool NeedsLimit<T>(int k, T vgs, T vds, T vbs) where T : struct, ILane<T>
    {
        T lastVgs = T.Load(in _vgs[0], k), lastVds = T.Load(in _vds[0], k), lastVbs = T.Load(in _vbs[0], k);
        var far = T.Max(T.Abs(vgs - lastVgs) - T.Broadcast(GateStepLimit), T.Abs(vds - lastVds) - T.Broadcast(DrainStepLimit));
        // a junction is left alone below its critical voltage, but for steps deep into reverse; which of the two counts, the limit says
        T vbd = vbs - vds, step = T.Max(T.Abs(vbs - lastVbs), T.Abs(vbd - (lastVbs - lastVds))) - T.Broadcast(2 * _vt);
        var steep = T.Max(vbs - T.Load(in _criticalSource[0], k), vbd - T.Load(in _criticalDrain[0], k));
        var deep = -(1 + T.Min(vbs, vbd));
        return T.Any(T.LessThan(T.Broadcast(0), T.Max(far, T.Min(step, T.Max(steep, deep)))));
    }

    private bool Limit<T>(int k, ref T vgs, ref T vds, ref T vbs) where T : struct, ILane<T>
    {
        Span<double> gs = stackalloc double[LaneWidth.Padding], ds = stackalloc double[LaneWidth.Padding], bs = stackalloc double[LaneWidth.Padding];
        T.Store(vgs, ref gs[0], 0);
        T.Store(vds, ref ds[0], 0);
        T.Store(vbs, ref bs[0], 0);
        var settled = true;
        for (var lane = 0; lane < T.Width && k + lane < Count; lane++)
            settled &= Limit(_transistors[k + lane], ref gs[lane], ref ds[lane], ref bs[lane], (_vgs[k + lane], _vds[k + lane], _vbs[k + lane]));
        (vgs, vds, vbs) = (T.Load(in gs[0], 0), T.Load(in ds[0], 0), T.Load(in bs[0], 0));
        return settled;
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
