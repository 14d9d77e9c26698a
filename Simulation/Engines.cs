using AnalogAttention.Simulation.Embedded;
using AnalogAttention.Simulation.Ngspice;

namespace AnalogAttention.Simulation;

/// <summary>The engines by name.</summary>
public static class Engines
{
    public const string Default = "embedded";

    /// <param name="threads">Independent parts of a circuit that the embedded engine solves at the same time; null for one per core.</param>
    /// <exception cref="EngineAbsentException">No engine of that name is part of this build, or what it needs is not installed.</exception>
    public static IEngine Create(string name, int? threads = null) => name switch
    {
        "embedded" => new EmbeddedEngine { Threads = threads ?? Environment.ProcessorCount },
        "ngspice" => new NgspiceEngine(),
        _ => throw new EngineAbsentException($"engine '{name}' is not part of this build; there are {Default} and ngspice"),
    };

    /// <summary>An engine to hold that one against; null where none is installed.</summary>
    public static IEngine? PeerOf(string name)
    {
        try
        {
            return Create(name == Default ? "ngspice" : Default);
        }
        catch (EngineAbsentException)
        {
            return null;
        }
    }
}

/// <summary>The environment lacks an engine (exit code 5).</summary>
public sealed class EngineAbsentException(string message) : Exception(message);
