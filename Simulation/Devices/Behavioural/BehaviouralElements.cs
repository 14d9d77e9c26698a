using System.Numerics.Tensors;
using AnalogAttention.Circuits;
using AnalogAttention.Simulation.Embedded;
using AnalogAttention.Simulation.Solver;

namespace AnalogAttention.Simulation.Devices.Behavioural;

/// <summary>
/// B and its kin: a voltage v(a,b) = f, or a current f from a to b; v(a,b)/f of a resistance, f dv(a,b)/dt of a capacitance, df/dt of a charge.
/// One charge for every ddt. As in ngspice, source stepping scales what they give.
/// </summary>
public sealed class BehaviouralElements : DeviceGroup
{
    private readonly BehaviouralElement[] _elements;
    private readonly Formula[] _formulas;
    private readonly FormulaProgram[] _programs;
    private readonly double[] _factors;
    private readonly TwoTerminal[] _places;
    private readonly BranchPlace[] _branches;
    private readonly int[] _firstState, _stateCount;
    private readonly (int Plus, int Minus)[][] _slots;
    private readonly double _celsius;
    private double _seconds, _sourceFactor = 1;
    private int _offender = -1;
    private int[] _definitions = [];

    public BehaviouralElements(IReadOnlyList<BehaviouralElement> elements, SimulationOptions options, UnknownTable unknowns)
    {
        _elements = [.. elements];
        _celsius = options.TemperatureCelsius;
        _formulas = [.. _elements.Select(Given)];
        _programs = new FormulaProgram[_elements.Length];
        _factors = [.. _elements.Select(e => Factor(e, _celsius))];
        _places = [.. _elements.Select(e => new TwoTerminal(unknowns.Node(e.Positive), unknowns.Node(e.Negative)))];
        _branches = new BranchPlace[_elements.Length];
        _firstState = new int[_elements.Length];
        _stateCount = [.. _formulas.Select(f => f.All.Count(p => p is CallFormula { Function: "ddt" }))];
        _slots = new (int, int)[_elements.Length][];
    }

    public override bool IsNonlinear => true;

    public override void Allocate(UnknownTable unknowns)
    {
        for (var k = 0; k < _elements.Length; k++)
        {
            if (IsVoltage(k))
                _branches[k] = new BranchPlace(_places[k].Positive, _places[k].Negative, unknowns.Branch(_elements[k].Name));
            _firstState[k] = unknowns.AddStates(_stateCount[k]);
        }
    }

    /// <exception cref="BadInputException">A formula follows a current that does not exist.</exception>
    public override void Resolve(UnknownTable unknowns)
    {
        for (var k = 0; k < _elements.Length; k++)
            _programs[k] = new FormulaProgram(_formulas[k], unknowns);
        _definitions = Definitions();
    }

    /// <summary>Voltages from a node to ground, each after those that it follows; none that follows itself.</summary>
    private int[] Definitions()
    {
        var byNode = new Dictionary<int, int>();
        for (var k = 0; k < _elements.Length; k++)
            if (IsVoltage(k) && _places[k].Negative == 0 && _places[k].Positive != 0)
                byNode.TryAdd(_places[k].Positive, k);
        var order = new List<int>();
        var waiting = byNode.ToDictionary(d => d.Value, d => _programs[d.Value].Unknowns.Count(byNode.ContainsKey));
        var followers = byNode.Values.SelectMany(k => _programs[k].Unknowns.Where(byNode.ContainsKey).Select(u => (From: byNode[u], To: k))).ToLookup(e => e.From, e => e.To);
        var ready = new Queue<int>(waiting.Where(w => w.Value == 0).Select(w => w.Key));
        while (ready.TryDequeue(out var next))
        {
            order.Add(next);
            foreach (var follower in followers[next])
                if (--waiting[follower] == 0)
                    ready.Enqueue(follower);
        }
        return [.. order];
    }

    public override void Follow(LoadState state)
    {
        foreach (var k in _definitions)
        {
            var value = Evaluate(k, state);
            if (!_programs[k].IsOutside && double.IsFinite(value))
                state.X[_places[k].Positive] = FactorOf(k) * value;
        }
    }

    private double Evaluate(int k, LoadState state) =>
        _programs[k].Evaluate(state.X, new Surroundings(_seconds, _celsius, state.ChargeRate), state.History.AsSpan(_firstState[k]), state.Charges.AsSpan(_firstState[k]));

    private double FactorOf(int k) => _factors[k] * (_elements[k].Quantity is BehaviouralQuantity.Volts or BehaviouralQuantity.Amperes ? _sourceFactor : 1);

    public override void Connect(StampPattern pattern)
    {
        for (var k = 0; k < _elements.Length; k++)
        {
            if (IsVoltage(k))
                _branches[k].Connect(pattern);
            else
                _places[k].Connect(pattern);
            _slots[k] = [.. _programs[k].Unknowns.Select(u => IsVoltage(k)
                ? (pattern.Entry(_branches[k].Branch, u), 0)
                : (pattern.Entry(_places[k].Positive, u), pattern.Entry(_places[k].Negative, u)))];
        }
    }

