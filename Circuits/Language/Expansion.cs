namespace AnalogAttention.Circuits.Language;

/// <summary>One expanded subcircuit (or the deck itself): its parameters, its path and what its node names mean outside.</summary>
internal sealed class Expansion(DeckBody body, ParameterScope scope, string path, Expansion? caller, Dictionary<string, string>? nodes, double multiplier)
{
    private readonly Expansion? _caller = caller;

    public DeckBody Body { get; } = body;
    public ParameterScope Scope { get; } = scope;

    /// <summary>Empty for the deck, otherwise ending in a dot.</summary>
    public string Path { get; } = path;

    /// <summary>Product of <c>m=</c> of the instances around.</summary>
    public double Multiplier { get; } = multiplier;

    /// <summary>Nodes further inside that <c>.connect</c> of a body around names: their path from here, and what they are outside.</summary>
    public List<(Name Inner, string Outside)> Connections { get; } = [];

    /// <summary>Nodes of this body that <c>.connect</c> names and no statement has used yet.</summary>
    public List<Name> Unused { get; } = [];

    public string Node(Name node, HashSet<string> globals)
    {
        var text = node.Text.Contains('.') ? PinAlias.Outside(Body, node.Text, globals) : node.Text;
        Unused.RemoveAll(n => n.Text == text);
        if (nodes is null || globals.Contains(text))
            return text;
        if (!nodes.TryGetValue(text, out var outside))
            nodes[text] = outside = Path + text;
        return outside;
    }

    /// <summary>The expansion of the body a definition stands in: this one or one around it.</summary>
    public Expansion Around(DeckBody home)
    {
        var expansion = this;
        while (expansion.Body != home)
            expansion = expansion._caller ?? throw new InvalidOperationException("a definition is used outside its scope");
        return expansion;
    }
}

/// <summary>A pin named from outside, <c>x1.bl</c>, is the node it is connected to; so is a node that <c>.connect</c> names.</summary>
internal static class PinAlias
{
    /// <param name="body">Where the name is used.</param>
    /// <returns>The name as it stands when it leads to no pin.</returns>
    public static string Outside(DeckBody body, string name, HashSet<string> globals)
    {
        var dot = name.IndexOf('.');
        if (dot < 0 || !body.Instances.TryGetValue(name[..dot], out var instance) || body.FindSubcircuit(instance.Subcircuit.Text) is not { } subcircuit)
            return name;
        var inner = Outside(subcircuit.Body, name[(dot + 1)..], globals);
        if (globals.Contains(inner))
            return inner;
        for (var pin = 0; pin < Math.Min(subcircuit.Pins.Length, instance.Pins.Length); pin++)
        {
            if (subcircuit.Pins[pin].Text == inner)
                return instance.Pins[pin].Text;
        }
        var path = $"{name[..dot]}.{inner}";
        return body.Connections.Find(c => c.Inner.Text == path)?.Node.Text ?? path;
    }
}

/// <summary>How large a deck becomes when expanded, found without expanding it; recursion is reported here.</summary>
internal sealed class ExpansionSize(DiagnosticList diagnostics)
{
    public const long MostElements = 10_000_000;
    private const int MostNested = 60;

    private readonly Dictionary<DeckBody, long> _sizes = [];
    private readonly HashSet<DeckBody> _open = [];

    /// <summary>A subcircuit contains itself.</summary>
    public bool IsEndless { get; private set; }

    /// <returns>Elements, saturating just above <see cref="MostElements"/>.</returns>
    public long Of(DeckBody body)
    {
        if (_sizes.TryGetValue(body, out var known))
            return known;
        _open.Add(body);
        long size = 0;
        foreach (var element in body.Elements)
        {
            if (element is not InstanceStatement instance)
                size++;
            else if (body.FindSubcircuit(instance.Subcircuit.Text) is { } inner)
            {
                if (_open.Contains(inner.Body))
                {
                    IsEndless = true;
                    diagnostics.Error(DiagnosticCodes.RecursiveSubcircuit, instance.Subcircuit.Span, $"subcircuit '{inner.Name}' contains itself");
                }
                else if (_open.Count > MostNested)
                    diagnostics.Fatal(DiagnosticCodes.TooDeep, instance.Subcircuit.Span, $"subcircuits are used more than {MostNested} deep");
                else
                    size += 1 + Of(inner.Body);
            }
            size = Math.Min(size, MostElements + 1);
        }
        _open.Remove(body);
        return _sizes[body] = size;
    }
}
