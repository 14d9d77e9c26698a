using AnalogAttention.Circuits;
using AnalogAttention.Simulation.Devices;
using AnalogAttention.Simulation.Measures;

namespace AnalogAttention.Simulation.Analyses;

/// <summary>
/// Collects the saved unknowns point by point. Columns: the abscissa (if any), then node voltages, then branch currents, or what
/// <c>.save</c> names. What only a measure of this analysis needs is recorded as well, and is no part of <see cref="ToWaveforms"/>.
/// </summary>
public sealed class Recorder : IRecording
{
    /// <summary>64 KiB: larger arrays are collected with the oldest generation.</summary>
    private const int BlockValues = 8192;

    private readonly string _analysis;
    private readonly (string Name, string Unit)? _abscissa;
    private readonly (string Name, string Unit, int Plus, int Minus)[] _columns;
    private readonly List<double> _abscissae = [];
    private readonly List<double[]> _blocks = [];
    private readonly int _saved;
    private readonly int _perBlock;
    private int _count;

    /// <exception cref="BadInputException"><c>.save</c> names something the circuit does not have.</exception>
    public Recorder(string analysis, (string Name, string Unit)? abscissa, Circuit circuit, UnknownTable unknowns)
    {
        (_columns, _saved) = Selection(analysis, circuit, unknowns);
        _analysis = analysis;
        _abscissa = abscissa;
        _perBlock = Math.Max(1, BlockValues / Math.Max(1, _columns.Length));
    }

    /// <summary>Records these unknowns, whatever the circuit asks for.</summary>
    public Recorder(string analysis, (string Name, string Unit)? abscissa, IEnumerable<int> recorded, UnknownTable unknowns)
    {
        _columns = [.. recorded.Select(u => Column(u, unknowns))];
        _saved = _columns.Length;
        _analysis = analysis;
        _abscissa = abscissa;
        _perBlock = Math.Max(1, BlockValues / Math.Max(1, _columns.Length));
    }

    /// <summary>The columns of an analysis: those to be saved (their number comes with them), then those that only measures need; ground is 0.</summary>
    /// <exception cref="BadInputException"><c>.save</c> names something the circuit does not have.</exception>
    public static ((string Name, string Unit, int Plus, int Minus)[] Columns, int Saved) Selection(string analysis, Circuit circuit, UnknownTable unknowns)
    {
        var saved = Selected(circuit, unknowns).ToArray();
        var names = saved.Select(c => c.Name).ToHashSet();
        return ([.. saved, .. MeasureEvaluation.Signals(circuit.Measures, analysis).SelectMany(s => TryFind(s, unknowns)).Where(c => names.Add(c.Name))], saved.Length);
    }

    public int Count => _count;

    /// <summary>Abscissa of the latest point.</summary>
    public double Last => _abscissae[^1];

    public void Add(double abscissa, ReadOnlySpan<double> x)
    {
        var row = _count % _perBlock;
        if (_count / _perBlock == _blocks.Count)
            _blocks.Add(new double[_perBlock * _columns.Length]);
        var target = _blocks[_count / _perBlock].AsSpan(row * _columns.Length, _columns.Length);
        for (var k = 0; k < target.Length; k++)
            target[k] = x[_columns[k].Plus] - x[_columns[k].Minus];
        _abscissae.Add(abscissa);
        _count++;
    }

    /// <summary>Drops the points from that one on.</summary>
    public void Truncate(int count)
    {
        _abscissae.RemoveRange(count, _count - count);
        _count = count;
    }

    /// <summary>What is saved.</summary>
    public WaveformSet ToWaveforms() => ToWaveforms(_saved);

    /// <summary>What is saved and what the measures need.</summary>
    public WaveformSet ToMeasured() => ToWaveforms(_columns.Length);

    private WaveformSet ToWaveforms(int count)
    {
        var columns = new List<Waveform>();
        if (_abscissa is { } abscissa)
            columns.Add(new Waveform(abscissa.Name, abscissa.Unit, [.. _abscissae]));
        for (var k = 0; k < count; k++)
        {
            var values = new double[_count];
            for (var row = 0; row < _count; row++)
                values[row] = _blocks[row / _perBlock][row % _perBlock * _columns.Length + k];
            columns.Add(new Waveform(_columns[k].Name, _columns[k].Unit, values));
        }
        return new WaveformSet(_analysis, columns);
    }

    private static IEnumerable<(string Name, string Unit, int Plus, int Minus)> Selected(Circuit circuit, UnknownTable unknowns)
    {
        if (circuit.Saved.IsEmpty || circuit.Saved.Any(s => s is "all" or "allv" or "alli"))
            return Enumerable.Range(1, unknowns.Count)
                .Where(u => !unknowns.IsInternal(u) && (circuit.Saved.IsEmpty || circuit.Saved.Contains("all") || circuit.Saved.Contains(unknowns.IsNode(u) ? "allv" : "alli")))
                .Select(u => Column(u, unknowns));
        return circuit.Saved.Distinct().Select(name => Find(name, unknowns));
    }

    private static (string, string, int, int) Column(int unknown, UnknownTable unknowns) =>
        (unknowns.WaveformName(unknown), unknowns.IsNode(unknown) ? "V" : "A", unknown, 0);

    private static (string, string, int, int) Find(string saved, UnknownTable unknowns) => TryFind(saved, unknowns) is [var column]
        ? column
        : throw new BadInputException($".save {saved}: the circuit has no such node voltage or source current");

    private static (string Name, string Unit, int Plus, int Minus)[] TryFind(string saved, UnknownTable unknowns)
    {
        var name = saved.Trim().ToLowerInvariant().Replace(" ", "");
        if (name.EndsWith("#branch", StringComparison.Ordinal))
            name = $"i({name[..^7]})";
        if (name.StartsWith("i(", StringComparison.Ordinal) && name.EndsWith(')'))
            return unknowns.TryBranch(name[2..^1], out var branch) ? [(name, "A", branch, 0)] : [];
        if (!(name.StartsWith("v(", StringComparison.Ordinal) && name.EndsWith(')')))
            name = $"v({name})";
        var nodes = name[2..^1].Split(',');
        var minus = 0;
        return nodes.Length <= 2 && unknowns.TryNode(nodes[0], out var plus) && (nodes.Length == 1 || unknowns.TryNode(nodes[1], out minus))
            ? [(name, "V", plus, minus)]
            : [];
    }
}
