namespace AnalogAttention.Simulation.Measures;

public enum CrossingKind { Either, Rise, Fall }

/// <summary>A quantity against its abscissa, straight lines between points; abscissa ascending.</summary>
internal sealed class Signal(double[] x, double[] y)
{
    public double First => x[0];
    public double Last => x[^1];

    /// <exception cref="MeasureFailure">Outside the simulated range.</exception>
    public double At(double abscissa)
    {
        abscissa = AtAnEnd(abscissa);
        if (x.Length == 0 || !(abscissa >= x[0] && abscissa <= x[^1]))
            throw new MeasureFailure(FormattableString.Invariant($"{abscissa:g6} is outside the simulated range"));
        var k = Array.BinarySearch(x, abscissa);
        if (k >= 0)
            return y[k];
        k = ~k;
        return y[k - 1] + (y[k] - y[k - 1]) * (abscissa - x[k - 1]) / (x[k] - x[k - 1]);
    }

    /// <summary>The part within [from, to], with interpolated ends.</summary>
    /// <exception cref="MeasureFailure">The window is empty or outside the simulated range.</exception>
    public Signal Window(double? from, double? to)
    {
        double a = AtAnEnd(from ?? First), b = AtAnEnd(to ?? Last);
        if (!(a < b))
            throw new MeasureFailure(FormattableString.Invariant($"the window {a:g6} to {b:g6} is empty"));
        var inside = Enumerable.Range(0, x.Length).Where(k => x[k] > a && x[k] < b).ToArray();
        return new Signal([a, .. inside.Select(k => x[k]), b], [At(a), .. inside.Select(k => y[k]), At(b)]);
    }

    // a measure may name an end of the run in other digits than the run itself
    private double AtAnEnd(double abscissa)
    {
        if (x.Length == 0)
            return abscissa;
        var slack = 1e-9 * (Last - First);
        return abscissa < First && abscissa >= First - slack ? First : abscissa > Last && abscissa <= Last + slack ? Last : abscissa;
    }

    /// <summary>Trapezoidal integral of f(y).</summary>
    public double Integral(Func<double, double> f)
    {
        var sum = 0.0;
        for (var k = 1; k < x.Length; k++)
            sum += 0.5 * (f(y[k]) + f(y[k - 1])) * (x[k] - x[k - 1]);
        return sum;
    }

    public double Width => x[^1] - x[0];
    public double Minimum => y.Min();
    public double Maximum => y.Max();
    public double AbscissaOf(double value) => x[Array.IndexOf(y, value)];

    /// <summary>Slope of the piece that holds the abscissa.</summary>
    public double Slope(double abscissa)
    {
        _ = At(abscissa);
        if (x.Length < 2)
            throw new MeasureFailure("one point has no slope");
        var k = Array.BinarySearch(x, abscissa);
        // at a point: the mean of both sides
        if (k > 0 && k < x.Length - 1)
            return (y[k + 1] - y[k - 1]) / (x[k + 1] - x[k - 1]);
        k = Math.Max(1, k >= 0 ? k : ~k);
        return (y[k] - y[k - 1]) / (x[k] - x[k - 1]);
    }

    /// <summary>Abscissae at or after <paramref name="from"/> where y passes zero in that direction.</summary>
    public IEnumerable<double> Zeros(CrossingKind kind, double from)
    {
        for (var k = 1; k < x.Length; k++)
        {
            var rises = y[k - 1] < 0 && y[k] >= 0;
            var falls = y[k - 1] > 0 && y[k] <= 0;
            if (!(kind switch { CrossingKind.Rise => rises, CrossingKind.Fall => falls, _ => rises || falls }))
                continue;
            var crossing = x[k - 1] + (x[k] - x[k - 1]) * (y[k - 1] / (y[k - 1] - y[k]));
            if (crossing >= from)
                yield return crossing;
        }
    }
}
