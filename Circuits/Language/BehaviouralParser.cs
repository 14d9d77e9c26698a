using System.Collections.Immutable;

namespace AnalogAttention.Circuits.Language;

/// <summary>Reads B, and the forms of E, G, F and H that are no plain gain.</summary>
internal static class BehaviouralParser
{
    private const int MostDimensions = 20;

    /// <summary><c>Bn a b V=formula</c> or <c>I=formula</c>, and parameters, in any order.</summary>
    public static BehaviouralStatement Source(Name name, LineCursor cursor)
    {
        var (positive, negative) = (ElementParser.Node(cursor), ElementParser.Node(cursor));
        if (cursor.AtEnd)
            throw cursor.Missing("V=FORMULA or I=FORMULA");
        return Assigned(name, 'b', positive, negative, cursor, key => key switch { "v" => BehaviouralQuantity.Volts, "i" => BehaviouralQuantity.Amperes, _ => null }, "v, i, tc1, tc2, m");
    }

    /// <returns>Null when two control nodes and a gain follow.</returns>
    public static ElementStatement? VoltageControlled(Name name, char letter, Name positive, Name negative, LineCursor cursor)
    {
        var quantity = letter == 'e' ? BehaviouralQuantity.Volts : BehaviouralQuantity.Amperes;
        if (ElementParser.NextIsAssignment(cursor))
        {
            var own = letter == 'e' ? "vol" : "cur";
            return Assigned(name, letter, positive, negative, cursor, key => key == own || key == "value" ? quantity : null, letter == 'e' ? "vol, value, tc1, tc2" : "cur, value, tc1, tc2, m");
        }
        var mark = cursor.Mark();
        var word = cursor.Word("a control node, POLY, TABLE, VALUE=FORMULA or " + (letter == 'e' ? "VOL=FORMULA" : "CUR=FORMULA"));
        switch (word.Text)
        {
            case "poly" when cursor.At('('):
                return Polynomial(name, letter, positive, negative, cursor);
            case "table" when cursor.At('{') || cursor.At('\''):
                return Table(name, letter, positive, negative, cursor);
            case "value" when cursor.At('{') || cursor.At('\''):
                return new BehaviouralStatement(name, letter, positive, negative, quantity, cursor.Value("a formula"), DefinitionParser.Assignments(cursor, "a parameter name"));
            case "laplace" or "freq" or "and" or "nand" or "or" or "nor":
                throw new StatementException(DiagnosticCodes.ElementNotSupported, word.Span, $"element '{name}': {word.Text.ToUpperInvariant()} is outside the dialect (expected two control nodes and a gain, POLY, TABLE or a formula)");
        }
        cursor.Return(mark);
        return null;
    }

    /// <summary><c>POLY(n) controls coefficients</c>, after the word.</summary>
    public static PolynomialStatement Polynomial(Name name, char letter, Name positive, Name negative, LineCursor cursor)
    {
        cursor.Expect('(');
        var size = cursor.Value("the number of controls");
        cursor.Expect(')');
        if (size is not NumberExpression { Value: var count and >= 1 and <= MostDimensions } || count != Math.Floor(count))
            throw new StatementException(DiagnosticCodes.BadValue, size.Span, $"POLY takes 1 to {MostDimensions} controls");
        var controls = ImmutableArray.CreateBuilder<Name>();
        var byVoltage = letter is 'e' or 'g';
        for (var k = 0; k < (int)count; k++)
        {
            if (!byVoltage)
            {
                var source = cursor.Word("a voltage source");
                controls.Add(source with { Text = ElementParser.WithoutExpandedPrefix(source.Text) });
                continue;
            }
            var bracketed = cursor.Accept('(');
            controls.Add(ElementParser.Node(cursor, "a control node"));
            controls.Add(ElementParser.Node(cursor, "a control node"));
            if (bracketed)
                cursor.Expect(')');
        }
        var coefficients = ImmutableArray.CreateBuilder<Expression>();
        do
            coefficients.Add(cursor.Value("a coefficient"));
        while (cursor.AtValue);
        return new PolynomialStatement(name, letter, positive, negative, controls.ToImmutable(), coefficients.ToImmutable(), DefinitionParser.Assignments(cursor, "a parameter name"));
    }

    private static TableStatement Table(Name name, char letter, Name positive, Name negative, LineCursor cursor)
    {
        var input = cursor.Value("a formula");
        cursor.Accept('=');
        var points = ImmutableArray.CreateBuilder<Expression>();
        do
        {
            var bracketed = cursor.Accept('(');
            points.Add(cursor.Value("a point (X,Y)"));
            points.Add(cursor.Value("a value for the point"));
            if (bracketed)
                cursor.Expect(')');
        }
        while (cursor.AtValue || cursor.At('('));
        return new TableStatement(name, letter, positive, negative, input, points.ToImmutable(), DefinitionParser.Assignments(cursor, "a parameter name"));
    }

    private static BehaviouralStatement Assigned(Name name, char letter, Name positive, Name negative, LineCursor cursor, Func<string, BehaviouralQuantity?> quantityOf, string known)
    {
        (BehaviouralQuantity Quantity, Expression Formula)? value = null;
        var parameters = ImmutableArray.CreateBuilder<Assignment>();
        while (!cursor.AtEnd)
        {
            var key = cursor.Word("a parameter name");
            var quantity = quantityOf(key.Text);
            if (quantity is null && !known.Split(", ").Contains(key.Text))
                throw ElementParser.Unknown(key, known);
            cursor.Expect('=');
            if (quantity is { } given)
            {
                if (value is not null)
                    throw new StatementException(DiagnosticCodes.GivenTwice, key.Span, $"the formula of {name} is given twice");
                value = (given, cursor.Formula("a formula"));
            }
            else if (parameters.Any(p => p.Name.Text == key.Text))
                throw new StatementException(DiagnosticCodes.GivenTwice, key.Span, $"'{key}' is given twice");
            else
                parameters.Add(new Assignment(key, cursor.AssignedValue()));
        }
        return value is { } found
            ? new BehaviouralStatement(name, letter, positive, negative, found.Quantity, found.Formula, parameters.ToImmutable())
            : throw cursor.Missing("a formula");
    }
}
