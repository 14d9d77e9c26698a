namespace AnalogAttention.Circuits.Language;

/// <summary>The constants and functions every formula knows. Angles are in radians, <c>log</c> is natural, as in ngspice.</summary>
internal static class BuiltinFunctions
{
    /// <summary>CODATA 2018, exact: k in J/K, q in C.</summary>
    public static readonly IReadOnlyDictionary<string, double> Constants = new Dictionary<string, double>
    {
        ["pi"] = Math.PI,
        ["e"] = Math.E,
        ["boltz"] = 1.380649e-23,
        ["echarge"] = 1.602176634e-19,
    };

    private static readonly Dictionary<string, Func<double, double>> Unary = new()
    {
        ["sin"] = Math.Sin,
        ["cos"] = Math.Cos,
        ["tan"] = Math.Tan,
        ["asin"] = Math.Asin,
        ["acos"] = Math.Acos,
        ["atan"] = Math.Atan,
        ["arctan"] = Math.Atan,
        ["sinh"] = Math.Sinh,
        ["cosh"] = Math.Cosh,
        ["tanh"] = Math.Tanh,
        ["asinh"] = Math.Asinh,
        ["acosh"] = Math.Acosh,
        ["atanh"] = Math.Atanh,
        ["exp"] = Math.Exp,
        ["log"] = Math.Log,
        ["ln"] = Math.Log,
        ["log10"] = Math.Log10,
        ["sqrt"] = Math.Sqrt,
        ["sqr"] = x => x * x,
        ["abs"] = Math.Abs,
        ["floor"] = Math.Floor,
        ["ceil"] = Math.Ceiling,
        ["int"] = Math.Truncate,
        ["nint"] = x => Math.Round(x, MidpointRounding.ToEven),
        ["sgn"] = x => x > 0 ? 1 : x < 0 ? -1 : 0,
    };

    private static readonly Dictionary<string, Func<double, double, double>> Binary = new()
    {
        ["min"] = Math.Min,
        ["max"] = Math.Max,
        ["pow"] = Math.Pow,
        ["pwr"] = (x, y) => Math.Pow(Math.Abs(x), y),
        ["atan2"] = Math.Atan2,
    };

    /// <summary>How many arguments a function takes; null when there is no such function.</summary>
    public static int? ArgumentCount(string name) =>
        Unary.ContainsKey(name) ? 1 : Binary.ContainsKey(name) ? 2 : name is "limit" or "ternary_fcn" ? 3 : null;

    public static double Call(string name, ReadOnlySpan<double> x) => x.Length switch
    {
        1 => Unary[name](x[0]),
        2 => Binary[name](x[0], x[1]),
        _ when name == "limit" => Math.Min(Math.Max(x[0], Math.Min(x[1], x[2])), Math.Max(x[1], x[2])),
        _ => x[0] != 0 ? x[1] : x[2],
    };
}
