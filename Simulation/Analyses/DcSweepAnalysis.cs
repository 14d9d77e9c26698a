using AnalogAttention.Circuits;
using AnalogAttention.Simulation.Devices;
using AnalogAttention.Simulation.Embedded;

namespace AnalogAttention.Simulation.Analyses;

/// <summary>
/// <c>.dc</c>, nested: the first axis is the inner one. Every point starts from its neighbour's solution. Columns as in ngspice's
/// raw file: <c>v-sweep</c> or <c>i-sweep</c> (the inner axis, repeated for every outer value), then nodes and branches; the outer
/// axes are no columns of their own. A swept temperature (<c>temp-sweep</c>) or resistor (<c>res-sweep</c>) alters the circuit from
/// point to point; parameters that a deck computes of <c>temper</c> stay.
/// </summary>
public sealed class DcSweepAnalysis(CompiledCircuit circuit, NewtonIteration newton, DcSweep sweep)
{
    private readonly CompiledCircuit _given = circuit;
    private CompiledCircuit _circuit = circuit;
    private StaticSolver _solver = new(circuit, newton);
    private readonly double[] _neighbour = new double[newton.State.X.Length];

    /// <summary>The points so far.</summary>
    public Recorder Recorder { get; } = new("dc", Abscissa(circuit, sweep), circuit.Circuit, circuit.Unknowns);

    public void Run(Action<double> progress)
    {
        var axes = sweep.Axes.Select(a => new Axis(a, Alteration(a.Source))).ToArray();
        var total = axes.Aggregate(1L, (count, axis) => count * axis.Sweep.Count);
        var starts = axes.Select(_ => new double[newton.State.X.Length]).ToArray();
        try
        {
            for (long point = 0; point < total; point++)
            {
                var turned = Place(axes, point);
                Solve(axes, point, turned, starts);
                foreach (var group in _circuit.Nonlinear)
                    group.Commit();
                Recorder.Add(axes[0].Value, newton.State.X);
                progress((point + 1.0) / total);
            }
        }
        finally
        {
            Alter(_given);
            foreach (var axis in axes)
                Hold(axis, null);
            newton.ReleaseHeld();
        }
    }

    /// <param name="Altered">The circuit with another value of what is swept; null for a source, which is held instead.</param>
    private sealed record Axis(SweepAxis Sweep, Func<Circuit, double, Circuit>? Altered)
    {
        public double Value { get; set; }
    }

    private static (string, string) Abscissa(CompiledCircuit circuit, DcSweep sweep)
    {
        var name = sweep.Axes[0].Source;
        return circuit.CurrentSources.TryFind(name, out _) ? ("i-sweep", "A")
            : circuit.VoltageSources.TryFind(name, out _) ? ("v-sweep", "V")
            : name == SweepAxis.Temperature ? ("temp-sweep", "C") : ("res-sweep", "Ohm");
    }

    private Func<Circuit, double, Circuit>? Alteration(string name)
    {
        if (_given.VoltageSources.TryFind(name, out _) || _given.CurrentSources.TryFind(name, out _))
            return null;
        if (name == SweepAxis.Temperature)
            return (other, celsius) => other with { TemperatureCelsius = celsius };
        var place = _given.Circuit.Elements.ToList().FindIndex(e => e is Resistor && e.Name == name);
        return place >= 0
            ? (other, ohms) => other with { Elements = other.Elements.SetItem(place, (Resistor)other.Elements[place] with { Ohms = ohms }) }
            : throw new BadInputException($"{sweep.Span}: .dc sweeps '{name}', which is no source or resistor of this circuit");
    }

    private void Alter(CompiledCircuit altered)
    {
        if (ReferenceEquals(altered, _circuit))
            return;
        _circuit = altered;
        _solver = new StaticSolver(altered, newton);
        newton.Alter(altered);
    }

    private void Hold(Axis axis, double? value)
    {
        if (_circuit.VoltageSources.TryFind(axis.Sweep.Source, out var index))
            _circuit.VoltageSources.Hold(index, value);
        else if (_circuit.CurrentSources.TryFind(axis.Sweep.Source, out index))
            _circuit.CurrentSources.Hold(index, value);
    }

    /// <summary>Sets all axes for a point; returns the outermost axis that moved.</summary>
    private int Place(Axis[] axes, long point)
    {
        var turned = 0;
        var rest = point;
        for (var k = 0; k < axes.Length; k++)
        {
            var index = (int)(rest % axes[k].Sweep.Count);
            rest /= axes[k].Sweep.Count;
            axes[k].Value = axes[k].Sweep.At(index);
            if (index == 0 && k == turned && k + 1 < axes.Length)
                turned = k + 1;
        }
        if (axes.Any(a => a.Altered is not null) && (point == 0 || axes.Take(turned + 1).Any(a => a.Altered is not null)))
            Alter(_given.With(axes.Aggregate(_given.Circuit, (altered, axis) => axis.Altered?.Invoke(altered, axis.Value) ?? altered)));
        foreach (var axis in axes)
            Hold(axis, axis.Value);
        return turned;
    }

    // when an outer axis moves on, the inner ones start again: begin at the solution their last start had
    private void Solve(Axis[] axes, long point, int turned, double[][] starts)
    {
        var excitation = new Excitation(null, 1);
        if (point == 0)
            new OperatingPointAnalysis(_circuit, newton).Solve(Describe(axes), excitation, holdAll: false);
        else
        {
            if (turned > 0)
                starts[turned].CopyTo(newton.State.X, 0);
            newton.State.X.CopyTo(_neighbour, 0);
            if (!_solver.TryNewton(excitation, _circuit.Options.Itl2))
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
