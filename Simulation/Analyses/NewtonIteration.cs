using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using AnalogAttention.Simulation.Devices;
using AnalogAttention.Simulation.Embedded;
using AnalogAttention.Simulation.Solver;

namespace AnalogAttention.Simulation.Analyses;

/// <summary>
/// Newton's method on F(x) = linear x - b + nonlinear(x) = 0, in residual form: J dx = F, x -= dx. The linear part is assembled
/// once per point (or once per step size), so that an iteration costs one copy, the nonlinear devices and one factorisation.
/// </summary>
public sealed class NewtonIteration
{
    /// <summary>Conductance that holds a node at a given voltage, as ngspice's for <c>.ic</c> and <c>.nodeset</c>.</summary>
    public const double HoldSiemens = 1e10;

    private CompiledCircuit _circuit;
    private readonly CancellationToken _cancellation;
    private readonly SparseLu _lu;
    private readonly double[] _conductance;
    private readonly double[] _capacitance;
    private readonly double[] _linear;
    private readonly double[] _rightSide;
    private readonly double[] _delta;
    private readonly double[] _change;
    private readonly double[] _jacobian; // of the free unknowns
    private readonly double[] _step;
    private readonly List<(int Node, double Volts, double Siemens)> _held = [];

    public NewtonIteration(CompiledCircuit circuit, CancellationToken cancellation)
    {
        _circuit = circuit;
        _cancellation = cancellation;
        _lu = new SparseLu(circuit.FreePattern);
        _conductance = new double[circuit.Pattern.SlotCount];
        _capacitance = new double[circuit.Pattern.SlotCount];
        _linear = new double[circuit.Pattern.SlotCount];
        _rightSide = new double[circuit.Unknowns.Count + 1];
        _delta = new double[circuit.Unknowns.Count + 1];
        _change = new double[circuit.Unknowns.Count + 1];
        _jacobian = new double[circuit.FreePattern.SlotCount];
        _step = new double[circuit.Free.Length];
        State = new LoadState(circuit.Unknowns.Count, circuit.Pattern.SlotCount, circuit.Unknowns.StateCount);
        StampLinear();
    }

    public LoadState State { get; }
    public int Iterations { get; private set; }
    public int Orderings => _lu.Orderings;

    /// <summary>
    /// After a failure: the unknown that missed its tolerance by most in the last iteration, 0 for none. Node voltages that sources
    /// do not fix come before anything else.
    /// </summary>
    public int WorstUnknown
    {
        get
        {
            var misses = Enumerable.Range(1, State.X.Length - 1).Select(k => (Unknown: k, Miss: Math.Abs(_delta[k]) / Tolerance(k)))
                .Where(m => !(m.Miss <= 1)).ToList();
            return misses.Where(m => _circuit.Unknowns.IsNode(m.Unknown) && !_circuit.Topology.FixedTogether(m.Unknown, 0)).DefaultIfEmpty().MaxBy(m => m.Miss) is { Unknown: > 0 } node
                ? node.Unknown
                : misses.DefaultIfEmpty().MaxBy(m => m.Miss).Unknown;
        }
    }

    /// <summary>Conductance from every node to its <see cref="Anchor"/>, for gmin stepping and pseudo-transients; 0 in every result.</summary>
    public double NodeGmin { get; set; }

    /// <summary>Whether voltages have to meet a thousandth of their tolerance: at rest, and where a transient starts.</summary>
    public bool IsPrecise { get; set; }

    /// <summary>Amperes by unknown in place of the currents that elements sense; null for those of the solution.</summary>
    public double[]? SensedAmperes { get; set; }

    /// <summary>Volts by unknown that <see cref="NodeGmin"/> leads to; null for ground.</summary>
    public double[]? Anchor { get; set; }

    /// <summary>Goes on with other values in the same places; pivots are kept while they serve.</summary>
    public void Alter(CompiledCircuit altered)
    {
        if (!ReferenceEquals(altered.Pattern, _circuit.Pattern))
            throw new ArgumentException("a circuit of another pattern", nameof(altered));
        _circuit = altered;
        StampLinear();
    }

    private void StampLinear()
    {
        Array.Clear(_conductance);
        Array.Clear(_capacitance);
        foreach (var group in _circuit.Groups)
            group.StampLinear(_conductance, _capacitance);
    }

