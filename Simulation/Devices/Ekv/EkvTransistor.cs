using AnalogAttention.Circuits;
using AnalogAttention.Simulation.Devices.Lanes;

namespace AnalogAttention.Simulation.Devices.Ekv;

/// <summary>
/// EKV 2.6 MOS transistor: channel current and intrinsic charges, continuous from weak to strong inversion and symmetric in
/// source and drain. Equations: Bucher et al., EPFL 1998; symbols as there; voltages refer to the bulk.
/// </summary>
public sealed partial class EkvTransistor
{
    private const double SiliconPermittivity = 104.5e-12; // F/m
    private const double BoltzmannPerCharge = 8.617333262e-5; // V/K

    private readonly double _sign; // +1 nmos, -1 pmos
    private readonly double _vt; // thermal voltage kT/q
    private readonly double _gamma, _phi, _beta, _gateOffset;
    private readonly double _length, _letaTerm, _wetaTerm;
    private readonly double _vc, _lambda, _lc, _ucrit, _minLength;
    private readonly double _mobilityFactor, _eta;
    private readonly double _oxideCharge; // COX NP W NS L Vt M, coulombs per unit of normalised charge
    private readonly double _overlapGs, _overlapGd, _overlapGb;
    private readonly double _flicker;
    private readonly double[] _columns = new double[EkvColumn.Count];
    private readonly EkvTerms _terms;

    private EkvTransistor(ModelCard model, Mosfet instance, double temperatureKelvin, double nominalCelsius)
    {
        double P(string name) => EkvParameters.Take($"model {model.Name}", model.Span, model.Parameters, EkvParameters.ModelDefaults, name);
        double I(string name) => EkvParameters.Take(instance.Name, instance.Span, instance.Parameters, EkvParameters.InstanceDefaults, name);

        _sign = model.Type == "pmos" ? -1 : 1;
        _eta = model.Type == "pmos" ? 1.0 / 3 : 0.5;
        double t = temperatureKelvin, tnom = 273.15 + model.Parameters.GetValueOrDefault("tnom", nominalCelsius);
        _vt = BoltzmannPerCharge * t;

        double width = I("w") + P("dw"), length = I("l") + P("dl"), np = I("np"), ns = I("ns"), m = I("m");
        if (!(width > 0 && length > 0 && np > 0 && ns > 0 && m > 0))
            throw new BadInputException($"{instance.Span}: {instance.Name}: w + dw, l + dl, np, ns and m must be positive");
        double cox = P("cox"), gamma = P("gamma") + I("delgamma"), phi = P("phi"), kp = P("kp") * I("mulu0"), ucrit = P("ucrit"), e0 = P("e0");
        if (!(cox > 0 && gamma >= 0 && phi > 0 && kp > 0 && ucrit > 0 && e0 > 0 && P("xj") > 0 && P("lk") > 0 && P("lambda") >= 0))
            throw new BadInputException($"{model.Span}: model {model.Name}: cox, phi, kp, ucrit, e0, xj and lk must be positive, gamma and lambda not negative");

        // Temperature
        var vto = _sign * (model.Parameters.TryGetValue("vto", out var given) ? given : _sign * EkvParameters.ModelDefaults["vto"]);
        vto += I("delvto") - P("tcv") * (t - tnom);
        kp *= Math.Pow(t / tnom, P("bex"));
        _ucrit = ucrit * Math.Pow(t / tnom, P("ucex"));
        _phi = phi * t / tnom - 3 * _vt * Math.Log(t / tnom) - BandGap(tnom) * t / tnom + BandGap(t);
        if (!(_phi > 0))
            throw new BadInputException($"{model.Span}: model {model.Name}: phi falls to {_phi:g3} V at {t - 273.15:g4} C");

        _gamma = gamma;
        _length = ns * length;
        _minLength = _length / 10;
        _letaTerm = SiliconPermittivity / cox * P("leta") / length;
        _wetaTerm = 3 * SiliconPermittivity / cox * P("weta") / width;

        // Reverse short-channel effect
        var xi = 0.028 * (10 * length / P("lk") - 1);
        var rsce = 2 * P("q0") / cox / Math.Pow(1 + 0.5 * (xi + Math.Sqrt(xi * xi + 4 * 22e-3 * 22e-3)), 2);
        _gateOffset = -vto - rsce + _phi + gamma * Math.Sqrt(_phi);

        _vc = _ucrit * _length;
        _lambda = P("lambda");
        _lc = Math.Sqrt(SiliconPermittivity / cox * P("xj"));
        _mobilityFactor = cox / (e0 * SiliconPermittivity);
        _beta = kp * np * width * m * (1 + _mobilityFactor * gamma * Math.Sqrt(_phi));
        _oxideCharge = cox * np * width * _length * _vt * m;
        var area = np * width * ns * length * m;
        (_flicker, FlickerExponent) = (P("kf") / (area * cox), P("af"));
        var root = Math.Sqrt(area);
        Mismatch = new EkvMismatch(P("avto") / root, P("akp") / root, P("agamma") / root);
        _overlapGs = P("cgso") * np * width * m;
        _overlapGd = P("cgdo") * np * width * m;
        _overlapGb = P("cgbo") * _length * m;
        Coefficients.Write(_columns, width: 1);
        _terms = Coefficients.Terms;
    }

