using System.Collections.Frozen;
using AnalogAttention.Circuits;

namespace AnalogAttention.Simulation.Devices.Ekv;

/// <summary>
/// Parameters of an EKV 2.6 model card with their defaults: M. Bucher, C. Lallement, C. Enz, F. Theodoloz, F. Krummenacher,
/// "The EPFL-EKV MOSFET Model Equations for Simulation, Version 2.6", EPFL 1998, tables 1 to 4. SI units.
/// </summary>
internal static class EkvParameters
{
    public static readonly FrozenDictionary<string, double> ModelDefaults = new Dictionary<string, double>
    {
        ["level"] = 44,
        ["tnom"] = double.NaN, // degrees Celsius; that of .options tnom unless given
        ["cox"] = 0.7e-3, // gate oxide capacitance, F/m2
        ["xj"] = 0.1e-6, // junction depth, m
        ["dw"] = 0, // channel width correction, m
        ["dl"] = 0, // channel length correction, m
        ["vto"] = 0.5, // long-channel threshold voltage, V; negative for pmos
        ["gamma"] = 1.0, // body effect, sqrt(V)
        ["phi"] = 0.7, // bulk Fermi potential, V
        ["kp"] = 50e-6, // transconductance parameter, A/V2
        ["e0"] = 1e12, // mobility reduction coefficient, V/m
        ["ucrit"] = 2e6, // longitudinal critical field, V/m
        ["lambda"] = 0.5, // depletion length coefficient (channel length modulation)
        ["weta"] = 0.25, // narrow-channel effect
        ["leta"] = 0.1, // short-channel effect
        ["q0"] = 0, // reverse short-channel peak charge density, A s/m2
        ["lk"] = 0.29e-6, // reverse short-channel characteristic length, m
        ["tcv"] = 1e-3, // threshold voltage temperature coefficient, V/K
        ["bex"] = -1.5, // mobility temperature exponent
        ["ucex"] = 0.8, // longitudinal critical field temperature exponent
        ["cgso"] = 0, // gate-source overlap capacitance, F/m
        ["cgdo"] = 0, // gate-drain overlap capacitance, F/m
        ["cgbo"] = 0, // gate-bulk overlap capacitance, F/m
        ["kf"] = 0, // flicker noise coefficient, V2 F (J)
        ["af"] = 1, // flicker noise exponent of the frequency
        ["avto"] = 0, // area coefficient of the threshold mismatch, V m
        ["akp"] = 0, // area coefficient of the gain mismatch, m
        ["agamma"] = 0, // area coefficient of the body effect mismatch, sqrt(V) m
    }.ToFrozenDictionary();

    public static readonly FrozenDictionary<string, double> InstanceDefaults = new Dictionary<string, double>
    {
        ["w"] = double.NaN, // m, required
        ["l"] = double.NaN, // m, required
        ["m"] = 1, // devices in parallel
        ["np"] = 1, // fingers in parallel
        ["ns"] = 1, // channels in series
        ["delvto"] = 0, // shift of the threshold voltage, V; positive makes the transistor conduct less
        ["mulu0"] = 1, // factor of KP
        ["delgamma"] = 0, // shift of GAMMA, sqrt(V)
    }.ToFrozenDictionary();

    /// <exception cref="BadInputException">A parameter that EKV 2.6 or this implementation of it does not have.</exception>
    public static double Take(string owner, SourceSpan span, IReadOnlyDictionary<string, double> given, FrozenDictionary<string, double> known, string name)
    {
        if (given.TryGetValue(name, out var value))
            return value;
        var fallback = known[name];
        return double.IsNaN(fallback)
            ? throw new BadInputException($"{span}: {owner}: parameter '{name}' is required")
            : fallback;
    }

    /// <exception cref="BadInputException">As <see cref="Take"/>.</exception>
    public static void RefuseUnknown(string owner, SourceSpan span, IEnumerable<string> given, FrozenDictionary<string, double> known)
    {
        var unknown = given.Where(name => !known.ContainsKey(name)).Order(StringComparer.Ordinal).ToList();
        if (unknown.Count > 0)
            throw new BadInputException($"{span}: {owner}: level 44 (EKV 2.6) has no parameter '{string.Join("', '", unknown)}' here; it has {string.Join(' ', known.Keys.Order(StringComparer.Ordinal))}");
    }
}
