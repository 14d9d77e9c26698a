using System.Runtime.CompilerServices;
using AnalogAttention.Circuits;
using AnalogAttention.Simulation.Devices.Ekv;
using AnalogAttention.Simulation.Devices.Lanes;
using AnalogAttention.Simulation.Embedded;

namespace AnalogAttention.Simulation.Devices;

/// <summary>
/// M with level 44: channel current and three independent terminal charges (drain, gate, source; the bulk holds minus their sum).
/// The model is smooth and has no junctions, so it carries no gmin; a step of more than <see cref="StepLimit"/> of a terminal
/// against the bulk is cut and the rest follows the tangent.
/// </summary>
public sealed class EkvTransistors : FourTerminalDevices
{
    /// <summary>Volts a terminal may move against the bulk between two evaluations (a coarse form of SPICE's fetlim).</summary>
    private const double StepLimit = 1;

    private readonly Mosfet[] _elements;
    private readonly EkvTransistor[] _transistors;
    private readonly EkvBank? _bank;
    private readonly EkvOutputs _outputs;

    // terminal voltages of the last evaluation, and what is left from them to those that x asks for
    private readonly double[][] _at, _rest;
    private int _firstState;

    /// <exception cref="BadInputException">A model is missing or its parameters are bad.</exception>
    public EkvTransistors(IReadOnlyList<Mosfet> elements, Circuit circuit, SimulationOptions options, UnknownTable unknowns)
        : base([.. elements.Select(e => (unknowns.Node(e.Drain), unknowns.Node(e.Gate), unknowns.Node(e.Source), unknowns.Node(e.Bulk)))])
    {
        _elements = [.. elements];
        _transistors = [.. elements.Select(e => EkvTransistor.Create(e.ModelCard(circuit, e.Model), e, options.TemperatureKelvin, options.NominalCelsius))];
        _bank = Count > 0 ? new EkvBank(_transistors) : null;
        _outputs = new EkvOutputs(Padded);
        (_at, _rest) = (Terminals(), Terminals());

        double[][] Terminals() => [new double[Padded], new double[Padded], new double[Padded], new double[Padded]];
    }

    public override void Allocate(UnknownTable unknowns) => _firstState = unknowns.AddStates(3 * Padded);

