using System.Collections.Immutable;

namespace AnalogAttention.Circuits.Language;

/// <summary>Makes a formula of the flat circuit: parameters evaluated, functions inlined, constants folded, names resolved where the element stands.</summary>
internal sealed class FormulaElaborator(Evaluator evaluator, FlatNames names, HashSet<string> globals)
{
    private const int MostParts = 100_000;
    private const int MostHigh = 250;

    private int _parts, _nested;

    /// <summary>Whether a formula follows the solution or time, itself or by a function that it calls.</summary>
    public static bool Follows(Expression expression, ParameterScope scope) => Follows(expression, scope, []);

    /// <returns>Null when a parameter could not be evaluated (reported).</returns>
    /// <exception cref="StatementException">Something in it is unknown or out of place.</exception>
    public Formula? Elaborate(Expression expression, Expansion at)
    {
        _parts = _nested = 0;
        try
        {
            return Visit(expression, at, null);
        }
        catch (ParameterFailure)
        {
            return null;
        }
    }

    /// <summary>A parameter has no value: reported where it is defined.</summary>
    private sealed class ParameterFailure : Exception;

    private static bool Follows(Expression expression, ParameterScope scope, HashSet<FunctionStatement> seen) => expression switch
    {
        ProbeExpression => true,
        NameExpression { Name: "time" } => scope.Find("time") is null,
        UnaryExpression unary => Follows(unary.Operand, scope, seen),
        BinaryExpression binary => Chains.Unwound(binary) is var (first, rest) && (Follows(first, scope, seen) || rest.Any(step => Follows(step.Right, scope, seen))),
        ConditionalExpression choice => Follows(choice.Condition, scope, seen) || Follows(choice.WhenTrue, scope, seen) || Follows(choice.WhenFalse, scope, seen),
        CallExpression call => call.Arguments.Any(a => Follows(a, scope, seen))
            || scope.FindFunction(call.Function) is { } function && seen.Add(function) && Follows(function.Body, scope, seen),
        _ => false,
    };

    private Formula Visit(Expression expression, Expansion at, Dictionary<string, Formula>? arguments)
    {
        if (++_parts > MostParts)
            throw new StatementException(DiagnosticCodes.TooLarge, expression.Span, $"the formula has more than {MostParts} parts");
        var formula = expression switch
        {
            NumberExpression number => new ConstantFormula(number.Value),
            NameExpression name => Named(name, at, arguments),
            ProbeExpression probe => Probe(probe, at),
            UnaryExpression { Operator: UnaryOperator.Plus } unary => Visit(unary.Operand, at, arguments),
            UnaryExpression unary => new UnaryFormula(unary.Operator, Visit(unary.Operand, at, arguments)),
            BinaryExpression binary => Chain(binary, at, arguments),
            ConditionalExpression choice => new ChoiceFormula(Visit(choice.Condition, at, arguments), Visit(choice.WhenTrue, at, arguments), Visit(choice.WhenFalse, at, arguments)),
            CallExpression call => Call(call, at, arguments),
            _ => throw new InvalidOperationException(expression.GetType().Name),
        };
        return Bounded(formula, expression.Span);
    }

    private Formula Chain(BinaryExpression last, Expansion at, Dictionary<string, Formula>? arguments)
    {
        var (first, rest) = Chains.Unwound(last);
        var formula = Visit(first, at, arguments);
        foreach (var step in rest)
        {
            var right = Visit(step.Right, at, arguments);
            formula = Bounded(step.Operator == BinaryOperator.Remainder ? Remainder(formula, right) : new BinaryFormula(step.Operator, formula, right), step.Span);
        }
        return formula;
    }

    private static Formula Bounded(Formula formula, SourceSpan span)
    {
        if (formula.Size > MostParts || formula is BinaryFormula { Operands: > Chains.MostOperands })
            throw new StatementException(DiagnosticCodes.TooLarge, span, $"the formula has more than {MostParts} parts, or a sum or product of more than {Chains.MostOperands} operands");
        if (formula.Height > MostHigh)
            throw new StatementException(DiagnosticCodes.TooDeep, span, "the formula is nested too deeply");
        return Folded(formula, span);
    }

    private Formula Named(NameExpression name, Expansion at, Dictionary<string, Formula>? arguments)
    {
        if (arguments is not null && arguments.TryGetValue(name.Name, out var argument))
            return argument;
        if (name.Name == "temper")
            return new TemperatureFormula();
        if (at.Scope.Find(name.Name) is { } binding)
            return evaluator.Evaluate(binding) is { } value ? new ConstantFormula(value) : throw new ParameterFailure();
        return name.Name switch
        {
            "time" => new TimeFormula(),
            "hertz" => throw new StatementException(DiagnosticCodes.UnknownParameter, name.Span, "formulas that follow the frequency (hertz) are outside the dialect"),
            _ => BuiltinFunctions.Constants.TryGetValue(name.Name, out var constant)
                ? new ConstantFormula(constant)
                : throw new StatementException(DiagnosticCodes.UnknownParameter, name.Span, $"there is no parameter '{name.Name}' (a voltage is written v({name.Name}))"),
        };
    }

