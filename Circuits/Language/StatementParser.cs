using System.Collections.Immutable;

namespace AnalogAttention.Circuits.Language;

/// <summary>Sorts a deck's lines into statements, subcircuit by subcircuit; a bad line is reported and the next one read.</summary>
internal sealed class StatementParser(DiagnosticList diagnostics)
{
    private const int MostNestedDefinitions = 50;

    private readonly Stack<(SubcircuitStatement? Statement, DeckBody Body, SourceSpan Opened)> _open = new();

    public DeckStatements Parse(string title, IEnumerable<LogicalLine> lines)
    {
        var deck = new DeckStatements(title);
        var body = deck.Top;
        foreach (var line in lines)
        {
            var cursor = new LineCursor(line);
            try
            {
                if (!cursor.AtWord)
                    throw new StatementException(DiagnosticCodes.UnknownStatement, cursor.Here, $"expected an element or a command, found '{line.Text[0]}'");
                var head = cursor.Word("a statement");
                if (head.Text[0] == '.')
                    body = ParseCommand(head, cursor, deck, body);
                else
                    body.Elements.Add(ElementParser.Parse(head, cursor));
            }
            catch (StatementException e)
            {
                diagnostics.Add(e.Diagnostic);
            }
        }
        foreach (var (statement, _, opened) in _open)
            diagnostics.Error(DiagnosticCodes.SubcircuitNotClosed, opened, $".subckt {statement?.Name.Text} is not closed by .ends");
        return deck;
    }

    /// <returns>The body that the next statement belongs to.</returns>
    private DeckBody ParseCommand(Name head, LineCursor cursor, DeckStatements deck, DeckBody body)
    {
        switch (head.Text)
        {
            case ".subckt":
                return OpenSubcircuit(head, cursor, body);
            case ".ends":
                return CloseSubcircuit(head, cursor, body);
            case ".model":
                var model = DefinitionParser.Model(cursor);
                if (!body.Models.TryAdd(model.Name.Text, model))
                    throw new StatementException(DiagnosticCodes.DuplicateDefinition, model.Name.Span, $"model '{model.Name}' is already defined at {body.Models[model.Name.Text].Name.Span}");
                return body;
            case ".param" or ".params":
                if (cursor.AtEnd)
                    throw cursor.Missing("a parameter name");
                body.Parameters.AddRange(DefinitionParser.Assignments(cursor, "a parameter name"));
                return body;
            case ".func":
                var function = DefinitionParser.Function(cursor);
                if (body.Functions.Exists(f => f.Name == function.Name))
                    throw new StatementException(DiagnosticCodes.DuplicateDefinition, function.Span, $"function '{function.Name}' is already defined");
                body.Functions.Add(function);
                return body;
            case ".ic" or ".nodeset":
                body.NodeVolts.AddRange(AnalysisParser.NodeVolts(cursor, head.Text == ".nodeset"));
                return body;
            case ".connect":
                var kept = ElementParser.Node(cursor);
                var inner = ElementParser.Node(cursor);
                cursor.ExpectEnd();
                if (!inner.Text.Contains('.'))
                    throw new StatementException(DiagnosticCodes.Expected, inner.Span, $"expected a node inside an instance, as x1.n, found '{inner}'");
                if (body.Connections.Exists(c => c.Inner.Text == inner.Text))
                    throw new StatementException(DiagnosticCodes.GivenTwice, inner.Span, $"'{inner}' is connected twice");
                body.Connections.Add(new ConnectStatement(kept, inner));
                return body;
            case ".global":
                do
                    deck.Globals.Add(ElementParser.Node(cursor).Text);
                while (!cursor.AtEnd);
                return body;
        }
        if (body != deck.Top && AnalysisParser.Knows(head.Text))
            throw new StatementException(DiagnosticCodes.NotInSubcircuit, head.Span, $"{head.Text} belongs outside .subckt");
        AnalysisParser.Parse(head, cursor, deck, diagnostics);
        return body;
    }

    private DeckBody OpenSubcircuit(Name head, LineCursor cursor, DeckBody body)
    {
        var inner = new DeckBody(body);
        if (_open.Count >= MostNestedDefinitions)
            diagnostics.Fatal(DiagnosticCodes.TooDeep, head.Span, $"subcircuits are defined more than {MostNestedDefinitions} deep");
        // Opened before its line is read, so that an error in the line does not make its .ends an error as well.
        _open.Push((null, inner, head.Span));
        var statement = DefinitionParser.Subcircuit(cursor, inner);
        _open.Pop();
        _open.Push((statement, inner, head.Span));
        if (!body.Subcircuits.TryAdd(statement.Name.Text, statement))
            diagnostics.Error(DiagnosticCodes.DuplicateDefinition, statement.Name.Span, $"subcircuit '{statement.Name}' is already defined at {body.Subcircuits[statement.Name.Text].Name.Span}");
        return inner;
    }

    private DeckBody CloseSubcircuit(Name head, LineCursor cursor, DeckBody body)
    {
        if (!_open.TryPop(out var open))
            throw new StatementException(DiagnosticCodes.NothingToEnd, head.Span, ".ends without .subckt before it");
        var outer = open.Body.Parent!;
        if (cursor.AtWord && open.Statement is not null && cursor.Word("") is var name && name.Text != open.Statement.Name.Text)
            diagnostics.Error(DiagnosticCodes.NothingToEnd, name.Span, $".ends names '{name}', but the open subcircuit is '{open.Statement.Name}'");
        return outer;
    }
}
