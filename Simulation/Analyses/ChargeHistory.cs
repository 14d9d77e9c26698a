using System.Numerics.Tensors;
using AnalogAttention.Simulation.Devices;
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
            for (var k = 0; k < history.Length; k++)
                history[k] = -2 / step * q1[k] - _pastRate[k];
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
        double h0 = _steps[0], h1 = _steps[1], h2 = _steps[2];
        double relTol = _options.RelTol, absTol = _options.AbsTol, chgTol = _options.ChgTol, perStep = relTol / h0;
        ReadOnlySpan<double> q0 = _charges[0], q1 = _charges[1], q2 = _charges[2], q3 = _charges[3], rate = _rate, past = _pastRate;
        // a current that starts from nothing has no relative error: after a breakpoint it counts over the step that was planned
        var relativeRate = relTol * (Points < 4 ? Math.Max(1, _plannedStep / h0) : 1);
        var worst = 0.0;
        for (var k = 0; k < q0.Length; k++)
        {
            var first = (q0[k] - q1[k]) / h0;
            var second = (q1[k] - q2[k]) / h1;
            var difference = (first - second) / (h0 + h1);
            if (order == 2)
            {
                var third = (q2[k] - q3[k]) / h2;
                difference = (difference - (second - third) / (h1 + h2)) / (h0 + h1 + h2);
            }
            var byRate = absTol + relativeRate * Math.Max(Math.Abs(rate[k]), Math.Abs(past[k]));
            var byCharge = perStep * Math.Max(Math.Max(Math.Abs(q0[k]), Math.Abs(q1[k])), chgTol);
            worst = Math.Max(worst, Math.Abs(difference) / Math.Max(byRate, byCharge));
        }
        if (worst == 0)
            return double.PositiveInfinity;
        return order == 1
            ? _options.TrTol / (0.5 * worst)
            : Math.Sqrt(_options.TrTol / ((_options.Method == IntegrationMethod.Trapezoidal ? 1.0 / 12 : 2.0 / 9) * worst));
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
