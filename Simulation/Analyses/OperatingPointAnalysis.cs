using AnalogAttention.Circuits;
using AnalogAttention.Simulation.Devices;
using AnalogAttention.Simulation.Embedded;

namespace AnalogAttention.Simulation.Analyses;

/// <summary>
/// Operating points: <c>.op</c>, the first point of a DC sweep, the start of a transient. <c>.nodeset</c> holds its nodes for a first
/// solution and lets go. <c>.ic</c> holds its nodes at the start of a transient; in <c>.op</c> and <c>.dc</c> only those nodes that
/// nothing else determines (capacitors and gates only).
/// </summary>
public sealed class OperatingPointAnalysis(CompiledCircuit circuit, NewtonIteration newton)
{
    private readonly StaticSolver _solver = new(circuit, newton);

    /// <summary>Runs <c>.op</c>: one point, no abscissa.</summary>
    public Recorder Run()
    {
        Solve("operating point", new Excitation(null, 1), holdAll: false);
        var recorder = new Recorder("op", null, circuit.Circuit, circuit.Unknowns);
        recorder.Add(0, newton.State.X);
        return recorder;
    }

    /// <summary>Leaves the solution in the Newton state; nodes of <c>.ic</c> stay held until the caller releases them.</summary>
    /// <param name="holdAll">Whether every <c>.ic</c> holds (transient) or only those on floating nodes.</param>
    public void Solve(string analysis, in Excitation excitation, bool holdAll)
    {
        var initial = Initial(circuit.Circuit.InitialVolts, ".ic");
        circuit.Topology.RefuseVoltageLoops(atRest: true);
        circuit.Topology.RefuseFloatingNodes(analysis, initial.ContainsKey);
        var floating = circuit.Topology.FloatingNodes.ToHashSet();
        // a voltage source is stronger than an .ic
        var held = initial.Where(n => (holdAll || floating.Contains(n.Key)) && !circuit.Topology.FixedTogether(n.Key, 0)).ToList();
        Hold(held);
        Restart();
        NodeSet(excitation, held);
        _solver.Solve(analysis, excitation);
    }

    /// <summary>Nodes of <c>.ic</c> or <c>.nodeset</c> by number.</summary>
    /// <exception cref="BadInputException">A node does not exist.</exception>
    public SortedDictionary<int, double> Initial(IReadOnlyDictionary<string, double> volts, string statement)
    {
        var byNode = new SortedDictionary<int, double>();
        foreach (var (name, value) in volts)
            byNode[circuit.Unknowns.TryNode(name, out var node) ? node : throw new BadInputException($"{statement} v({name}): the circuit has no such node")] = value;
        byNode.Remove(0);
        return byNode;
    }

    private void Restart()
    {
        Array.Clear(newton.State.X);
        foreach (var group in circuit.Nonlinear)
            group.Restart();
    }

    private void Hold(IEnumerable<KeyValuePair<int, double>> nodes)
    {
        newton.ReleaseHeld();
        foreach (var (node, volts) in nodes)
            newton.Hold(node, volts);
    }

    private void NodeSet(in Excitation excitation, List<KeyValuePair<int, double>> held)
    {
        var guesses = Initial(circuit.Circuit.NodeSetVolts, ".nodeset");
        if (guesses.Count == 0)
            return;
        Hold(held.Concat(guesses.Where(g => !circuit.Topology.FixedTogether(g.Key, 0) && !held.Any(h => h.Key == g.Key))));
        if (!_solver.TryNewton(excitation, circuit.Options.Itl1))
            Restart();
        Hold(held);
    }
}
