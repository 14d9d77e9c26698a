using AnalogAttention.Circuits;
using AnalogAttention.Simulation.Devices;
using AnalogAttention.Simulation.Embedded;
using AnalogAttention.Simulation.Solver;

namespace AnalogAttention.Simulation.Analyses;

/// <summary>
/// <c>.tran</c>. The step follows the local truncation error of every charge; every breakpoint of a source is a time point, and the
/// first two steps after it are backward Euler from a tenth of the distance to the next one, so that the trapezoidal rule does not ring.
/// A <c>uic</c> start solves the circuit with its capacitors and inductors held at their initial conditions; the point at t = 0 is that solution.
/// </summary>
public sealed class TransientAnalysis
{
    /// <summary>Part of the allowed step that the next one takes: half of all steps of a ring oscillator would be rejected with 1, hardly any with 0.8.</summary>
    private const double Safety = 0.8;

    /// <summary>Jumps without a step of ordinary length between them, after which a run is given up.</summary>
    private const int MostJumps = 200;

    private readonly CompiledCircuit _circuit;
    private readonly NewtonIteration _newton;
    private readonly Transient _transient;
    private readonly ChargeHistory _history;
    private readonly double[] _breakpoints;
    private readonly double[] _previousX;
    private readonly double[] _acceptedX;
    private readonly double[] _breakX;
    private readonly double _maximumStep;
    private double _time, _step, _lastStep, _breakTime;
    private int _next, _order = 1, _jumpsInARow, _recordedAtBreak;

    /// <param name="recorder">What to record; null for what the circuit asks for.</param>
    public TransientAnalysis(CompiledCircuit circuit, NewtonIteration newton, Transient transient, Recorder? recorder = null)
    {
        _circuit = circuit;
        _newton = newton;
        _transient = transient;
        if (!(transient.Stop > transient.Start && transient.Start >= 0 && transient.Step > 0))
            throw new BadInputException($"{transient.Span}: .tran needs 0 <= start < stop and a positive step");
        _history = new ChargeHistory(newton.State, circuit.Options);
        Recorder = recorder ?? new Recorder("tran", ("time", "s"), circuit.Circuit, circuit.Unknowns);
        _maximumStep = transient.MaximumStep ?? Math.Min(transient.Step, (transient.Stop - transient.Start) / 50);
        _breakpoints = Breakpoints();
        _previousX = new double[newton.State.X.Length];
        _acceptedX = new double[newton.State.X.Length];
        _breakX = new double[newton.State.X.Length];
    }

    /// <summary>The points so far.</summary>
    public Recorder Recorder { get; }

    /// <summary>Steps that were solved and then taken back, or not solved at all.</summary>
    public int Rejected { get; private set; }

    /// <summary>Solves the start. Apart from <see cref="Run"/> so that the two can be timed.</summary>
    public void Start()
    {
        var operatingPoint = new OperatingPointAnalysis(_circuit, _newton);
        if (_transient.UseInitialConditions)
            StartFromInitialConditions(operatingPoint.Initial(_circuit.Circuit.InitialVolts, ".ic"));
        else
            operatingPoint.Solve("initial point of transient", new Excitation(0, 1), holdAll: true);
        _newton.ReleaseHeld();
        foreach (var group in _circuit.Groups)
            group.WriteCharges(_newton.State.X, _newton.State.Charges);
        _history.Start();
        Commit();
    }

    public void Run(Action<double> progress)
    {
        Begin();
        Advance(_transient.Stop, progress);
    }

    /// <summary>Stands at t = 0; <see cref="Advance"/> goes on from there. After <see cref="Start"/>.</summary>
    public void Begin()
    {
        _newton.State.X.CopyTo(_acceptedX, 0);
        _newton.State.X.CopyTo(_breakX, 0);
        Record(0);
        // a first step that reached the next breakpoint would have no history to be judged by
        _step = Math.Min(Math.Min(Math.Min(_transient.Stop / 100, _transient.Step) / 10, _maximumStep), 0.1 * _breakpoints[_next]);
        _history.Break(_step);
        _recordedAtBreak = Recorder.Count;
    }

