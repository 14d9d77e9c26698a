using System.Collections.Immutable;

namespace AnalogAttention.Reports;

/// <summary>A chart as data, in base SI units; the spec builder chooses prefixes, colours and sizes.</summary>
/// <param name="Caption">What to look at.</param>
public abstract record Figure(string Title, string Caption) : ReportItem
{
    /// <summary>What the chart shows, in words, for those who cannot see it.</summary>
    public abstract string AltText { get; }
}

public enum AxisScale { Linear, Log }

/// <param name="Unit">Base unit of the data ("A"); the axis is drawn in a prefix that fits ("nA"). Log axes have a prefix per tick.</param>
public sealed record Axis(string Title, string Unit = "", AxisScale Scale = AxisScale.Linear);

public enum SeriesStyle { Line, Dashed, Points }

public enum SeriesColours
{
    /// <summary>Colours as different as can be, for up to eight names.</summary>
    Distinct,

    /// <summary>A ramp from first to last, for a family of curves over a parameter.</summary>
    Ordered,
}

/// <summary>A curve. Points with a coordinate that is not finite (on a log axis: not positive) are left out and break the line.</summary>
public sealed record Series
{
    /// <param name="name">Legend entry; series of one name share one colour across panels.</param>
    /// <param name="role">What tells series of one name apart, as "SPICE" and "fit"; explained above the chart.</param>
    /// <exception cref="ArgumentException">The columns have unequal lengths.</exception>
    public Series(string name, IReadOnlyList<double> x, IReadOnlyList<double> y, SeriesStyle style = SeriesStyle.Line, string? role = null)
    {
        if (x.Count != y.Count)
            throw new ArgumentException($"series '{name}': {x.Count} x values and {y.Count} y values");
        (Name, X, Y, Style, Role) = (name, x, y, style, role);
    }

    public string Name { get; }
    public IReadOnlyList<double> X { get; }
    public IReadOnlyList<double> Y { get; }
    public SeriesStyle Style { get; }
    public string? Role { get; }
}

/// <summary>A shaded region between two curves: a tolerance, a spread.</summary>
public sealed record Band
{
    /// <exception cref="ArgumentException">The columns have unequal lengths.</exception>
    public Band(string name, IReadOnlyList<double> x, IReadOnlyList<double> lower, IReadOnlyList<double> upper)
    {
        if (x.Count != lower.Count || x.Count != upper.Count)
            throw new ArgumentException($"band '{name}': {x.Count} x values, {lower.Count} lower and {upper.Count} upper values");
        (Name, X, Lower, Upper) = (name, x, lower, upper);
    }

    public string Name { get; }
    public IReadOnlyList<double> X { get; }
    public IReadOnlyList<double> Lower { get; }
    public IReadOnlyList<double> Upper { get; }
}

/// <summary>One plot area with its own y axis; panels of a figure stand on each other and share the x axis.</summary>
/// <param name="HeightPixels">Of the plot area; by default 300 alone, 220 above others, 110 below.</param>
public sealed record LinePanel(Axis Y, ImmutableArray<Series> Series, int? HeightPixels = null)
{
    public ImmutableArray<Band> Bands { get; init; } = [];
}

/// <summary>Curves over a common abscissa; a second panel takes residuals, more of them the signals of one transient.</summary>
public sealed record LineFigure(string Title, string Caption, Axis X, ImmutableArray<LinePanel> Panels) : Figure(Title, Caption)
{
    public LineFigure(string title, string caption, Axis x, Axis y, params ImmutableArray<Series> series)
        : this(title, caption, x, [new LinePanel(y, series)]) { }

    public SeriesColours Colours { get; init; } = SeriesColours.Distinct;

    /// <summary>Heading of the legend; none by default.</summary>
    public string? LegendTitle { get; init; }

    public override string AltText =>
        $"Line chart: {string.Join("; ", Panels.Select(p => $"{p.Y.Title} over {X.Title} for {string.Join(", ", p.Series.Select(s => s.Name).Distinct())}"))}.";
}

public enum ColourScale
{
    /// <summary>Dark to bright, from lowest to highest.</summary>
    Sequential,

    /// <summary>Two hues apart at zero, with equal reach on both sides: residuals.</summary>
    Diverging,
}

/// <summary>A grid of values, [y, x], over the figure's axes.</summary>
/// <param name="Limits">Ends of the colour scale in base units, to make panels comparable; by default those of the data.</param>
public sealed record HeatMap(string Title, string Unit, double[,] Values, ColourScale Scale = ColourScale.Sequential, (double Low, double High)? Limits = null);

/// <summary>Heat maps side by side over one grid, zoomed together.</summary>
public sealed record HeatMapFigure : Figure
{
    /// <param name="xValues">Cell centres, strictly rising; cells meet half-way.</param>
    /// <param name="yValues">As <paramref name="xValues"/>.</param>
    /// <exception cref="ArgumentException">A grid of another shape than (y, x), or centres that do not rise.</exception>
    public HeatMapFigure(string title, string caption, Axis x, IReadOnlyList<double> xValues, Axis y, IReadOnlyList<double> yValues, params ImmutableArray<HeatMap> maps)
        : base(title, caption)
    {
        foreach (HeatMap map in maps)
            if (map.Values.GetLength(0) != yValues.Count || map.Values.GetLength(1) != xValues.Count)
                throw new ArgumentException($"heat map '{map.Title}': {map.Values.GetLength(0)} x {map.Values.GetLength(1)} values on a grid of {yValues.Count} x {xValues.Count}");
        foreach (IReadOnlyList<double> centres in new[] { xValues, yValues })
            if (centres.Count < 2 || centres.Zip(centres.Skip(1), (a, b) => b > a).Contains(false))
                throw new ArgumentException($"figure '{title}': grid values must be two or more and rise strictly");
        (X, XValues, Y, YValues, Maps) = (x, xValues, y, yValues, maps);
    }

    public Axis X { get; }
    public IReadOnlyList<double> XValues { get; }
    public Axis Y { get; }
    public IReadOnlyList<double> YValues { get; }
    public ImmutableArray<HeatMap> Maps { get; }

    public override string AltText => $"Heat map: {string.Join(", ", Maps.Select(m => m.Title))} over {X.Title} and {Y.Title}.";
}

/// <summary>One bar per category.</summary>
public sealed record BarSeries(string Name, IReadOnlyList<double> Values)
{
    /// <summary>Ends of an interval for every bar, drawn over it; null: none.</summary>
    public IReadOnlyList<(double Low, double High)>? Intervals { get; init; }
}

/// <summary>Horizontal bars, grouped by category where there are several series.</summary>
public sealed record BarFigure : Figure
{
    /// <exception cref="ArgumentException">A series has more or fewer values than there are categories.</exception>
    public BarFigure(string title, string caption, string categoryTitle, IReadOnlyList<string> categories, Axis value, params ImmutableArray<BarSeries> series)
        : base(title, caption)
    {
        foreach (BarSeries s in series)
            if (s.Values.Count != categories.Count)
                throw new ArgumentException($"bars '{s.Name}': {s.Values.Count} values for {categories.Count} categories");
        (CategoryTitle, Categories, Value, Series) = (categoryTitle, categories, value, series);
    }

    public string CategoryTitle { get; }
    public IReadOnlyList<string> Categories { get; }
    public Axis Value { get; }
    public ImmutableArray<BarSeries> Series { get; }

    public override string AltText => $"Bar chart: {Value.Title} by {CategoryTitle} for {string.Join(", ", Series.Select(s => s.Name))}.";
}
