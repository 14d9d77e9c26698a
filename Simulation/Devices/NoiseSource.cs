namespace AnalogAttention.Simulation.Devices;

/// <summary>
/// A noise current between two unknowns: spectral density White + Flicker / f^Exponent, one-sided, A^2/Hz at f hertz.
/// </summary>
/// <param name="Element">The element it belongs to.</param>
/// <param name="Kind">As ngspice names it: <c>thermal</c>, <c>1overf</c>, <c>id</c>, <c>rd</c>, <c>rs</c>.</param>
public readonly record struct NoiseSource(string Element, string Kind, int From, int To, double White, double Flicker = 0, double Exponent = 1)
{
    private const double Boltzmann = 1.380649e-23; // J/K (CODATA 2018)
    private const double Charge = 1.602176634e-19; // C

    /// <summary>Johnson and Nyquist (1928): 4 k T G.</summary>
    public static NoiseSource Thermal(string element, string kind, int from, int to, double siemens, double kelvin) =>
        new(element, kind, from, to, 4 * Boltzmann * kelvin * Math.Abs(siemens));

    /// <summary>Schottky (1918): 2 q I.</summary>
    public static NoiseSource Shot(string element, string kind, int from, int to, double amperes) =>
        new(element, kind, from, to, 2 * Charge * Math.Abs(amperes));

    /// <summary>A^2/Hz</summary>
    public double At(double hertz) => White + (Flicker == 0 ? 0 : Flicker / Math.Pow(hertz, Exponent));
}