    /// <summary>Goes on until the last accepted point is not before <paramref name="until"/>; the steps are those of a run in one go.</summary>
    public void Advance(double until, Action<double>? progress = null)
    {
        var x = _newton.State.X;
        var reported = _time;
        while (_next < _breakpoints.Length && _time < until)
        {
            var wanted = _step;
            var target = NextTime(_time, ref _step, _breakpoints[_next], out var hits);
            _history.Prepare(_step, _order);
            Predict(_step, _lastStep);
            if (!TrySolve(target, _circuit.Options.Itl4) && (_step / 8 >= SmallestStep(_time) || !TryJump(target)))
            {
                Recall();
                _step = Shrink(_step / 8, _time, solved: false);
                _order = 1;
                continue;
            }
            var allowed = _history.AllowedStep(_order);
            // what jumps in an instant errs at any step: it is passed in one that is short beside everything else
            var jumps = allowed < 0.9 * _step && _step <= JumpStep(_time);
            if (jumps && ++_jumpsInARow > MostJumps)
                throw new ConvergenceException(FormattableString.Invariant($"transient at {_time:g6} s: the solution jumps again and again; {StaticSolver.Blame(_circuit, _newton)}"));
            if (_step > 1e3 * JumpStep(_time))
                _jumpsInARow = 0;
            if (allowed < 0.9 * _step && !jumps)
            {
                TakeBack(allowed);
                continue;
            }

            var turned = Commit() || jumps;
            _history.Accept();
            _acceptedX.CopyTo(_previousX, 0);
            x.CopyTo(_acceptedX, 0);
            (_time, _lastStep) = (target, _step);
            Record(_time);
            var nextOrder = _history.Points > 2 ? _circuit.Options.MaxOrder : 1;
            _step = Math.Min(Math.Min(2 * _step, nextOrder == _order ? Safety * allowed : double.PositiveInfinity), _maximumStep);
            _order = nextOrder;
            foreach (var group in _circuit.Nonlinear)
                _step = Math.Min(_step, Math.Max(_lastStep * group.StepFactor(_acceptedX, _previousX), 1e-9 * _maximumStep));
            if (progress is not null && _time - reported > 0.01 * _transient.Stop)
                progress((reported = _time) / _transient.Stop);
            if (!hits && !turned)
                continue;
            if (hits && ++_next == _breakpoints.Length)
                break;
            _order = 1;
            _step = Math.Min(0.1 * Math.Min(wanted, _breakpoints[_next] - _time), _maximumStep);
            _history.Break(_step);
            x.CopyTo(_breakX, 0);
            (_breakTime, _lastStep, _recordedAtBreak) = (_time, 0, Recorder.Count);
        }
    }

    // the step erred by too much; after a breakpoint the one before it was too long as well
    private void TakeBack(double allowed)
    {
        var backToBreak = _history.Points == 2 && allowed < 0.9 * _lastStep && _lastStep > JumpStep(_time);
        _step = Shrink(Math.Max(Safety * allowed, Math.Min(0.5 * _step, JumpStep(_time))), _time, solved: true);
        if (backToBreak)
        {
            _history.ReturnToBreak();
            foreach (var group in _circuit.Nonlinear)
                group.Retract();
            Recorder.Truncate(_recordedAtBreak);
            _breakX.CopyTo(_acceptedX, 0);
            (_time, _lastStep) = (_breakTime, 0);
        }
        Recall();
    }

    private bool Commit()
    {
        var turned = false;
        foreach (var group in _circuit.Nonlinear)
            turned |= group.Commit();
        return turned;
    }

    private void Record(double time)
    {
        if (time >= _transient.Start)
            Recorder.Add(time, _newton.State.X);
    }

    // never a sliver before a breakpoint: land on it, or halve the way
    private static double NextTime(double time, ref double step, double breakpoint, out bool hits)
    {
        var left = breakpoint - time;
        hits = step >= left * (1 - 1e-9);
        if (hits)
            step = left;
        else if (step > left / 2)
            step = left / 2;
        return hits ? breakpoint : time + step;
    }

    private void Predict(double step, double lastStep)
    {
        var x = _newton.State.X;
        if (_circuit.Nonlinear.Length == 0 || lastStep == 0)
            return;
        var ratio = step / lastStep;
        for (var k = 1; k < x.Length; k++)
            x[k] = _acceptedX[k] + ratio * (_acceptedX[k] - _previousX[k]);
    }

    // back to the last point
    private void Recall()
    {
        _acceptedX.CopyTo(_newton.State.X, 0);
        foreach (var group in _circuit.Nonlinear)
            group.Recall();
    }

    /// <summary>
    /// Where the voltages have to jump, because nothing stores charge there, no step is small enough. Solves the same point with the patience
    /// of an operating point, at last with conductances to the point before that fall to nothing, as <see cref="StaticSolver.PseudoTransient"/>.
    /// </summary>
    private bool TryJump(double target)
    {
        const double stiffest = 1e6, end = 1e-12;
        const int longest = 1000;
        Recall();
        if (TrySolve(target, _circuit.Options.Itl1, singularFails: true))
            return true;
        Recall();
        var before = (double[])_acceptedX.Clone();
        var siemens = 1.0;
        for (var step = 0; step < longest && siemens is > end and < stiffest; step++)
        {
            (_newton.NodeGmin, _newton.Anchor) = (siemens, before);
            var solved = TrySolve(target, _circuit.Options.Itl2, singularFails: true);
            (_newton.NodeGmin, _newton.Anchor) = (0, null);
            if (solved)
                _newton.State.X.CopyTo(before, 0);
            else
            {
                before.CopyTo(_newton.State.X, 0);
                foreach (var group in _circuit.Nonlinear)
                    group.Recall();
            }
            siemens = solved ? siemens / 3 : siemens * 8;
        }
        return siemens <= end && TrySolve(target, _circuit.Options.Itl1, singularFails: true);
    }

