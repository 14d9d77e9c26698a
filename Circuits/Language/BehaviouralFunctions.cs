using System.Collections.Immutable;

namespace AnalogAttention.Circuits.Language;

/// <summary>
/// Functions of behavioural formulas. They are ngspice's, where <c>x^y</c>, <c>x**y</c> and <c>pow</c> are |x|^y and <c>pwr</c> carries the
/// sign of x; what only parameters know in ngspice (<c>limit int sqr atan2 arctan %</c>) is written in the functions that sources have.
/// </summary>
internal static class BehaviouralFunctions
{
    private static readonly HashSet<string> Unary =
        ["sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "exp", "ln", "log", "log10", "sqrt", "abs",
         "floor", "ceil", "nint", "sgn", "u", "u2", "uramp", "eq0", "ne0", "gt0", "lt0", "ge0", "le0", "ddt", "arctan", "sqr", "int"];

    /// <summary>Least and most arguments; (-1, -1) when there is no such function.</summary>
    public static (int, int) ArgumentCounts(string name) =>
        Unary.Contains(name) ? (1, 1) : name switch
        {
            "min" or "max" or "pow" or "pwr" or "atan2" => (2, 2),
            "limit" or "ternary_fcn" => (3, 3),
            "pwl" => (5, int.MaxValue),
            _ => (-1, -1),
        };

    public static Formula Call(string name, ImmutableArray<Formula> x) => name switch
    {
        "pow" => new BinaryFormula(BinaryOperator.Power, x[0], x[1]),
        "log" => new CallFormula("ln", x),
        "arctan" => new CallFormula("atan", x),
        "ternary_fcn" => new ChoiceFormula(x[0], x[1], x[2]),
        "sqr" => new BinaryFormula(BinaryOperator.Multiply, x[0], x[0]),
        "int" => new BinaryFormula(BinaryOperator.Multiply, new CallFormula("sgn", x), new CallFormula("floor", [new CallFormula("abs", x)])),
        "limit" => new CallFormula("min", [new CallFormula("max", [x[0], Least(x[1], x[2])]), Most(x[1], x[2])]),
        "atan2" => Angle(x[0], x[1]),
        _ => new CallFormula(name, x),
    };

    /// <summary>The value of an operator or function whose parts are constants.</summary>
    public static double Fold(Formula formula)
    {
        static double Value(Formula part) => ((ConstantFormula)part).Value;
        switch (formula)
        {
            case UnaryFormula unary:
                return unary.Operator == UnaryOperator.Not ? Value(unary.Operand) == 0 ? 1 : 0 : -Value(unary.Operand);
            case BinaryFormula binary:
                var (x, y) = (Value(binary.Left), Value(binary.Right));
                return binary.Operator switch
                {
                    BinaryOperator.Power => Math.Pow(Math.Abs(x), y),
                    BinaryOperator.And => x != 0 && y != 0 ? 1 : 0,
                    BinaryOperator.Or => x != 0 || y != 0 ? 1 : 0,
                    _ => Evaluator.Apply(binary.Operator, x, y),
                };
            case CallFormula { Function: "pwr" } call:
                return Math.Sign(Value(call.Arguments[0])) * Math.Pow(Math.Abs(Value(call.Arguments[0])), Value(call.Arguments[1]));
            // as in ngspice's sources
            case CallFormula { Function: "exp" } call:
                return Value(call.Arguments[0]) is > 227.9559242 ? 1e99 : Math.Exp(Value(call.Arguments[0]));
            case CallFormula { Function: "pwl" } call:
                return Line(call, Value(call.Arguments[0]));
            case CallFormula call when BuiltinFunctions.ArgumentCount(call.Function) is not null:
                return BuiltinFunctions.Call(call.Function, [.. call.Arguments.Select(Value)]);
            case CallFormula call:
                var at = Value(call.Arguments[0]);
                return call.Function switch
                {
                    "u" => at > 0 ? 1 : at < 0 ? 0 : 0.5,
                    "u2" => Math.Clamp(at, 0, 1),
                    "uramp" => Math.Max(at, 0),
                    "eq0" => at == 0 ? 1 : 0,
                    "ne0" => at != 0 ? 1 : 0,
                    "gt0" => at > 0 ? 1 : 0,
                    "lt0" => at < 0 ? 1 : 0,
                    "ge0" => at >= 0 ? 1 : 0,
                    "le0" => at <= 0 ? 1 : 0,
                    _ => throw new InvalidOperationException(call.Function),
                };
            default:
                throw new InvalidOperationException(formula.GetType().Name);
        }
    }

    /// <summary>Straight lines through the points of pwl, the outer ones going on.</summary>
    private static double Line(CallFormula call, double x)
    {
        double At(int index) => ((ConstantFormula)call.Arguments[index]).Value;
        var k = 1;
        while (k + 4 < call.Arguments.Length && x > At(k + 2))
            k += 2;
        return At(k + 1) + (At(k + 3) - At(k + 1)) * (x - At(k)) / (At(k + 2) - At(k));
    }

    private static Formula Least(Formula a, Formula b) => Both("min", a, b);

    private static Formula Most(Formula a, Formula b) => Both("max", a, b);

    private static Formula Both(string name, Formula a, Formula b)
    {
        var call = new CallFormula(name, [a, b]);
        return a is ConstantFormula && b is ConstantFormula ? new ConstantFormula(Fold(call)) : call;
    }

    /// <summary>atan(y/x) in the half plane of x.</summary>
    private static ChoiceFormula Angle(Formula y, Formula x)
    {
        var zero = new ConstantFormula(0);
        var within = new CallFormula("atan", [new BinaryFormula(BinaryOperator.Divide, y, x)]);
        var turned = new BinaryFormula(BinaryOperator.Add, within,
            new ChoiceFormula(new BinaryFormula(BinaryOperator.Less, y, zero), new ConstantFormula(-Math.PI), new ConstantFormula(Math.PI)));
        var upright = new BinaryFormula(BinaryOperator.Multiply, new ConstantFormula(Math.PI / 2), new CallFormula("sgn", [y]));
        return new ChoiceFormula(new BinaryFormula(BinaryOperator.Greater, x, zero), within,
            new ChoiceFormula(new BinaryFormula(BinaryOperator.Less, x, zero), turned, upright));
    }
}
