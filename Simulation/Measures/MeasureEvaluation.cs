using AnalogAttention.Circuits;

namespace AnalogAttention.Simulation.Measures;

/// <summary>
/// Evaluates <c>.measure</c>: AVG MIN MAX PP RMS INTEG MIN_AT MAX_AT (FROM TO), FIND and DERIV (AT, WHEN), WHEN, TRIG/TARG, PARAM.
/// Values between points are on straight lines; windows that end between points are cut there.
/// </summary>
public static class MeasureEvaluation
{
    /// <summary>Values in deck order, and for each measure without a value its name and the reason.</summary>
    /// <exception cref="BadInputException">A definition cannot be read.</exception>
    public static (IReadOnlyDictionary<string, double> Values, IReadOnlyList<string> Failed) Evaluate(IEnumerable<Measure> measures, IReadOnlyList<WaveformSet> analyses)
    {
        var values = new OrderedDictionary<string, double>(StringComparer.OrdinalIgnoreCase);
        var failed = new List<string>();
        foreach (var measure in measures)
        {
            try
            {
                var waves = analyses.FirstOrDefault(a => a.Analysis.Equals(measure.Analysis, StringComparison.OrdinalIgnoreCase))
                    ?? throw new MeasureFailure($"the deck has no {measure.Analysis} analysis");
                var value = new OneMeasure(new MeasureWords(measure), waves, values).Evaluate();
                values[measure.Name] = double.IsFinite(value) ? value : throw new MeasureFailure("the result is not finite");
            }
            catch (MeasureFailure failure)
            {
                failed.Add($"{measure.Name}: {failure.Message}");
            }
        }
        return (values, failed);
    }

    /// <summary>The names <c>v(...)</c> and <c>i(...)</c> in the measures of an analysis (<c>vdb(...)</c> means <c>v(...)</c>): what has to be recorded for them.</summary>
    public static IEnumerable<string> Signals(IEnumerable<Measure> measures, string analysis) => measures
        .Where(m => m.Analysis.Equals(analysis, StringComparison.OrdinalIgnoreCase))
        .SelectMany(m => System.Text.RegularExpressions.Regex.Matches(m.Definition.ToLowerInvariant(), @"\b([vi])(?:db|m|p|r|i)?\s*(\(\s*[^()]*\))"))
        .Select(match => match.Groups[1].Value + match.Groups[2].Value.Replace(" ", "")).Distinct();
}

/// <summary>One definition being read and evaluated.</summary>
internal sealed class OneMeasure(MeasureWords words, WaveformSet waves, IReadOnlyDictionary<string, double> measures)
{
    public double Evaluate()
    {
        var kind = words.Take("avg, min, max, pp, rms, integ, find, when, deriv, trig or param");
        var value = kind switch
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
            "trig" => -Event() + Target(),
            "param" => MeasureExpression.Constant(words.Value("param"), measures),
            _ => throw words.Expected($"a kind of measure, not '{kind}', before this"),
        };
        return words.AtEnd ? value : throw words.Expected("nothing more");
    }

    private double Target() => words.TryTake("targ") ? Event() : throw words.Expected("'targ'");

    private Signal Read(string expression)
    {
        var value = MeasureExpression.Parse(expression, waves, measures);
        var y = new double[waves.Count];
        for (var k = 0; k < y.Length; k++)
            y[k] = value(k);
        var x = waves.Abscissa.Values;
        // a falling sweep is read backwards
        return x.Length > 1 && x[^1] < x[0] ? new Signal([.. x.Reverse()], [.. y.Reverse()]) : new Signal(x, y);
    }

    private double Number(string key) => MeasureExpression.Constant(words.Value(key), measures);

    private double Windowed(Func<Signal, double> quantity)
    {
        var expression = words.Take("a signal");
        double? from = null, to = null;
        while (!words.AtEnd)
        {
            if (words.TryTake("from"))
                from = Number("from");
            else if (words.TryTake("to"))
                to = Number("to");
            else
                throw words.Expected("from= or to=");
        }
        return quantity(Read(expression).Window(from, to));
    }

    private double Find(Func<Signal, double, double> quantity)
    {
        var expression = words.Take("a signal");
        if (words.TryTake("at"))
            return quantity(Read(expression), Number("at"));
        return words.TryTake("when") ? quantity(Read(expression), When()) : throw words.Expected("at= or when");
    }

    // [when] a = b
    private double When()
    {
        var left = words.Take("a signal");
        var right = words.Value(left);
        return Crossing($"({left})-({right})");
    }

    // trig or targ: at=t, or signal val=x
    private double Event()
    {
        if (words.TryTake("at"))
            return Number("at");
        var signal = words.Take("a signal");
        return words.TryTake("val") ? Crossing($"({signal})-({words.Value("val")})") : throw words.Expected("val=");
    }

    private double Crossing(string expression)
    {
        var kind = CrossingKind.Either;
        int? number = 1; // null is the last one
        double from = double.NegativeInfinity, to = double.PositiveInfinity;
        while (!words.AtEnd && words.Peek != "targ")
        {
            if (words.TryTake("td"))
                from = Math.Max(from, Number("td"));
            else if (words.TryTake("from"))
                from = Math.Max(from, Number("from"));
            else if (words.TryTake("to"))
                to = Number("to");
            else if (words.Peek is "rise" or "fall" or "cross")
            {
                var key = words.Take("");
                kind = key switch { "rise" => CrossingKind.Rise, "fall" => CrossingKind.Fall, _ => CrossingKind.Either };
                var count = words.Value(key);
                number = count == "last" ? null : (int)MeasureExpression.Constant(count, measures);
            }
            else
                throw words.Expected("td=, from=, to=, rise=, fall= or cross=");
        }
        var crossings = Read(expression).Zeros(kind, from).TakeWhile(x => x <= to).ToList();
        var index = (number ?? crossings.Count) - 1;
        return index >= 0 && index < crossings.Count
            ? crossings[index]
            : throw new MeasureFailure($"{expression} crosses zero {crossings.Count} times in that way");
    }
}
