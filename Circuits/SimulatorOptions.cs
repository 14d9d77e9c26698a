using System.Collections.Frozen;

namespace AnalogAttention.Circuits;

/// <summary>Names of <c>.options</c> that a deck may carry; <see cref="Circuit.Options"/> keeps their values by these names.</summary>
public static class SimulatorOptions
{
    /// <summary>Value of <c>method=trap</c>.</summary>
    public const double Trapezoidal = 1;

    /// <summary>Value of <c>method=gear</c>.</summary>
    public const double Gear = 2;

    /// <summary>Of <see cref="Known"/>, what asks for other points or more output of the same solution.</summary>
    public static readonly FrozenSet<string> Display = FrozenSet.Create(StringComparer.Ordinal,
        "interp", "autostop", "savecurrents", "keepopinfo", "acct", "list", "node", "opts", "post");

    /// <summary>Tolerances, iteration limits and what else ngspice knows and an engine may use or not.</summary>
    public static readonly FrozenSet<string> Known = FrozenSet.Create(StringComparer.Ordinal,
        "reltol", "abstol", "vntol", "chgtol", "trtol", "gmin", "gminsteps", "srcsteps", "temp", "tnom", "method", "maxord", "xmu",
        "itl1", "itl2", "itl3", "itl4", "itl5", "itl6", "pivtol", "pivrel", "rshunt", "cshunt", "minbreak", "ramptime", "noopiter",
        "defl", "defw", "defad", "defas", "scale", "seed", "autostop", "interp", "savecurrents", "keepopinfo", "klu", "sparse", "noinit",
        "acct", "noacct", "list", "node", "nomod", "nopage", "opts", "numdgt", "post", "bypass", "trytocompact", "badmos3", "limpts", "cptime", "ingold", "warn");
}
