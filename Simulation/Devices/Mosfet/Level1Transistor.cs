using AnalogAttention.Circuits;
using AnalogAttention.Simulation.Devices.Junction;
using AnalogAttention.Simulation.Embedded;

namespace AnalogAttention.Simulation.Devices;

/// <summary>
/// MOS level 1 (Shichman and Hodges 1968) at a temperature, as ngspice has it: channel, bulk junctions, Meyer's gate capacitances
/// (Meyer, RCA Review 32, 1971). Voltages are those of an nmos; a pmos has them negated. SI units.
/// </summary>
internal sealed class Level1Transistor
{
    /// <summary>Saturation voltage of Meyer's capacitances, V, at least ngspice's: keeps them continuous through vds = 0.</summary>
    public const double LeastSaturation = 0.025;

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
    public double OverlapGs { get; }
    public double OverlapGd { get; }
    public double OverlapGb { get; }
    public double DrainOhms { get; }
    public double SourceOhms { get; }
    public double ThermalVolts => _vt;

    /// <summary>What the lanes of <see cref="Level1Equations{T}"/> take; each column is followed by those of the transistors beside it.</summary>
    public void Write(Span<double> columns, int width)
    {
        columns[Level1Column.Sign * width] = Sign;
        columns[Level1Column.Beta * width] = _beta;
        columns[Level1Column.Lambda * width] = _lambda;
        columns[Level1Column.Gamma * width] = _gamma;
        columns[Level1Column.Phi * width] = _phi;
        columns[Level1Column.RootPhi * width] = Math.Sqrt(_phi);
        columns[Level1Column.HalfOverRootPhi * width] = 0.5 / Math.Sqrt(_phi);
        columns[Level1Column.OverPhi * width] = 1 / _phi;
        columns[Level1Column.BuiltIn * width] = _builtIn;
        columns[Level1Column.OxideFarads * width] = _oxideFarads;
        columns[Level1Column.OverVt * width] = 1 / _vt;
        columns[Level1Column.ThreeVt * width] = 3 * _vt;
        columns[Level1Column.DrainSaturation * width] = DrainSaturation;
        columns[Level1Column.SourceSaturation * width] = SourceSaturation;
        DrainBottom.Write(columns, width, Level1Column.DrainBottom);
        DrainSide.Write(columns, width, Level1Column.DrainSide);
        SourceBottom.Write(columns, width, Level1Column.SourceBottom);
        SourceSide.Write(columns, width, Level1Column.SourceSide);
    }

    /// <summary>Effects that the transistor has.</summary>
    public Level1Terms Terms
    {
        get
        {
            bool bottom = DrainBottom.Exists || SourceBottom.Exists, side = DrainSide.Exists || SourceSide.Exists;
            var rooted = DrainBottom.IsRoot && SourceBottom.IsRoot && DrainSide.IsRoot && SourceSide.IsRoot;
            return (_gamma != 0 ? Level1Terms.BodyEffect : 0) | (DrainSaturation != 0 || SourceSaturation != 0 ? Level1Terms.Junctions : 0)
                | (_oxideFarads != 0 ? Level1Terms.Oxide : 0) | (bottom ? Level1Terms.Bottom : 0) | (side ? Level1Terms.Side : 0)
                | (rooted ? 0 : Level1Terms.AnyGrading);
        }
    }

    /// <summary>Channel current from drain to source with its slopes, and the halves of Meyer's capacitances.</summary>
    public (double Id, double Gm, double Gds, double Gmbs, MeyerHalves Gate) At(double vgs, double vds, double vbs)
    {
        if (vds >= 0)
        {
            var (id, gm, gds, gmbs, von, vdsat) = Forward(vgs, vds, vbs);
            var (near, far, bulk) = Meyer(vgs, vgs - vds, von, vdsat);
            return (id, gm, gds, gmbs, new MeyerHalves(near, far, bulk));
        }
        else
        {
            var (id, gm, gds, gmbs, von, vdsat) = Forward(vgs - vds, -vds, vbs - vds);
            var (near, far, bulk) = Meyer(vgs - vds, vgs, von, vdsat);
            return (-id, -gm, gm + gds + gmbs, -gmbs, new MeyerHalves(far, near, bulk));
        }
    }

    /// <summary>KF |Id|^AF / (W L Cox^2), A^2/Hz at 1 Hz, falling as 1/f.</summary>
    public double FlickerDensity(double amperes) => _flicker == 0 ? 0 : _flicker * Math.Pow(Math.Abs(amperes), _flickerExponent);

    /// <summary>Current and slope of a bulk junction.</summary>
    public (double Amperes, double Siemens) Junction(double volts, double saturation)
    {
        if (volts <= -3 * _vt)
        {
            var cube = Math.Pow(3 * _vt / (volts * Math.E), 3);
            return (-saturation * (1 + cube), 3 * saturation * cube / volts);
        }
        var growth = Math.Exp(volts / _vt);
        return (saturation * (growth - 1), saturation * growth / _vt);
    }

    private (double Id, double Gm, double Gds, double Gmbs, double Von, double Vdsat) Forward(double vgs, double vds, double vbs)
    {
        var root = vbs <= 0 ? Math.Sqrt(_phi - vbs) : Math.Max(0, Math.Sqrt(_phi) - vbs / (2 * Math.Sqrt(_phi)));
        var von = _builtIn + _gamma * root;
        var over = vgs - von;
        if (over <= 0)
            return (0, 0, 0, 0, von, 0);
        var body = root > 0 ? _gamma / (2 * root) : 0;
        var beta = _beta * (1 + _lambda * vds);
        if (over <= vds)
            return (beta * over * over / 2, beta * over, _lambda * _beta * over * over / 2, beta * over * body, von, over);
        var shape = vds * (over - vds / 2);
        return (beta * shape, beta * vds, beta * (over - vds) + _lambda * _beta * shape, beta * vds * body, von, over);
    }

    private (double Near, double Far, double Bulk) Meyer(double vgs, double vgd, double von, double saturation)
    {
        var over = vgs - von;
        if (over <= -_phi)
            return (0, 0, _oxideFarads / 2);
        var bulk = over < 0 ? -over * _oxideFarads / (2 * _phi) : 0;
        if (over <= -_phi / 2)
            return (0, 0, bulk);
        var near = over <= 0 ? over * _oxideFarads / (1.5 * _phi) + _oxideFarads / 3 : _oxideFarads / 3;
        double vds = vgs - vgd, limit = Math.Max(saturation, LeastSaturation);
        if (vds >= limit)
            return (near, 0, bulk);
        double far = limit / (2 * limit - vds), rest = (limit - vds) / (2 * limit - vds);
        return (near * (1 - rest * rest), near * (1 - far * far), bulk);
    }
}

/// <summary>Half of each of Meyer's capacitances at one bias, farads: two biases of a step together make its mean capacitance.</summary>
internal readonly record struct MeyerHalves(double Gs, double Gd, double Gb);
