using System.Collections.Immutable;

namespace AnalogAttention.Circuits.Language;

/// <summary>Reads <c>.param .func .model .subckt</c>.</summary>
internal static class DefinitionParser
{
    private static readonly HashSet<string> UsableTypes = ["nmos", "pmos", "d", "sw", "csw"];
    private static readonly HashSet<string> KnownTypes = ["r", "res", "c", "cap", "l", "ind", "npn", "pnp", "njf", "pjf", "nmf", "pmf", "nhfet", "phfet", "ltra", "urc", "txl", "cpl", "vdmos", "nsoi", "psoi", "core"];

    public static bool IsUsable(string modelType) => UsableTypes.Contains(modelType);

    /// <summary><c>a=formula b=formula</c> up to the end or a closing bracket.</summary>
    /// <param name="flag">A word that may stand among them without a value; it is added as an assignment of 1.</param>
    public static ImmutableArray<Assignment> Assignments(LineCursor cursor, string expected, bool inBrackets = false, string? flag = null)
    {
        if (cursor.AtEnd)
            return [];
        var assignments = ImmutableArray.CreateBuilder<Assignment>();
        HashSet<string>? given = null;
        while (!cursor.AtEnd && !(inBrackets && cursor.At(')')))
        {
            if (!cursor.AtWord)
                throw new StatementException(DiagnosticCodes.UnexpectedText, cursor.Here, $"expected {expected} or the end of the statement, found {cursor.Shown}");
            var name = cursor.Word(expected);
            if (name.Text == flag && !cursor.At('='))
                assignments.Add(new Assignment(name, new NumberExpression(name.Span, 1)));
            else
            {
                cursor.Expect('=');
                assignments.Add(new Assignment(name, cursor.AssignedValue()));
            }
            if (assignments.Count > 1)
            {
                given ??= [assignments[0].Name.Text];
                if (!given.Add(name.Text))
                    throw new StatementException(DiagnosticCodes.GivenTwice, name.Span, $"'{name}' is given twice");
            }
        }
        return assignments.ToImmutable();
    }

    public static FunctionStatement Function(LineCursor cursor)
    {
        var name = cursor.Word("a function name");
        RequireIdentifier(name);
        cursor.Expect('(');
        var arguments = new List<string>();
        while (!cursor.Accept(')'))
        {
            var argument = cursor.Word("an argument name or ')'");
            RequireIdentifier(argument);
            arguments.Add(argument.Text);
        }
        cursor.Accept('=');
        var body = cursor.AssignedValue();
        cursor.ExpectEnd();
        return new FunctionStatement(name.Span, name.Text, arguments, body);
    }

    public static ModelStatement Model(LineCursor cursor)
    {
        var name = cursor.Word("a model name");
        var type = cursor.Word("a model type");
        if (!IsUsable(type.Text) && !KnownTypes.Contains(type.Text))
            throw new StatementException(DiagnosticCodes.WrongModelType, type.Span, $"unknown model type '{type}' (expected nmos, pmos, d, sw or csw)");
        var bracketed = cursor.Accept('(');
        if (!IsUsable(type.Text))
            return new ModelStatement(name, type, []);
        var parameters = Assignments(cursor, "a parameter name", bracketed);
        if (bracketed)
            cursor.Expect(')');
        cursor.ExpectEnd();
        return new ModelStatement(name, type, parameters);
    }

    public static SubcircuitStatement Subcircuit(LineCursor cursor, DeckBody body)
    {
        var name = cursor.Word("a subcircuit name");
        var pins = ImmutableArray.CreateBuilder<Name>();
        while (cursor.AtWord && !ElementParser.NextIsAssignment(cursor))
        {
            var pin = ElementParser.Node(cursor);
            if (pin.Text is "params:")
                break;
            if (pin.Text == "0")
                throw new StatementException(DiagnosticCodes.BadValue, pin.Span, "ground is everywhere and cannot be a pin");
            if (pins.Any(p => p.Text == pin.Text))
                throw new StatementException(DiagnosticCodes.GivenTwice, pin.Span, $"pin '{pin}' is given twice");
            pins.Add(pin);
        }
        return new SubcircuitStatement(name, pins.ToImmutable(), Assignments(cursor, "a parameter name"), body);
    }

    private static void RequireIdentifier(Name name)
    {
        if (!(char.IsAsciiLetter(name.Text[0]) || name.Text[0] == '_') || !name.Text.All(c => char.IsAsciiLetterOrDigit(c) || c == '_'))
            throw new StatementException(DiagnosticCodes.Expected, name.Span, $"expected a name of letters, digits and '_', found '{name}'");
    }
}