    /// <summary>A conductance to a voltage from the next <see cref="Assemble"/> on.</summary>
    public void Hold(int node, double volts, double siemens = HoldSiemens) => _held.Add((node, volts, siemens));

    public void ReleaseHeld() => _held.Clear();

    /// <summary>Assembles matrix and right side of the linear elements for State.ChargeRate and State.History.</summary>
    public void Assemble(in Excitation excitation)
    {
        if (State.ChargeRate == 0)
            _conductance.CopyTo(_linear, 0);
        else
            TensorPrimitives.MultiplyAdd(_capacitance, State.ChargeRate, _conductance, _linear);
        Array.Clear(_rightSide);
        _circuit.Known.Set(State.X, _circuit.VoltageSources, excitation);
        foreach (var group in _circuit.Groups)
        {
            group.Excite(excitation, _rightSide);
            if (State.ChargeRate != 0)
                group.ExciteHistory(State.History, _rightSide);
        }
        if (NodeGmin > 0)
            for (var node = 1; node <= _circuit.Unknowns.NodeCount; node++)
            {
                _linear[_circuit.Diagonal[node]] += NodeGmin;
                _rightSide[node] += NodeGmin * (Anchor?[node] ?? 0);
            }
        foreach (var (node, volts, siemens) in _held)
        {
            _linear[_circuit.Diagonal[node]] += siemens;
            _rightSide[node] += siemens * volts;
        }
        if (SensedAmperes is not null)
            foreach (var (sensed, slot, row) in SensedPlaces())
            {
                var own = sensed.Own(row);
                _rightSide[row] -= (_linear[slot] - own) * SensedAmperes[sensed.Branch];
                _linear[slot] = own;
            }
    }

    private IEnumerable<(SensedSource Source, int Slot, int Row)> SensedPlaces()
    {
        foreach (var sensed in _circuit.Sensed)
            for (var slot = _circuit.Pattern.ColumnStart[sensed.Branch - 1]; slot < _circuit.Pattern.ColumnStart[sensed.Branch]; slot++)
                yield return (sensed, slot, _circuit.Pattern.Rows[slot] + 1);
    }

    /// <summary>Replaces the currents of sources that give voltages by those without what charges their neighbours.</summary>
    public void DropChargingCurrents()
    {
        if (_circuit.Given.Count == 0)
            return;
        var rate = State.ChargeRate;
        State.ChargeRate = 0;
        var held = _held.ToArray();
        _held.Clear();
        Assemble(new Excitation(0, 1));
        _held.AddRange(held);
        Load();
        Array.Clear(_delta);
        foreach (var group in _circuit.Nonlinear)
            group.Accept(State, _delta);
        _circuit.Given.SolveCurrents(State.X, State.Residual);
        State.ChargeRate = rate;
    }

    /// <summary>The constant and the charge part of dF/dx at State.X, siemens and farads by slot; nothing is held.</summary>
    public void Linearise(Span<double> conductance, Span<double> capacitance)
    {
        // J = G + rate C: at a rate where C outweighs G, their difference loses nothing of either
        const double fast = 1e12;
        foreach (var group in _circuit.Groups)
            group.WriteCharges(State.X, State.Charges);
        Span<double> still = NonlinearJacobian(0), moving = NonlinearJacobian(fast);
        for (var slot = 0; slot < conductance.Length; slot++)
        {
            conductance[slot] = _conductance[slot] + still[slot];
            capacitance[slot] = _capacitance[slot] + (moving[slot] - still[slot]) / fast;
        }
        State.ChargeRate = 0;
    }

    private double[] NonlinearJacobian(double chargeRate)
    {
        Array.Clear(State.Jacobian);
        State.ChargeRate = chargeRate;
        // at rest every dq/dt is 0, also where it is a factor of something else
        TensorPrimitives.Multiply(State.Charges, -chargeRate, State.History);
        foreach (var group in _circuit.Nonlinear)
            group.Load(State);
        return [.. State.Jacobian];
    }

    /// <summary>Iterates from State.X; true when every unknown moved by less than its tolerance in the last step.</summary>
    /// <exception cref="SingularMatrixException">The equations have no unique solution.</exception>
    /// <exception cref="OperationCanceledException" />
    public bool Solve(int maximumIterations)
    {
        var stood = false;
        for (var iteration = 0; iteration < maximumIterations; iteration++)
        {
            _cancellation.ThrowIfCancellationRequested();
            Iterations++;
            var settled = Load();
            SolveStep();
            TensorPrimitives.Add(State.X, _delta, State.X);
            var moved = Moved(ref stood);
            if (!moved && settled)
            {
                Accept();
                return true;
            }
            if (!double.IsFinite(TensorPrimitives.SumOfMagnitudes(_delta)))
                return false;
            if (_circuit.Nonlinear.Length == 0)
            {
                Accept();
                return true;
            }
        }
        return false;
    }

