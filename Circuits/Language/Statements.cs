using System.Collections.Immutable;

namespace AnalogAttention.Circuits.Language;

/// <summary><c>name = formula</c>.</summary>
internal sealed record Assignment(Name Name, Expression Formula);

/// <summary>An element as written: nothing evaluated, nothing looked up. The letter tells its kind.</summary>
internal abstract record ElementStatement(Name Name, char Letter);

/// <summary>R, C or L.</summary>
internal sealed record PassiveStatement(Name Name, char Letter, Name Positive, Name Negative, Expression Value, Expression? Initial, Expression? Multiplier) : ElementStatement(Name, Letter)
{
    /// <summary><c>tc1=</c> and <c>tc2=</c> of an R.</summary>
    public (Expression? Tc1, Expression? Tc2) Temperature { get; init; }
}

/// <summary>V or I.</summary>
internal sealed record SourceStatement(Name Name, char Letter, Name Positive, Name Negative, Expression? Dc, WaveformStatement? Waveform, Expression? AcMagnitude, Expression? AcPhase, Expression? Multiplier)
    : ElementStatement(Name, Letter);

/// <summary>A time function with its arguments as written.</summary>
/// <param name="Options"><c>r</c> and <c>td</c> of PWL.</param>
internal sealed record WaveformStatement(Name Function, ImmutableArray<Expression> Arguments, ImmutableArray<Assignment> Options);

/// <summary>E or G.</summary>
internal sealed record VoltageControlledStatement(Name Name, char Letter, Name Positive, Name Negative, Name ControlPositive, Name ControlNegative, Expression Gain, Expression? Multiplier) : ElementStatement(Name, Letter);

/// <summary>F or H.</summary>
internal sealed record CurrentControlledStatement(Name Name, char Letter, Name Positive, Name Negative, Name Control, Expression Gain, Expression? Multiplier) : ElementStatement(Name, Letter);

/// <summary>B, or an element whose value follows the solution.</summary>
/// <param name="Parameters"><c>m</c>, <c>tc1</c>, <c>tc2</c>, <c>ic</c>.</param>
internal sealed record BehaviouralStatement(Name Name, char Letter, Name Positive, Name Negative, BehaviouralQuantity Quantity, Expression Formula, ImmutableArray<Assignment> Parameters) : ElementStatement(Name, Letter);

/// <summary>E, G, F or H: POLY(n).</summary>
/// <param name="Controls">n pairs of nodes or n voltage sources.</param>
internal sealed record PolynomialStatement(Name Name, char Letter, Name Positive, Name Negative, ImmutableArray<Name> Controls, ImmutableArray<Expression> Coefficients, ImmutableArray<Assignment> Parameters) : ElementStatement(Name, Letter);

/// <summary>E or G: TABLE.</summary>
internal sealed record TableStatement(Name Name, char Letter, Name Positive, Name Negative, Expression Input, ImmutableArray<Expression> Points, ImmutableArray<Assignment> Parameters) : ElementStatement(Name, Letter);

internal sealed record MosfetStatement(Name Name, Name Drain, Name Gate, Name Source, Name Bulk, Name Model, ImmutableArray<Assignment> Parameters) : ElementStatement(Name, 'm');

/// <param name="Parameters"><c>area</c> and <c>m</c>.</param>
internal sealed record DiodeStatement(Name Name, Name Anode, Name Cathode, Name Model, bool StartsOff, ImmutableArray<Assignment> Parameters) : ElementStatement(Name, 'd');

/// <summary>S or W.</summary>
/// <param name="Control">Two nodes, or one voltage source.</param>
internal sealed record SwitchStatement(Name Name, char Letter, Name Positive, Name Negative, ImmutableArray<Name> Control, Name Model, bool StartsOn, Expression? Multiplier) : ElementStatement(Name, Letter);

/// <summary>K.</summary>
internal sealed record MutualInductanceStatement(Name Name, Name First, Name Second, Expression Coupling) : ElementStatement(Name, 'k');

/// <summary>X.</summary>
internal sealed record InstanceStatement(Name Name, ImmutableArray<Name> Pins, Name Subcircuit, ImmutableArray<Assignment> Parameters) : ElementStatement(Name, 'x');

internal sealed record ModelStatement(Name Name, Name Type, ImmutableArray<Assignment> Parameters);

/// <summary><c>.ic</c> or <c>.nodeset</c> of one node.</summary>
internal sealed record NodeVoltStatement(bool IsGuess, Name Node, Expression Volts);

/// <summary><c>.connect</c>: <paramref name="Inner"/>, a node inside an instance, is <paramref name="Node"/>.</summary>
internal sealed record ConnectStatement(Name Node, Name Inner);

/// <summary><c>.dc</c>, one axis.</summary>
internal sealed record SweepAxisStatement(Name Source, Expression Start, Expression Stop, Expression Step);

