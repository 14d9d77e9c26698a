namespace AnalogAttention.Simulation.Devices.Junction;

/// <summary>Silicon and its temperature, as every SPICE junction has it (Nagel 1975, appendix 4). Kelvin, volts.</summary>
internal static class Silicon
{
    /// <summary>k/q, V/K (CODATA 2018).</summary>
    public const double ThermalVoltsPerKelvin = 8.617333262e-5;

    private const double ReferenceKelvin = 300.15;

    /// <summary>Band gap, V.</summary>
    public static double BandGap(double kelvin) => 1.16 - 7.02e-4 * kelvin * kelvin / (kelvin + 1108);

    /// <summary>Built-in voltage at a temperature, and the factor by which the depletion capacitance of grading m has grown since <paramref name="nominalKelvin"/>.</summary>
    public static (double Volts, double CapacitanceFactor) Depletion(double builtInVolts, double grading, double nominalKelvin, double kelvin)
    {
        var reference = (builtInVolts - Shift(nominalKelvin)) / (nominalKelvin / ReferenceKelvin);
        var volts = Shift(kelvin) + kelvin / ReferenceKelvin * reference;
        double Growth(double t, double v) => 1 + grading * (4e-4 * (t - ReferenceKelvin) - (v - reference) / reference);
        return (volts, Growth(kelvin, volts) / Growth(nominalKelvin, builtInVolts));
    }

    /// <summary>2 (kT/q) times the logarithm of the intrinsic density against that at 27 degrees Celsius, negative.</summary>
    public static double Shift(double kelvin)
    {
        var vt = ThermalVoltsPerKelvin * kelvin;
        var exponent = -BandGap(kelvin) / (2 * vt) + 1.1150877 / (ThermalVoltsPerKelvin * 2 * ReferenceKelvin);
        return -2 * vt * (1.5 * Math.Log(kelvin / ReferenceKelvin) + exponent);
    }
}
