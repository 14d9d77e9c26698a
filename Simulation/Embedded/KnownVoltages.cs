using AnalogAttention.Circuits;
using AnalogAttention.Simulation.Devices;

namespace AnalogAttention.Simulation.Embedded;

/// <summary>
/// Node voltages that independent sources alone give, directly, in a chain, or through an E whose controls they give. They and the
/// branch currents of these sources are no unknowns of the equations: the voltages are set before a point is solved, the currents
/// follow from Kirchhoff's law afterwards. A source whose current controls something stays in the equations.
/// </summary>
public sealed class KnownVoltages
{
    private readonly Step[] _steps;
    private readonly bool[] _known;
    private readonly Dictionary<int, int> _stepOf; // by node

    /// <param name="Node">Is given by <paramref name="Other"/> and the source.</param>
    /// <param name="Sign">+1 where <paramref name="Node"/> is the positive terminal.</param>
    /// <param name="Source">Index of the independent source; -1 for an E of <paramref name="Gain"/>.</param>
    private readonly record struct Step(int Node, int Other, int Sign, int Branch, int Source, double Gain, int ControlPlus, int ControlMinus);

    private KnownVoltages(bool[] known, Step[] steps) => (_known, _steps, _stepOf) = (known, steps, Enumerable.Range(0, steps.Length).ToDictionary(k => steps[k].Node));

    /// <summary>Nothing is known but ground.</summary>
    public static KnownVoltages None(UnknownTable unknowns) => new(new bool[unknowns.Count + 1], []);

    /// <param name="isLeftOut">By name: sources that give nothing here.</param>
    public static KnownVoltages Find(Circuit circuit, UnknownTable unknowns, VoltageSources sources, Predicate<string> isLeftOut)
    {
        var known = new bool[unknowns.Count + 1];
        known[0] = true;
        var steps = new List<Step>();
        var touching = new Dictionary<int, List<Element>>();
        foreach (var element in circuit.Elements)
            if (element is VoltageSource or VoltageControlledVoltageSource && !isLeftOut(element.Name))
                foreach (var node in element.Nodes.Select(unknowns.Node).Distinct())
                    (touching.TryGetValue(node, out var list) ? list : touching[node] = []).Add(element);
        var queue = new Queue<int>([0]);
        while (queue.TryDequeue(out var reached))
            foreach (var element in touching.GetValueOrDefault(reached) ?? [])
            {
                int positive = unknowns.Node(element.Nodes[0]), negative = unknowns.Node(element.Nodes[1]);
                // both known: a loop of E, which the equations refuse
                if (known[positive] == known[negative] || !unknowns.TryBranch(element.Name, out var branch))
                    continue;
                var (node, other, sign) = known[negative] ? (positive, negative, 1) : (negative, positive, -1);
                if (element is VoltageControlledVoltageSource e)
                {
                    int plus = unknowns.Node(e.ControlPositive), minus = unknowns.Node(e.ControlNegative);
                    if (!known[plus] || !known[minus])
                        continue;
                    steps.Add(new Step(node, other, sign, branch, -1, e.Gain, plus, minus));
                }
                else if (sources.TryFind(element.Name, out var index))
                    steps.Add(new Step(node, other, sign, branch, index, 0, 0, 0));
                known[node] = known[branch] = true;
                queue.Enqueue(node);
            }
        known[0] = false;
        return new KnownVoltages(known, [.. steps]);
    }

    public int Count => _steps.Length;

    /// <summary>Whether a node voltage or branch current is no unknown of the equations.</summary>
    public bool this[int unknown] => _known[unknown];

    /// <summary>Adds the sources that together give the voltage of a known node.</summary>
    /// <param name="seen">Known nodes whose sources are in; grows.</param>
    public void AddGivers(int node, IReadOnlyDictionary<int, Element> byBranch, HashSet<int> seen, ISet<Element> givers)
    {
        var waiting = new Stack<int>([node]);
        while (waiting.TryPop(out var next))
        {
            if (next == 0 || !seen.Add(next))
                continue;
            ref readonly var step = ref _steps[_stepOf[next]];
            givers.Add(byBranch[step.Branch]);
            waiting.Push(step.Other);
            waiting.Push(step.ControlPlus);
            waiting.Push(step.ControlMinus);
        }
    }

    /// <summary>Writes the node voltages of a point into x.</summary>
    public void Set(Span<double> x, VoltageSources sources, in Excitation excitation)
    {
        foreach (ref readonly var step in _steps.AsSpan())
            x[step.Node] = x[step.Other] + step.Sign * (step.Source >= 0 ? sources.ValueOf(step.Source, excitation) : step.Gain * (x[step.ControlPlus] - x[step.ControlMinus]));
    }

    /// <summary>Moves the branch currents in x so that the residuals of the known nodes, which change with them, become 0.</summary>
    public void SolveCurrents(Span<double> x, Span<double> residual)
    {
        for (var k = _steps.Length - 1; k >= 0; k--)
        {
            ref readonly var step = ref _steps[k];
            x[step.Branch] -= step.Sign * residual[step.Node];
            residual[step.Other] += residual[step.Node];
            residual[step.Node] = 0;
        }
    }
}
