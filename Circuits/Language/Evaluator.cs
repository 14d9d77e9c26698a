namespace AnalogAttention.Circuits.Language;

/// <summary>Evaluates formulas over parameters; what cannot be evaluated is reported once, where it stands.</summary>
internal sealed class Evaluator(DiagnosticList diagnostics)
{
    // Together they bound the stack (parameters may refer to parameters) and the time of one formula (functions may call functions).
    private const int MostNested = 1000;
    private const int MostSteps = 1_000_000;

    private int _nested;
    private int _steps;

    /// <summary>Already reported: nothing more to say about it.</summary>
    private sealed class ReportedException : Exception;

    /// <returns>Null when it could not be evaluated: the reason is among the diagnostics.</returns>
    public double? Evaluate(Expression expression, ParameterScope scope)
    {
        if (expression is NumberExpression { Value: var number } && double.IsFinite(number))
            return number;
        try
        {
            _nested = _steps = 0;
            var value = Visit(expression, scope, null);
            if (double.IsFinite(value))
                return value;
            diagnostics.Error(DiagnosticCodes.NotFinite, expression.Span, $"the value is {(double.IsNaN(value) ? "not a number" : "infinite")}");
        }
        catch (StatementException e)
        {
            diagnostics.Add(e.Diagnostic);
        }
        catch (ReportedException)
        {
        }
        return null;
    }

    /// <summary>The value of a parameter by name, evaluated now if it was not before.</summary>
    public double? Evaluate(ParameterBinding binding)
    {
        _nested = _steps = 0;
        try
        {
            return ValueOf(binding, binding.Span);
        }
        catch (StatementException e)
        {
            diagnostics.Add(e.Diagnostic);
        }
        catch (ReportedException)
        {
        }
        return null;
    }

    private double Visit(Expression expression, ParameterScope scope, Dictionary<string, double>? arguments)
    {
        if (++_nested > MostNested)
            throw new StatementException(DiagnosticCodes.TooDeep, expression.Span, $"parameters or functions refer to each other more than {MostNested} deep");
        if (++_steps > MostSteps)
            diagnostics.Fatal(DiagnosticCodes.TooLarge, expression.Span, $"the value takes more than {MostSteps} steps");
        var value = expression switch
        {
            NumberExpression number => number.Value,
            NameExpression name => VisitName(name, scope, arguments),
            UnaryExpression unary => Apply(unary.Operator, Visit(unary.Operand, scope, arguments)),
            BinaryExpression { Operator: BinaryOperator.And } and => Visit(and.Left, scope, arguments) != 0 && Visit(and.Right, scope, arguments) != 0 ? 1 : 0,
            BinaryExpression { Operator: BinaryOperator.Or } or => Visit(or.Left, scope, arguments) != 0 || Visit(or.Right, scope, arguments) != 0 ? 1 : 0,
            BinaryExpression binary => VisitChain(binary, scope, arguments),
            ConditionalExpression choice => Visit(Visit(choice.Condition, scope, arguments) != 0 ? choice.WhenTrue : choice.WhenFalse, scope, arguments),
            CallExpression call => VisitCall(call, scope, arguments),
            ProbeExpression probe => throw new StatementException(DiagnosticCodes.NotConstant, probe.Span, $"{probe.Quantity}(...) changes during an analysis: expected what is known before"),
            _ => throw new InvalidOperationException(expression.GetType().Name),
        };
        _nested--;
        return value;
    }

    private double VisitChain(BinaryExpression last, ParameterScope scope, Dictionary<string, double>? arguments)
    {
        var (first, rest) = Chains.Unwound(last);
        var value = Visit(first, scope, arguments);
        foreach (var step in rest)
            value = Apply(step.Operator, value, Visit(step.Right, scope, arguments));
        return value;
    }

    private double VisitName(NameExpression name, ParameterScope scope, Dictionary<string, double>? arguments)
    {
        if (arguments is not null && arguments.TryGetValue(name.Name, out var argument))
            return argument;
        if (scope.Find(name.Name) is { } binding)
            return ValueOf(binding, name.Span);
        return BuiltinFunctions.Constants.TryGetValue(name.Name, out var constant)
            ? constant
            : throw new StatementException(DiagnosticCodes.UnknownParameter, name.Span, $"there is no parameter '{name.Name}'");
    }

    private double ValueOf(ParameterBinding binding, SourceSpan use)
    {
        switch (binding.State)
        {
            case ParameterBinding.Progress.Done:
                return binding.Value;
            case ParameterBinding.Progress.Failed:
                throw new ReportedException();
            case ParameterBinding.Progress.Running:
                throw new StatementException(DiagnosticCodes.ParameterCycle, use, "the parameter is defined by itself");
        }
        binding.State = ParameterBinding.Progress.Running;
        try
        {
            var value = Visit(binding.Formula, binding.Home, null);
            if (!double.IsFinite(value))
                throw new StatementException(DiagnosticCodes.NotFinite, binding.Formula.Span, $"the value is {(double.IsNaN(value) ? "not a number" : "infinite")}");
            binding.Value = value;
            binding.State = ParameterBinding.Progress.Done;
            return value;
        }
        finally
        {
            if (binding.State != ParameterBinding.Progress.Done)
                binding.State = ParameterBinding.Progress.Failed;
        }
    }

    private double VisitCall(CallExpression call, ParameterScope scope, Dictionary<string, double>? arguments)
    {
        var function = scope.FindFunction(call.Function);
        var count = function?.Arguments.Count ?? BuiltinFunctions.ArgumentCount(call.Function)
            ?? throw new StatementException(DiagnosticCodes.UnknownFunction, call.Span, $"there is no function '{call.Function}'");
        if (count != call.Arguments.Length)
            throw new StatementException(DiagnosticCodes.WrongArgumentCount, call.Span, $"'{call.Function}' takes {count} argument{(count == 1 ? "" : "s")}, found {call.Arguments.Length}");
        var values = new double[count];
        for (var i = 0; i < count; i++)
            values[i] = Visit(call.Arguments[i], scope, arguments);
        if (function is null)
            return BuiltinFunctions.Call(call.Function, values);
        var frame = new Dictionary<string, double>();
        for (var i = 0; i < count; i++)
            frame[function.Arguments[i]] = values[i];
        return Visit(function.Body, scope, frame);
    }

    private static double Apply(UnaryOperator operation, double x) => operation switch
    {
        UnaryOperator.Negate => -x,
        UnaryOperator.Not => x == 0 ? 1 : 0,
        _ => x,
    };

    internal static double Apply(BinaryOperator operation, double x, double y) => operation switch
    {
        BinaryOperator.Add => x + y,
        BinaryOperator.Subtract => x - y,
        BinaryOperator.Multiply => x * y,
        BinaryOperator.Divide => x / y,
        BinaryOperator.Remainder => x % y,
        BinaryOperator.Power => Math.Pow(x, y),
        BinaryOperator.Less => x < y ? 1 : 0,
        BinaryOperator.LessOrEqual => x <= y ? 1 : 0,
        BinaryOperator.Greater => x > y ? 1 : 0,
        BinaryOperator.GreaterOrEqual => x >= y ? 1 : 0,
        BinaryOperator.Equal => x == y ? 1 : 0,
        BinaryOperator.NotEqual => x != y ? 1 : 0,
        _ => throw new InvalidOperationException(operation.ToString()),
    };
}
