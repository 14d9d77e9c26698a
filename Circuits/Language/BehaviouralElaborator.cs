using System.Collections.Immutable;

namespace AnalogAttention.Circuits.Language;

/// <summary>Elements whose value is a formula of the solution.</summary>
internal sealed partial class Elaborator
{
    private BehaviouralElement? Behavioural(BehaviouralStatement statement, string name, string positive, string negative, Expansion at) =>
        _formulas.Elaborate(statement.Formula, at) is { } formula ? Behavioural(statement, statement.Parameters, name, positive, negative, statement.Quantity, formula, at) : null;

    private BehaviouralElement? BehaviouralPassive(PassiveStatement passive, string name, string positive, string negative, Expansion at)
    {
        if (passive.Letter == 'l')
            throw new StatementException(DiagnosticCodes.ElementNotSupported, passive.Value.Span, $"element '{passive.Name}': an inductance is constant (expected a value known before the analysis)");
        var parameters = ImmutableArray.CreateBuilder<Assignment>();
        foreach (var (key, value) in new[] { ("m", passive.Multiplier), ("tc1", passive.Temperature.Tc1), ("tc2", passive.Temperature.Tc2), ("ic", passive.Initial) })
        {
            if (value is not null)
                parameters.Add(new Assignment(new Name(key, value.Span), value));
        }
        return _formulas.Elaborate(passive.Value, at) is { } formula
            ? Behavioural(passive, parameters.ToImmutable(), name, positive, negative, passive.Letter == 'r' ? BehaviouralQuantity.Ohms : BehaviouralQuantity.Farads, formula, at)
            : null;
    }

    private BehaviouralElement? Polynomial(PolynomialStatement statement, string name, string positive, string negative, Expansion at)
    {
        var isVoltage = statement.Letter is 'e' or 'h';
        var controls = statement.Letter is 'e' or 'g'
            ? statement.Controls.Chunk(2).Select(pair => (Formula)new VoltageFormula(Declared(pair[0], at), Declared(pair[1], at))).ToImmutableArray()
            : [.. statement.Controls.Select(control => (Formula)ControlCurrent(control, at))];
        var coefficients = Constants(statement.Coefficients, at);
        return coefficients is null ? null : Behavioural(statement, statement.Parameters, name, positive, negative, isVoltage ? BehaviouralQuantity.Volts : BehaviouralQuantity.Amperes,
            new CallFormula("poly", [new ConstantFormula(controls.Length), .. controls, .. coefficients]), at);
    }

    private BehaviouralElement? Table(TableStatement statement, string name, string positive, string negative, Expansion at)
    {
        var input = _formulas.Elaborate(statement.Input, at);
        var points = Constants(statement.Points, at);
        if (input is null || points is null)
            return null;
        if (points.Count < 4)
            throw new StatementException(DiagnosticCodes.WrongArgumentCount, statement.Points[0].Span, "TABLE takes two points or more");
        for (var k = 2; k < points.Count; k += 2)
        {
            if (points[k].Value <= points[k - 2].Value)
                throw new StatementException(DiagnosticCodes.PwlTimes, statement.Points[k].Span, $"the points must increase: {SpiceNumber.Format(points[k].Value)} after {SpiceNumber.Format(points[k - 2].Value)}");
        }
        return Behavioural(statement, statement.Parameters, name, positive, negative, statement.Letter == 'e' ? BehaviouralQuantity.Volts : BehaviouralQuantity.Amperes,
            new CallFormula("table", [input, .. points]), at);
    }

    private CurrentFormula ControlCurrent(Name control, Expansion at)
    {
        var source = at.Path + control.Text;
        _names.RequireSource(source, control);
        return new CurrentFormula(source);
    }

    private List<ConstantFormula>? Constants(ImmutableArray<Expression> formulas, Expansion at)
    {
        var values = formulas.Select(f => _evaluator.Evaluate(f, at.Scope)).ToList();
        return values.Contains(null) ? null : [.. values.Select(v => new ConstantFormula(v!.Value))];
    }

    /// <summary>As in ngspice, <c>m=</c> of the instances around multiplies every kind but B.</summary>
    private BehaviouralElement? Behavioural(ElementStatement statement, ImmutableArray<Assignment> parameters, string name, string positive, string negative, BehaviouralQuantity quantity, Formula formula, Expansion at)
    {
        var around = statement.Letter == 'b' || quantity == BehaviouralQuantity.Volts ? 1 : at.Multiplier;
        double? parallel = around, tc1 = 0, tc2 = 0, initial = null;
        var complete = true;
        foreach (var (key, value) in parameters)
        {
            switch (key.Text)
            {
                case "m" when quantity != BehaviouralQuantity.Volts || statement.Letter == 'b':
                    parallel = around * Positive(value, at, "multiplier");
                    complete &= parallel is not null;
                    break;
                case "tc1":
                    complete &= (tc1 = _evaluator.Evaluate(value, at.Scope)) is not null;
                    break;
                case "tc2":
                    complete &= (tc2 = _evaluator.Evaluate(value, at.Scope)) is not null;
                    break;
                case "ic" when quantity is BehaviouralQuantity.Farads or BehaviouralQuantity.Coulombs:
                    complete &= (initial = _evaluator.Evaluate(value, at.Scope)) is not null;
                    break;
                default:
                    throw ElementParser.Unknown(key, quantity == BehaviouralQuantity.Volts ? "tc1, tc2" : "tc1, tc2, m");
            }
        }
        return complete ? new BehaviouralElement(name, statement.Name.Span, positive, negative, quantity, formula, parallel!.Value, tc1!.Value, tc2!.Value, initial) : null;
    }
}
