using System.Text;

namespace AnalogAttention.Reports;

/// <summary>Text made safe for html, and the marks that several parts of a page share.</summary>
internal static class Html
{
    /// <summary>Safe as content and inside double quotes; control characters that html forbids become U+FFFD.</summary>
    public static string Text(string text)
    {
        StringBuilder safe = new(text.Length);
        foreach (char c in text)
            _ = c switch
            {
                '&' => safe.Append("&amp;"),
                '<' => safe.Append("&lt;"),
                '>' => safe.Append("&gt;"),
                '"' => safe.Append("&quot;"),
                '\'' => safe.Append("&#39;"),
                '\n' or '\t' => safe.Append(c),
                '\r' => safe,
                < ' ' or '\u007f' => safe.Append('\ufffd'),
                _ => safe.Append(c),
            };
        return safe.ToString();
    }

    public static void Paragraphs(StringBuilder html, string? text)
    {
        foreach (string paragraph in (text ?? "").ReplaceLineEndings("\n").Split("\n\n", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            html.Append($"<p>{Text(paragraph)}</p>\n");
    }

    public static string Word(Verdict verdict) => verdict switch
    {
        Verdict.Pass => "pass",
        Verdict.Warn => "warn",
        Verdict.Fail => "fail",
        _ => throw new ArgumentOutOfRangeException(nameof(verdict)),
    };

    public static string Pill(Verdict verdict) => $"<span class=\"verdict {Word(verdict)}\">{Word(verdict)}</span>";
}
