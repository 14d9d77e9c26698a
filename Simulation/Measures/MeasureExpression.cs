
namespace AnalogAttention.Simulation.Measures;

/// <summary>
/// An expression over the columns of a waveform set: numbers, <c>v(a)</c>, <c>v(a,b)</c>, <c>i(x)</c>, the abscissa, earlier measures,
/// <c>+ - * / ^ **</c> and common functions. Read once; evaluated row by row.
/// </summary>
/// <param name="Over">The value by row, over a scope; a name that the scope lacks is a <see cref="MeasureFailure"/>.</param>
internal sealed record MeasureExpression(Func<MeasureScope, Func<int, double>> Over)
{
    /// <param name="analysis">Its kind: over an <c>ac</c>, <c>vdb(a)</c> and the like are signals.</param>
    /// <exception cref="MeasureDefinitionException">The text is no expression.</exception>
    public static MeasureExpression Parse(string text, string analysis) => new MeasureExpressionParser(text, analysis).Whole();

    /// <summary>An expression that gives one number, over nothing but earlier measures.</summary>
    /// <exception cref="MeasureDefinitionException">The text is no expression.</exception>
    public static Func<MeasureScope, double> Number(string text)
    {
        var expression = Parse(text, "");
        return scope => expression.Over(scope.WithoutWaves)(0);
    }

    public static MeasureExpression operator -(MeasureExpression left, MeasureExpression right) => Of(left, right, (a, b) => a - b);

    public static MeasureExpression Constant(double value) => new(_ => _ => value);

    public static MeasureExpression Of(MeasureExpression a, Func<double, double> f) => new(scope =>
    {
        var x = a.Over(scope);
        return k => f(x(k));
    });

    public static MeasureExpression Of(MeasureExpression a, MeasureExpression b, Func<double, double, double> f) => new(scope =>
    {
        Func<int, double> x = a.Over(scope), y = b.Over(scope);
        return k => f(x(k), y(k));
    });

    /// <summary>Operands joined from left to right, however many.</summary>
    public static MeasureExpression Chain(MeasureExpression first, List<(MeasureExpression Operand, Func<double, double, double> Join)> rest) => rest.Count == 0 ? first : new(scope =>
    {
        var start = first.Over(scope);
        var steps = rest.Select(r => (Value: r.Operand.Over(scope), r.Join)).ToArray();
        return k =>
        {
            var value = start(k);
            foreach (var step in steps)
                value = step.Join(value, step.Value(k));
            return value;
        };
    });
}
