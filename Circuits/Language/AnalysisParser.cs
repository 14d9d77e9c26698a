using System.Collections.Immutable;

namespace AnalogAttention.Circuits.Language;

/// <summary>Reads what a deck asks for: analyses, options, initial voltages, what to save and to measure.</summary>
internal static class AnalysisParser
{
    private static readonly HashSet<string> Analyses = [".op", ".dc", ".tran", ".ac", ".noise", ".save", ".measure", ".meas", ".options", ".option", ".opt", ".temp", ".title"];
    private static readonly HashSet<string> Ignored = [".print", ".plot", ".probe", ".four", ".width"];

    public static bool Knows(string command) => Analyses.Contains(command) || SweepParser.Knows(command);

    public static void Parse(Name head, LineCursor cursor, DeckStatements deck, DiagnosticList diagnostics)
    {
        switch (head.Text)
        {
            case ".op":
                cursor.ExpectEnd();
                deck.Analyses.Add(new OperatingPointStatement(head.Span));
                break;
            case ".dc":
                deck.Analyses.Add(DcSweep(head, cursor));
                break;
            case ".tran":
                deck.Analyses.Add(Transient(head, cursor));
                break;
            case ".ac":
                deck.Analyses.Add(new SmallSignalStatement(head.Span, Frequencies(cursor)));
                cursor.ExpectEnd();
                break;
            case ".noise":
                deck.Analyses.Add(Noise(head, cursor));
                break;
            case ".save":
                deck.Saves.AddRange(Saves(cursor));
                break;
            case ".measure" or ".meas":
                var kind = cursor.Word("an analysis (tran, dc, ac)");
                if (kind.Text is not ("tran" or "dc" or "op" or "ac" or "noise" or "sp"))
                    throw new StatementException(DiagnosticCodes.Expected, kind.Span, $"expected an analysis (tran, dc, ac), found '{kind}'");
                var name = cursor.Word("a name for the measure");
                if (cursor.AtEnd)
                    throw cursor.Missing("what to measure");
                deck.Measures.Add(new MeasureStatement(name, kind, cursor.Line, cursor.Mark()));
                break;
            case ".options" or ".option" or ".opt":
                deck.Options.AddRange(Options(cursor));
                break;
            case ".temp":
                deck.Options.Add(new OptionStatement(head with { Text = "temp" }, cursor.Value("a temperature in degrees Celsius")));
                cursor.ExpectEnd();
                break;
            case ".title":
                deck.Title = cursor.Rest();
                break;
            case var other when Ignored.Contains(other):
                diagnostics.Warning(DiagnosticCodes.Ignored, head.Span, $"{head} is ignored: use .save and .measure");
                break;
            case var other when SweepParser.Knows(other):
                SweepParser.Parse(head, cursor, deck);
                break;
            default:
                throw new StatementException(DiagnosticCodes.UnknownCommand, head.Span, $"unknown command '{head}'");
        }
    }

    /// <summary><c>v(node)=value ...</c></summary>
    public static List<NodeVoltStatement> NodeVolts(LineCursor cursor, bool isGuess)
    {
        var volts = new List<NodeVoltStatement>();
        do
        {
            var v = cursor.Word("v(NODE)=VALUE");
            if (v.Text != "v")
                throw new StatementException(DiagnosticCodes.Expected, v.Span, $"expected v(NODE)=VALUE, found '{v}'");
            cursor.Expect('(');
            var node = ElementParser.Node(cursor);
            cursor.Expect(')');
            cursor.Expect('=');
            volts.Add(new NodeVoltStatement(isGuess, node, cursor.AssignedValue()));
        }
        while (!cursor.AtEnd);
        return volts;
    }

    private static DcSweepStatement DcSweep(Name head, LineCursor cursor)
    {
        var axes = ImmutableArray.CreateBuilder<SweepAxisStatement>();
        do
        {
            if (axes.Count == 2)
                throw new StatementException(DiagnosticCodes.UnexpectedText, cursor.Here, "expected the end of the statement: .dc sweeps at most two sources");
            var source = cursor.Word("a source");
            source = source with { Text = ElementParser.WithoutExpandedPrefix(source.Text) };
            axes.Add(new SweepAxisStatement(source, cursor.Value("the start of the sweep"), cursor.Value("the end of the sweep"), cursor.Value("the step of the sweep")));
        }
        while (!cursor.AtEnd);
        return new DcSweepStatement(head.Span, axes.ToImmutable());
    }

