using System.Globalization;

namespace AnalogAttention.Circuits.Language;

/// <summary>
/// Numbers as SPICE writes them: <c>1e-3</c>, <c>5pF</c>, <c>10kOhm</c>, <c>2.5MEG</c>. Suffixes T G Meg K mil m u n p f a, in either
/// case (M is milli); further letters are units and mean nothing.
/// </summary>
public static class SpiceNumber
{
    private const double MetresPerMil = 25.4e-6;

    /// <summary>Reads a whole word.</summary>
    public static bool TryParse(ReadOnlySpan<char> word, out double value)
    {
        var length = Read(word, out value);
        return length > 0 && length == word.Length;
    }

    /// <summary>Reads the number that starts the text, sign included.</summary>
    /// <returns>Characters read, units included; 0 when no number stands there.</returns>
    public static int Read(ReadOnlySpan<char> text, out double value)
    {
        value = 0;
        var at = 0;
        if (at < text.Length && text[at] is '+' or '-')
            at++;
        var digits = at;
        while (at < text.Length && char.IsAsciiDigit(text[at]))
            at++;
        var count = at - digits;
        if (at < text.Length && text[at] == '.')
        {
            var point = ++at;
            while (at < text.Length && char.IsAsciiDigit(text[at]))
                at++;
            count += at - point;
        }
        if (count == 0)
            return 0;
        var mantissa = text[..at];
        var exponent = ReadExponent(text, ref at);
        var units = at;
        while (at < text.Length && (char.IsAsciiLetter(text[at]) || text[at] == '_'))
            at++;
        var unit = text[units..at];
        var mil = unit.StartsWith("mil", StringComparison.OrdinalIgnoreCase);
        // One decimal-to-binary conversion, so that 1.1n is the double nearest to 1.1e-9.
        value = double.Parse($"{mantissa}e{exponent + (mil ? 0 : PowerOfTen(unit))}", NumberStyles.Float, CultureInfo.InvariantCulture);
        if (mil)
            value *= MetresPerMil;
        return at;
    }

    /// <summary>The shortest text that reads back as the same double.</summary>
    public static string Format(double value) => value.ToString("R", CultureInfo.InvariantCulture).ToLowerInvariant();

    private static long ReadExponent(ReadOnlySpan<char> text, ref int at)
    {
        if (at >= text.Length || text[at] is not ('e' or 'E'))
            return 0;
        var end = at + 1;
        if (end < text.Length && text[end] is '+' or '-')
            end++;
        var digits = end;
        while (end < text.Length && char.IsAsciiDigit(text[end]))
            end++;
        if (end == digits)
            return 0;
        var written = text[(at + 1)..end];
        at = end;
        const int farBeyondDouble = 100_000;
        return long.TryParse(written, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var exponent)
            ? Math.Clamp(exponent, -farBeyondDouble, farBeyondDouble)
            : written[0] == '-' ? -farBeyondDouble : farBeyondDouble;
    }

    private static int PowerOfTen(ReadOnlySpan<char> unit) => unit.Length == 0 ? 0 : char.ToLowerInvariant(unit[0]) switch
    {
        't' => 12,
        'g' => 9,
        'k' => 3,
        'm' => unit.StartsWith("meg", StringComparison.OrdinalIgnoreCase) ? 6 : -3,
        'u' => -6,
        'n' => -9,
        'p' => -12,
        'f' => -15,
        'a' => -18,
        _ => 0,
    };
}
