using System.Collections.Immutable;

namespace AnalogAttention.Circuits;

/// <summary>
/// A flat circuit, ready to be solved: subcircuits expanded, parameters evaluated, names in lower case.
/// Node and element names of expanded subcircuits carry their path (<c>x1.store</c>, element <c>x1.mn</c>). Ground is <c>0</c>.
/// </summary>
public sealed record Circuit
{
    public required string Title { get; init; }
    public ImmutableArray<Element> Elements { get; init; } = [];
    public ImmutableDictionary<string, ModelCard> Models { get; init; } = ImmutableDictionary<string, ModelCard>.Empty;
    public ImmutableArray<Analysis> Analyses { get; init; } = [];
    public ImmutableArray<Measure> Measures { get; init; } = [];

    /// <summary>The instances that were expanded, at every depth, in the order of the deck.</summary>
    public ImmutableArray<SubcircuitInstance> Instances { get; init; } = [];

    /// <summary><c>.step</c>, in the order of the deck, where the reader was asked for them; a flat circuit, and its writer, know no parameters.</summary>
    public ImmutableArray<ParameterStep> Steps { get; init; } = [];

    /// <summary><c>.mc</c>, as <see cref="Steps"/>.</summary>
    public MonteCarloRequest? MonteCarlo { get; init; }

    /// <summary>What <c>.save</c> names, as written (<c>v(x1.store)</c>, <c>i(vbl)</c>, <c>all</c>); empty means everything.</summary>
    public ImmutableArray<string> Saved { get; init; } = [];

    /// <summary><c>.ic</c>, volts by node.</summary>
    public ImmutableDictionary<string, double> InitialVolts { get; init; } = ImmutableDictionary<string, double>.Empty;

    /// <summary><c>.nodeset</c>, volts by node.</summary>
    public ImmutableDictionary<string, double> NodeSetVolts { get; init; } = ImmutableDictionary<string, double>.Empty;

    /// <summary><c>.options</c> as written: lower-case name, value (flags are 1).</summary>
    public ImmutableDictionary<string, double> Options { get; init; } = ImmutableDictionary<string, double>.Empty;

    /// <summary>Where those options were given.</summary>
    public ImmutableDictionary<string, SourceSpan> OptionPlaces { get; init; } = ImmutableDictionary<string, SourceSpan>.Empty;

    /// <summary><c>.temp</c> or <c>.options temp</c>, degrees Celsius.</summary>
    public double TemperatureCelsius { get; init; } = 27;

    /// <summary>Every file read, in the order of first reading.</summary>
    public ImmutableArray<DeckFile> Files { get; init; } = [];

    /// <summary>Coded warnings (ignored <c>.print</c> and the like).</summary>
    public ImmutableArray<Diagnostic> Warnings { get; init; } = [];
}

/// <summary>An expanded <c>X</c>.</summary>
/// <param name="Path"><c>x1.x2</c></param>
/// <param name="Multiplier">Product of its <c>m</c> and those around it.</param>
/// <param name="Parameters">Names of what it may be given.</param>
/// <param name="Values">What they are in it; NaN where the formula is in error.</param>
public sealed record SubcircuitInstance(string Path, string Subcircuit, double Multiplier, ImmutableArray<string> Parameters, ImmutableArray<double> Values);

/// <summary>A file of the deck: the path as it was named, and the SHA-256 of its bytes in lower-case hex.</summary>
public sealed record DeckFile(string Path, string Sha256);

/// <summary><c>.model</c>: <paramref name="Type"/> is <c>nmos</c>, <c>pmos</c>, <c>d</c> ..., parameters by lower-case name.</summary>
public sealed record ModelCard(string Name, string Type, ImmutableDictionary<string, double> Parameters, SourceSpan Span)
{
    public int Level => (int)Parameters.GetValueOrDefault("level", 1);
}