    private static TransientStatement Transient(Name head, LineCursor cursor)
    {
        var step = cursor.Value("the time step");
        var stop = cursor.Value("the stop time");
        var start = cursor.AtValue ? cursor.Value("the start time") : null;
        var maximum = cursor.AtValue ? cursor.Value("the largest step") : null;
        var initial = false;
        if (cursor.AtWord && cursor.Word("uic") is var word)
        {
            if (word.Text != "uic")
                throw new StatementException(DiagnosticCodes.Expected, word.Span, $"expected uic or the end of the statement, found '{word}'");
            initial = true;
        }
        cursor.ExpectEnd();
        return new TransientStatement(head.Span, step, stop, start, maximum, initial);
    }

    private static FrequencySweepStatement Frequencies(LineCursor cursor)
    {
        var scale = cursor.Word("dec, oct or lin");
        return new FrequencySweepStatement(scale.Text switch
        {
            "dec" => FrequencyScale.Decade,
            "oct" => FrequencyScale.Octave,
            "lin" => FrequencyScale.Linear,
            _ => throw new StatementException(DiagnosticCodes.Expected, scale.Span, $"expected dec, oct or lin, found '{scale}'"),
        }, cursor.Value("the number of points"), cursor.Value("the first frequency"), cursor.Value("the last frequency"));
    }

    private static NoiseStatement Noise(Name head, LineCursor cursor)
    {
        var v = cursor.Word("v(NODE) or v(NODE,NODE)");
        if (v.Text != "v")
            throw new StatementException(DiagnosticCodes.Expected, v.Span, $"expected v(NODE) or v(NODE,NODE), found '{v}'");
        cursor.Expect('(');
        var output = ImmutableArray.Create(ElementParser.Node(cursor));
        if (cursor.AtWord)
            output = output.Add(ElementParser.Node(cursor));
        cursor.Expect(')');
        var source = Source(cursor);
        var frequencies = Frequencies(cursor);
        var summary = cursor.AtValue ? cursor.Value("points per summary") : null;
        cursor.ExpectEnd();
        return new NoiseStatement(head.Span, output, source, frequencies, summary);
    }

    private static IEnumerable<SaveStatement> Saves(LineCursor cursor)
    {
        if (cursor.AtEnd)
            throw cursor.Missing("what to save");
        var saves = new List<SaveStatement>();
        while (!cursor.AtEnd)
        {
            var word = cursor.Word("v(NODE), i(SOURCE), a name or all");
            if (!cursor.Accept('('))
            {
                if (word.Text[0] == '@')
                    throw new StatementException(DiagnosticCodes.Expected, word.Span, $"expected v(NODE), i(SOURCE), a name or all, found '{word}' (what happens inside a device is not saved)");
                saves.Add(new SaveStatement(word.Text, ' ', word.Text is "all" or "allv" or "alli" ? [] : [word]));
                continue;
            }
            if (word.Text is not ("v" or "i"))
                throw new StatementException(DiagnosticCodes.Expected, word.Span, $"expected v(NODE) or i(SOURCE), found '{word}('");
            var probes = ImmutableArray.CreateBuilder<Name>();
            probes.Add(word.Text == "v" ? ElementParser.Node(cursor) : Source(cursor));
            if (word.Text == "v" && cursor.AtWord)
                probes.Add(ElementParser.Node(cursor));
            cursor.Expect(')');
            saves.Add(SaveStatement.Of(word.Text[0], probes.ToImmutable()));
        }
        return saves;
    }

    private static Name Source(LineCursor cursor)
    {
        var source = cursor.Word("a source");
        return source with { Text = ElementParser.WithoutExpandedPrefix(source.Text) };
    }

    private static IEnumerable<OptionStatement> Options(LineCursor cursor)
    {
        var options = new List<OptionStatement>();
        while (!cursor.AtEnd)
        {
            var name = cursor.Word("an option");
            if (!cursor.Accept('='))
                options.Add(new OptionStatement(name, null));
            else if (name.Text == "method")
            {
                var method = cursor.Word("trap or gear");
                options.Add(new OptionStatement(name, new NumberExpression(method.Span, method.Text switch
                {
                    "trap" or "trapezoidal" => SimulatorOptions.Trapezoidal,
                    "gear" => SimulatorOptions.Gear,
                    _ => throw new StatementException(DiagnosticCodes.Expected, method.Span, $"expected trap or gear, found '{method}'"),
                })));
            }
            else
                options.Add(new OptionStatement(name, cursor.AssignedValue()));
        }
        return options;
    }
}
