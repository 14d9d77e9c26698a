using System.Collections.Frozen;

namespace AnalogAttention.Circuits.Language;

/// <summary>What <c>.model</c> cards may hold, by type. Level 44 is checked where it is evaluated.</summary>
internal static class ModelParameters
{
    private static readonly FrozenSet<string> Diode = FrozenSet.Create(StringComparer.Ordinal,
        "level", "is", "js", "n", "rs", "cjo", "cj0", "cj", "vj", "pb", "m", "mj", "tt", "bv", "ibv", "nbv", "fc", "eg", "xti", "tnom", "tref", "kf", "af");
    private static readonly FrozenSet<string> VoltageSwitch = FrozenSet.Create(StringComparer.Ordinal, "vt", "vh", "ron", "roff");
    private static readonly FrozenSet<string> CurrentSwitch = FrozenSet.Create(StringComparer.Ordinal, "it", "ih", "ron", "roff");

    private static readonly FrozenSet<string> MosfetLevel1 = FrozenSet.Create(StringComparer.Ordinal,
        "level", "vto", "kp", "gamma", "phi", "lambda", "rd", "rs", "rsh", "cbd", "cbs", "is", "js", "pb", "cgso", "cgdo", "cgbo",
        "cj", "mj", "cjsw", "mjsw", "tox", "ld", "u0", "uo", "fc", "tnom", "kf", "af");

    /// <summary>Parameters that must be positive, and those that must not be negative.</summary>
    private static readonly FrozenSet<string> Positive = FrozenSet.Create(StringComparer.Ordinal, "is", "js", "n", "vj", "pb", "bv", "ibv", "nbv", "eg", "ron", "roff", "phi", "tox", "u0", "uo");
    private static readonly FrozenSet<string> NotNegative = FrozenSet.Create(StringComparer.Ordinal, "rs", "cjo", "cj0", "cj", "m", "mj", "tt", "fc", "kf", "mjsw", "cjsw", "cbd", "cbs", "cgso", "cgdo", "cgbo", "rd", "rsh", "kp", "gamma", "lambda");

    /// <summary>Limits of a bin: metres, of the transistors that a card <c>NAME.1</c>, <c>NAME.2</c> ... is for.</summary>
    public static readonly FrozenSet<string> Bin = FrozenSet.Create(StringComparer.Ordinal, "lmin", "lmax", "wmin", "wmax");

    /// <returns>False when something was reported.</returns>
    public static bool Check(ModelStatement model, ReadOnlySpan<double> values, DiagnosticList diagnostics)
    {
        var known = model.Type.Text switch { "d" => Diode, "sw" => VoltageSwitch, "csw" => CurrentSwitch, _ => IsLevel1(model, values) ? MosfetLevel1 : null };
        if (known is null)
            return true;
        var good = true;
        for (var i = 0; i < values.Length; i++)
        {
            var (name, formula) = model.Parameters[i];
            string? expected = null;
            if (model.Type.Text is "nmos" or "pmos" && Bin.Contains(name.Text))
                continue;
            if (!known.Contains(name.Text))
            {
                diagnostics.Error(DiagnosticCodes.UnknownModelParameter, name.Span, $"a model of type {model.Type} has no parameter '{name}' (known here: {string.Join(", ", known.Order(StringComparer.Ordinal))})");
                good = false;
                continue;
            }
            if (Positive.Contains(name.Text) && !(values[i] > 0))
                expected = "be positive";
            else if (NotNegative.Contains(name.Text) && !(values[i] >= 0))
                expected = "not be negative";
            else if (name.Text is "m" or "mj" or "mjsw" && values[i] >= 1 || name.Text == "fc" && values[i] >= 1)
                expected = "be less than 1";
            else if (name.Text == "level" && values[i] != 1)
                expected = "be 1";
            if (expected is null)
                continue;
            diagnostics.Error(DiagnosticCodes.BadValue, formula.Span, $"{name} must {expected}, found {SpiceNumber.Format(values[i])}");
            good = false;
        }
        return good;
    }

    private static bool IsLevel1(ModelStatement model, ReadOnlySpan<double> values)
    {
        for (var i = 0; i < values.Length; i++)
            if (model.Parameters[i].Name.Text == "level" && values[i] != 1)
                return false;
        return true;
    }
}
