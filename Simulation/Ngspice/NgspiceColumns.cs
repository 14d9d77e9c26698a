using AnalogAttention.Circuits;
using AnalogAttention.Simulation.Measures;

namespace AnalogAttention.Simulation.Ngspice;

/// <summary>Which vectors of ngspice are the columns of a result, in the order and under the names of the embedded engine.</summary>
internal sealed class NgspiceColumns
{
    /// <summary>Columns of a real vector, and of a complex one.</summary>
    private static readonly string[] _parts = ["", "re", "im"];

    private readonly Circuit _circuit;
    private readonly Analysis _analysis;
    private readonly Dictionary<string, string> _names = new(StringComparer.Ordinal); // ours by ngspice's, elements of subcircuits only
    private readonly List<string> _saved;
    private readonly List<string> _measured;
    private readonly bool _savesEverything;

    public NgspiceColumns(Circuit circuit, Analysis analysis)
    {
        (_circuit, _analysis) = (circuit, analysis);
        foreach (var element in circuit.Elements.Where(e => e.Name.Contains('.')))
            foreach (var part in _parts)
                _names[Part(part, $"i({NgspiceDeck.ExpandedName(element)})")] = Part(part, $"i({element.Name})");
        _savesEverything = circuit.Saved.IsEmpty || circuit.Saved.Any(s => s is "all" or "allv" or "alli");
        _saved = _savesEverything
            ? [.. Everything(circuit).Where(c => circuit.Saved.IsEmpty || circuit.Saved.Contains("all") || circuit.Saved.Contains(c.Unit == "V" ? "allv" : "alli")).Select(c => c.Name)]
            : [.. circuit.Saved.Select(Canonical).Distinct()];
        _measured = [.. MeasureEvaluation.Signals(circuit.Measures, NgspiceVerdict.NameOf(analysis)).Select(Canonical).Except(_saved)];
    }

    /// <summary>What ngspice has to keep; empty where that is everything.</summary>
    public IEnumerable<string> ToSave => _savesEverything || _analysis is Noise ? [] : _saved.Concat(_measured);

    /// <summary>Node voltages in the order of their first element, then the branch currents that modified nodal analysis has.</summary>
    public static IEnumerable<(string Name, string Unit)> Everything(Circuit circuit)
    {
        var nodes = circuit.Elements.SelectMany(e => e.Nodes).Where(n => n != "0").Distinct().Select(n => ($"v({n})", "V"));
        return nodes.Concat(Currents<Inductor>()).Concat(Currents<VoltageSource>()).Concat(Currents<VoltageControlledVoltageSource>()).Concat(Currents<CurrentControlledVoltageSource>())
            .Concat(Currents<BehaviouralElement>(b => b.Quantity == BehaviouralQuantity.Volts));
        IEnumerable<(string, string)> Currents<T>(Func<T, bool>? has = null) where T : Element => circuit.Elements.OfType<T>().Where(e => has?.Invoke(e) ?? true).Select(e => ($"i({e.Name})", "A"));
    }

    /// <summary>The columns that are saved, and those with what the measures need as well.</summary>
    /// <param name="output">Holds a plot of the analysis.</param>
    /// <exception cref="BadInputException"><c>.save</c> names something that ngspice does not deliver.</exception>
    public (IReadOnlyList<WaveformSet> Saved, WaveformSet Measured) Select(NgspiceOutput output)
    {
        if (_analysis is Noise noise)
        {
            var sets = NgspiceNoise.Select(_circuit, noise, output);
            return (sets, sets[0]);
        }
        var plot = NgspiceVerdict.Plot(_analysis, output)!;
        var vectors = new Dictionary<string, double[]>(StringComparer.Ordinal);
        foreach (var column in plot.Columns)
            vectors[_names.GetValueOrDefault(column.Name.ToLowerInvariant(), column.Name.ToLowerInvariant())] = column.Values;
        var saved = new List<Waveform>();
        if (_analysis is not OperatingPoint)
            saved.Add(plot.Abscissa);
        foreach (var name in _saved)
        {
            var columns = Columns(name).ToList();
            if (columns.Count == 0 && !_savesEverything)
                throw new BadInputException($".save {name}: the circuit has no such node voltage or source current");
            saved.AddRange(columns);
        }
        var kind = NgspiceVerdict.NameOf(_analysis);
        return ([new WaveformSet(kind, saved)], new WaveformSet(kind, [.. saved, .. _measured.SelectMany(Columns)]));

        IEnumerable<Waveform> Columns(string name) => _parts.Select(part => Values(part, name) is { } values ? new Waveform(Part(part, name), name[0] == 'i' ? "A" : "V", values) : null).OfType<Waveform>();

        double[]? Values(string part, string name)
        {
            if (vectors.TryGetValue(Part(part, name), out var values))
                return values;
            var nodes = name[0] == 'v' ? name[2..^1].Split(',') : [];
            return nodes.Length == 2 && Volts(part, nodes[0]) is { } plus && Volts(part, nodes[1]) is { } minus && (nodes[0] != "0" || nodes[1] != "0")
                ? [.. plus.Zip(minus, (a, b) => a - b)]
                : null;
        }

        double[]? Volts(string part, string node) => node == "0" ? new double[plot.Count] : vectors.GetValueOrDefault(Part(part, $"v({node})"));
    }

    private static string Part(string part, string name) => part.Length == 0 ? name : $"{part}({name})";

    // v(node), v(a,b), i(element); also node, element#branch
    private static string Canonical(string saved)
    {
        var name = saved.Trim().ToLowerInvariant().Replace(" ", "");
        if (name.EndsWith("#branch", StringComparison.Ordinal))
            name = $"i({name[..^7]})";
        return (name.StartsWith("i(", StringComparison.Ordinal) || name.StartsWith("v(", StringComparison.Ordinal)) && name.EndsWith(')') ? name : $"v({name})";
    }
}
