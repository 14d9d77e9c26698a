using AnalogAttention.Circuits.Language;
namespace AnalogAttention.Simulation.Measures;

/// <summary>
/// An expression over the columns of a waveform set: numbers, <c>v(a)</c>, <c>v(a,b)</c>, <c>i(x)</c>, the abscissa, earlier measures,
/// <c>+ - * / ^ **</c> and common functions. Evaluated row by row.
/// </summary>
internal sealed class MeasureExpression
{
    private readonly string _text;
    private readonly WaveformSet? _waves;
    private readonly IReadOnlyDictionary<string, double> _measures;
    private int _at;

    private MeasureExpression(string text, WaveformSet? waves, IReadOnlyDictionary<string, double> measures)
    {
        _text = text;
        _waves = waves;
        _measures = measures;
    }

    /// <exception cref="MeasureFailure">A name is unknown or the text is no expression.</exception>
    public static Func<int, double> Parse(string text, WaveformSet? waves, IReadOnlyDictionary<string, double> measures)
    {
        var parser = new MeasureExpression(text.Replace(" ", "").ToLowerInvariant(), waves, measures);
        var value = parser.Sum();
        return parser._at == parser._text.Length ? value : throw parser.Unexpected();
    }

    /// <exception cref="MeasureFailure">The expression does not give one number.</exception>
    public static double Constant(string text, IReadOnlyDictionary<string, double> measures) => Parse(text, null, measures)(0);

    private MeasureFailure Unexpected() => new($"cannot read '{_text}' at '{_text[Math.Min(_at, _text.Length)..]}'");

    private bool Take(string symbol)
    {
        if (!_text.AsSpan(_at).StartsWith(symbol, StringComparison.Ordinal))
            return false;
        _at += symbol.Length;
        return true;
    }

    private Func<int, double> Sum()
    {
        var left = Product();
        while (true)
        {
            var a = left;
            if (Take("+"))
            {
                var b = Product();
                left = k => a(k) + b(k);
            }
            else if (Take("-"))
            {
                var b = Product();
                left = k => a(k) - b(k);
            }
            else
                return left;
        }
    }

    private Func<int, double> Product()
    {
        var left = Signed();
        while (true)
        {
            var a = left;
            if (Take("*"))
            {
                var b = Signed();
                left = k => a(k) * b(k);
            }
            else if (Take("/"))
            {
                var b = Signed();
                left = k => a(k) / b(k);
            }
            else
                return left;
        }
    }

    private Func<int, double> Signed()
    {
        if (Take("+"))
            return Signed();
        if (!Take("-"))
            return Power();
        var value = Signed();
        return k => -value(k);
    }

    private Func<int, double> Power()
    {
        var a = Atom();
        if (!Take("**") && !Take("^"))
            return a;
        var b = Signed();
        return k => Math.Pow(a(k), b(k));
    }

    private Func<int, double> Atom()
    {
        if (Take("("))
        {
            var inner = Sum();
            return Take(")") ? inner : throw Unexpected();
        }
        var length = SpiceNumber.Read(_text.AsSpan(_at), out var number);
        if (length > 0)
        {
            _at += length;
            return _ => number;
        }
        var start = _at;
        while (_at < _text.Length && (char.IsAsciiLetterOrDigit(_text[_at]) || _text[_at] is '_' or '.'))
            _at++;
        var name = _text[start.._at];
        if (name.Length == 0)
            throw Unexpected();
        if (!Take("("))
            return Named(name);
        if (name is "v" or "i")
            return Signal(name, RawArguments());
        return IsComplexSignal(name) ? ComplexSignal(name[..1], name[1..], RawArguments()) : Call(name);
    }

    private string RawArguments()
    {
        var close = _text.IndexOf(')', _at);
        if (close < 0)
            throw Unexpected();
        var inside = _text[_at..close];
        _at = close + 1;
        return inside;
    }

    private Func<int, double> Signal(string kind, string arguments)
    {
        // a complex signal by itself means its real part, as in ngspice
        var whole = kind.Contains('(') ? Column($"{kind}({arguments}))") : Column($"{kind}({arguments})") ?? Column($"re({kind}({arguments}))");
        if (whole is not null)
            return k => whole[k];
        var names = arguments.Split(',');
        if (kind[^1] == 'v' && names.Length == 2)
        {
            Func<int, double> a = Signal(kind, names[0]), b = Signal(kind, names[1]);
            return k => a(k) - b(k);
        }
        if (kind[^1] == 'v' && arguments == "0")
            return _ => 0;
        throw new MeasureFailure($"there is no {kind}({arguments})");
    }

    // vdb(a) vm(a) vp(a) vr(a) vi(a) and those of i, over an .ac; im(v(a)) is the function
    private bool IsComplexSignal(string name) => _waves?.Analysis == "ac" && name is "vdb" or "vm" or "vp" or "vr" or "vi" or "idb" or "im" or "ip" or "ir" or "ii"
        && _text.IndexOfAny(['(', ')'], _at) is var bracket and >= 0 && _text[bracket] == ')';

    private Func<int, double> ComplexSignal(string kind, string part, string arguments)
    {
        Func<int, double> re = Signal("re(" + kind, arguments), im = Signal("im(" + kind, arguments);
        return part switch
        {
            "db" => k => 20 * Math.Log10(double.Hypot(re(k), im(k))),
            "m" => k => double.Hypot(re(k), im(k)),
            "p" => k => Math.Atan2(im(k), re(k)), // radians, as ngspice's default
            "r" => re,
            _ => im,
        };
    }

    private double[]? Column(string name) =>
        _waves?.Columns.FirstOrDefault(c => c.Name.Equals(name, StringComparison.OrdinalIgnoreCase))?.Values;

    private Func<int, double> Named(string name)
    {
        if (_measures.TryGetValue(name, out var value))
            return _ => value;
        if (name == "pi")
            return _ => Math.PI;
        var column = Column(name) ?? Column($"v({name})") ?? throw new MeasureFailure($"there is no '{name}'");
        return k => column[k];
    }

    private Func<int, double> Call(string name)
    {
        var arguments = new List<Func<int, double>> { Sum() };
        while (Take(","))
            arguments.Add(Sum());
        if (!Take(")"))
            throw Unexpected();
        var a = arguments[0];
        if (arguments.Count == 2)
        {
            var b = arguments[1];
            return name switch
            {
                "min" => k => Math.Min(a(k), b(k)),
                "max" => k => Math.Max(a(k), b(k)),
                "pow" => k => Math.Pow(a(k), b(k)),
                _ => throw new MeasureFailure($"there is no function {name} of two arguments"),
            };
        }
        if (arguments.Count > 2)
            throw new MeasureFailure($"{name} has too many arguments");
        return name switch
        {
            "par" => a,
            "abs" => k => Math.Abs(a(k)),
            "sqrt" => k => Math.Sqrt(a(k)),
            "exp" => k => Math.Exp(a(k)),
            "ln" or "log" => k => Math.Log(a(k)),
            "log10" => k => Math.Log10(a(k)),
            "db" => k => 20 * Math.Log10(Math.Abs(a(k))),
            "sin" => k => Math.Sin(a(k)),
            "cos" => k => Math.Cos(a(k)),
            "tan" => k => Math.Tan(a(k)),
            "atan" => k => Math.Atan(a(k)),
            "sgn" => k => Math.Sign(a(k)),
            _ => throw new MeasureFailure($"there is no function {name}"),
        };
    }
}
