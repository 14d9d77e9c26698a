using System.Globalization;

namespace AnalogAttention.Reports;

/// <summary>A number with its base unit; printed with an SI prefix: 1.29e-8 A reads "12.9 nA".</summary>
/// <param name="Digits">Significant digits; digits before the decimal point are never dropped.</param>
public readonly record struct Quantity(double Value, string Unit = "", int Digits = 3)
{
    public override string ToString() => SiFormat.Format(Value, Unit, Digits);
}

/// <summary>A power of ten and its letter, as in 1e-9 and "n".</summary>
public readonly record struct SiPrefix(int Exponent, string Symbol)
{
    private const string Symbols = "qryzafpnµm kMGTPEZYRQ";

    public static SiPrefix None { get; } = new(0, "");

    /// <summary>The prefix under which <paramref name="largest"/> reads 1 to 999; none where the unit takes no prefix.</summary>
    public static SiPrefix For(double largest, string unit)
    {
        if (largest == 0 || !double.IsFinite(largest) || !TakesPrefix(unit))
            return None;
        int third = (int)Math.Floor(SiFormat.Exponent(largest, 15) / 3.0);
        third = Math.Clamp(third, -10, unit.StartsWith('s') ? 0 : 10);
        return third == 0 ? None : new SiPrefix(3 * third, Symbols.Substring(third + 10, 1));
    }

    /// <summary>One prefix for many values, as on an axis or down a column; tenths of the base unit stay in it (0 to 0.9 V).</summary>
    public static SiPrefix ForAll(IEnumerable<double> values, string unit)
    {
        double largest = values.Where(double.IsFinite).Select(Math.Abs).DefaultIfEmpty(0).Max();
        return largest is >= 0.1 and < 1 ? None : For(largest, unit);
    }

    /// <summary>A value in base units, in this prefix: exact powers of ten, so 1.2e-12 in pico is 1.2.</summary>
    public double Apply(double value) => Exponent <= 0 ? value * Math.Pow(10, -Exponent) : value / Math.Pow(10, Exponent);

    /// <summary>True where a prefix may stand before the unit's first symbol: "A", "A/V", "V/√Hz"; not "m²", "%", "LSB", "°C".</summary>
    private static bool TakesPrefix(string unit) =>
        unit.Split('/', '·')[0] is "A" or "V" or "C" or "F" or "W" or "J" or "s" or "Hz" or "Ω" or "S" or "H" or "m" or "g" or "eV" or "B" or "FLOP";
}

/// <summary>Numbers as an instrument prints them. Invariant culture.</summary>
public static class SiFormat
{
    /// <returns>"12.9 nA", "25.2", "12288", "1.3e-07", "∞", or "n/a" for NaN; trailing zeros dropped.</returns>
    public static string Format(double value, string unit = "", int digits = 3)
    {
        if (!double.IsFinite(value))
            return NotFinite(value);
        SiPrefix prefix = SiPrefix.For(Round(value, digits), unit);
        double scaled = prefix.Apply(value);
        bool plain = scaled == 0 || Math.Abs(scaled) is >= 1e-4 and < 1e9;
        string number = plain
            ? scaled.ToString(scaled == 0 ? "0" : "0." + new string('#', Decimals(scaled, digits)), CultureInfo.InvariantCulture)
            : scaled.ToString("0." + new string('#', digits - 1) + "e+00", CultureInfo.InvariantCulture);
        if (number == "-0")
            number = "0";
        return unit.Length == 0 ? number : $"{number} {prefix.Symbol}{unit}";
    }

    /// <summary>All of them with the same decimals, counted on the largest.</summary>
    internal static Func<double, string> Aligned(IReadOnlyCollection<double> scaled, int digits)
    {
        double[] finite = [.. scaled.Where(double.IsFinite).Select(Math.Abs)];
        double largest = finite.DefaultIfEmpty(0).Max();
        bool wholes = finite.All(v => v == Math.Floor(v)) && largest < 1e15;
        if (!wholes && largest is < 1e-4 or >= 1e9)
            return v => Format(v, "", digits);
        string format = "F" + (wholes || largest == 0 ? 0 : Decimals(Round(largest, digits), digits));
        return v => double.IsFinite(v) ? v.ToString(format, CultureInfo.InvariantCulture) : NotFinite(v);
    }

    /// <summary>Floor of log10 |value| after rounding to so many significant digits; 0 for 0.</summary>
    internal static int Exponent(double value, int digits)
    {
        if (value == 0)
            return 0;
        string text = value.ToString("E" + (digits - 1), CultureInfo.InvariantCulture);
        return int.Parse(text.AsSpan(text.IndexOf('E') + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
    }

    internal static double Round(double value, int digits) =>
        double.IsFinite(value) ? double.Parse(value.ToString("E" + (digits - 1), CultureInfo.InvariantCulture), CultureInfo.InvariantCulture) : value;

    private static int Decimals(double value, int digits) => Math.Clamp(digits - 1 - Exponent(value, digits), 0, 15);

    private static string NotFinite(double value) => double.IsNaN(value) ? "n/a" : value > 0 ? "∞" : "-∞";
}
