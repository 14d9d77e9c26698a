using AnalogAttention.Circuits;

namespace AnalogAttention.Simulation.Devices.Behavioural;

internal enum Operation
{
    Constant, Time, Temperature, Unknown, Choice, Derivative, Lines, Table,
    Negate, Not, Sin, Cos, Tan, Asin, Acos, Atan, Sinh, Cosh, Tanh, Asinh, Acosh, Atanh, Exp, Ln, Log10, Sqrt, Abs, Floor, Ceil, Nint, Sgn,
    Step, Ramp01, Ramp, EqualZero, NotEqualZero, AboveZero, BelowZero, NotBelowZero, NotAboveZero,
    Add, Subtract, Multiply, Divide, Power, SignedPower, Min, Max, Less, LessOrEqual, Greater, GreaterOrEqual, Equal, NotEqual, And, Or,
}

/// <summary>One step of a formula. A, B, C are the steps it takes its arguments from (of an unknown: columns), -1 for none.</summary>
internal readonly record struct Instruction(Operation Operation, int A = -1, int B = -1, int C = -1, double Value = 0, double[]? X = null, double[]? Y = null);

/// <summary>Turns a formula into instructions, arguments before what uses them; the last one is the result.</summary>
internal sealed class FormulaCompiler(UnknownTable unknowns)
{
    private static readonly Dictionary<string, Operation> Functions = new()
    {
        ["sin"] = Operation.Sin,
        ["cos"] = Operation.Cos,
        ["tan"] = Operation.Tan,
        ["asin"] = Operation.Asin,
        ["acos"] = Operation.Acos,
        ["atan"] = Operation.Atan,
        ["sinh"] = Operation.Sinh,
        ["cosh"] = Operation.Cosh,
        ["tanh"] = Operation.Tanh,
        ["asinh"] = Operation.Asinh,
        ["acosh"] = Operation.Acosh,
        ["atanh"] = Operation.Atanh,
        ["exp"] = Operation.Exp,
        ["ln"] = Operation.Ln,
        ["log10"] = Operation.Log10,
        ["sqrt"] = Operation.Sqrt,
        ["abs"] = Operation.Abs,
        ["floor"] = Operation.Floor,
        ["ceil"] = Operation.Ceil,
        ["nint"] = Operation.Nint,
        ["sgn"] = Operation.Sgn,
        ["u"] = Operation.Step,
        ["u2"] = Operation.Ramp01,
        ["uramp"] = Operation.Ramp,
        ["eq0"] = Operation.EqualZero,
        ["ne0"] = Operation.NotEqualZero,
        ["gt0"] = Operation.AboveZero,
        ["lt0"] = Operation.BelowZero,
        ["ge0"] = Operation.NotBelowZero,
        ["le0"] = Operation.NotAboveZero,
        ["min"] = Operation.Min,
        ["max"] = Operation.Max,
        ["pwr"] = Operation.SignedPower,
        ["ddt"] = Operation.Derivative,
    };

    public List<Instruction> Code { get; } = [];
    public List<int> Columns { get; } = [];

    public int Compile(Formula formula)
    {
        switch (formula)
        {
            case ConstantFormula constant:
                return Constant(constant.Value);
            case TimeFormula:
                return Emit(new Instruction(Operation.Time));
            case TemperatureFormula:
                return Emit(new Instruction(Operation.Temperature));
            case VoltageFormula voltage:
                return Emit(new Instruction(Operation.Unknown, Column(unknowns.Node(voltage.Positive)), Column(unknowns.Node(voltage.Negative))));
            case CurrentFormula current:
                return unknowns.TryBranch(current.Element, out var branch)
                    ? Emit(new Instruction(Operation.Unknown, Column(branch)))
                    : throw new BadInputException($"a formula follows the current of '{current.Element}', which has no branch current of its own");
            case UnaryFormula unary:
                return Emit(new Instruction(unary.Operator == UnaryOperator.Not ? Operation.Not : Operation.Negate, Compile(unary.Operand)));
            case BinaryFormula binary:
                return Chain(binary);
            case ChoiceFormula choice:
                return Emit(new Instruction(Operation.Choice, Compile(choice.Condition), Compile(choice.WhenTrue), Compile(choice.WhenFalse)));
            case CallFormula { Function: "poly" } poly:
                return Polynomial(poly);
            case CallFormula { Function: "pwl" or "table" } lines:
                var points = lines.Arguments.Skip(1).Select(a => ((ConstantFormula)a).Value).ToArray();
                return Emit(new Instruction(lines.Function == "pwl" ? Operation.Lines : Operation.Table, Compile(lines.Arguments[0]),
                    X: [.. points.Where((_, k) => k % 2 == 0)], Y: [.. points.Where((_, k) => k % 2 == 1)]));
            case CallFormula call when Functions.TryGetValue(call.Function, out var operation):
                return call.Arguments.Length == 2
                    ? Binary(operation, Compile(call.Arguments[0]), Compile(call.Arguments[1]))
                    : Emit(new Instruction(operation, Compile(call.Arguments[0])));
            default:
                throw new ArgumentException($"a formula that cannot be evaluated: {formula}", nameof(formula));
        }
    }

