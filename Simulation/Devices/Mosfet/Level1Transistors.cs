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
    private bool _evaluated;

    // over the transistors
    private readonly double[] _sign, _beta, _lambda, _gamma, _phi, _rootPhi, _builtIn, _oxide, _drainSaturation, _sourceSaturation, _criticalDrain, _criticalSource;
    private readonly double[][] _overlap;
    private readonly double[] _vgs, _vds, _vbs, _restGs, _restDs, _restBs; // of the last evaluation
    private readonly double[] _id, _gm, _gds, _gmbs;
    private readonly double[][] _junctionAmperes, _junctionSiemens; // drain, source
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
        _stores = transistors.Any(t => t.HasDepletion) ? 5 : 3;
        _sign = Over(t => t.Sign);
        _beta = Over(t => t.Channel.Beta.Value);
        _lambda = Over(t => t.Channel.Lambda.Value);
        _gamma = Over(t => t.Channel.Gamma.Value);
        _phi = Over(t => t.Channel.Phi.Value);
        _rootPhi = Over(t => t.Channel.RootPhi.Value);
        _builtIn = Over(t => t.Channel.BuiltIn.Value);
        _oxide = Over(t => t.Channel.OxideFarads.Value);
        (_drainSaturation, _sourceSaturation) = (Over(t => t.DrainSaturation), Over(t => t.SourceSaturation));
        _criticalDrain = Over(t => JunctionLimit.CriticalVolts(t.ThermalVolts, t.DrainSaturation));
        _criticalSource = Over(t => JunctionLimit.CriticalVolts(t.ThermalVolts, t.SourceSaturation));
        _overlap = [Over(t => t.OverlapGs), Over(t => t.OverlapGd), Over(t => t.OverlapGb)];
        (_vgs, _vds, _vbs, _restGs, _restDs, _restBs) = (new double[Padded], new double[Padded], new double[Padded], new double[Padded], new double[Padded], new double[Padded]);
        (_id, _gm, _gds, _gmbs) = (new double[Padded], new double[Padded], new double[Padded], new double[Padded]);
        (_junctionAmperes, _junctionSiemens) = (Arrays(2), Arrays(2));
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

    public override void Restart() => _evaluated = false;

    public override bool Load(LoadState state)
    {
        Gather(state.X);
        var settled = LaneWidth.Preferred switch
        {
            8 => Evaluate<Lane8>(state),
            4 => Evaluate<Lane4>(state),
            _ => Evaluate<Lane1>(state),
        };
        _evaluated = true;
        Scatter(state);
        return settled;
    }

    // stage by stage over all transistors: one method with all of it would not be compiled into registers
    private bool Evaluate<T>(LoadState state) where T : struct, ILane<T>
    {
        var settled = Bias<T>();
        Channels<T>();
        Junctions<T>();
        if (state.ChargeRate != 0)
        {
            for (var store = 0; store < 3; store++)
                GateStore<T>(state, store);
            for (var store = 3; store < _stores; store++)
                Depletion<T>(state, store);
        }
        else
            for (var store = 0; store < _stores; store++)
            {
                Array.Clear(_storeAmperes[store]);
                Array.Clear(_storeSiemens[store]);
            }
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
            T sign = T.Load(in _sign[k]), s = T.Load(in source[k]);
            T vgs = sign * (T.Load(in gate[k]) - s), vds = sign * (T.Load(in drain[k]) - s), vbs = sign * (T.Load(in bulk[k]) - s);
            T limitedGs = vgs, limitedDs = vds, limitedBs = vbs;
            if (_evaluated && NeedsLimit(k, vgs, vds, vbs))
                settled &= Limit(k, ref limitedGs, ref limitedDs, ref limitedBs);
            limitedGs.Store(ref _vgs[k]);
            limitedDs.Store(ref _vds[k]);
            limitedBs.Store(ref _vbs[k]);
            (vgs - limitedGs).Store(ref _restGs[k]);
            (vds - limitedDs).Store(ref _restDs[k]);
            (vbs - limitedBs).Store(ref _restBs[k]);
        }
        return settled;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Channels<T>() where T : struct, ILane<T>
    {
        for (var k = 0; k < Padded; k += T.Width)
        {
            var t = new Level1Channel<T>(T.Load(in _beta[k]), T.Load(in _lambda[k]), T.Load(in _gamma[k]), T.Load(in _phi[k]), T.Load(in _rootPhi[k]), T.Load(in _builtIn[k]), T.Load(in _oxide[k]));
            var at = Level1Equations.At(t, T.Load(in _vgs[k]), T.Load(in _vds[k]), T.Load(in _vbs[k]));
            at.Id.Store(ref _id[k]);
            at.Gm.Store(ref _gm[k]);
            at.Gds.Store(ref _gds[k]);
            at.Gmbs.Store(ref _gmbs[k]);
            at.HalfGs.Store(ref _now.Halves[0][k]);
            at.HalfGd.Store(ref _now.Halves[1][k]);
            at.HalfGb.Store(ref _now.Halves[2][k]);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Junctions<T>() where T : struct, ILane<T>
    {
        for (var k = 0; k < Padded; k += T.Width)
        {
            T vbs = T.Load(in _vbs[k]), restBs = T.Load(in _restBs[k]);
            var (drain, drainSlope) = Level1Equations.Junction(vbs - T.Load(in _vds[k]), T.Load(in _drainSaturation[k]), _vt);
            var (source, sourceSlope) = Level1Equations.Junction(vbs, T.Load(in _sourceSaturation[k]), _vt);
            (drain + drainSlope * (restBs - T.Load(in _restDs[k]))).Store(ref _junctionAmperes[0][k]);
            (source + sourceSlope * restBs).Store(ref _junctionAmperes[1][k]);
            drainSlope.Store(ref _junctionSiemens[0][k]);
            sourceSlope.Store(ref _junctionSiemens[1][k]);
        }
    }

    /// <summary>Current and conductance (of an nmos) of a gate charge: Meyer's mean capacitance over the step, and the overlap.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void GateStore<T>(LoadState state, int store) where T : struct, ILane<T>
    {
        double[] high = Volts(Gate), low = Volts(Stores[store].Minus), halves = _now.Halves[store], pastHalves = _past.Halves[store];
        double[] pastCoulombs = _past.Coulombs[store], pastVolts = _past.Volts[store], overlaps = _overlap[store];
        for (var k = 0; k < Padded; k += T.Width)
        {
            T sign = T.Load(in _sign[k]), volts = sign * (T.Load(in high[k]) - T.Load(in low[k]));
            T mean = T.Load(in halves[k]) + T.Load(in pastHalves[k]), overlap = T.Load(in overlaps[k]);
            var coulombs = T.Load(in pastCoulombs[k]) + mean * (volts - T.Load(in pastVolts[k])) + overlap * volts;
            Integrate(state, store, k, sign, coulombs, mean + overlap);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Depletion<T>(LoadState state, int store) where T : struct, ILane<T>
    {
        double[] farads = _farads[store], coulombs = _storeAmperes[store];
        for (var k = 0; k < Count; k++)
            (coulombs[k], farads[k]) = DepletionAt(store, k, store == 3 ? _vbs[k] - _vds[k] : _vbs[k]);
        for (var k = 0; k < Padded; k += T.Width)
        {
            var slope = T.Load(in farads[k]);
            var rest = store == 3 ? T.Load(in _restBs[k]) - T.Load(in _restDs[k]) : T.Load(in _restBs[k]);
            Integrate(state, store, k, T.Load(in _sign[k]), T.Load(in coulombs[k]) + slope * rest, slope);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Integrate<T>(LoadState state, int store, int k, T sign, T coulombs, T farads) where T : struct, ILane<T>
    {
        farads.Store(ref _farads[store][k]);
        var place = _firstState + store * Padded + k;
        var charge = sign * coulombs;
        charge.Store(ref state.Charges[place]);
        (sign * (charge * state.ChargeRate + T.Load(in state.History[place]))).Store(ref _storeAmperes[store][k]);
        (farads * state.ChargeRate).Store(ref _storeSiemens[store][k]);
    }

    /// <summary>Into the terminals.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Combine<T>() where T : struct, ILane<T>
    {
        for (var k = 0; k < Padded; k += T.Width)
        {
            T gm = T.Load(in _gm[k]), gds = T.Load(in _gds[k]), gmbs = T.Load(in _gmbs[k]), sign = T.Load(in _sign[k]);
            var id = T.Load(in _id[k]) + gm * T.Load(in _restGs[k]) + gds * T.Load(in _restDs[k]) + gmbs * T.Load(in _restBs[k]);
            T ibd = T.Load(in _junctionAmperes[0][k]), gbd = T.Load(in _junctionSiemens[0][k]), ibs = T.Load(in _junctionAmperes[1][k]), gbs = T.Load(in _junctionSiemens[1][k]);
            if (_stores == 5)
            {
                (ibd, gbd) = (ibd + T.Load(in _storeAmperes[3][k]), gbd + T.Load(in _storeSiemens[3][k]));
                (ibs, gbs) = (ibs + T.Load(in _storeAmperes[4][k]), gbs + T.Load(in _storeSiemens[4][k]));
            }
            T igs = T.Load(in _storeAmperes[0][k]), igd = T.Load(in _storeAmperes[1][k]), igb = T.Load(in _storeAmperes[2][k]);
            T ggs = T.Load(in _storeSiemens[0][k]), ggd = T.Load(in _storeSiemens[1][k]), ggb = T.Load(in _storeSiemens[2][k]);
            (sign * (id - ibd - igd)).Store(ref Amperes[Drain * Padded + k]);
            (sign * (igs + igd + igb)).Store(ref Amperes[Gate * Padded + k]);
            (-(sign * (id + ibs + igs))).Store(ref Amperes[Source * Padded + k]);
            (sign * (ibd + ibs - igb)).Store(ref Amperes[Bulk * Padded + k]);
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
        byDrain.Store(ref Siemens[(4 * row + Drain) * Padded + k]);
        byGate.Store(ref Siemens[(4 * row + Gate) * Padded + k]);
        bySource.Store(ref Siemens[(4 * row + Source) * Padded + k]);
        byBulk.Store(ref Siemens[(4 * row + Bulk) * Padded + k]);
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

    public override void Recall() => _evaluated = false;

    public override void WriteCharges(ReadOnlySpan<double> x, Span<double> charges)
    {
        Gather(x);
        double[] d = Volts(Drain), g = Volts(Gate), s = Volts(Source), b = Volts(Bulk);
        for (var k = 0; k < Count; k++)
        {
            var (t, sign) = (_transistors[k], _sign[k]);
            double vgs = sign * (g[k] - s[k]), vds = sign * (d[k] - s[k]), vbs = sign * (b[k] - s[k]);
            var at = t.At(vgs, vds, vbs);
            ReadOnlySpan<double> volts = [vgs, vgs - vds, vgs - vbs], halves = [at.HalfGs.Value, at.HalfGd.Value, at.HalfGb.Value];
            for (var store = 0; store < 3; store++)
            {
                _now.Halves[store][k] = halves[store];
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
            var drain = at.Id.Value - t.Junction(vbs - vds, t.DrainSaturation) - _gmin * (vbs - vds);
            if (t.DrainOhms > 0)
                sources.Add(NoiseSource.Thermal(name, "rd", _drains[k].Positive, _drains[k].Negative, 1 / t.DrainOhms, kelvin));
            if (t.SourceOhms > 0)
                sources.Add(NoiseSource.Thermal(name, "rs", _sources[k].Positive, _sources[k].Negative, 1 / t.SourceOhms, kelvin));
            sources.Add(NoiseSource.Thermal(name, "id", d, s, 2.0 / 3 * at.Gm.Value, kelvin));
            sources.Add(new NoiseSource(name, "1overf", d, s, 0, t.FlickerDensity(drain)));
        }
    }

    public override string? ElementAt(int unknown) => LargestAt(unknown) is { } k ? _elements[k].Name : null;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool NeedsLimit<T>(int k, T vgs, T vds, T vbs) where T : struct, ILane<T>
    {
        T lastVgs = T.Load(in _vgs[k]), lastVds = T.Load(in _vds[k]), lastVbs = T.Load(in _vbs[k]);
        var far = T.Max(T.Abs(vgs - lastVgs) - T.Of(GateStepLimit), T.Abs(vds - lastVds) - T.Of(DrainStepLimit));
        // a junction is left alone below its critical voltage, but for steps deep into reverse; which of the two counts, the limit says
        T vbd = vbs - vds, step = T.Max(T.Abs(vbs - lastVbs), T.Abs(vbd - (lastVbs - lastVds))) - T.Of(2 * _vt);
        var forward = T.Max(vbs - T.Load(in _criticalSource[k]), vbd - T.Load(in _criticalDrain[k]));
        var steep = T.Min(step, forward);
        var deep = T.Min(step, -(T.Min(vbs, vbd) + T.Of(1)));
        return T.Any(T.Greater(T.Max(far, T.Max(steep, deep)), T.Of(0)));
    }

    private bool Limit<T>(int k, ref T vgs, ref T vds, ref T vbs) where T : struct, ILane<T>
    {
        Span<double> gs = stackalloc double[LaneWidth.Padding], ds = stackalloc double[LaneWidth.Padding], bs = stackalloc double[LaneWidth.Padding];
        vgs.Store(ref gs[0]);
        vds.Store(ref ds[0]);
        vbs.Store(ref bs[0]);
        var settled = true;
        for (var lane = 0; lane < T.Width && k + lane < Count; lane++)
            settled &= Limit(_transistors[k + lane], ref gs[lane], ref ds[lane], ref bs[lane], (_vgs[k + lane], _vds[k + lane], _vbs[k + lane]));
        (vgs, vds, vbs) = (T.Load(in gs[0]), T.Load(in ds[0]), T.Load(in bs[0]));
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
