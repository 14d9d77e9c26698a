using System.Text;

namespace AnalogAttention.Inference.Weights;

/// <summary>Text of a file as an error line may show it, whatever the file holds: short, and without line ends, control characters or lone surrogates.</summary>
internal static class Excerpt
{
    private const int Longest = 100;

    public static string Of(string text)
    {
        var shown = new StringBuilder();
        foreach (Rune rune in text.Length > Longest ? text.AsSpan(0, Longest).EnumerateRunes() : text.AsSpan().EnumerateRunes())
            if (Rune.IsControl(rune) || rune.Value is 0x2028 or 0x2029)
                shown.Append($"\\u{rune.Value:x4}");
            else
                shown.Append(rune);
        return text.Length > Longest ? $"{shown}... ({text.Length} characters)" : shown.ToString();
    }
}
