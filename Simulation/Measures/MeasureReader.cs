using AnalogAttention.Circuits;
using AnalogAttention.Circuits.Language;

namespace AnalogAttention.Simulation.Measures;

/// <summary>Reads one definition, word by word, into what gives its value.</summary>
internal sealed class MeasureReader
{
    private readonly MeasureWords _words;
    private readonly string _analysis;

    private MeasureReader(Measure measure)
    {
        _words = new MeasureWords(measure.Definition);
        _analysis = measure.Analysis.ToLowerInvariant();
    }

    /// <exception cref="MeasureDefinitionException" />
    public static Func<MeasureScope, double> Read(Measure measure)
    {
        var reader = new MeasureReader(measure);
        var value = reader.Whole();
        return reader._words.AtEnd ? value : throw reader._words.Expected("nothing more");
    }

    private Func<MeasureScope, double> Whole()
    {
        const string kinds = "avg, min, max, min_at, max_at, pp, rms, integ, find, when, deriv, trig or param";
        var kind = _words.Take(kinds);
        return kind switch
        {
            "avg" => Windowed(s => s.Integral(y => y) / s.Width),
            "rms" => Windowed(s => Math.Sqrt(s.Integral(y => y * y) / s.Width)),
            "integ" or "integral" => Windowed(s => s.Integral(y => y)),
            "min" => Windowed(s => s.Minimum),
            "max" => Windowed(s => s.Maximum),
            "pp" => Windowed(s => s.Maximum - s.Minimum),
            "min_at" => Windowed(s => s.AbscissaOf(s.Minimum)),
            "max_at" => Windowed(s => s.AbscissaOf(s.Maximum)),
            "find" => Find((s, x) => s.At(x)),
            "deriv" or "derivative" => Find((s, x) => s.Slope(x)),
            "when" => When(),
            "trig" => Interval(),
            "param" => Number("param"),
            _ => throw new MeasureDefinitionException(DiagnosticCodes.Expected, $"expected {kinds}, found '{kind}'"),
        };
    }

    private MeasureExpression Expression(string text) => MeasureExpression.Parse(text, _analysis);

    private static Signal Trace(MeasureExpression expression, MeasureScope scope)
    {
        var waves = scope.Waves!;
        var value = expression.Over(scope);
        var y = new double[waves.Count];
        for (var k = 0; k < y.Length; k++)
            y[k] = value(k);
        var x = waves.Abscissa.Values;
        // a falling sweep is read backwards
        return x.Length > 1 && x[^1] < x[0] ? new Signal([.. x.Reverse()], [.. y.Reverse()]) : new Signal(x, y);
    }

    private Func<MeasureScope, double> Number(string key) => MeasureExpression.Number(_words.Value(key));

    private Func<MeasureScope, double> Windowed(Func<Signal, double> quantity)
    {
        var signal = Expression(_words.Take("a signal"));
        Func<MeasureScope, double>? from = null, to = null;
        while (!_words.AtEnd)
        {
            if (_words.TryTake("from"))
                from = Number("from");
            else if (_words.TryTake("to"))
                to = Number("to");
            else
                throw _words.Expected("from= or to=");
        }
        return scope => quantity(Trace(signal, scope).Window(from?.Invoke(scope), to?.Invoke(scope)));
    }

    private Func<MeasureScope, double> Find(Func<Signal, double, double> quantity)
    {
        var signal = Expression(_words.Take("a signal"));
        var at = _words.TryTake("at") ? Number("at") : _words.TryTake("when") ? When() : throw _words.Expected("at= or when");
        return scope => quantity(Trace(signal, scope), at(scope));
    }

    // [when] a = b
    private Func<MeasureScope, double> When()
    {
        var left = _words.Take("a signal");
        return Crossing(left, _words.Value(left));
    }

    private Func<MeasureScope, double> Interval()
    {
        var start = Event();
        if (!_words.TryTake("targ"))
            throw _words.Expected("'targ'");
        var end = Event();
        return scope => -start(scope) + end(scope);
    }

    // trig or targ: at=t, or signal val=x
    private Func<MeasureScope, double> Event()
    {
        if (_words.TryTake("at"))
            return Number("at");
        var signal = _words.Take("a signal");
        return _words.TryTake("val") ? Crossing(signal, _words.Value("val")) : throw _words.Expected("val=");
    }

    private Func<MeasureScope, double> Crossing(string left, string right)
    {
        MeasureExpression a = Expression(left), b = Expression(right);
        var kind = CrossingKind.Either;
        Func<MeasureScope, double>? number = _ => 1; // null is the last one
        List<Func<MeasureScope, double>> starts = [];
        Func<MeasureScope, double>? to = null;
        while (!_words.AtEnd && _words.Peek != "targ")
        {
            if (_words.Peek is "td" or "from")
                starts.Add(Number(_words.Take("")));
            else if (_words.TryTake("to"))
                to = Number("to");
            else if (_words.Peek is "rise" or "fall" or "cross")
            {
                var key = _words.Take("");
                kind = key switch { "rise" => CrossingKind.Rise, "fall" => CrossingKind.Fall, _ => CrossingKind.Either };
                number = Which(key, _words.Value(key));
            }
            else
                throw _words.Expected("td=, from=, to=, rise=, fall= or cross=");
        }
        return scope =>
        {
            var from = starts.Select(s => s(scope)).DefaultIfEmpty(double.NegativeInfinity).Max();
            var last = to?.Invoke(scope) ?? double.PositiveInfinity;
            var crossings = Trace(a - b, scope).Zeros(kind, from).TakeWhile(x => x <= last).ToList();
            var wanted = number?.Invoke(scope) ?? crossings.Count;
            return wanted >= 1 && wanted <= crossings.Count
                ? crossings[(int)wanted - 1]
                : throw new MeasureFailure($"({left})-({right}) crosses zero {crossings.Count} times in that way");
        };
    }

    /// <returns>Null for <c>last</c>.</returns>
    private static Func<MeasureScope, double>? Which(string key, string count)
    {
        if (count == "last")
            return null;
        if (SpiceNumber.TryParse(count, out var number) && !(number >= 1 && number == Math.Floor(number)))
            throw new MeasureDefinitionException(DiagnosticCodes.BadValue, $"{key}={count}: expected 1, 2 ... or last");
        return MeasureExpression.Number(count);
    }
}