    /// <summary>
    /// SPICE2's order of coefficients: constant, then the products of one control, of two, of three ..., in each the later factors
    /// running faster and none before the factor it follows (Vladimirescu et al., SPICE2G User's Guide, 1981, appendix B).
    /// </summary>
    private int Polynomial(CallFormula poly)
    {
        var count = (int)((ConstantFormula)poly.Arguments[0]).Value;
        var controls = poly.Arguments.Skip(1).Take(count).Select(Compile).ToArray();
        var coefficients = poly.Arguments.Skip(1 + count).Select(a => ((ConstantFormula)a).Value).ToArray();
        var sum = Constant(coefficients[0]);
        var used = 1;
        // products of the present degree, each with its last factor
        var products = controls.Select((control, k) => (Step: control, Last: k)).ToList();
        while (used < coefficients.Length)
        {
            foreach (var (step, _) in products)
            {
                if (used < coefficients.Length && coefficients[used++] is not 0 and var coefficient)
                    sum = Binary(Operation.Add, sum, Binary(Operation.Multiply, Constant(coefficient), step));
            }
            if (used < coefficients.Length)
                products = [.. products.SelectMany(p => Enumerable.Range(p.Last, count - p.Last).Select(k => (Binary(Operation.Multiply, p.Step, controls[k]), k)))];
        }
        return Code.Count - 1 == sum ? sum : Binary(Operation.Add, sum, Constant(0));
    }

    private int Chain(BinaryFormula last)
    {
        // along the left operands in a loop: a sum of many terms is no depth
        var operators = new Stack<BinaryFormula>([last]);
        while (operators.Peek().Left is BinaryFormula before)
            operators.Push(before);
        var step = Compile(operators.Peek().Left);
        foreach (var binary in operators)
            step = Binary(OperationOf(binary.Operator), step, Compile(binary.Right));
        return step;
    }

    private int Constant(double value) => Emit(new Instruction(Operation.Constant, Value: value));

    private int Binary(Operation operation, int left, int right) => Emit(new Instruction(operation, left, right));

    private int Emit(Instruction instruction)
    {
        Code.Add(instruction);
        return Code.Count - 1;
    }

    private int Column(int unknown)
    {
        if (unknown == 0)
            return -1;
        if (!Columns.Contains(unknown))
            Columns.Add(unknown);
        return Columns.IndexOf(unknown);
    }

    private static Operation OperationOf(BinaryOperator symbol) => symbol switch
    {
        BinaryOperator.Add => Operation.Add,
        BinaryOperator.Subtract => Operation.Subtract,
        BinaryOperator.Multiply => Operation.Multiply,
        BinaryOperator.Divide => Operation.Divide,
        BinaryOperator.Power => Operation.Power,
        BinaryOperator.Less => Operation.Less,
        BinaryOperator.LessOrEqual => Operation.LessOrEqual,
        BinaryOperator.Greater => Operation.Greater,
        BinaryOperator.GreaterOrEqual => Operation.GreaterOrEqual,
        BinaryOperator.Equal => Operation.Equal,
        BinaryOperator.NotEqual => Operation.NotEqual,
        BinaryOperator.And => Operation.And,
        BinaryOperator.Or => Operation.Or,
        _ => throw new ArgumentException($"an operator that cannot be evaluated: {symbol}", nameof(symbol)),
    };
}