internal abstract record AnalysisStatement(SourceSpan Span);

internal sealed record OperatingPointStatement(SourceSpan Span) : AnalysisStatement(Span);

internal sealed record DcSweepStatement(SourceSpan Span, ImmutableArray<SweepAxisStatement> Axes) : AnalysisStatement(Span);

internal sealed record TransientStatement(SourceSpan Span, Expression Step, Expression Stop, Expression? Start, Expression? Maximum, bool UseInitialConditions) : AnalysisStatement(Span);

internal sealed record FrequencySweepStatement(FrequencyScale Scale, Expression Points, Expression Start, Expression Stop);

internal sealed record SmallSignalStatement(SourceSpan Span, FrequencySweepStatement Frequencies) : AnalysisStatement(Span);

/// <param name="Output">One node, or two.</param>
/// <param name="PointsPerSummary">Given and not 0: the parts of the devices are wanted.</param>
internal sealed record NoiseStatement(SourceSpan Span, ImmutableArray<Name> Output, Name Source, FrequencySweepStatement Frequencies, Expression? PointsPerSummary) : AnalysisStatement(Span);

/// <param name="Value">Null for a flag.</param>
internal sealed record OptionStatement(Name Name, Expression? Value);

/// <param name="Probes">Nodes (<c>v</c>) or sources (<c>i</c>) that must exist for the saved name to mean anything.</param>
internal sealed record SaveStatement(string Text, char Kind, ImmutableArray<Name> Probes)
{
    public static SaveStatement Of(char kind, ImmutableArray<Name> probes) => new($"{kind}({string.Join(',', probes.Select(p => p.Text))})", kind, probes);

    public SaveStatement Of(ImmutableArray<Name> probes) => Of(Kind, probes);
}

internal enum StepScale { Linear, Decade, Octave, List }

/// <param name="Parameter">Null: the temperature.</param>
/// <param name="Numbers">Start, stop and step or points; or the list.</param>
internal sealed record StepStatement(SourceSpan Span, Name? Parameter, StepScale Scale, ImmutableArray<Expression> Numbers);

internal sealed record MonteCarloStatement(SourceSpan Span, Expression Samples, Expression? Seed, Name? Sampling, ImmutableArray<string>? Mismatch, ImmutableArray<DrawStatement> Draws);

internal sealed record DrawStatement(Name Parameter, string Distribution, ImmutableArray<Expression> Numbers);

internal sealed record MeasureStatement(Name Name, Name Analysis, LogicalLine Line, int DefinitionStart);

/// <summary>The statements of a deck, or between <c>.subckt</c> and <c>.ends</c>.</summary>
internal sealed class DeckBody(DeckBody? parent)
{
    public DeckBody? Parent { get; } = parent;
    public List<ElementStatement> Elements { get; } = [];
    public List<Assignment> Parameters { get; } = [];
    public List<FunctionStatement> Functions { get; } = [];
    public List<NodeVoltStatement> NodeVolts { get; } = [];
    public List<ConnectStatement> Connections { get; } = [];
    public Dictionary<string, ModelStatement> Models { get; } = [];
    public Dictionary<string, SubcircuitStatement> Subcircuits { get; } = [];

    /// <summary>Instances by name; asked for once all statements are read.</summary>
    public Dictionary<string, InstanceStatement> Instances => _instances ??= Elements.OfType<InstanceStatement>().DistinctBy(i => i.Name.Text).ToDictionary(i => i.Name.Text);

    private Dictionary<string, InstanceStatement>? _instances;

    public SubcircuitStatement? FindSubcircuit(string name)
    {
        for (var body = this; body is not null; body = body.Parent)
        {
            if (body.Subcircuits.TryGetValue(name, out var found))
                return found;
        }
        return null;
    }

    public (ModelStatement Model, DeckBody Home)? FindModel(string name)
    {
        for (var body = this; body is not null; body = body.Parent)
        {
            if (body.Models.TryGetValue(name, out var found))
                return (found, body);
        }
        return null;
    }
}

/// <param name="Defaults">Instance parameters.</param>
internal sealed record SubcircuitStatement(Name Name, ImmutableArray<Name> Pins, ImmutableArray<Assignment> Defaults, DeckBody Body);

/// <summary>A whole deck as written.</summary>
internal sealed class DeckStatements(string title)
{
    public string Title { get; set; } = title;
    public DeckBody Top { get; } = new(null);
    public HashSet<string> Globals { get; } = ["0"];
    public List<AnalysisStatement> Analyses { get; } = [];
    public List<StepStatement> Steps { get; } = [];
    public List<MonteCarloStatement> MonteCarlos { get; } = [];
    public List<OptionStatement> Options { get; } = [];
    public List<SaveStatement> Saves { get; } = [];
    public List<MeasureStatement> Measures { get; } = [];
}
