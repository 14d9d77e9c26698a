namespace AnalogAttention.Simulation.Devices.Junction;

/// <summary>Newton steps of a pn junction: where the exponential is steep, the voltage follows the logarithm of the wanted current.</summary>
internal static class JunctionLimit
{
    /// <summary>Voltage from which steps are cut: where the curvature radius of the characteristic is smallest.</summary>
    public static double CriticalVolts(double thermalVolts, double saturationAmperes) => thermalVolts * Math.Log(thermalVolts / (Math.Sqrt(2) * saturationAmperes));

    /// <summary>The step from <paramref name="last"/> to <paramref name="wanted"/>, cut (Nagel 1975, section 5.3.3; steps deep into reverse as in ngspice).</summary>
    public static double Cut(double wanted, double last, double thermalVolts, double criticalVolts)
    {
        if (wanted > criticalVolts && Math.Abs(wanted - last) > 2 * thermalVolts)
        {
            if (last <= 0)
                return thermalVolts * Math.Log(wanted / thermalVolts);
            var step = (wanted - last) / thermalVolts;
            return step > 0 ? last + thermalVolts * (2 + Math.Log(step - 2)) : last - thermalVolts * (2 + Math.Log(2 - step));
        }
        return wanted < 0 ? Math.Max(wanted, last > 0 ? -last - 1 : 2 * last - 1) : wanted;
    }
}
