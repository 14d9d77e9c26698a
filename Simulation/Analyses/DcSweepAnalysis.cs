using AnalogAttention.Circuits;
using AnalogAttention.Simulation.Devices;
using AnalogAttention.Simulation.Embedded;

namespace AnalogAttention.Simulation.Analyses;

/// <summary>
/// <c>.dc</c>, nested: the first axis is the inner one. Every point starts from its neighbour's solution. Columns as in ngspice's
/// raw file: <c>v-sweep</c> or <c>i-sweep</c> (the inner axis, repeated for every outer value), then nodes and branches; the outer
/// axes are no columns of their own.
/// </summary>
public sealed class DcSweepAnalysis(CompiledCircuit circuit, NewtonIteration newton, DcSweep sweep)
{
    private readonly StaticSolver _solver = new(circuit, newton);
    private readonly double[] _neighbour = new double[newton.State.X.Length];

    /// <summary>The points so far.</summary>
    public Recorder Recorder { get; } = new("dc", Abscissa(circuit, sweep), circuit.Circuit, circuit.Unknowns);

    public void Run(Action<double> progress)
    {
        var axes = sweep.Axes.Select(a => new Axis(a, Find(a.Source))).ToArray();
        var total = axes.Aggregate(1L, (count, axis) => count * axis.Sweep.Count);
        var starts = axes.Select(_ => new double[newton.State.X.Length]).ToArray();
        try
        {
            for (long point = 0; point < total; point++)
            {
                var turned = Place(axes, point);
                Solve(axes, point, turned, starts);
                foreach (var group in circuit.Nonlinear)
                    group.Commit();
                Recorder.Add(axes[0].Value, newton.State.X);
                progress((point + 1.0) / total);
            }
        }
        finally
        {
            foreach (var axis in axes)
                axis.Sources.Hold(axis.Index, null);
            newton.ReleaseHeld();
        }
    }

    private sealed record Axis(SweepAxis Sweep, (IndependentSources Sources, int Index) Source)
    {
        public IndependentSources Sources => Source.Sources;
        public int Index => Source.Index;
        public double Value { get; set; }
    }

    private static (string, string) Abscissa(CompiledCircuit circuit, DcSweep sweep) =>
        circuit.CurrentSources.TryFind(sweep.Axes[0].Source, out _) ? ("i-sweep", "A") : ("v-sweep", "V");

    private (IndependentSources, int) Find(string source)
    {
        if (circuit.VoltageSources.TryFind(source, out var index))
            return (circuit.VoltageSources, index);
        if (circuit.CurrentSources.TryFind(source, out index))
            return (circuit.CurrentSources, index);
        throw new BadInputException($"{sweep.Span}: .dc sweeps '{source}', which is no voltage or current source of this circuit");
    }

    /// <summary>Sets all axes for a point; returns the outermost axis that moved.</summary>
    private static int Place(Axis[] axes, long point)
    {
        var turned = 0;
        var rest = point;
        for (var k = 0; k < axes.Length; k++)
        {
            var index = (int)(rest % axes[k].Sweep.Count);
            rest /= axes[k].Sweep.Count;
            axes[k].Value = axes[k].Sweep.At(index);
            axes[k].Sources.Hold(axes[k].Index, axes[k].Value);
            if (index == 0 && k + 1 < axes.Length)
                turned = k + 1;
            else
                break;
        }
        for (var k = turned + 1; k < axes.Length; k++)
            axes[k].Sources.Hold(axes[k].Index, axes[k].Value);
        return turned;
    }

    // when an outer axis moves on, the inner ones start again: begin at the solution their last start had
    private void Solve(Axis[] axes, long point, int turned, double[][] starts)
    {
        var excitation = new Excitation(null, 1);
        if (point == 0)
            new OperatingPointAnalysis(circuit, newton).Solve(Describe(axes), excitation, holdAll: false);
        else
        {
            if (turned > 0)
                starts[turned].CopyTo(newton.State.X, 0);
            newton.State.X.CopyTo(_neighbour, 0);
            if (!_solver.TryNewton(excitation, circuit.Options.Itl2))
            {
                _neighbour.CopyTo(newton.State.X, 0);
                _solver.Solve(Describe(axes), excitation);
            }
        }
        for (var k = 1; k <= (point == 0 ? axes.Length - 1 : turned); k++)
            newton.State.X.CopyTo(starts[k], 0);
    }

    private static string Describe(Axis[] axes) =>
        "dc sweep at " + string.Join(", ", axes.Select(a => FormattableString.Invariant($"{a.Sweep.Source} = {a.Value:g6}")));
}
