using AnalogAttention.Circuits;
using AnalogAttention.Simulation.Devices;

namespace AnalogAttention.Simulation.Embedded;

/// <summary>What the graph of a circuit says before any number is solved: loops of voltage sources, nodes without a path to ground.</summary>
public sealed class Topology
{
    private readonly IReadOnlyList<Element> _elements;
    private readonly UnknownTable _unknowns;
    private readonly DisjointSets _static;
    private readonly DisjointSets _capacitive;
    private readonly DisjointSets _voltageSources;

    public Topology(IReadOnlyList<Element> elements, UnknownTable unknowns, IEnumerable<(int A, int B)> conductors)
    {
        _elements = elements;
        _unknowns = unknowns;
        _static = new DisjointSets(unknowns.NodeCount + 1);
        _capacitive = new DisjointSets(unknowns.NodeCount + 1);
        _voltageSources = new DisjointSets(unknowns.NodeCount + 1);
        foreach (var element in elements)
        {
            if (element is VoltageSource v)
                _voltageSources.Join(unknowns.Node(v.Positive), unknowns.Node(v.Negative));
            foreach (var (a, b) in Conducting(element))
            {
                _static.Join(unknowns.Node(a), unknowns.Node(b));
                _capacitive.Join(unknowns.Node(a), unknowns.Node(b));
            }
            if (element is Capacitor or BehaviouralElement { Quantity: BehaviouralQuantity.Farads or BehaviouralQuantity.Coulombs })
                _capacitive.Join(unknowns.Node(element.Nodes[0]), unknowns.Node(element.Nodes[1]));
        }
        foreach (var (a, b) in conductors)
        {
            _static.Join(a, b);
            _capacitive.Join(a, b);
        }
    }

    /// <summary>Nodes that no conducting element joins to ground: capacitors, gates and current sources only.</summary>
    public IReadOnlyList<int> FloatingNodes => [.. Enumerable.Range(1, _unknowns.NodeCount).Where(n => !_static.Joined(n, 0))];

    /// <summary>Whether capacitors and conducting elements join a node to ground.</summary>
    public bool HasCapacitivePath(int node) => _capacitive.Joined(node, 0);

    /// <summary>Whether voltage sources alone set the voltage between two nodes.</summary>
    public bool FixedTogether(int a, int b) => _voltageSources.Joined(a, b);

    /// <summary>The volts from a second node to a first one where independent sources alone set them; null elsewhere.</summary>
    public Func<int, int, double?> SourceVolts(VoltageSources sources, in Excitation excitation)
    {
        var volts = new double[_unknowns.NodeCount + 1];
        var neighbours = new Dictionary<int, List<(int Node, double Volts)>>();
        foreach (var element in _elements)
            if (element is VoltageSource && sources.TryFind(element.Name, out var index))
            {
                int positive = _unknowns.Node(element.Nodes[0]), negative = _unknowns.Node(element.Nodes[1]);
                var value = sources.ValueOf(index, excitation);
                (neighbours.TryGetValue(negative, out var list) ? list : neighbours[negative] = []).Add((positive, value));
                (neighbours.TryGetValue(positive, out list) ? list : neighbours[positive] = []).Add((negative, -value));
            }
        var reached = new bool[volts.Length];
        foreach (var start in neighbours.Keys)
        {
            if (reached[start])
                continue;
            var queue = new Queue<int>([start]);
            reached[start] = true;
            while (queue.TryDequeue(out var node))
                foreach (var (other, value) in neighbours[node])
                    if (!reached[other])
                    {
                        (reached[other], volts[other]) = (true, volts[node] + value);
                        queue.Enqueue(other);
                    }
        }
        return (a, b) => FixedTogether(a, b) ? volts[a] - volts[b] : null;
    }

