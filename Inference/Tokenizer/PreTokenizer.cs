using System.Globalization;
using System.Text;

namespace AnalogAttention.Inference.Tokenizer;

/// <summary>
/// GPT-2's split of text into words, over Unicode scalar values:
/// <c>'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+</c>. Scanned by hand, since .NET's regular expressions see
/// UTF-16 and would take letters beyond the basic plane for symbols.
/// </summary>
public static class PreTokenizer
{
    private enum Kind { Space, Letter, Number, Other }

    /// <summary>Length in chars of the word that starts the text; the text is not empty.</summary>
    public static int WordLength(ReadOnlySpan<char> text)
    {
        if (Contraction(text) is > 0 and var length)
            return length;
        int start = text[0] == ' ' ? 1 : 0;
        if (start < text.Length)
        {
            Kind kind = KindAt(text[start..], out _);
            if (kind != Kind.Space)
                return start + RunLength(text[start..], kind, out _);
        }
        int spaces = RunLength(text, Kind.Space, out int lastLength);
        // \s+(?!\S): a run before a word leaves its last space to the word, unless it is that space alone.
        return spaces == text.Length || spaces == lastLength ? spaces : spaces - lastLength;
    }

    private static int Contraction(ReadOnlySpan<char> text)
    {
        if (text[0] != '\'' || text.Length < 2)
            return 0;
        if (text[1] is 's' or 't' or 'm' or 'd')
            return 2;
        return text.Length > 2 && (text[1], text[2]) is ('r', 'e') or ('v', 'e') or ('l', 'l') ? 3 : 0;
    }

    private static int RunLength(ReadOnlySpan<char> text, Kind kind, out int lastLength)
    {
        var at = 0;
        lastLength = 0;
        while (at < text.Length && KindAt(text[at..], out int length) == kind)
        {
            at += length;
            lastLength = length;
        }
        return at;
    }

    /// <summary>A lone surrogate counts as U+FFFD.</summary>
    private static Kind KindAt(ReadOnlySpan<char> text, out int length)
    {
        Rune.DecodeFromUtf16(text, out Rune rune, out length);
        if (Rune.IsWhiteSpace(rune))
            return Kind.Space;
        return Rune.GetUnicodeCategory(rune) switch
        {
            <= UnicodeCategory.OtherLetter => Kind.Letter,                       // Lu, Ll, Lt, Lm, Lo
            UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => Kind.Number,
            _ => Kind.Other,
        };
    }
}
