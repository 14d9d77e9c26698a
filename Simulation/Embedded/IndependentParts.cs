using System.Collections.Immutable;
using AnalogAttention.Circuits;

namespace AnalogAttention.Simulation.Embedded;

/// <summary>
/// Parts of a circuit that see each other through nothing but sources: what one does changes no voltage of another, so that each may be
/// solved apart, with time steps of its own, and the answer is the same. The current of a source is the sum of what the parts draw.
/// Parts that move at the same times share one circuit, up to a size that stays in the cache.
/// </summary>
public static class IndependentParts
{
    /// <summary>Elements of a part; below a few dozen a part costs more than it saves, above some thousand it leaves the cache.</summary>
    private const int FewestElements = 64, MostElements = 1024;

    /// <summary>Circuits that together are the given one, sources repeated where they are needed; a single one when it does not fall apart.</summary>
    /// <param name="stopSeconds">End of the transient they are made for.</param>
    public static IReadOnlyList<Circuit> Of(CompiledCircuit compiled, double stopSeconds)
    {
        var circuit = compiled.Circuit;
        if (compiled.Known.Count == 0 || circuit.Elements.Length < 2 * FewestElements)
            return [circuit];
        var clusters = Clusters(compiled);
        if (clusters.Count < 2)
            return [circuit];
        var rhythms = new Dictionary<string, ulong>();
        ulong Rhythm(Element source) => rhythms.TryGetValue(source.Name, out var known) ? known : rhythms[source.Name] = Corners(source, stopSeconds);
        // parts that move together, in the order of their first element; within each, those of the deck
        var together = clusters
            .Select(c => (Cluster: c, Rhythm: c.Sources.Select(Rhythm).Concat(c.Elements.Select(e => Corners(circuit.Elements[e], stopSeconds))).Where(r => r != 0).Distinct().Aggregate(0UL, (sum, r) => sum + r)))
            .GroupBy(c => c.Rhythm, c => c.Cluster).SelectMany(g => Portions([.. g])).ToList();
        return together.Count < 2 ? [circuit] : [.. Merge(together).Select(p => Restrict(circuit, p))];
    }

    /// <param name="Elements">Places in the circuit, ascending.</param>
    /// <param name="Sources">The sources that give its known nodes.</param>
    private sealed record Cluster(List<int> Elements, HashSet<Element> Sources)
    {
        /// <summary>Known nodes whose sources are in.</summary>
        public HashSet<int> Seen { get; } = [];
    }

    private static List<Cluster> Clusters(CompiledCircuit compiled)
    {
        var (circuit, unknowns, known) = (compiled.Circuit, compiled.Unknowns, compiled.Known);
        var elements = circuit.Elements;
        // items: node voltages, then elements
        var sets = new DisjointSets(unknowns.NodeCount + 1 + elements.Length);
        var byName = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);
        for (var k = 0; k < elements.Length; k++)
            byName[elements[k].Name] = k;
        bool Gives(Element element) => unknowns.TryBranch(element.Name, out var branch) && known[branch];
        for (var k = 0; k < elements.Length; k++)
        {
            if (Gives(elements[k]))
                continue;
            foreach (var node in elements[k].Nodes)
                if (unknowns.Node(node) is > 0 and var n && !known[n])
                    sets.Join(unknowns.NodeCount + 1 + k, n);
            foreach (var other in Followed(elements[k]))
                if (byName.TryGetValue(other, out var place))
                    sets.Join(unknowns.NodeCount + 1 + k, unknowns.NodeCount + 1 + place);
        }
        var byBranch = elements.Where(e => e is VoltageSource or VoltageControlledVoltageSource).ToDictionary(e => unknowns.TryBranch(e.Name, out var branch) ? branch : 0);
        var clusters = new OrderedDictionary<int, Cluster>();
        for (var k = 0; k < elements.Length; k++)
        {
            if (Gives(elements[k]))
                continue;
            var root = sets.Root(unknowns.NodeCount + 1 + k);
            if (!clusters.TryGetValue(root, out var cluster))
                clusters.Add(root, cluster = new Cluster([], new HashSet<Element>(ReferenceEqualityComparer.Instance)));
            cluster.Elements.Add(k);
            foreach (var node in elements[k].Nodes)
                if (unknowns.Node(node) is > 0 and var n && known[n])
                    known.AddGivers(n, byBranch, cluster.Seen, cluster.Sources);
        }
        return [.. clusters.Values];
    }

    /// <summary>Elements whose currents it follows or couples.</summary>
    internal static IEnumerable<string> Followed(Element element) => element switch
    {
        CurrentControlledCurrentSource e => [e.ControlSource],
        CurrentControlledVoltageSource e => [e.ControlSource],
        CurrentSwitch e => [e.ControlSource],
        MutualInductance e => [e.FirstInductor, e.SecondInductor],
        BehaviouralElement e => e.Formula.All.OfType<CurrentFormula>().Select(c => c.Element),
        _ => [],
    };

    /// <summary>A hash of when a source turns; 0 for one that stands still.</summary>
    private static ulong Corners(Element element, double stopSeconds)
    {
        var waveform = element switch { VoltageSource v => v.Waveform, CurrentSource i => i.Waveform, _ => null };
        if (waveform is null or DcWaveform)
            return 0;
        const ulong prime = 1099511628211; // Fowler-Noll-Vo
        var hash = 14695981039346656037;
        foreach (var time in waveform.Breakpoints(stopSeconds).Take(1000))
            hash = (hash ^ BitConverter.DoubleToUInt64Bits(time)) * prime;
        return hash;
    }

    private static IEnumerable<List<Cluster>> Portions(List<Cluster> group)
    {
        var portion = new List<Cluster>();
        var size = 0;
        foreach (var cluster in group)
        {
            if (size > 0 && size + cluster.Elements.Count > MostElements)
            {
                yield return portion;
                (portion, size) = ([], 0);
            }
            portion.Add(cluster);
            size += cluster.Elements.Count;
        }
        yield return portion;
    }

    // small parts join, whatever their rhythm
    private static IEnumerable<List<Cluster>> Merge(List<List<Cluster>> portions)
    {
        var small = new List<Cluster>();
        foreach (var portion in portions)
        {
            if (small.Count == 0 && portion.Sum(c => c.Elements.Count) >= FewestElements)
            {
                yield return portion;
                continue;
            }
            small.AddRange(portion);
            if (small.Sum(c => c.Elements.Count) >= FewestElements)
            {
                yield return small;
                small = [];
            }
        }
        if (small.Count > 0)
            yield return small;
    }

    private static Circuit Restrict(Circuit circuit, List<Cluster> portion)
    {
        var sources = new HashSet<Element>(portion.SelectMany(c => c.Sources), ReferenceEqualityComparer.Instance);
        var places = portion.SelectMany(c => c.Elements).ToHashSet();
        ImmutableArray<Element> elements = [.. circuit.Elements.Where((e, k) => places.Contains(k) || (e is VoltageSource or VoltageControlledVoltageSource && sources.Contains(e)))];
        var nodes = elements.SelectMany(e => e.Nodes).ToHashSet(StringComparer.Ordinal);
        ImmutableDictionary<string, double> Of(ImmutableDictionary<string, double> volts) => volts.Where(v => nodes.Contains(v.Key)).ToImmutableDictionary();
        return circuit with { Elements = elements, InitialVolts = Of(circuit.InitialVolts), NodeSetVolts = Of(circuit.NodeSetVolts), Measures = [], Analyses = [] };
    }
}