    private bool TrySolve(double target, int maximumIterations, bool singularFails = false)
    {
        _newton.IsPrecise = false;
        _newton.Assemble(new Excitation(target, 1));
        try
        {
            if (!_newton.Solve(maximumIterations))
                return false;
        }
        catch (SingularMatrixException) when (singularFails)
        {
            return false;
        }
        catch (SingularMatrixException e)
        {
            throw new BadInputException($"transient at {target:g6} s: the equations are singular: nothing determines {_circuit.Unknowns.WaveformName(e.Column + 1)}");
        }
        foreach (var group in _circuit.Groups)
            group.WriteLinearCharges(_newton.State.X, _newton.State.Charges);
        _history.Differentiate();
        return true;
    }

    private double Shrink(double step, double time, bool solved)
    {
        Rejected++;
        var smallest = SmallestStep(time);
        if (step >= smallest)
            return step;
        throw new ConvergenceException(FormattableString.Invariant(
            $"transient at {time:g6} s: {(solved ? "the truncation error asks for a step below" : "no convergence even with a step of")} {smallest:g3} s; {StaticSolver.Blame(_circuit, _newton)}"));
    }

    /// <summary>Short beside everything else: what errs by more than the tolerances even in this step is a jump.</summary>
    private double JumpStep(double time) => Math.Max(1e-9 * _maximumStep, 64 * (Math.BitIncrement(time) - time));

    private double SmallestStep(double time) => Math.Max(1e-11 * _maximumStep, 8 * (Math.BitIncrement(time) - time));

    private double[] Breakpoints()
    {
        const int most = 4_000_000;
        var stop = _transient.Stop;
        var all = new List<double> { stop };
        // the record begins there, in every part of a circuit
        if (_transient.Start > 0)
            all.Add(_transient.Start);
        foreach (var time in _circuit.Groups.SelectMany(g => g.Breakpoints(stop)))
        {
            if (time > 0 && time <= stop)
                all.Add(time);
            if (all.Count > most)
                throw new BadInputException($"{_transient.Span}: .tran: the sources have more than {most} corners until {stop:g6} s");
        }
        all.Sort();
        var kept = 0;
        for (var k = 0; k < all.Count; k++)
        {
            var time = all[k];
            // two writings of the same instant
            if (kept > 0 && time - all[kept - 1] <= 4 * (Math.BitIncrement(time) - time))
                all[kept - 1] = time;
            else
                all[kept++] = time;
        }
        return [.. all[..kept]];
    }

    private void StartFromInitialConditions(SortedDictionary<int, double> initial)
    {
        // one backward Euler step, so short that charges are all that moves: they flow together where they meet, as in ngspice
        const double rate = 1e24;
        var state = _newton.State;
        var volts = new double[state.X.Length];
        foreach (var (node, value) in initial)
            volts[node] = value;
        _newton.ReleaseHeld();
        // gates without any capacitance: nothing else holds them
        foreach (var node in _circuit.Topology.FloatingNodes)
            if (!_circuit.Topology.HasCapacitivePath(node))
                _newton.Hold(node, volts[node], 1);
        var between = _circuit.Topology.SourceVolts(_circuit.VoltageSources, new Excitation(0, 1));
        foreach (var group in _circuit.Groups)
            group.WriteInitialCharges(volts, between, state.Charges);
        System.Numerics.Tensors.TensorPrimitives.Multiply(state.Charges, -rate, state.History);
        volts.CopyTo(state.X, 0);
        foreach (var group in _circuit.Nonlinear)
            group.Restart();
        // what charges flow in this instant is nothing that a current-controlled source could follow
        for (var pass = _circuit.Sensed.Length > 0 ? 2 : 1; pass > 0; pass--)
        {
            if (_circuit.Sensed.Length > 0)
                _newton.SensedAmperes = [.. state.X.Select((amperes, unknown) => pass == 1 && _circuit.Given[unknown] ? amperes : 0)];
            new StaticSolver(_circuit, _newton) { ChargeRate = rate }.Solve("initial conditions of transient", new Excitation(0, 1));
            _newton.DropChargingCurrents();
        }
        _newton.SensedAmperes = null;
    }
}
