using System.Collections.Immutable;
using AnalogAttention.Circuits;

namespace AnalogAttention.Simulation.Embedded;

public enum IntegrationMethod { Trapezoidal, Gear }

/// <summary>Tolerances and limits under ngspice's names and defaults; volts, amperes, coulombs, siemens, degrees Celsius.</summary>
public sealed record SimulationOptions
{
    /// <summary>Relative tolerance of voltages, currents and charges.</summary>
    public double RelTol { get; init; } = 1e-3;
    public double AbsTol { get; init; } = 1e-12;
    public double VnTol { get; init; } = 1e-6;
    public double ChgTol { get; init; } = 1e-14;

    /// <summary>Factor by which the local error may exceed the tolerances, as in ngspice.</summary>
    public double TrTol { get; init; } = 7;

    /// <summary>Conductance across pn junctions; no part of a channel or a node. Also the end of gmin stepping.</summary>
    public double Gmin { get; init; } = 1e-12;

    /// <summary>Newton iterations of an operating point, of a DC sweep point, of a time point.</summary>
    public int Itl1 { get; init; } = 100;
    public int Itl2 { get; init; } = 50;
    public int Itl4 { get; init; } = 10;

    public IntegrationMethod Method { get; init; } = IntegrationMethod.Trapezoidal;
    public int MaxOrder { get; init; } = 2;
    public double TemperatureCelsius { get; init; } = 27;

    /// <summary><c>tnom</c>: temperature at which models without their own are given.</summary>
    public double NominalCelsius { get; init; } = 27;

    public double TemperatureKelvin => TemperatureCelsius + 273.15;

    /// <exception cref="BadInputException">A tolerance is not positive.</exception>
    public static SimulationOptions From(Circuit circuit)
    {
        var given = circuit.Options;
        var defaults = new SimulationOptions();
        return new SimulationOptions
        {
            RelTol = Positive(given, "reltol", defaults.RelTol),
            AbsTol = Positive(given, "abstol", defaults.AbsTol),
            VnTol = Positive(given, "vntol", defaults.VnTol),
            ChgTol = Positive(given, "chgtol", defaults.ChgTol),
            TrTol = Positive(given, "trtol", defaults.TrTol),
            Gmin = given.GetValueOrDefault("gmin", defaults.Gmin),
            Itl1 = (int)Positive(given, "itl1", defaults.Itl1),
            Itl2 = (int)Positive(given, "itl2", defaults.Itl2),
            Itl4 = (int)Positive(given, "itl4", defaults.Itl4),
            Method = given.GetValueOrDefault("method", 1) == 2 ? IntegrationMethod.Gear : IntegrationMethod.Trapezoidal, // trap is kept as 1, gear as 2
            MaxOrder = Math.Clamp((int)given.GetValueOrDefault("maxord", defaults.MaxOrder), 1, 2),
            NominalCelsius = given.GetValueOrDefault("tnom", defaults.NominalCelsius),
            TemperatureCelsius = circuit.TemperatureCelsius,
        };
    }

    private static double Positive(ImmutableDictionary<string, double> given, string name, double otherwise)
    {
        var value = given.GetValueOrDefault(name, otherwise);
        return value > 0 ? value : throw new BadInputException($".options {name}={value}: expected a positive number");
    }
}
