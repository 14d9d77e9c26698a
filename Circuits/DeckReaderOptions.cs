using System.Collections.Immutable;

namespace AnalogAttention.Circuits;

/// <summary>How a deck is read.</summary>
public sealed record DeckReaderOptions
{
    /// <summary>Folders searched for <c>.include</c> and <c>.lib</c> files after the including file's own (<c>-I DIR</c>).</summary>
    public ImmutableArray<string> IncludeDirectories { get; init; } = [];

    /// <summary>Files read in place of included ones: by the name as written or its last part (<c>gain-cell.lib</c>), another path.</summary>
    public ImmutableDictionary<string, string> Substitutions { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>Statements read right after an included file, found by its name as in <see cref="Substitutions"/>.</summary>
    public ImmutableDictionary<string, Supplement> Supplements { get; init; } = ImmutableDictionary<string, Supplement>.Empty;

    /// <summary>Values that replace those of the deck's top-level <c>.param</c> where it has them.</summary>
    public ImmutableDictionary<string, double> ParametersWhereKnown { get; init; } = ImmutableDictionary<string, double>.Empty;

    /// <summary>
    /// Values by path (<c>x1.x2.c_store</c>) that replace those of an instance's parameters, whatever the instance says; a parameter that the deck
    /// does not have is an error.
    /// </summary>
    public ImmutableDictionary<string, double> InstanceParameters { get; init; } = ImmutableDictionary<string, double>.Empty;

    /// <summary>
    /// Values that replace those of a definition, where the deck has it: <c>gain_cell.c_store</c> of every instance of a subcircuit, whatever it says
    /// itself, <c>read_n.vto</c> of every card of that name.
    /// </summary>
    public ImmutableDictionary<string, double> DefinitionParameters { get; init; } = ImmutableDictionary<string, double>.Empty;

    /// <summary>What becomes of <c>.step</c> and <c>.mc</c>.</summary>
    public SweepStatements Sweeps { get; init; }

    /// <summary>Values that replace those of the deck's top-level <c>.param</c>; a name the deck does not have is an error.</summary>
    public ImmutableDictionary<string, double> Parameters { get; init; } = ImmutableDictionary<string, double>.Empty;
}

/// <param name="Text">Statements, without a title line.</param>
/// <param name="Place">Where an error in them is reported.</param>
public sealed record Supplement(string Text, SourceSpan Place);
