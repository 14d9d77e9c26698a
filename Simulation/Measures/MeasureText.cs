using System.Globalization;
using AnalogAttention.Circuits;

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

    /// <summary>A SPICE number: suffixes T G Meg K mil m u n p f a, trailing letters ignored. Returns the characters used, 0 for none.</summary>
    public static int Number(ReadOnlySpan<char> text, out double value)
    {
        var length = 0;
        while (length < text.Length && (char.IsAsciiDigit(text[length]) || text[length] == '.'))
            length++;
        value = 0;
        if (length == 0 || !text[..length].ContainsAnyInRange('0', '9'))
            return 0;
        if (length + 1 < text.Length && text[length] is 'e' or 'E')
        {
            var at = length + (text[length + 1] is '+' or '-' ? 2 : 1);
            if (at < text.Length && char.IsAsciiDigit(text[at]))
                for (length = at; length < text.Length && char.IsAsciiDigit(text[length]);)
                    length++;
        }
        if (!double.TryParse(text[..length], NumberStyles.Float, CultureInfo.InvariantCulture, out value))
            return 0;
        var rest = text[length..];
        value *= rest switch
        {
            _ when rest.StartsWith("meg", StringComparison.OrdinalIgnoreCase) => 1e6,
            _ when rest.StartsWith("mil", StringComparison.OrdinalIgnoreCase) => 25.4e-6,
            [] => 1,
            _ => char.ToLowerInvariant(rest[0]) switch
            {
                't' => 1e12,
                'g' => 1e9,
                'k' => 1e3,
                'm' => 1e-3,
                'u' => 1e-6,
                'n' => 1e-9,
                'p' => 1e-12,
                'f' => 1e-15,
                'a' => 1e-18,
                _ => 1,
            },
        };
        while (length < text.Length && char.IsAsciiLetter(text[length]))
            length++;
        return length;
    }
}

/// <summary>A measure that has no value, and why.</summary>
internal sealed class MeasureFailure(string reason) : Exception(reason);

/// <summary>The words of one measure with a place in them.</summary>
internal sealed class MeasureWords(Measure measure)
{
    private readonly List<string> _words = MeasureText.Words(measure.Definition);
    private int _at;

    public bool AtEnd => _at == _words.Count;

    public string Peek => AtEnd ? "" : _words[_at];

    /// <exception cref="BadInputException">The text ends here.</exception>
    public string Take(string expected) => AtEnd ? throw Expected(expected) : _words[_at++];

    public bool TryTake(params ReadOnlySpan<string> words)
    {
        if (AtEnd || !words.Contains(_words[_at]))
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

    public BadInputException Expected(string what) =>
        new($"{measure.Span}: .measure {measure.Name}: expected {what}{(AtEnd ? " at the end" : $", found '{_words[_at]}'")}");
}
