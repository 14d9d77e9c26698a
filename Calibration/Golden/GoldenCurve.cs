using System.Globalization;
using System.Text;
using AnalogAttention.Calibration.Benches;
using AnalogAttention.Circuits;
using AnalogAttention.Simulation;

namespace AnalogAttention.Calibration.Golden;

/// <summary>
/// A curve kept as text under version control: a header that says how it is measured, then one row per point, <c>x y tolerance</c>, in the units its
/// header names. The tolerance is a half-width around y.
/// </summary>
public sealed record GoldenCurve(string Name, GoldenRecipe Recipe, string XLabel, string YLabel, IReadOnlyList<GoldenPoint> Points)
{
    public const string Extension = ".txt";

    private const string Magic = "# analog-attention golden curve 2";

    /// <exception cref="BadInputException">Missing or malformed file, with its line.</exception>
    public static GoldenCurve Read(string path)
    {
        string[] lines;
        try
        {
            lines = File.ReadAllLines(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException($"{path}: cannot read golden curve: {e.Message}", e);
        }
        if (lines.Length == 0 || lines[0] != Magic)
            throw new BadInputException($"{path}:1: expected '{Magic}'");
        var header = new Dictionary<string, string>();
        var places = new Dictionary<string, int>();
        var points = new List<GoldenPoint>();
        for (var i = 1; i < lines.Length; i++)
        {
            if (lines[i].Length == 0)
                continue;
            if (lines[i][0] == '#')
            {
                if (lines[i][1..].Split(':', 2, StringSplitOptions.TrimEntries) is [{ Length: > 0 } key, var value])
                {
                    if (!header.TryAdd(key, value))
                        throw new BadInputException($"{path}:{i + 1}: '{key}' is there twice, first in line {places[key]}");
                    places[key] = i + 1;
                }
                continue;
            }
            var fields = lines[i].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            var values = new double[3];
            for (var k = 0; k < 3; k++)
                if (fields.Length != 3 || !double.TryParse(fields[k], NumberStyles.Float, CultureInfo.InvariantCulture, out values[k]) || !double.IsFinite(values[k]))
                    throw new BadInputException($"{path}:{i + 1}: expected three numbers: x y tolerance");
            if (!(values[2] > 0))
                throw new BadInputException($"{path}:{i + 1}: the tolerance must be positive");
            if (points.Any(p => p.X == values[0]))
                throw new BadInputException($"{path}:{i + 1}: a second point at x = {fields[0]}");
            points.Add(new GoldenPoint(values[0], values[1], values[2]));
        }
        BadInputException Bad(string key, string what) => new($"{path}:{places.GetValueOrDefault(key, 1)}: {what}");
        var recipe = GoldenRecipe.Parse(header, Bad);
        string Label(string key) => header.GetValueOrDefault(key) ?? throw Bad(key, $"expected '# {key}: ...'");
        return points.Count > 0
            ? new GoldenCurve(Path.GetFileNameWithoutExtension(path), recipe, Label("x"), Label("y"), points)
            : throw new BadInputException($"{path}: no points");
    }

    /// <summary>The curve measured twice, and its bands from that.</summary>
    /// <param name="folder">Of the curve.</param>
    /// <param name="x">Abscissae.</param>
    public static GoldenCurve Measured(string name, GoldenRecipe recipe, string folder, IReadOnlyList<double> x, CellDeck cell, IEngine engine, int jobs, CancellationToken cancellation = default)
    {
        double[] y = recipe.Values(folder, x, cell, engine, jobs, null, cancellation);
        double[] tightened = recipe.Values(folder, x, cell, engine, jobs, GoldenBands.Tightened, cancellation);
        double[] bands = GoldenBands.Of(y, tightened);
        var (xLabel, yLabel) = recipe.Labels(folder, cell, engine, x[0], cancellation);
        return new GoldenCurve(name, recipe, xLabel, yLabel, [.. x.Select((at, i) => new GoldenPoint(at, y[i], bands[i]))]);
    }

    /// <summary>Today's values at the abscissae of the curve, against it.</summary>
    public GoldenComparison Check(string folder, CellDeck cell, IEngine engine, int jobs, CancellationToken cancellation = default) =>
        Compare(Recipe.Values(folder, [.. Points.Select(p => p.X)], cell, engine, jobs, null, cancellation));

    /// <param name="reason">Why the curve was accepted.</param>
    /// <param name="tool">Tool and engine, with their versions.</param>
    public string Format(string reason, string tool)
    {
        var text = new StringBuilder().Append(Magic).Append('\n');
        foreach (var (key, value) in Recipe.Lines())
            text.Append($"# {key}: {value}\n");
        text.Append($"# x: {XLabel}\n# y: {YLabel}\n# accepted: {reason.ReplaceLineEndings(" ")}\n# by: {tool}\n# bands: {GoldenBands.Derivation}\n");
        foreach (var p in Points)
            text.Append(CultureInfo.InvariantCulture, $"{p.X:R} {p.Y:R} {p.Tolerance:G3}\n");
        return text.ToString();
    }

    /// <summary>The point furthest outside its band in units of its tolerance; above 1 the check fails.</summary>
    /// <param name="y">At the abscissae of the points.</param>
    public GoldenComparison Compare(IReadOnlyList<double> y)
    {
        var worst = Enumerable.Range(0, y.Count).MaxBy(i => double.IsFinite(y[i]) ? Math.Abs(y[i] - Points[i].Y) / Points[i].Tolerance : double.PositiveInfinity);
        return new GoldenComparison(this, y, worst, Math.Abs(y[worst] - Points[worst].Y) / Points[worst].Tolerance);
    }
}

public readonly record struct GoldenPoint(double X, double Y, double Tolerance);

/// <param name="Worst">Index of the worst point.</param>
/// <param name="Ratio">Its deviation in units of its tolerance.</param>
public sealed record GoldenComparison(GoldenCurve Golden, IReadOnlyList<double> Measured, int Worst, double Ratio)
{
    public bool Holds => Ratio <= 1;
}
