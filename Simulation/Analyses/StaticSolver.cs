using AnalogAttention.Circuits;
using AnalogAttention.Simulation.Devices;
using AnalogAttention.Simulation.Embedded;
using AnalogAttention.Simulation.Solver;

namespace AnalogAttention.Simulation.Analyses;

/// <summary>
/// Solves a circuit at rest: Newton from where it stands, then gmin stepping, then source stepping (the homotopies of SPICE3,
/// Quarles 1989, with a step that adapts to success), then a pseudo-transient (Kelley and Keyes, SIAM J. Numer. Anal. 35, 1998).
/// </summary>
public sealed class StaticSolver(CompiledCircuit circuit, NewtonIteration newton)
{
    private const double SmallestSourceStep = 1e-6;

    /// <summary>Finds x for that excitation.</summary>
    /// <param name="analysis">For messages: the analysis and its point.</param>
    /// <exception cref="ConvergenceException">None of these ways led to a solution.</exception>
    /// <exception cref="BadInputException">The equations are singular.</exception>
    public void Solve(string analysis, in Excitation excitation)
    {
        if (TryNewton(excitation, circuit.Options.Itl1))
            return;
        if (circuit.Nonlinear.Length > 0 && (GminStepping(excitation) || SourceStepping(excitation) || PseudoTransient(excitation)))
            return;
        throw Failure(analysis);
    }

    /// <summary>1/s at which charges of <see cref="LoadState.History"/> are held; 0 for a circuit at rest.</summary>
    public double ChargeRate { get; init; }

    /// <summary>Newton alone; a singular matrix counts as failure.</summary>
    public bool TryNewton(in Excitation excitation, int maximumIterations)
    {
        (newton.State.ChargeRate, newton.IsPrecise) = (ChargeRate, true);
        newton.Assemble(excitation);
        try
        {
            _singular = null;
            return newton.Solve(maximumIterations);
        }
        catch (SingularMatrixException e)
        {
            _singular = e;
            return false;
        }
    }

    private SingularMatrixException? _singular;

    private bool GminStepping(in Excitation excitation)
    {
        const double start = 1e-2;
        var floor = Math.Min(circuit.Options.Gmin > 0 ? circuit.Options.Gmin : 1e-18, 1e-12);
        Reset();
        var good = new double[newton.State.X.Length];
        var factor = 10.0;
        var reached = 0.0;
        for (var gmin = start; ;)
        {
            newton.NodeGmin = gmin;
            var solved = TryNewton(excitation, circuit.Options.Itl2);
            newton.NodeGmin = 0;
            if (solved)
            {
                newton.State.X.CopyTo(good, 0);
                reached = gmin;
                if (gmin <= floor)
                    break;
                gmin = Math.Max(gmin / factor, floor);
                factor = Math.Min(factor * 2, 100);
                continue;
            }
            if (reached == 0 || factor < 1.1)
                return false;
            good.CopyTo(newton.State.X, 0);
            factor = Math.Sqrt(factor);
            gmin = reached / factor;
        }
        return TryNewton(excitation, circuit.Options.Itl1);
    }

    private bool SourceStepping(in Excitation excitation)
    {
        Reset();
        var good = new double[newton.State.X.Length];
        double reached = 0, step = 0.1;
        while (reached < 1)
        {
            var factor = Math.Min(1, reached + step);
            if (TryNewton(excitation with { Factor = factor }, circuit.Options.Itl2))
            {
                newton.State.X.CopyTo(good, 0);
                reached = factor;
                step *= 2;
                continue;
            }
            good.CopyTo(newton.State.X, 0);
            step /= 4;
            if (step < SmallestSourceStep)
                return false;
        }
        return true;
    }

    /// <summary>
    /// Lets the nodes fall from 0 V to rest as if each held a capacitor: C (x - x_before)/h + F(x) = 0 with C/h from 1 S down to
    /// <c>gmin</c>, so that it follows a path that exists in time where the homotopies turn back or fold.
    /// </summary>
    /// <returns>Whether a solution was found; it is in the Newton state.</returns>
    public bool PseudoTransient(in Excitation excitation)
    {
        const double stiffest = 1e6, end = 1e-12;
        const int longest = 5000;
        Reset();
        var before = new double[newton.State.X.Length];
        var siemens = 1.0;
        for (var step = 0; step < longest && siemens is > end and < stiffest; step++)
        {
            var iterations = newton.Iterations;
            (newton.NodeGmin, newton.Anchor) = (siemens, before);
            var solved = TryNewton(excitation, circuit.Options.Itl2);
            (newton.NodeGmin, newton.Anchor) = (0, null);
            if (solved)
            {
                newton.State.X.CopyTo(before, 0);
                siemens /= newton.Iterations - iterations <= 6 ? 4 : 1.5;
                continue;
            }
            before.CopyTo(newton.State.X, 0);
            siemens *= 8;
        }
        return siemens <= end && TryNewton(excitation, circuit.Options.Itl1);
    }

    private void Reset()
    {
        Array.Clear(newton.State.X);
        foreach (var group in circuit.Nonlinear)
            group.Restart();
    }

    private Exception Failure(string analysis)
    {
        if (_singular is { } singular)
        {
            var unknown = singular.Column + 1;
            var what = circuit.Unknowns.IsNode(unknown) ? $"the voltage of node '{circuit.Unknowns[unknown]}'" : $"the current of '{circuit.Unknowns[unknown]}'";
            return new BadInputException($"{analysis}: the equations are singular: nothing determines {what}");
        }
        return new ConvergenceException($"{analysis}: no convergence after Newton, gmin stepping, source stepping and a pseudo-transient; {Blame(circuit, newton)}");
    }

    /// <summary>The worst unknown and an element on it.</summary>
    public static string Blame(CompiledCircuit circuit, NewtonIteration newton)
    {
        if (circuit.Nonlinear.Select(g => g.Trouble).FirstOrDefault(t => t is not null) is { } trouble)
            return trouble;
        var unknown = newton.WorstUnknown;
        if (unknown == 0)
            return "a device keeps limiting its steps";
        var element = circuit.Nonlinear.Select(g => g.ElementAt(unknown)).FirstOrDefault(n => n is not null);
        return $"worst is {circuit.Unknowns.WaveformName(unknown)}" + (element is null ? "" : $" at '{element}'");
    }
}
