using System.Collections.Immutable;

namespace AnalogAttention.Circuits.Language;

/// <summary>Names of the flat circuit: declared while it is expanded, and everything that refers to them checked at the end.</summary>
internal sealed class FlatNames(DiagnosticList diagnostics)
{
    private readonly Dictionary<string, SourceSpan> _elements = [];
    private readonly Dictionary<string, string> _nodes = new() { ["0"] = "0" };
    private readonly List<(string Source, Name Written)> _required = [];
    private readonly List<(string Inductor, Name Written)> _requiredInductors = [];
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

    public void SetVolts(bool isGuess, string node, SourceSpan span, double volts) => (isGuess ? _guess : _initial)[node] = (span, volts);

    public void Check(IReadOnlyList<Element> elements, IEnumerable<Name> sweptSources, IEnumerable<SaveStatement> saves, IEnumerable<NoiseStatement> noises)
    {
        var sources = elements.OfType<VoltageSource>().Select(e => e.Name).ToHashSet();
        foreach (var (source, written) in _required)
        {
            if (!sources.Contains(source))
                diagnostics.Error(DiagnosticCodes.UnknownControlSource, written.Span, $"there is no voltage source '{source}' whose current could control");
        }
        var inductors = elements.OfType<Inductor>().Select(e => e.Name).ToHashSet();
        foreach (var (inductor, written) in _requiredInductors)
        {
            if (!inductors.Contains(inductor))
                diagnostics.Error(DiagnosticCodes.UnknownInductor, written.Span, $"there is no inductor '{inductor}' to couple");
        }
        var swept = elements.OfType<CurrentSource>().Select(e => e.Name).Concat(sources).ToHashSet();
        foreach (var source in sweptSources)
        {
            if (!swept.Contains(source.Text))
                diagnostics.Error(DiagnosticCodes.UnknownSweepSource, source.Span, $"there is no voltage or current source '{source}' to sweep");
        }
        foreach (var (node, (span, _)) in _initial.Concat(_guess))
            CheckNode(node, span);
        foreach (var noise in noises)
        {
            foreach (var node in noise.Output)
                CheckNode(node.Text, node.Span);
            if (!swept.Contains(noise.Source.Text))
                diagnostics.Error(DiagnosticCodes.UnknownSweepSource, noise.Source.Span, $"there is no voltage or current source '{noise.Source}' to refer the noise to");
        }
        foreach (var save in saves)
        {
            foreach (var probe in save.Probes)
            {
                if (save.Kind == 'v')
                    CheckNode(probe.Text, probe.Span);
                else if (!_elements.ContainsKey(probe.Text))
                    diagnostics.Error(DiagnosticCodes.UnknownNode, probe.Span, $"there is no element '{probe}'");
            }
        }
    }

    private void CheckNode(string node, SourceSpan span)
    {
        if (!_nodes.ContainsKey(node))
            diagnostics.Error(DiagnosticCodes.UnknownNode, span, $"there is no node '{node}'");
    }
}