    public override void StampLinear(Span<double> conductance, Span<double> capacitance)
    {
        for (var k = 0; k < _elements.Length; k++)
            if (IsVoltage(k))
                _branches[k].Stamp(conductance);
    }

    public override void Excite(in Excitation excitation, Span<double> rightSide) => (_seconds, _sourceFactor) = (excitation.Seconds ?? 0, excitation.Factor);

    public override bool Load(LoadState state)
    {
        var settled = true;
        _offender = -1;
        for (var k = 0; k < _elements.Length; k++)
        {
            var program = _programs[k];
            var value = Evaluate(k, state);
            if (program.IsOutside || !double.IsFinite(value + TensorPrimitives.SumOfMagnitudes(program.Slopes)))
            {
                settled = false;
                _offender = k;
                // a slope without a value must not make the matrix singular
                if (!program.IsOutside)
                    value = double.NaN;
            }
            var factor = FactorOf(k);
            Stamp(state, k, factor * value, factor);
        }
        return settled;
    }

    private void Stamp(LoadState state, int k, double value, double factor)
    {
        var slopes = _programs[k].Slopes;
        var slots = _slots[k];
        if (IsVoltage(k))
        {
            state.Residual[_branches[k].Branch] -= value;
            for (var column = 0; column < slopes.Length; column++)
                state.Jacobian[slots[column].Plus] -= Finite(factor * slopes[column]);
            return;
        }
        state.Residual[_places[k].Positive] += value;
        state.Residual[_places[k].Negative] -= value;
        for (var column = 0; column < slopes.Length; column++)
        {
            var siemens = Finite(factor * slopes[column]);
            state.Jacobian[slots[column].Plus] += siemens;
            state.Jacobian[slots[column].Minus] -= siemens;
        }
    }

    public override void Accept(LoadState state, ReadOnlySpan<double> delta)
    {
        if (state.ChargeRate == 0)
            return;
        for (var k = 0; k < _elements.Length; k++)
            _programs[k].MoveCharges(delta, state.Charges.AsSpan(_firstState[k]));
    }

    public override void WriteCharges(ReadOnlySpan<double> x, Span<double> charges)
    {
        for (var k = 0; k < _elements.Length; k++)
            _programs[k].Evaluate(x, new Surroundings(_seconds, _celsius, 0), [], charges[_firstState[k]..]);
    }

    public override void WriteInitialCharges(ReadOnlySpan<double> initialVolts, Func<int, int, double?> between, Span<double> charges)
    {
        for (var k = 0; k < _elements.Length; k++)
        {
            var x = initialVolts.ToArray();
            if (_elements[k].Quantity is BehaviouralQuantity.Farads or BehaviouralQuantity.Coulombs)
            {
                var (positive, negative) = (_places[k].Positive, _places[k].Negative);
                // ground keeps its 0
                if ((between(positive, negative) ?? _elements[k].InitialVolts) is { } volts)
                    (x[positive], x[negative]) = positive == 0 ? (0, -volts) : (x[negative] + volts, x[negative]);
            }
            _programs[k].Evaluate(x, new Surroundings(_seconds, _celsius, 0), [], charges[_firstState[k]..]);
        }
    }

    /// <summary>Times at which a formula of time alone turns.</summary>
    public override IEnumerable<double> Breakpoints(double stop) => _programs.SelectMany(p => p.Corners).Where(t => t > 0 && t <= stop);

    public override string? Trouble => _offender < 0 ? null
        : $"'{_elements[_offender].Name}' {(_programs[_offender].IsOutside ? "takes a root, logarithm or inverse function where it has no value" : "has no finite value")}";

    public override string? ElementAt(int unknown)
    {
        for (var k = 0; k < _elements.Length; k++)
            if (_places[k].Positive == unknown || _places[k].Negative == unknown || IsVoltage(k) && _branches[k].Branch == unknown || _programs[k].Unknowns.Contains(unknown))
                return _elements[k].Name;
        return null;
    }

    private static double Finite(double slope) => double.IsFinite(slope) ? slope : 0;

    private bool IsVoltage(int k) => _elements[k].Quantity == BehaviouralQuantity.Volts;

    /// <summary>The formula of the voltage or current.</summary>
    private static Formula Given(BehaviouralElement element)
    {
        var across = new VoltageFormula(element.Positive, element.Negative);
        return element.Quantity switch
        {
            BehaviouralQuantity.Ohms => new BinaryFormula(BinaryOperator.Divide, across, element.Formula),
            BehaviouralQuantity.Farads => new BinaryFormula(BinaryOperator.Multiply, element.Formula, new CallFormula("ddt", [across])),
            BehaviouralQuantity.Coulombs => new CallFormula("ddt", [element.Formula]),
            _ => element.Formula,
        };
    }

    private static double Factor(BehaviouralElement element, double celsius)
    {
        const double nominalCelsius = 27;
        var warmer = celsius - nominalCelsius;
        var factor = 1 + element.Tc1 * warmer + element.Tc2 * warmer * warmer;
        return element.Parallel * (element.Quantity == BehaviouralQuantity.Ohms ? 1 / factor : factor);
    }
}
