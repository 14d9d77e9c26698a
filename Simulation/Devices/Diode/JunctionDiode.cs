using AnalogAttention.Circuits;
using AnalogAttention.Simulation.Devices.Junction;
using AnalogAttention.Simulation.Embedded;

namespace AnalogAttention.Simulation.Devices;

/// <summary>Equations of a diode at a temperature: current with breakdown, depletion and diffusion charge (SPICE level 1, as in ngspice). SI units.</summary>
internal sealed class JunctionDiode
{
    private readonly double _saturation; // A, area included
    private readonly double _emission, _breakdownEmission; // n kT/q, V
    private readonly double _breakdown = double.PositiveInfinity; // V, where the exponential of the breakdown starts
    private readonly double _transitSeconds;
    private readonly double _flicker, _flickerExponent;
    private readonly DepletionCharge _depletion;
    private readonly double _critical;

    public JunctionDiode(ModelCard model, double areaOfOne, double multiplier, SimulationOptions options)
    {
        var area = areaOfOne * multiplier;
        var kelvin = options.TemperatureKelvin;
        double P(double otherwise, params ReadOnlySpan<string> names)
        {
            foreach (var name in names)
                if (model.Parameters.TryGetValue(name, out var value))
                    return value;
            return otherwise;
        }
        double nominal = P(options.NominalCelsius, "tnom", "tref") + 273.15, vt = Silicon.ThermalVoltsPerKelvin * kelvin;
        double n = P(1, "n"), m = P(0.5, "m", "mj"), fc = Math.Min(P(0.5, "fc"), 0.95);
        _emission = n * vt;
        _breakdownEmission = P(n, "nbv") * vt;
        _saturation = area * P(1e-14, "is", "js") * Math.Exp((kelvin / nominal - 1) * P(1.11, "eg") / _emission + P(3, "xti") / n * Math.Log(kelvin / nominal));
        _critical = JunctionLimit.CriticalVolts(_emission, _saturation);
        var (vj, growth) = Silicon.Depletion(P(1, "vj", "pb"), m, nominal, kelvin);
        _depletion = new DepletionCharge(area * growth * P(0, "cjo", "cj0", "cj"), vj, m, fc);
        _transitSeconds = P(0, "tt");
        _flickerExponent = P(1, "af");
        _flicker = P(0, "kf") * Math.Pow(multiplier, 1 - _flickerExponent); // m KF (I/m)^AF
        SeriesOhms = P(0, "rs") / area;
        if (model.Parameters.TryGetValue("bv", out var bv))
            _breakdown = Breakdown(bv, multiplier * P(1e-3, "ibv"), _saturation, vt, options.RelTol);
    }

    public double SeriesOhms { get; }

    /// <summary>Where the first Newton iteration starts.</summary>
    public double StartVolts => _critical;

    public double Limit(double wanted, double last)
    {
        if (wanted >= Math.Min(0, -_breakdown + 10 * _breakdownEmission))
            return JunctionLimit.Cut(wanted, last, _emission, _critical);
        return -_breakdown - JunctionLimit.Cut(-(wanted + _breakdown), -(last + _breakdown), _breakdownEmission, _critical);
    }

    /// <summary>Current and its slope; charge and capacitance.</summary>
    public (double Amperes, double Siemens, double Coulombs, double Farads) At(double volts)
    {
        double current, slope;
        if (volts >= -3 * _emission)
        {
            var growth = Math.Exp(volts / _emission);
            (current, slope) = (_saturation * (growth - 1), _saturation * growth / _emission);
        }
        else if (volts >= -_breakdown)
        {
            var cube = Math.Pow(3 * _emission / (volts * Math.E), 3);
            (current, slope) = (-_saturation * (1 + cube), 3 * _saturation * cube / volts);
        }
        else
        {
            var growth = Math.Exp(-(_breakdown + volts) / _breakdownEmission);
            (current, slope) = (-_saturation * growth, _saturation * growth / _breakdownEmission);
        }
        var (charge, capacitance) = _depletion.At(volts);
        return (current, slope, charge + _transitSeconds * current, capacitance + _transitSeconds * slope);
    }

    /// <summary>KF I^AF of each of the diodes in parallel, A^2/Hz at 1 Hz, falling as 1/f.</summary>
    public double FlickerDensity(double amperes) => _flicker == 0 ? 0 : _flicker * Math.Pow(Math.Abs(amperes), _flickerExponent);

    // ibv is the current of a diode, whatever its area, as in ngspice.
    // Voltage at which the breakdown exponential and the junction together carry ibv at bv: fixed point of ngspice's equation.
    private double Breakdown(double bv, double ibv, double saturation, double vt, double relTol)
    {
        if (ibv < saturation * bv / vt)
            return bv;
        var start = bv - _breakdownEmission * Math.Log(1 + ibv / saturation);
        for (var iteration = 0; iteration < 25; iteration++)
        {
            start = bv - _breakdownEmission * Math.Log(ibv / saturation + 1 - start / vt);
            var current = saturation * (Math.Exp((bv - start) / _breakdownEmission) - 1 + start / vt);
            if (Math.Abs(current - ibv) <= relTol * ibv)
                break;
        }
        return start;
    }
}