    /// <param name="atRest">Inductors are short circuits as well; when something moves they are not.</param>
    /// <exception cref="BadInputException">Voltage sources, at rest also inductors, form a loop: their current has no unique value.</exception>
    public void RefuseVoltageLoops(bool atRest)
    {
        var sets = new DisjointSets(_unknowns.NodeCount + 1);
        var joined = new List<(Element Element, int A, int B)>();
        foreach (var element in _elements)
        {
            if (!(element is VoltageSource || atRest && element is Inductor))
                continue;
            int a = _unknowns.Node(element.Nodes[0]), b = _unknowns.Node(element.Nodes[1]);
            if (sets.Joined(a, b))
            {
                var loop = LoopThrough(joined, a, b).Append(element);
                throw new BadInputException($"{element.Span}: loop of voltage sources{(atRest ? " and inductors" : "")}: {string.Join(", ", loop.Select(e => $"'{e.Name}'"))}; add a series resistance");
            }
            sets.Join(a, b);
            joined.Add((element, a, b));
        }
    }

    /// <exception cref="BadInputException">A node has no path for direct current and is not among the fixed ones.</exception>
    public void RefuseFloatingNodes(string analysis, Func<int, bool> isFixed)
    {
        var floating = FloatingNodes;
        var held = floating.Where(isFixed).Select(_static.Root).ToHashSet();
        var loose = floating.Where(n => !held.Contains(_static.Root(n))).ToList();
        if (loose.Count == 0)
            return;
        var names = string.Join(", ", loose.Take(5).Select(n => $"'{_unknowns[n]}'")) + (loose.Count > 5 ? $" and {loose.Count - 5} more" : "");
        var element = _elements.First(e => e.Nodes.Contains(_unknowns[loose[0]]));
        throw new BadInputException($"{element.Span}: {analysis}: no path for direct current to ground from node {names}: only capacitors, gates or current sources reach it; give it an .ic, use uic, or add a source or a resistor");
    }

    private static IEnumerable<(string, string)> Conducting(Element element) => element switch
    {
        Resistor e => [(e.Positive, e.Negative)],
        Inductor e => [(e.Positive, e.Negative)],
        VoltageSource e => [(e.Positive, e.Negative)],
        VoltageControlledVoltageSource e => [(e.Positive, e.Negative)],
        CurrentControlledVoltageSource e => [(e.Positive, e.Negative)],
        // a controlled current may act as a conductance; whether it does, the matrix tells
        VoltageControlledCurrentSource e => [(e.Positive, e.Negative)],
        CurrentControlledCurrentSource e => [(e.Positive, e.Negative)],
        BehaviouralElement { Quantity: BehaviouralQuantity.Volts or BehaviouralQuantity.Amperes or BehaviouralQuantity.Ohms } e => [(e.Positive, e.Negative)],
        VoltageSwitch e => [(e.Positive, e.Negative)],
        CurrentSwitch e => [(e.Positive, e.Negative)],
        Mosfet e => [(e.Drain, e.Source)],
        _ => [],
    };

    private static List<Element> LoopThrough(List<(Element Element, int A, int B)> edges, int from, int to)
    {
        var cameBy = new Dictionary<int, (Element? Element, int From)> { [from] = (null, from) };
        var queue = new Queue<int>([from]);
        while (queue.TryDequeue(out var node) && node != to)
            foreach (var (element, a, b) in edges)
            {
                var other = a == node ? b : b == node ? a : -1;
                if (other >= 0 && cameBy.TryAdd(other, (element, node)))
                    queue.Enqueue(other);
            }
        var loop = new List<Element>();
        for (var node = to; cameBy[node].Element is { } element; node = cameBy[node].From)
            loop.Add(element);
        loop.Reverse();
        return loop;
    }
}

/// <summary>Union and find with path halving (Tarjan 1975).</summary>
internal sealed class DisjointSets(int count)
{
    private readonly int[] _parent = [.. Enumerable.Range(0, count)];

    public bool Joined(int a, int b) => Root(a) == Root(b);

    public void Join(int a, int b) => _parent[Root(a)] = Root(b);

    public int Root(int item)
    {
        while (_parent[item] != item)
            item = _parent[item] = _parent[_parent[item]];
        return item;
    }
}
