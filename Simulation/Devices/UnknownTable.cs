namespace AnalogAttention.Simulation.Devices;

/// <summary>
/// Numbers the unknowns of modified nodal analysis (Ho, Ruehli, Brennan 1975) from 1: node voltages first, then branch currents.
/// 0 is ground. Charges and fluxes that are integrated are numbered from 0 on their own.
/// </summary>
public sealed class UnknownTable
{
    private readonly Dictionary<string, int> _nodes = new(StringComparer.Ordinal) { ["0"] = 0 };
    private readonly Dictionary<string, int> _branches = new(StringComparer.Ordinal);
    private readonly HashSet<int> _internal = [];
    private readonly List<string> _names = ["0"];

    /// <summary>Unknowns, ground not counted.</summary>
    public int Count => _names.Count - 1;

    public int NodeCount { get; private set; }

    /// <summary>Charges (coulombs) and fluxes (webers) that are integrated over time.</summary>
    public int StateCount { get; private set; }

    /// <summary>Number of a node, given on first use. Nodes come before the first branch.</summary>
    public int Node(string name)
    {
        if (_nodes.TryGetValue(name, out var unknown))
            return unknown;
        if (_branches.Count > 0)
            throw new InvalidOperationException($"node '{name}' was not declared before the branches");
        _names.Add(name);
        NodeCount++;
        return _nodes[name] = Count;
    }

    /// <summary>A node inside an element; it is no part of what is saved by default.</summary>
    public int InternalNode(string element)
    {
        var unknown = Node(element + "#internal");
        _internal.Add(unknown);
        return unknown;
    }

    public bool IsInternal(int unknown) => _internal.Contains(unknown);

    public bool TryNode(string name, out int unknown) => _nodes.TryGetValue(name, out unknown);

    /// <summary>Number of the branch current of an element, given on first use.</summary>
    public int Branch(string element)
    {
        if (_branches.TryGetValue(element, out var unknown))
            return unknown;
        _names.Add(element);
        return _branches[element] = Count;
    }

    public bool TryBranch(string element, out int unknown) => _branches.TryGetValue(element, out unknown);

    /// <summary>First of <paramref name="count"/> new states.</summary>
    public int AddStates(int count)
    {
        StateCount += count;
        return StateCount - count;
    }

    public bool IsNode(int unknown) => unknown <= NodeCount;

    /// <summary><c>v(node)</c> or <c>i(element)</c>.</summary>
    public string WaveformName(int unknown) => IsNode(unknown) ? $"v({_names[unknown]})" : $"i({_names[unknown]})";

    /// <summary>Node or element name.</summary>
    public string this[int unknown] => _names[unknown];
}
