using System.Collections.Immutable;
using System.Text;

namespace AnalogAttention.Circuits.Language;

/// <summary>A statement as one line: comments gone, continuations joined, every character still knowing where it was written.</summary>
internal sealed class LogicalLine(string file, string text, ImmutableArray<(int Offset, int Line, int Column)> pieces)
{
    private SourceSpan? _place;

    public string File { get; } = file;
    public string Text { get; } = text;

    /// <summary>The same statement, whatever is wrong with it reported at one place.</summary>
    public LogicalLine ReportedAt(SourceSpan place) => new(File, Text, pieces) { _place = place };

    public SourceSpan SpanAt(int offset, int length = 0)
    {
        if (_place is { } place)
            return place;
        var piece = pieces[0];
        foreach (var candidate in pieces)
        {
            if (candidate.Offset > offset)
                break;
            piece = candidate;
        }
        return new SourceSpan(File, piece.Line, piece.Column + (offset - piece.Offset), length);
    }

    /// <summary>Splits a file into statements. A <c>+</c> with nothing before it is reported.</summary>
    /// <param name="hasTitle">The first line is the title of a deck, not a statement.</param>
    public static List<LogicalLine> Split(string file, string text, bool hasTitle, DiagnosticList diagnostics)
    {
        var lines = new List<LogicalLine>();
        var joined = new StringBuilder();
        var pieces = ImmutableArray.CreateBuilder<(int, int, int)>();
        var number = 0;
        foreach (var physical in text.AsSpan().EnumerateLines())
        {
            number++;
            if (number == 1 && hasTitle)
                continue;
            var start = 0;
            while (start < physical.Length && char.IsWhiteSpace(physical[start]))
                start++;
            if (start == physical.Length || physical[start] == '*')
                continue;
            var content = physical[start..CommentStart(physical, start)].TrimEnd();
            if (content.IsEmpty)
                continue;
            if (content[0] == '+')
            {
                if (pieces.Count == 0)
                {
                    diagnostics.Error(DiagnosticCodes.NothingToContinue, new SourceSpan(file, number, start + 1, 1), "a continuation line '+' with no statement before it");
                    continue;
                }
                joined.Append(' ');
                pieces.Add((joined.Length, number, start + 2));
                joined.Append(content[1..]);
                continue;
            }
            Emit();
            pieces.Add((0, number, start + 1));
            joined.Append(content);
        }
        Emit();
        return lines;

        void Emit()
        {
            if (pieces.Count > 0)
                lines.Add(new LogicalLine(file, joined.ToString(), pieces.ToImmutable()));
            joined.Clear();
            pieces.Clear();
        }
    }

    /// <summary>A <c>;</c> starts a comment anywhere, a <c>$</c> after a blank or comma; neither inside double quotes.</summary>
    private static int CommentStart(ReadOnlySpan<char> line, int start)
    {
        var quoted = false;
        for (var i = start; i < line.Length; i++)
        {
            var c = line[i];
            if (c == '"')
                quoted = !quoted;
            else if (!quoted && (c == ';' || c == '$' && (i == start || char.IsWhiteSpace(line[i - 1]) || line[i - 1] == ',')))
                return i;
        }
        return line.Length;
    }
}
