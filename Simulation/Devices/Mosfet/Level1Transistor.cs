using AnalogAttention.Circuits;
using AnalogAttention.Simulation.Devices.Junction;
using AnalogAttention.Simulation.Devices.Lanes;
using AnalogAttention.Simulation.Embedded;

namespace AnalogAttention.Simulation.Devices;

/// <summary>
/// MOS level 1 (Shichman and Hodges 1968) at a temperature, as ngspice has it: channel, bulk junctions, Meyer's gate capacitances
/// (Meyer, RCA Review 32, 1971). Voltages are those of an nmos; a pmos has them negated. SI units.
/// </summary>
internal sealed class Level1Transistor
{
    private static readonly HashSet<string> InstanceParameters = ["l", "w", "m", "ad", "as", "pd", "ps", "nrd", "nrs"];

    private readonly double _beta, _lambda, _gamma, _phi, _builtIn, _oxideFarads, _vt, _flicker, _flickerExponent;

    /// <exception cref="BadInputException">A parameter is unknown or impossible.</exception>
    public Level1Transistor(ModelCard model, Mosfet instance, SimulationOptions options)
    {
        var kelvin = options.TemperatureKelvin;
        double P(string name, double otherwise) => model.Parameters.GetValueOrDefault(name, otherwise);
        double I(string name, double otherwise) => instance.Parameters.GetValueOrDefault(name, otherwise);
        var unknown = instance.Parameters.Keys.Where(k => !InstanceParameters.Contains(k)).Order(StringComparer.Ordinal).ToList();
        if (unknown.Count > 0)
            throw new BadInputException($"{instance.Span}: {instance.Name}: level 1 has no parameter '{string.Join("', '", unknown)}' here; it has {string.Join(' ', InstanceParameters.Order(StringComparer.Ordinal))}");
        double m = I("m", 1), w = I("w", 1e-4), length = I("l", 1e-4) - 2 * P("ld", 0), phi = P("phi", 0.6), pb = P("pb", 0.8);
        if (!(w > 0 && length > 0 && m > 0))
            throw new BadInputException($"{instance.Span}: {instance.Name}: w, l - 2 ld and m must be positive");
        if (!(phi > 0 && pb > 0))
            throw new BadInputException($"{model.Span}: model {model.Name}: phi and pb must be positive");
        Sign = model.Type == "pmos" ? -1 : 1;
        double nominal = P("tnom", options.NominalCelsius) + 273.15, ratio = kelvin / nominal;
        _vt = Silicon.ThermalVoltsPerKelvin * kelvin;
        var cox = model.Parameters.TryGetValue("tox", out var tox) && tox > 0 ? 3.9 * 8.854214871e-12 / tox : 0;
        var kp = P("kp", cox > 0 ? P("u0", P("uo", 600)) * cox * 1e-4 : 2e-5);
        _beta = kp / Math.Pow(ratio, 1.5) * m * w / length;
        _oxideFarads = cox * length * w * m;
        _lambda = P("lambda", 0);
        _gamma = P("gamma", 0);
        _phi = Silicon.Depletion(phi, 0.5, nominal, kelvin).Volts;
        double gapThen = Silicon.BandGap(nominal), gapNow = Silicon.BandGap(kelvin);
        _builtIn = Sign * P("vto", 0) - _gamma * Math.Sqrt(phi) + Sign * 0.5 * (gapThen - gapNow) + 0.5 * (_phi - phi);

        var growth = Math.Exp(-gapNow / _vt + gapThen / (Silicon.ThermalVoltsPerKelvin * nominal));
        double ad = I("ad", 0), source = I("as", 0), js = P("js", 0);
        var byArea = js > 0 && ad > 0 && source > 0;
        DrainSaturation = m * growth * (byArea ? js * ad : P("is", 1e-14));
        SourceSaturation = m * growth * (byArea ? js * source : P("is", 1e-14));
        double mj = P("mj", 0.5), mjsw = P("mjsw", 0.5), fc = P("fc", 0.5);
        var (pbNow, bottom) = Silicon.Depletion(pb, mj, nominal, kelvin);
        var side = Silicon.Depletion(pb, mjsw, nominal, kelvin).CapacitanceFactor;
        DrainBottom = new DepletionCharge(m * bottom * P("cbd", P("cj", 0) * ad), pbNow, mj, fc);
        SourceBottom = new DepletionCharge(m * bottom * P("cbs", P("cj", 0) * source), pbNow, mj, fc);
        DrainSide = new DepletionCharge(m * side * P("cjsw", 0) * I("pd", 0), pbNow, mjsw, fc);
        SourceSide = new DepletionCharge(m * side * P("cjsw", 0) * I("ps", 0), pbNow, mjsw, fc);
        HasDepletion = P("cbd", 0) != 0 || P("cbs", 0) != 0 || (P("cj", 0) != 0 && (ad != 0 || source != 0)) || (P("cjsw", 0) != 0 && (I("pd", 0) != 0 || I("ps", 0) != 0));
        var flickerOxide = cox > 0 ? cox : 3.9 * 8.854214871e-12 / 1e-7; // F/m2; 100 nm where the card has no tox, as in ngspice
        (_flicker, _flickerExponent) = (P("kf", 0) / (w * m * length * flickerOxide * flickerOxide), P("af", 1));
        OverlapGs = P("cgso", 0) * w * m;
        OverlapGd = P("cgdo", 0) * w * m;
        OverlapGb = P("cgbo", 0) * length * m;
        DrainOhms = model.Parameters.TryGetValue("rd", out var rd) ? rd / m : P("rsh", 0) * I("nrd", 1) / m;
        SourceOhms = model.Parameters.TryGetValue("rs", out var rs) ? rs / m : P("rsh", 0) * I("nrs", 1) / m;
    }

    public int Sign { get; }
    public double DrainSaturation { get; }
    public double SourceSaturation { get; }
    public DepletionCharge DrainBottom { get; }
    public DepletionCharge DrainSide { get; }
    public DepletionCharge SourceBottom { get; }
    public DepletionCharge SourceSide { get; }

    /// <summary>Whether its bulk junctions store charge.</summary>
    public bool HasDepletion { get; }
    public double OverlapGs { get; }
    public double OverlapGd { get; }
    public double OverlapGb { get; }
    public double DrainOhms { get; }
    public double SourceOhms { get; }
    public double ThermalVolts => _vt;

    public Level1Channel<Lane1> Channel => new(_beta, _lambda, _gamma, _phi, Math.Sqrt(_phi), _builtIn, _oxideFarads);

    /// <summary>Channel current from drain to source with its slopes, and the halves of Meyer's capacitances.</summary>
    public Level1Bias<Lane1> At(double vgs, double vds, double vbs) => Level1Equations.At<Lane1>(Channel, vgs, vds, vbs);

    /// <summary>KF |Id|^AF / (W L Cox^2), A^2/Hz at 1 Hz, falling as 1/f.</summary>
    public double FlickerDensity(double amperes) => _flicker == 0 ? 0 : _flicker * Math.Pow(Math.Abs(amperes), _flickerExponent);

    /// <summary>Current of a bulk junction.</summary>
    public double Junction(double volts, double saturation) => Level1Equations.Junction<Lane1>(volts, saturation, _vt).Amperes.Value;
}
