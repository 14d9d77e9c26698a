using System.Collections.Immutable;
using System.Text;
using System.Text.RegularExpressions;
using AnalogAttention.Circuits.Language;

namespace AnalogAttention.Circuits;

/// <summary>A transistor as a subcircuit with the pins d, g, s, b: its statements, and the values of its parameters for one instance.</summary>
public sealed record BehaviouralForm(ImmutableArray<string> Statements, ImmutableArray<KeyValuePair<string, double>> Parameters);

/// <summary>
/// Writes a flat circuit as a self-contained deck for a stock ngspice. Elements of subcircuits carry ngspice's own expanded names
/// (<c>v.x1.vs</c> for <c>x1.vs</c>), nodes keep theirs; transistors that ngspice does not know become subcircuits of behavioural sources.
/// </summary>
public sealed partial class NgspiceDeck
{
    /// <summary>Iterations of a time point where a chain of sources stands for a transistor: each link settles after the one before it.</summary>
    private const double IterationsOfChain = 50;

    private const string Operators = "+-*/^<>";

    private readonly Circuit _circuit;
    private readonly Func<Mosfet, BehaviouralForm?> _behaviour;
    private readonly Dictionary<string, string> _elementNames = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _subcircuits = new(StringComparer.Ordinal); // name by text
    private readonly StringBuilder _text = new();
    private int _instances;

    private NgspiceDeck(Circuit circuit, Func<Mosfet, BehaviouralForm?> behaviour)
    {
        _circuit = circuit;
        _behaviour = behaviour;
        foreach (var element in circuit.Elements)
            if (element.Name.Contains('.'))
                _elementNames[element.Name] = ExpandedName(element);
    }

    /// <param name="circuit">Flat, as <see cref="DeckReader"/> returns it.</param>
    /// <param name="behaviour">The form of a transistor that ngspice does not have; null where it has the model.</param>
    /// <param name="everything">What <c>.save</c> lists where the circuit saves everything but subcircuits would add their insides; empty for no <c>.save</c>.</param>
    public static string Format(Circuit circuit, Func<Mosfet, BehaviouralForm?> behaviour, IEnumerable<string> everything) =>
        new NgspiceDeck(circuit, behaviour).Format(everything);

    /// <summary>The name under which ngspice knows an element: <c>v.x1.vs</c> for the voltage source <c>x1.vs</c>.</summary>
    public static string ExpandedName(Element element) => element.Name.Contains('.') ? DeckWriter.Format(element).Split(' ', 2)[0] : element.Name;

    /// <summary>The name of the subcircuit that stands for a transistor; null for a name with an operator, at which ngspice ends that of a controlling source, and with it that of its subcircuit.</summary>
    public static string? BehaviouralName(string transistor) => transistor.AsSpan().IndexOfAny(Operators) < 0 ? DeckWriter.Expanded(transistor, 'x') : null;

    private string Format(IEnumerable<string> everything)
    {
        Line(_circuit.Title.ReplaceLineEndings(" "));
        var elements = _circuit.Elements.Select(Statement).ToList();
        var native = _circuit.Elements.Select(ModelOf).OfType<string>().ToHashSet(StringComparer.Ordinal);
        foreach (var model in _circuit.Models.Values.Where(m => native.Contains(m.Name)).OrderBy(m => m.Name, StringComparer.Ordinal))
            Line(DeckWriter.Format(model));
        foreach (var (text, name) in _subcircuits)
            Line($".subckt {name} {text}\n.ends {name}");
        elements.ForEach(Line);
        foreach (var (node, volts) in DeckWriter.InOrder(_circuit.InitialVolts))
            Line($".ic v({node})={DeckWriter.Number(volts)}");
        foreach (var (node, volts) in DeckWriter.InOrder(_circuit.NodeSetVolts))
            Line($".nodeset v({node})={DeckWriter.Number(volts)}");
        var options = _subcircuits.Count == 0 || _circuit.Options.ContainsKey("itl4") ? _circuit.Options : _circuit.Options.Add("itl4", IterationsOfChain);
        if (!options.IsEmpty)
            Line(DeckWriter.Wrapped(".options", DeckWriter.InOrder(options).Select(DeckWriter.Option)));
        Line($".temp {DeckWriter.Number(_circuit.TemperatureCelsius)}");
        // ngspice does not run .noise beside a .save
        var saved = _circuit.Analyses.Any(a => a is Noise) ? [] : _circuit.Saved.IsEmpty && _subcircuits.Count > 0 ? [.. everything] : _circuit.Saved;
        if (!saved.IsEmpty)
            Line(DeckWriter.Wrapped(".save", saved.SelectMany(Saved).Distinct()));
        foreach (var analysis in _circuit.Analyses)
            Line(DeckWriter.Format(analysis, _circuit));
        foreach (var measure in _circuit.Measures)
            Line($".measure {measure.Analysis} {measure.Name} {WithExpandedNames(measure.Definition)}");
        Line(".end");
        return _text.ToString();
    }

    private void Line(string text) => _text.Append(text).Append('\n');

    private string Statement(Element element)
    {
        if (element is not Mosfet m || _behaviour(m) is not { } form)
            return DeckWriter.Format(element);
        var parameters = string.Concat(form.Parameters.Select(p => $" {p.Key}=0"));
        var text = $"d g s b{parameters}\n{string.Join('\n', form.Statements.Select(s => DeckWriter.Wrapped("", s.Split(' '))[1..]))}";
        if (!_subcircuits.TryGetValue(text, out var name))
            _subcircuits.Add(text, name = $"behaviour_{_subcircuits.Count + 1}");
        return DeckWriter.Wrapped($"{InstanceName(m.Name)} {m.Drain} {m.Gate} {m.Source} {m.Bulk} {name}", form.Parameters.Select(p => $"{p.Key}={DeckWriter.Number(p.Value)}"));
    }

    private string InstanceName(string name) => BehaviouralName(name) ?? $"x.{name.AsSpan(0, name.AsSpan().IndexOfAny(Operators))}#{_instances++}";

    private string? ModelOf(Element element) => element switch
    {
        Diode d => d.Model,
        VoltageSwitch s => s.Model,
        CurrentSwitch w => w.Model,
        Mosfet m when _behaviour(m) is null => m.Model,
        _ => null,
    };

    // ngspice saves no differences: v(a,b) needs both nodes
    private IEnumerable<string> Saved(string saved)
    {
        var difference = Difference().Match(saved);
        return difference.Success
            ? difference.Groups[1].Value.Split(',', StringSplitOptions.TrimEntries).Where(node => node != "0").Select(node => $"v({node})")
            : [WithExpandedNames(saved)];
    }

    // i(x1.vs) becomes i(v.x1.vs)
    private string WithExpandedNames(string text) => Current().Replace(text, match => $"i({Expanded(match.Groups[1].Value.ToLowerInvariant())})");

    private string Expanded(string name) => _elementNames.GetValueOrDefault(name, name);

    [GeneratedRegex(@"\bi\s*\(\s*([^()\s]+)\s*\)", RegexOptions.IgnoreCase)]
    private static partial Regex Current();

    [GeneratedRegex(@"^\s*v\s*\(\s*([^()]+,[^()]+?)\s*\)\s*$", RegexOptions.IgnoreCase)]
    private static partial Regex Difference();
}
