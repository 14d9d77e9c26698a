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
        circuit.Topology.RefuseFloatingNodes(analysis, initial.ContainsKey);
        var floating = circuit.Topology.FloatingNodes.ToHashSet();
        newton.ReleaseHeld();
        foreach (var (node, volts) in initial)
            if (holdAll || floating.Contains(node))
                newton.Hold(node, volts);
        Restart();
        NodeSet(excitation, initial, holdAll, floating);
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

    private void NodeSet(in Excitation excitation, SortedDictionary<int, double> initial, bool holdAll, HashSet<int> floating)
    {
        var guesses = Initial(circuit.Circuit.NodeSetVolts, ".nodeset");
        if (guesses.Count == 0)
            return;
        foreach (var (node, volts) in guesses)
            newton.Hold(node, volts);
        if (!_solver.TryNewton(excitation, circuit.Options.Itl1))
            Restart();
        newton.ReleaseHeld();
        foreach (var (node, volts) in initial)
            if (holdAll || floating.Contains(node))
                newton.Hold(node, volts);
    }
}
