using System.Collections.Immutable;

namespace AnalogAttention.Circuits.Language;

/// <summary>Reads V and I: a DC value, an AC stimulus and a time function, in any order.</summary>
internal static class SourceParser
{
    private static readonly HashSet<string> Functions = ["pulse", "pwl", "sin", "exp"];
    private static readonly HashSet<string> Unsupported = ["sffm", "am", "trnoise", "trrandom", "external", "distof1", "distof2", "portnum"];

    public static SourceStatement Parse(Name name, char letter, LineCursor cursor)
    {
        var positive = ElementParser.Node(cursor);
        var negative = ElementParser.Node(cursor);
        Expression? dc = null, magnitude = null, phase = null, multiplier = null;
        WaveformStatement? waveform = null;
        while (!cursor.AtEnd)
        {
            if (cursor.AtValue)
            {
                if (dc is not null)
                    throw new StatementException(DiagnosticCodes.UnexpectedText, cursor.Here, $"expected AC, a source function or the end of the statement, found {cursor.Shown}");
                dc = cursor.Value("a DC value");
                continue;
            }
            var key = cursor.Word("DC, AC, a source function or a value");
            if (letter == 'i' && key.Text == "m" && cursor.Accept('='))
                multiplier = cursor.AssignedValue();
            else if (waveform is { Function.Text: "pwl" } && key.Text is "r" or "td" && cursor.At('='))
            {
                Once(waveform.Options.FirstOrDefault(o => o.Name.Text == key.Text), key);
                cursor.Expect('=');
                waveform = waveform with { Options = waveform.Options.Add(new Assignment(key, cursor.AssignedValue())) };
            }
            else if (key.Text == "dc")
            {
                Once(dc, key);
                cursor.Accept('=');
                dc = cursor.Value("a DC value");
            }
            else if (key.Text == "ac")
            {
                Once(magnitude, key);
                cursor.Accept('=');
                magnitude = cursor.AtValue ? cursor.Value("an AC magnitude") : new NumberExpression(key.Span, 1);
                phase = cursor.AtValue ? cursor.Value("an AC phase") : new NumberExpression(key.Span, 0);
            }
            else if (Functions.Contains(key.Text))
            {
                Once(waveform, key);
                waveform = new WaveformStatement(key, Arguments(cursor), []);
            }
            else if (Unsupported.Contains(key.Text))
                throw new StatementException(DiagnosticCodes.SourceNotSupported, key.Span, $"{key.Text.ToUpperInvariant()} is outside the dialect (expected DC, AC, PULSE, PWL, SIN or EXP)");
            else
                throw new StatementException(DiagnosticCodes.Expected, key.Span, $"expected DC, AC, PULSE, PWL, SIN, EXP or a value, found '{key}'");
        }
        return new SourceStatement(name, letter, positive, negative, dc, waveform, magnitude, phase, multiplier);
    }

    private static ImmutableArray<Expression> Arguments(LineCursor cursor)
    {
        var arguments = ImmutableArray.CreateBuilder<Expression>();
        var bracketed = cursor.Accept('(');
        while (cursor.AtValue)
            arguments.Add(cursor.Value("a number"));
        if (bracketed && !cursor.Accept(')'))
            throw cursor.Missing("a number or ')'");
        return arguments.ToImmutable();
    }

    private static void Once(object? earlier, Name key)
    {
        if (earlier is not null)
            throw new StatementException(DiagnosticCodes.GivenTwice, key.Span, $"'{key}' is given twice");
    }
}
