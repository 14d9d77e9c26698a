using AnalogAttention.Circuits;

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

    /// <summary>Currents, charges and their derivatives at terminal voltages in volts, referred to ground.</summary>
    public void Evaluate(double vd, double vg, double vs, double vb, ref EkvState state)
    {
        double d = _sign * (vd - vb), g = _sign * (vg - vb), s = _sign * (vs - vb);
        var reverse = d < s;
        var channel = Evaluate(Dual3.Variable(g, 0), Dual3.Variable(reverse ? s : d, 1), Dual3.Variable(reverse ? d : s, 2));

        int drain = reverse ? 2 : 1, source = reverse ? 1 : 2;
        var forward = reverse ? -1.0 : 1.0;
        state.Id = _sign * forward * channel.Current.Value;
        state.GdVg = forward * channel.Current[0];
        state.GdVd = forward * channel.Current[drain];
        state.GdVs = forward * channel.Current[source];
        state.GdVb = -(state.GdVg + state.GdVd + state.GdVs);

        state.NoiseSiemens = channel.NoiseSiemens;

        var (qd, qs) = reverse ? (channel.SourceCharge, channel.DrainCharge) : (channel.DrainCharge, channel.SourceCharge);
        state.Qd = _sign * (qd.Value - _overlapGd * (g - d));
        state.Qs = _sign * (qs.Value - _overlapGs * (g - s));
        state.Qg = _sign * (channel.GateCharge.Value + _overlapGd * (g - d) + _overlapGs * (g - s) + _overlapGb * g);
        state.Qb = -(state.Qd + state.Qg + state.Qs);
        SetRow(ref state.C, 0, qd[drain] + _overlapGd, qd[0] - _overlapGd, qd[source]);
        SetRow(ref state.C, 1, channel.GateCharge[drain] - _overlapGd, channel.GateCharge[0] + _overlapGd + _overlapGs + _overlapGb, channel.GateCharge[source] - _overlapGs);
        SetRow(ref state.C, 2, qs[drain], qs[0] - _overlapGs, qs[source] + _overlapGs);
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

    private readonly record struct Channel(Dual3 Current, Dual3 GateCharge, Dual3 DrainCharge, Dual3 SourceCharge, double NoiseSiemens);

    /// <summary>Forward mode (vd >= vs), n-channel convention.</summary>
    private Channel Evaluate(Dual3 vg, Dual3 vd, Dual3 vs)
    {
        var inverted = vg.Value + _gateOffset > 0;
        var vgp = vg + _gateOffset; // VG'
        var vt = _vt;

        // Pinch-off voltage with short- and narrow-channel effects
        var gamma0 = _gamma - _letaTerm * (RootOfSmoothed(vs) + RootOfSmoothed(vd));
        if (_wetaTerm != 0 && inverted)
            gamma0 += _wetaTerm * (Dual3.Sqrt(vgp + 0.25 * _gamma * _gamma) - 0.5 * _gamma); // sqrt(VP0 + PHI), also where VG' is nearly 0
        var gammaP = 0.5 * (gamma0 + Dual3.Sqrt(Dual3.Square(gamma0) + 0.1 * vt));
        var vp = inverted ? PinchOff(vgp, gammaP) : -_phi;
        var n = 1 + _gamma / (2 * Dual3.Sqrt(vp + (_phi + 4 * vt)));

        // Forward normalised current if = y^2 and velocity saturation
        var yf = NormalisedRoot((vp - vs) / vt);
        var forward = Dual3.Square(yf);
        var vdss = _vc * (Dual3.Sqrt(0.25 + vt / _vc * yf) - 0.5);
        var vdssP = _vc * (Dual3.Sqrt(0.25 + vt / _vc * (yf - 1.5 * Dual3.Log(yf))) - 0.5) + vt * (Math.Log(_vc / (2 * vt)) - 0.6);
        var deltaV2 = 16 * vt * vt * (_lambda * (yf - vdss / vt) + 1.0 / 64);
        var half = 0.5 * (vd - vs);
        var vip = Dual3.Sqrt(Dual3.Square(vdss) + deltaV2) - Dual3.Sqrt(Dual3.Square(half - vdss) + deltaV2);

        // Channel length modulation and equivalent length
        var shortening = _lambda * _lc * Dual3.Log(1 + (half - vip) / (_lc * _ucrit));
        var lengthP = _length - shortening + (half + vip) / _ucrit;
        var equivalent = 0.5 * (lengthP + Dual3.Sqrt(Dual3.Square(lengthP) + _minLength * _minLength));

        // Reverse normalised currents: ir' carries velocity saturation, ir is for charges
        var irP = Dual3.Square(NormalisedRoot((vp - half - vs
            - Dual3.Sqrt(Dual3.Square(vdssP) + deltaV2) + Dual3.Sqrt(Dual3.Square(half - vdssP) + deltaV2)) / vt));
        var yr = NormalisedRoot((vp - vd) / vt);

        // Quasi-static charges, normalised to COX W L Vt
        Dual3 xf = Dual3.Sqrt(0.25 + forward), xr = Dual3.Sqrt(0.25 + Dual3.Square(yr)), sum = xf + xr;
        var depletion = Dual3.Sqrt(vp + (_phi + 1e-6));
        var nq = 1 + _gamma / (2 * depletion);
        Dual3 xf2 = Dual3.Square(xf), xr2 = Dual3.Square(xr), inverseSum2 = 1 / Dual3.Square(sum);
        var qd = -nq * (4.0 / 15 * (3 * xr2 * xr + 6 * xr2 * xf + 4 * xr * xf2 + 2 * xf2 * xf) * inverseSum2 - 0.5);
        var qs = -nq * (4.0 / 15 * (3 * xf2 * xf + 6 * xf2 * xr + 4 * xf * xr2 + 2 * xr2 * xr) * inverseSum2 - 0.5);
        var qi = qd + qs;
        var qb = inverted ? -_gamma / vt * depletion - (nq - 1) / nq * qi : -vgp / vt;
        var qg = -qi - qb;

        // Mobility reduction by the vertical field, and the current
        var field = qb + _eta * qi; // in accumulation it has the other sign
        var beta = _beta / (equivalent * (1 + _mobilityFactor * vt * (field.Value < 0 ? -field : field)));
        var current = 2 * vt * vt * n * beta * (forward - irP);
        return new Channel(current, _oxideCharge * qg, _oxideCharge * qd, _oxideCharge * qs, beta.Value * vt * Math.Abs(qi.Value));
    }

    // VP = VG' - PHI - gamma (sqrt(VG' + (gamma/2)^2) - gamma/2)
    private Dual3 PinchOff(Dual3 vgp, Dual3 gamma) =>
        vgp - _phi - gamma * (Dual3.Sqrt(vgp + 0.25 * Dual3.Square(gamma)) - 0.5 * gamma);

    // sqrt(V'), V' = 1/2 (V + PHI + sqrt((V + PHI)^2 + (4 Vt)^2))
    private Dual3 RootOfSmoothed(Dual3 v) =>
        Dual3.Sqrt(0.5 * (v + _phi + Dual3.Sqrt(Dual3.Square(v + _phi) + 16 * _vt * _vt)));

    // sqrt(F(v)) = ln(1 + exp(v/2)); the floor keeps its logarithm finite (e^-300, far below any current)
    private static Dual3 NormalisedRoot(Dual3 v) => v.Value < -600 ? Math.Exp(-300) : Dual3.SoftPlus(0.5 * v);

    // Eg(T) in electronvolts
    private static double BandGap(double t) => 1.16 - 0.000702 * t * t / (t + 1108);
}