    private protected override bool Evaluate<T>(LoadState state)
    {
        var settled = Bias<T>();
        if (state.ChargeRate == 0)
        {
            _bank!.EvaluateStatic(_at[Drain], _at[Gate], _at[Source], _at[Bulk], _outputs);
            Rest<T>();
        }
        else
        {
            _bank!.Evaluate(_at[Drain], _at[Gate], _at[Source], _at[Bulk], _outputs);
            Moving<T>(state, settled);
        }
        return settled;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private bool Bias<T>() where T : struct, ILane<T>
    {
        var settled = true;
        for (var k = 0; k < Padded; k += T.Width)
        {
            T d = T.Load(in Volts(Drain)[0], k), g = T.Load(in Volts(Gate)[0], k), s = T.Load(in Volts(Source)[0], k), b = T.Load(in Volts(Bulk)[0], k);
            T atD = d, atG = g, atS = s;
            if (IsEvaluated)
            {
                var common = b - T.Load(in _at[Bulk][0], k);
                T lastD = T.Load(in _at[Drain][0], k) + common, lastG = T.Load(in _at[Gate][0], k) + common, lastS = T.Load(in _at[Source][0], k) + common;
                var limit = T.Broadcast(StepLimit);
                var far = T.LessThan(limit, T.Max(T.Max(T.Abs(d - lastD), T.Abs(g - lastG)), T.Abs(s - lastS)));
                if (T.Any(far))
                {
                    settled = false;
                    (atD, atG, atS) = (Cut(d, lastD, limit), Cut(g, lastG, limit), Cut(s, lastS, limit));
                }
            }
            T.Store(atD, ref _at[Drain][0], k);
            T.Store(atG, ref _at[Gate][0], k);
            T.Store(atS, ref _at[Source][0], k);
            T.Store(b, ref _at[Bulk][0], k);
            T.Store(d - atD, ref _rest[Drain][0], k);
            T.Store(g - atG, ref _rest[Gate][0], k);
            T.Store(s - atS, ref _rest[Source][0], k);
        }
        return settled;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Cut<T>(T wanted, T last, T limit) where T : struct, ILane<T> => T.Min(T.Max(wanted, last - limit), last + limit);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Rest<T>() where T : struct, ILane<T>
    {
        var zero = T.Broadcast(0);
        for (var k = 0; k < Padded; k += T.Width)
        {
            var (id, byD, byG, byS) = Channel<T>(k);
            Store(k, Drain, id, byD, byG, byS);
            Store(k, Gate, zero, zero, zero, zero);
            Store(k, Source, -id, -byD, -byG, -byS);
            Store(k, Bulk, zero, zero, zero, zero);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Moving<T>(LoadState state, bool settled) where T : struct, ILane<T>
    {
        var (rate, at) = (state.ChargeRate, _outputs);
        for (var k = 0; k < Padded; k += T.Width)
        {
            var (id, byD, byG, byS) = Channel<T>(k);
            T cdd = T.Load(in at.Cdd[0], k), cdg = T.Load(in at.Cdg[0], k), cds = T.Load(in at.Cds[0], k);
            T cgd = T.Load(in at.Cgd[0], k), cgg = T.Load(in at.Cgg[0], k), cgs = T.Load(in at.Cgs[0], k);
            T csd = T.Load(in at.Csd[0], k), csg = T.Load(in at.Csg[0], k), css = T.Load(in at.Css[0], k);
            T qd = T.Load(in at.Qd[0], k), qg = T.Load(in at.Qg[0], k), qs = T.Load(in at.Qs[0], k);
            if (!settled)
            {
                T d = T.Load(in _rest[Drain][0], k), g = T.Load(in _rest[Gate][0], k), s = T.Load(in _rest[Source][0], k);
                qd += cdd * d + cdg * g + cds * s;
                qg += cgd * d + cgg * g + cgs * s;
                qs += csd * d + csg * g + css * s;
            }
            T dqd = Integrate(state, 0, k, qd), dqg = Integrate(state, 1, k, qg), dqs = Integrate(state, 2, k, qs);
            Store(k, Drain, id + dqd, byD + rate * cdd, byG + rate * cdg, byS + rate * cds);
            Store(k, Gate, dqg, rate * cgd, rate * cgg, rate * cgs);
            Store(k, Source, dqs - id, rate * csd - byD, rate * csg - byG, rate * css - byS);
            Store(k, Bulk, -(dqd + dqg + dqs), -(rate * (cdd + cgd + csd)), -(rate * (cdg + cgg + csg)), -(rate * (cds + cgs + css)));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private (T Id, T ByDrain, T ByGate, T BySource) Channel<T>(int k) where T : struct, ILane<T>
    {
        T byD = T.Load(in _outputs.GdVd[0], k), byG = T.Load(in _outputs.GdVg[0], k), byS = T.Load(in _outputs.GdVs[0], k);
        var id = T.Load(in _outputs.Id[0], k) + byD * T.Load(in _rest[Drain][0], k) + byG * T.Load(in _rest[Gate][0], k) + byS * T.Load(in _rest[Source][0], k);
        return (id, byD, byG, byS);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private T Integrate<T>(LoadState state, int store, int k, T charge) where T : struct, ILane<T>
    {
        var place = _firstState + store * Padded + k;
        T.Store(charge, ref state.Charges[place], 0);
        return state.ChargeRate * charge + T.Load(in state.History[place], 0);
    }

    // a terminal's current and its slopes; all rows depend on voltages against the bulk
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Store<T>(int k, int row, T current, T byDrain, T byGate, T bySource) where T : struct, ILane<T>
    {
        T.Store(current, ref Amperes[row * Padded], k);
        T.Store(byDrain, ref Siemens[(4 * row + Drain) * Padded], k);
        T.Store(byGate, ref Siemens[(4 * row + Gate) * Padded], k);
        T.Store(bySource, ref Siemens[(4 * row + Source) * Padded], k);
        T.Store(-(byDrain + byGate + bySource), ref Siemens[(4 * row + Bulk) * Padded], k);
    }

    public override void Accept(LoadState state, ReadOnlySpan<double> delta)
    {
        if (Count == 0)
            return;
        base.Accept(state, delta);
        if (state.ChargeRate == 0)
            return;
        switch (LaneWidth.Widest)
        {
            case 8: MoveCharges<Lane8>(state.Charges); break;
            case 4: MoveCharges<Lane4>(state.Charges); break;
            default: MoveCharges<Lane1>(state.Charges); break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void MoveCharges<T>(double[] charges) where T : struct, ILane<T>
    {
        var at = _outputs;
        for (var k = 0; k < Padded; k += T.Width)
        {
            var b = T.Load(in Volts(Bulk)[0], k);
            T d = T.Load(in Volts(Drain)[0], k) - b, g = T.Load(in Volts(Gate)[0], k) - b, s = T.Load(in Volts(Source)[0], k) - b;
            int qd = _firstState + k, qg = qd + Padded, qs = qg + Padded;
            T.Store(T.Load(in charges[qd], 0) + T.Load(in at.Cdd[0], k) * d + T.Load(in at.Cdg[0], k) * g + T.Load(in at.Cds[0], k) * s, ref charges[qd], 0);
            T.Store(T.Load(in charges[qg], 0) + T.Load(in at.Cgd[0], k) * d + T.Load(in at.Cgg[0], k) * g + T.Load(in at.Cgs[0], k) * s, ref charges[qg], 0);
            T.Store(T.Load(in charges[qs], 0) + T.Load(in at.Csd[0], k) * d + T.Load(in at.Csg[0], k) * g + T.Load(in at.Css[0], k) * s, ref charges[qs], 0);
        }
    }

    public override void WriteCharges(ReadOnlySpan<double> x, Span<double> charges)
    {
        if (Count == 0)
            return;
        Gather(x);
        _bank!.Evaluate(Volts(Drain), Volts(Gate), Volts(Source), Volts(Bulk), _outputs);
        _outputs.Qd.CopyTo(charges[_firstState..]);
        _outputs.Qg.CopyTo(charges[(_firstState + Padded)..]);
        _outputs.Qs.CopyTo(charges[(_firstState + 2 * Padded)..]);
    }

    public override void CollectNoise(ReadOnlySpan<double> x, double kelvin, List<NoiseSource> sources)
    {
        var at = new EkvState();
        for (var k = 0; k < Count; k++)
        {
            int d = Node(Drain, k), s = Node(Source, k);
            _transistors[k].Evaluate(x[d], x[Node(Gate, k)], x[s], x[Node(Bulk, k)], ref at);
            sources.Add(NoiseSource.Thermal(_elements[k].Name, "id", d, s, at.NoiseSiemens, kelvin));
            sources.Add(new NoiseSource(_elements[k].Name, "1overf", d, s, 0, _transistors[k].FlickerDensity(at.GdVg), _transistors[k].FlickerExponent));
        }
    }

    public override string? ElementAt(int unknown) => LargestAt(unknown) is { } k ? _elements[k].Name : null;
}