    private Formula Probe(ProbeExpression probe, Expansion at)
    {
        if (probe.Quantity == 'i')
        {
            var element = at.Path + ElementParser.WithoutExpandedPrefix(probe.Names[0].Text);
            names.RequireBranch(element, probe.Names[0]);
            return new CurrentFormula(element);
        }
        var nodes = probe.Names.Select(n => (Flat: at.Node(n, globals), n.Span)).ToList();
        foreach (var (node, span) in nodes)
            names.RequireNode(node, span);
        return new VoltageFormula(nodes[0].Flat, nodes.Count > 1 ? nodes[1].Flat : "0");
    }

    private Formula Call(CallExpression call, Expansion at, Dictionary<string, Formula>? arguments)
    {
        var function = at.Scope.FindFunction(call.Function);
        var (least, most) = function is null ? BehaviouralFunctions.ArgumentCounts(call.Function) : (function.Arguments.Count, function.Arguments.Count);
        if (least < 0)
            throw new StatementException(DiagnosticCodes.UnknownFunction, call.Span, $"there is no function '{call.Function}'");
        if (call.Arguments.Length < least || call.Arguments.Length > most)
            throw new StatementException(DiagnosticCodes.WrongArgumentCount, call.Span, $"'{call.Function}' takes {(least == most ? $"{least}" : $"{least} or more")} argument{(most == 1 ? "" : "s")}, found {call.Arguments.Length}");
        var values = call.Arguments.Select(a => Visit(a, at, arguments)).ToImmutableArray();
        if (function is not null)
        {
            var frame = new Dictionary<string, Formula>();
            for (var i = 0; i < values.Length; i++)
                frame[function.Arguments[i]] = values[i];
            if (++_nested > MostHigh)
                throw new StatementException(DiagnosticCodes.TooDeep, call.Span, $"functions call each other more than {MostHigh} deep");
            var body = Visit(function.Body, at, frame);
            _nested--;
            return body;
        }
        if (call.Function == "pwl")
            CheckPoints(call, values);
        if (call.Function == "ddt" && values[0].All.Any(f => f is CallFormula { Function: "ddt" }))
            throw new StatementException(DiagnosticCodes.BadExpression, call.Span, "ddt of a ddt: expected the inner one as the voltage of a node of its own");
        return BehaviouralFunctions.Call(call.Function, values);
    }

    private static void CheckPoints(CallExpression call, ImmutableArray<Formula> values)
    {
        if (values.Length % 2 == 0)
            throw new StatementException(DiagnosticCodes.WrongArgumentCount, call.Span, $"pwl takes what is looked up and pairs of numbers, found {values.Length} arguments");
        for (var i = 1; i < values.Length; i++)
        {
            if (values[i] is not ConstantFormula { Value: var x })
                throw new StatementException(DiagnosticCodes.NotConstant, call.Arguments[i].Span, "the points of pwl must be constant");
            if (i >= 3 && i % 2 == 1 && x <= ((ConstantFormula)values[i - 2]).Value)
                throw new StatementException(DiagnosticCodes.PwlTimes, call.Arguments[i].Span, $"the points of pwl must increase: {SpiceNumber.Format(x)} after {SpiceNumber.Format(((ConstantFormula)values[i - 2]).Value)}");
        }
    }

    /// <summary>x - y trunc(x/y), in functions that ngspice's sources know.</summary>
    private static BinaryFormula Remainder(Formula x, Formula y) =>
        new(BinaryOperator.Subtract, x, new BinaryFormula(BinaryOperator.Multiply, y, BehaviouralFunctions.Call("int", [new BinaryFormula(BinaryOperator.Divide, x, y)])));

    private static Formula Folded(Formula formula, SourceSpan span)
    {
        if (formula is ChoiceFormula { Condition: ConstantFormula { Value: var choice } } chosen)
            return choice != 0 ? chosen.WhenTrue : chosen.WhenFalse;
        if (formula is ConstantFormula || !formula.Parts.Any() || formula.Parts.Any(p => p is not ConstantFormula) || formula is CallFormula { Function: "ddt" })
            return formula;
        var value = BehaviouralFunctions.Fold(formula);
        return double.IsFinite(value)
            ? new ConstantFormula(value)
            : throw new StatementException(DiagnosticCodes.NotFinite, span, $"the value is {(double.IsNaN(value) ? "not a number" : "infinite")}");
    }
}
