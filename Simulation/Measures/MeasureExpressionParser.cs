using AnalogAttention.Circuits.Language;

namespace AnalogAttention.Simulation.Measures;

/// <summary>Recursive descent over the text of an expression.</summary>
internal sealed class MeasureExpressionParser(string text, string analysis)
{
    /// <summary>Brackets, functions, signs and powers inside one another, as many as formulas may have.</summary>
    private const int MostNested = 250;

    private readonly string _text = text.Replace(" ", "").ToLowerInvariant();
    private int _at, _nested;

    /// <exception cref="MeasureDefinitionException" />
    public MeasureExpression Whole()
    {
        var expression = Sum();
        return _at == _text.Length ? expression : throw Unexpected();
    }

    private static string Shortened(string text) => text.Length <= 60 ? text : text[..60] + "...";

    private MeasureDefinitionException Unexpected() =>
        new(DiagnosticCodes.BadExpression, $"cannot read '{Shortened(_text)}' {(_at < _text.Length ? $"at '{Shortened(_text[_at..])}'" : "beyond its end")}");

    private bool Take(string symbol)
    {
        if (!_text.AsSpan(_at).StartsWith(symbol, StringComparison.Ordinal))
            return false;
        _at += symbol.Length;
        return true;
    }

    private MeasureExpression Nested(Func<MeasureExpression> inner)
    {
        if (++_nested > MostNested)
            throw new MeasureDefinitionException(DiagnosticCodes.TooDeep, $"'{Shortened(_text)}' is nested more than {MostNested} deep");
        var expression = inner();
        _nested--;
        return expression;
    }

    private MeasureExpression Sum()
    {
        var first = Product();
        var rest = new List<(MeasureExpression, Func<double, double, double>)>();
        while (true)
        {
            if (Take("+"))
                rest.Add((Product(), (a, b) => a + b));
            else if (Take("-"))
                rest.Add((Product(), (a, b) => a - b));
            else
                return MeasureExpression.Chain(first, rest);
        }
    }

    private MeasureExpression Product()
    {
        var first = Signed();
        var rest = new List<(MeasureExpression, Func<double, double, double>)>();
        while (true)
        {
            if (Take("*"))
                rest.Add((Signed(), (a, b) => a * b));
            else if (Take("/"))
                rest.Add((Signed(), (a, b) => a / b));
            else
                return MeasureExpression.Chain(first, rest);
        }
    }

    private MeasureExpression Signed()
    {
        if (Take("+"))
            return Nested(Signed);
        return Take("-") ? MeasureExpression.Of(Nested(Signed), a => -a) : Power();
    }

    private MeasureExpression Power()
    {
        var a = Atom();
        return Take("**") || Take("^") ? MeasureExpression.Of(a, Nested(Signed), Math.Pow) : a;
    }

    private MeasureExpression Atom()
    {
        if (Take("("))
        {
            var inner = Nested(Sum);
            return Take(")") ? inner : throw Unexpected();
        }
        var length = SpiceNumber.Read(_text.AsSpan(_at), out var number);
        if (length > 0)
        {
            _at += length;
            return MeasureExpression.Constant(number);
        }
        var start = _at;
        while (_at < _text.Length && (char.IsAsciiLetterOrDigit(_text[_at]) || _text[_at] is '_' or '.'))
            _at++;
        var name = _text[start.._at];
        if (name.Length == 0)
            throw Unexpected();
        if (!Take("("))
            return new(scope => MeasureSignals.Named(name, scope));
        if (name is "v" or "i")
            return Signal(name);
        return IsComplexSignal(name) ? ComplexSignal(name[..1], name[1..]) : Call(name);
    }

    private string RawArguments()
    {
        var close = _text.IndexOf(')', _at);
        if (close < 0)
        {
            _at = _text.Length;
            throw Unexpected();
        }
        var inside = _text[_at..close];
        _at = close + 1;
        return inside;
    }

    private MeasureExpression Signal(string kind)
    {
        var arguments = RawArguments();
        return new(scope => MeasureSignals.Probe(kind, arguments, scope));
    }

    // vdb(a) vm(a) vp(a) vr(a) vi(a) and those of i, over an .ac; im(v(a)) is the function
    private bool IsComplexSignal(string name) => analysis == "ac" && name is "vdb" or "vm" or "vp" or "vr" or "vi" or "idb" or "im" or "ip" or "ir" or "ii"
        && _text.IndexOfAny(['(', ')'], _at) is var bracket and >= 0 && _text[bracket] == ')';

    private MeasureExpression ComplexSignal(string kind, string part)
    {
        var arguments = RawArguments();
        MeasureExpression re = new(scope => MeasureSignals.Probe("re(" + kind, arguments, scope)), im = new(scope => MeasureSignals.Probe("im(" + kind, arguments, scope));
        return part switch
        {
            "db" => MeasureExpression.Of(re, im, (x, y) => 20 * Math.Log10(double.Hypot(x, y))),
            "m" => MeasureExpression.Of(re, im, double.Hypot),
            "p" => MeasureExpression.Of(re, im, (x, y) => Math.Atan2(y, x)), // radians, as ngspice's default
            "r" => re,
            _ => im,
        };
    }

    private MeasureExpression Call(string name)
    {
        var arguments = new List<MeasureExpression> { Nested(Sum) };
        while (Take(","))
            arguments.Add(Nested(Sum));
        if (!Take(")"))
            throw Unexpected();
        if (arguments.Count == 2)
            return MeasureExpression.Of(arguments[0], arguments[1], name switch
            {
                "min" => Math.Min,
                "max" => Math.Max,
                "pow" => Math.Pow,
                _ => throw new MeasureDefinitionException(DiagnosticCodes.UnknownFunction, $"there is no function {name} of two arguments"),
            });
        if (arguments.Count > 2)
            throw new MeasureDefinitionException(DiagnosticCodes.WrongArgumentCount, $"{name} has too many arguments");
        return MeasureExpression.Of(arguments[0], name switch
        {
            "par" => a => a,
            "abs" => Math.Abs,
            "sqrt" => Math.Sqrt,
            "exp" => Math.Exp,
            "ln" or "log" => Math.Log,
            "log10" => Math.Log10,
            "db" => a => 20 * Math.Log10(Math.Abs(a)),
            "sin" => Math.Sin,
            "cos" => Math.Cos,
            "tan" => Math.Tan,
            "atan" => Math.Atan,
            "sgn" => a => Math.Sign(a),
            _ => throw new MeasureDefinitionException(DiagnosticCodes.UnknownFunction, $"there is no function {name}"),
        });
    }
}