    // _delta = -J^-1 F of the free unknowns
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void SolveStep()
    {
        ReadOnlySpan<int> slots = _circuit.FreeSlots, free = _circuit.Free;
        for (var slot = 1; slot < slots.Length; slot++)
            _jacobian[slot] = State.Jacobian[slots[slot]];
        try
        {
            _lu.Factor(_jacobian);
        }
        catch (SingularMatrixException e)
        {
            throw new SingularMatrixException(free[e.Row] - 1, free[e.Column] - 1);
        }
        for (var k = 0; k < free.Length; k++)
            _step[k] = State.Residual[free[k]];
        _lu.Solve(_step);
        for (var k = 0; k < free.Length; k++)
            _delta[free[k]] = -_step[k];
    }

    private void Accept()
    {
        if (_circuit.Known.Count > 0)
        {
            // residual of the known nodes at the end of the last step, where it is linear in it
            _circuit.Pattern.Multiply(State.Jacobian, _delta.AsSpan(1), _change.AsSpan(1));
            TensorPrimitives.Add(State.Residual, _change, State.Residual);
        }
        foreach (var group in _circuit.Nonlinear)
            group.Accept(State, _delta);
        _circuit.Known.SolveCurrents(State.X, State.Residual);
    }

    private bool Load()
    {
        ExchangeSensed();
        foreach (var group in _circuit.Nonlinear)
            group.Follow(State);
        ExchangeSensed();
        _circuit.Pattern.Multiply(_linear, State.X.AsSpan(1), State.Residual.AsSpan(1));
        TensorPrimitives.Subtract(State.Residual, _rightSide, State.Residual);
        _linear.CopyTo(State.Jacobian, 0);
        var settled = true;
        ExchangeSensed();
        foreach (var group in _circuit.Nonlinear)
            settled &= group.Load(State);
        ExchangeSensed();
        if (SensedAmperes is not null)
            foreach (var (_, slot, _) in SensedPlaces())
                State.Jacobian[slot] = _linear[slot];
        return settled;
    }

    // nonlinear elements see the sensed currents in x
    private void ExchangeSensed()
    {
        if (SensedAmperes is { } amperes)
            foreach (var sensed in _circuit.Sensed)
                (State.X[sensed.Branch], amperes[sensed.Branch]) = (amperes[sensed.Branch], State.X[sensed.Branch]);
    }

    /// <summary>
    /// Whether the last step exceeded a tolerance: |dx| > reltol |x| + vntol (volts) or abstol (amperes). Where it <see cref="IsPrecise"/>,
    /// voltages have to meet a thousandth of that: one more iteration, as Newton converges quadratically, for transfer curves without steps. Branch currents
    /// follow from the voltages; when those stand still to rounding for a second time, what is left of a current is rounding as well.
    /// </summary>
    /// <param name="stood">Whether the voltages stood still in the last iteration; afterwards, whether they did in this one.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private bool Moved(ref bool stood)
    {
        var nodes = _circuit.Unknowns.NodeCount;
        var standing = true;
        for (var k = 1; k <= nodes; k++)
        {
            var step = Math.Abs(_delta[k]);
            if (!(step <= Tolerance(k)))
                return true;
            standing &= step <= 1e-12 * Math.Abs(State.X[k]) + 1e-14;
        }
        if (standing && stood)
            return false;
        stood = standing;
        for (var k = nodes + 1; k < _delta.Length; k++)
            if (!(Math.Abs(_delta[k]) <= Tolerance(k)))
                return true;
        return false;
    }

    private double Tolerance(int unknown)
    {
        var options = _circuit.Options;
        var x = State.X[unknown];
        var size = options.RelTol * Math.Max(Math.Abs(x), Math.Abs(x - _delta[unknown]));
        if (unknown > _circuit.Unknowns.NodeCount)
            return size + options.AbsTol;
        return (IsPrecise ? 1e-3 : 1) * (size + options.VnTol);
    }
}
