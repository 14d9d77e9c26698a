using AnalogAttention.Circuits.Language;

namespace AnalogAttention.Simulation.Measures;

/// <summary>
/// Cuts the text of a <c>.measure</c> into words: blanks separate outside brackets and quotes, <c>=</c> stands alone, and an
/// expression in quotes or braces is one word without them.
/// </summary>
internal static class MeasureText
{
    public static List<string> Words(string text)
    {
        var words = new List<string>();
        var word = new System.Text.StringBuilder();
        var depth = 0;
        void End()
        {
            if (word.Length > 0)
                words.Add(word.ToString());
            word.Clear();
        }
        for (var k = 0; k < text.Length; k++)
        {
            var c = text[k];
            if (c is '\'' or '"' or '{')
            {
                var close = text.IndexOf(c == '{' ? '}' : c, k + 1);
                close = close < 0 ? text.Length : close;
                // an expression is bracketed so that it stays one value inside its surroundings
                word.Append('(').Append(text.AsSpan(k + 1, close - k - 1)).Append(')');
                k = close;
            }
            else if (depth == 0 && (char.IsWhiteSpace(c) || c == '='))
            {
                End();
                if (c == '=')
                    words.Add("=");
            }
            else if (!char.IsWhiteSpace(c))
            {
                depth += c == '(' ? 1 : c == ')' ? -1 : 0;
                word.Append(char.ToLowerInvariant(c));
            }
        }
        End();
        return words;
    }
}

/// <summary>The words of one measure with a place in them.</summary>
internal sealed class MeasureWords(string definition)
{
    private readonly List<string> _words = MeasureText.Words(definition);
    private int _at;

    public bool AtEnd => _at == _words.Count;

    public string Peek => AtEnd ? "" : _words[_at];

    /// <exception cref="MeasureDefinitionException">The text ends here.</exception>
    public string Take(string expected) => AtEnd ? throw Expected(expected) : _words[_at++];

    public bool TryTake(string word)
    {
        if (Peek != word)
            return false;
        _at++;
        return true;
    }

    /// <summary>The value after <c>key =</c>.</summary>
    public string Value(string key)
    {
        if (!TryTake("="))
            throw Expected($"'=' after '{key}'");
        return Take($"a value after '{key}='");
    }

    public MeasureDefinitionException Expected(string what) =>
        new(DiagnosticCodes.Expected, $"expected {what}{(AtEnd ? " at the end" : $", found '{_words[_at]}'")}");
}
