using AnalogAttention.Simulation.Embedded;
using AnalogAttention.Simulation.Ngspice;

namespace AnalogAttention.Simulation;

/// <summary>The engines by name.</summary>
public static class Engines
{
    public const string Default = "embedded";

    /// <exception cref="EngineAbsentException">No engine of that name is part of this build, or what it needs is not installed.</exception>
    public static IEngine Create(string name) => name switch
    {
        "embedded" => new EmbeddedEngine(),
        "ngspice" => new NgspiceEngine(),
        _ => throw new EngineAbsentException($"engine '{name}' is not part of this build; there are {Default} and ngspice"),
    };
}

/// <summary>The environment lacks an engine (exit code 5).</summary>
public sealed class EngineAbsentException(string message) : Exception(message);
