using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using AnalogAttention.Simulation.Devices;
using AnalogAttention.Simulation.Devices.Lanes;
using AnalogAttention.Simulation.Embedded;

namespace AnalogAttention.Simulation.Analyses;

/// <summary>
/// Past charges and their integration. Backward Euler (order 1), trapezoidal rule or the variable-step BDF 2 (order 2);
/// local truncation error from divided differences of the charges (Nagel, SPICE2, ERL-M520, 1975, section 5; the constants are ngspice's).
/// </summary>
internal sealed class ChargeHistory
{
    private readonly LoadState _state;
    private readonly SimulationOptions _options;
    private readonly double[] _rate;
    private readonly double[] _steps = new double[4];
    private readonly double[][] _charges;
    private readonly double[] _pastRate;
    private double _plannedStep;

    public ChargeHistory(LoadState state, SimulationOptions options)
    {
        _state = state;
        _options = options;
        var count = state.Charges.Length;
        _charges = [new double[count], new double[count], new double[count], new double[count]];
        _rate = new double[count];
        _pastRate = new double[count];
    }

    /// <summary>Points of the present smooth piece: the one being solved is not among them.</summary>
    public int Points { get; private set; }

    /// <summary>Takes State.Charges as the charges at the start.</summary>
    public void Start()
    {
        _state.Charges.CopyTo(_charges[1], 0);
        Array.Clear(_pastRate);
        Points = 1;
    }

    /// <summary>Forgets everything before the last accepted point, after a breakpoint.</summary>
    /// <param name="plannedStep">Seconds of the step that is tried next: what it may err by bounds the steps that replace it.</param>
    public void Break(double plannedStep)
    {
        Points = 1;
        _plannedStep = plannedStep;
    }

    /// <summary>Takes back the first step after a breakpoint.</summary>
    public void ReturnToBreak()
    {
        _charges[2].CopyTo(_charges[1], 0);
        Points = 1;
    }

    /// <summary>Sets rate and history of the state for a step.</summary>
    public void Prepare(double step, int order)
    {
        _steps[0] = step;
        double[] history = _state.History, q1 = _charges[1], q2 = _charges[2];
        if (order == 1)
        {
            _state.ChargeRate = 1 / step;
            TensorPrimitives.Multiply(q1, -1 / step, history);
        }
        else if (_options.Method == IntegrationMethod.Trapezoidal)
        {
            _state.ChargeRate = 2 / step;
            TensorPrimitives.Multiply(q1, -2 / step, history);
            TensorPrimitives.Subtract(history, _pastRate, history);
        }
        else
        {
            double h = step, h1 = _steps[1];
            double a1 = -(h + h1) / (h * h1), a2 = h / (h1 * (h + h1));
            _state.ChargeRate = (2 * h + h1) / (h * (h + h1));
            for (var k = 0; k < history.Length; k++)
                history[k] = a1 * q1[k] + a2 * q2[k];
        }
    }

    /// <summary>After a solution: dq/dt of every charge.</summary>
    public void Differentiate()
    {
        _state.Charges.CopyTo(_charges[0], 0);
        TensorPrimitives.MultiplyAdd(_state.Charges, _state.ChargeRate, _state.History, _rate);
    }

    /// <summary>
    /// The largest step at which the local error would have stayed within tolerance; infinite when there is too little history.
    /// Order 1: h = trtol tol / (|DD2| / 2); order 2: h^2 = trtol tol / (c |DD3|), c = 1/12 (trapezoidal) or 2/9 (BDF).
    /// </summary>
    public double AllowedStep(int order)
    {
        if (Points < order + 1)
            return double.PositiveInfinity;
        var whole = _rate.Length / LaneWidth.Widest * LaneWidth.Widest;
        var worst = LaneWidth.Widest switch
        {
            8 => Worst<Lane8>(order, 0, whole),
            4 => Worst<Lane4>(order, 0, whole),
            _ => 0,
        };
        worst = Math.Max(worst, Worst<Lane1>(order, LaneWidth.Widest == 1 ? 0 : whole, _rate.Length));
        if (worst == 0)
            return double.PositiveInfinity;
        return order == 1
            ? _options.TrTol / (0.5 * worst)
            : Math.Sqrt(_options.TrTol / ((_options.Method == IntegrationMethod.Trapezoidal ? 1.0 / 12 : 2.0 / 9) * worst));
    }

    /// <summary>The largest divided difference over its tolerance among some charges; T divides their number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private double Worst<T>(int order, int from, int to) where T : struct, ILane<T>
    {
        double h0 = _steps[0], h1 = _steps[1], h2 = _steps[2];
        // a current that starts from nothing has no relative error: after a breakpoint it counts over the step that was planned
        var relativeRate = _options.RelTol * (Points < 4 ? Math.Max(1, _plannedStep / h0) : 1);
        double perFirst = 1 / h0, perSecond = 1 / h1, perThird = 1 / h2, perTwo = 1 / (h0 + h1), perLastTwo = 1 / (h1 + h2), perAll = 1 / (h0 + h1 + h2), perStep = _options.RelTol / h0;
        T absTol = T.Broadcast(_options.AbsTol), chgTol = T.Broadcast(_options.ChgTol), worst = T.Broadcast(0);
        double[] q0 = _charges[0], q1 = _charges[1], q2 = _charges[2], q3 = _charges[3];
        for (var k = from; k < to; k += T.Width)
        {
            T newest = T.Load(in q0[0], k), last = T.Load(in q1[0], k), before = T.Load(in q2[0], k);
            var second = perSecond * (last - before);
            var difference = perTwo * (perFirst * (newest - last) - second);
            if (order == 2)
                difference = perAll * (difference - perLastTwo * (second - perThird * (before - T.Load(in q3[0], k))));
            var byRate = absTol + relativeRate * T.Max(T.Abs(T.Load(in _rate[0], k)), T.Abs(T.Load(in _pastRate[0], k)));
            var byCharge = perStep * T.Max(T.Max(T.Abs(newest), T.Abs(last)), chgTol);
            worst = T.Max(T.Abs(difference) / T.Max(byRate, byCharge), worst);
        }
        return Largest(worst);
    }

    private static double Largest<T>(T lanes) where T : struct, ILane<T>
    {
        Span<double> each = stackalloc double[LaneWidth.Padding];
        T.Store(lanes, ref each[0], 0);
        return TensorPrimitives.Max(each[..T.Width]);
    }

    /// <summary>Makes the solved point the newest past one.</summary>
    public void Accept()
    {
        (_charges[0], _charges[1], _charges[2], _charges[3]) = (_charges[3], _charges[0], _charges[1], _charges[2]);
        _rate.CopyTo(_pastRate, 0);
        (_steps[1], _steps[2], _steps[3]) = (_steps[0], _steps[1], _steps[2]);
        Points = Math.Min(Points + 1, 4);
    }
}
