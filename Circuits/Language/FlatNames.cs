using System.Collections.Immutable;

namespace AnalogAttention.Circuits.Language;

/// <summary>Names of the flat circuit: declared while it is expanded, and everything that refers to them checked at the end.</summary>
internal sealed class FlatNames(DiagnosticList diagnostics)
{
    private readonly Dictionary<string, SourceSpan> _elements = [];
    private readonly Dictionary<string, string> _nodes = new() { ["0"] = "0" };
    private readonly List<(string Source, Name Written)> _required = [];
    private readonly List<(string Inductor, Name Written)> _requiredInductors = [];
    private readonly List<(string Element, Name Written)> _requiredBranches = [];
    private readonly List<(string Node, SourceSpan Span)> _requiredNodes = [];
    private readonly Dictionary<string, (SourceSpan Span, double Volts)> _initial = [];
    private readonly Dictionary<string, (SourceSpan Span, double Volts)> _guess = [];

    public ImmutableDictionary<string, double> InitialVolts => _initial.ToImmutableDictionary(p => p.Key, p => p.Value.Volts);

    public ImmutableDictionary<string, double> NodeSetVolts => _guess.ToImmutableDictionary(p => p.Key, p => p.Value.Volts);

    /// <returns>The one string that stands for this node.</returns>
    public string DeclareNode(string node)
    {
        if (_nodes.TryGetValue(node, out var known))
            return known;
        _nodes.Add(node, node);
        return node;
    }

    public void Declare(Element element) => Declare(element.Name, element.Span);

    public void Declare(string name, SourceSpan span)
    {
        if (!_elements.TryAdd(name, span))
            throw new StatementException(DiagnosticCodes.DuplicateElement, span, $"element '{name}' is already defined at {_elements[name]}");
    }

    public void RequireSource(string source, Name written) => _required.Add((source, written));

    public void RequireInductor(string inductor, Name written) => _requiredInductors.Add((inductor, written));

    /// <summary>A formula follows the current of an element.</summary>
    public void RequireBranch(string element, Name written) => _requiredBranches.Add((element, written));

    /// <summary>A formula follows the voltage of a node.</summary>
    public void RequireNode(string node, SourceSpan span) => _requiredNodes.Add((node, span));

    public void SetVolts(bool isGuess, string node, SourceSpan span, double volts) => (isGuess ? _guess : _initial)[node] = (span, volts);

    public void Check(IReadOnlyList<Element> elements, IEnumerable<Name> sweptSources, IEnumerable<SaveStatement> saves, IEnumerable<NoiseStatement> noises)
    {
        var sources = elements.OfType<VoltageSource>().Select(e => e.Name).ToHashSet();
        var branches = new Lazy<HashSet<string>>(() => [.. elements.Where(HasBranch).Select(e => e.Name)]);
        foreach (var (source, written) in _required)
        {
            if (!sources.Contains(source) && !branches.Value.Contains(source))
                diagnostics.Error(DiagnosticCodes.UnknownControlSource, written.Span, $"there is no voltage source '{source}' whose current could control");
        }
        foreach (var (element, written) in _requiredBranches)
        {
            if (!branches.Value.Contains(element))
                diagnostics.Error(DiagnosticCodes.UnknownControlSource, written.Span, $"'{element}' has no current to follow: expected V, L, E, H or a behavioural voltage");
        }
        foreach (var (node, span) in _requiredNodes)
            CheckNode(node, span);
        var inductors = elements.OfType<Inductor>().Select(e => e.Name).ToHashSet();
        foreach (var (inductor, written) in _requiredInductors)
        {
            if (!inductors.Contains(inductor))
                diagnostics.Error(DiagnosticCodes.UnknownInductor, written.Span, $"there is no inductor '{inductor}' to couple");
        }
        var swept = elements.Where(e => e is CurrentSource or Resistor).Select(e => e.Name).Concat(sources).Append(SweepAxis.Temperature).ToHashSet();
        foreach (var source in sweptSources)
        {
            if (!swept.Contains(source.Text))
                diagnostics.Error(DiagnosticCodes.UnknownSweepSource, source.Span, $"there is no voltage source, current source or constant resistor '{source}' to sweep, and it is not temp");
        }
        foreach (var (node, (span, _)) in _initial.Concat(_guess))
            CheckNode(node, span);
        foreach (var noise in noises)
        {
            foreach (var node in noise.Output)
                CheckNode(node.Text, node.Span);
            if (!sources.Contains(noise.Source.Text) && !elements.Any(e => e is CurrentSource && e.Name == noise.Source.Text))
                diagnostics.Error(DiagnosticCodes.UnknownSweepSource, noise.Source.Span, $"there is no voltage or current source '{noise.Source}' to refer the noise to");
        }
        foreach (var save in saves)
        {
            foreach (var probe in save.Probes)
            {
                if (save.Kind == 'v' || save.Kind == ' ' && !probe.Text.EndsWith(Branch, StringComparison.Ordinal))
                    CheckNode(probe.Text, probe.Span);
                else if (!branches.Value.Contains(save.Kind == 'i' ? probe.Text : probe.Text[..^Branch.Length]))
                    diagnostics.Error(DiagnosticCodes.UnknownNode, probe.Span, $"'{probe}' has no branch current to save: expected V, L, E, H or a behavioural voltage");
            }
        }
    }

    /// <summary>ngspice's name for a branch current: <c>v1#branch</c>.</summary>
    private const string Branch = "#branch";

    private static bool HasBranch(Element element) => element is VoltageSource or Inductor or VoltageControlledVoltageSource or CurrentControlledVoltageSource
        or BehaviouralElement { Quantity: BehaviouralQuantity.Volts };

    private void CheckNode(string node, SourceSpan span)
    {
        if (!_nodes.ContainsKey(node))
            diagnostics.Error(DiagnosticCodes.UnknownNode, span, $"there is no node '{node}'");
    }
}