    /// <summary>Standard deviations between equal transistors, for <c>delvto</c>, <c>mulu0</c> - 1 and <c>delgamma</c>.</summary>
    public EkvMismatch Mismatch { get; }

    /// <summary>AF.</summary>
    public double FlickerExponent { get; }

    /// <summary>Resolves a level 44 model card and an instance (w, l in metres; m, np, ns, delvto, mulu0, delgamma) at a temperature.</summary>
    /// <param name="nominalCelsius">Where the card has no tnom.</param>
    /// <exception cref="BadInputException">Unknown, missing or impossible parameters.</exception>
    public static EkvTransistor Create(ModelCard model, Mosfet instance, double temperatureKelvin, double nominalCelsius = 27)
    {
        if (model.Type is not ("nmos" or "pmos") || model.Level != 44)
            throw new BadInputException($"{model.Span}: model {model.Name}: expected nmos or pmos with level=44, found {model.Type} level={model.Level}");
        EkvParameters.RefuseUnknown($"model {model.Name}", model.Span, model.Parameters.Keys, EkvParameters.ModelDefaults);
        EkvParameters.RefuseUnknown(instance.Name, instance.Span, instance.Parameters.Keys, EkvParameters.InstanceDefaults);
        return new EkvTransistor(model, instance, temperatureKelvin, nominalCelsius);
    }

    /// <summary>What the equations take.</summary>
    internal EkvCoefficients Coefficients => new()
    {
        Sign = _sign,
        Vt = _vt,
        Gamma = _gamma,
        Phi = _phi,
        Beta = _beta,
        GateOffset = _gateOffset,
        Length = _length,
        LeastLength = _minLength,
        ShortChannel = _letaTerm,
        NarrowChannel = _wetaTerm,
        Lambda = _lambda,
        ModulationLength = _lc,
        Ucrit = _ucrit,
        Mobility = _mobilityFactor,
        Eta = _eta,
        OxideCharge = _oxideCharge,
        OverlapGd = _overlapGd,
        OverlapGs = _overlapGs,
        OverlapGb = _overlapGb,
    };

    /// <summary>Currents, charges and their derivatives at terminal voltages in volts, referred to ground.</summary>
    public void Evaluate(double vd, double vg, double vs, double vb, ref EkvState state)
    {
        var at = new EkvTerminals<Lane1>();
        EkvEquations<Lane1>.Evaluate(new LaneBlock<Lane1>(in _columns[0]), _terms, true, new(vd), new(vg), new(vs), new(vb), ref at);
        (state.Id, state.GdVd, state.GdVg, state.GdVs) = (at.Id.Value, at.GdVd.Value, at.GdVg.Value, at.GdVs.Value);
        state.GdVb = -(state.GdVg + state.GdVd + state.GdVs);
        state.NoiseSiemens = at.NoiseSiemens.Value;
        (state.Qd, state.Qg, state.Qs) = (at.Qd.Value, at.Qg.Value, at.Qs.Value);
        state.Qb = -(state.Qd + state.Qg + state.Qs);
        SetRow(ref state.C, 0, at.Cdd.Value, at.Cdg.Value, at.Cds.Value);
        SetRow(ref state.C, 1, at.Cgd.Value, at.Cgg.Value, at.Cgs.Value);
        SetRow(ref state.C, 2, at.Csd.Value, at.Csg.Value, at.Css.Value);
        for (var column = 0; column < 4; column++)
            state.C[3, column] = -(state.C[0, column] + state.C[1, column] + state.C[2, column]);
    }

    /// <summary>KF gm^2 / (W L COX), A^2/Hz at 1 Hz, falling as f^-AF.</summary>
    public double FlickerDensity(double gm) => _flicker * gm * gm;

    private static void SetRow(ref Jacobian4 c, int row, double byDrain, double byGate, double bySource)
    {
        c[row, 0] = byDrain;
        c[row, 1] = byGate;
        c[row, 2] = bySource;
        c[row, 3] = -(byDrain + byGate + bySource);
    }

    // Eg(T) in electronvolts
    private static double BandGap(double t) => 1.16 - 0.000702 * t * t / (t + 1108);
}
