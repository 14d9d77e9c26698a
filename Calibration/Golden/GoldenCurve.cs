using System.Globalization;
using System.Text;
using AnalogAttention.Circuits;

namespace AnalogAttention.Calibration.Golden;

/// <summary>
/// A transfer curve kept as text under version control: one row per point, <c>x y tolerance</c>, in the units its header names.
/// The tolerance is a half-width around y.
/// </summary>
public sealed record GoldenCurve(string Name, string XLabel, string YLabel, IReadOnlyList<GoldenPoint> Points)
{
    private const string Magic = "# analog-attention golden curve 1";

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
        if (lines.Length < 3 || lines[0] != Magic)
            throw new BadInputException($"{path}:1: expected '{Magic}'");
        string Header(int line, string key) => lines[line].StartsWith($"# {key}: ", StringComparison.Ordinal)
            ? lines[line][(key.Length + 4)..]
            : throw new BadInputException($"{path}:{line + 1}: expected '# {key}: ...'");
        string x = Header(1, "x"), y = Header(2, "y");
        var points = new List<GoldenPoint>();
        for (var i = 3; i < lines.Length; i++)
        {
            if (lines[i].Length == 0 || lines[i][0] == '#')
                continue;
            var fields = lines[i].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            var values = new double[3];
            for (var k = 0; k < 3; k++)
                if (fields.Length != 3 || !double.TryParse(fields[k], NumberStyles.Float, CultureInfo.InvariantCulture, out values[k]) || !double.IsFinite(values[k]))
                    throw new BadInputException($"{path}:{i + 1}: expected three numbers: x y tolerance");
            points.Add(new GoldenPoint(values[0], values[1], values[2]));
        }
        return points.Count > 0
            ? new GoldenCurve(Path.GetFileNameWithoutExtension(path), x, y, points)
            : throw new BadInputException($"{path}: no points");
    }

    /// <param name="reason">Why the curve was accepted, kept as a comment.</param>
    public string Format(string reason)
    {
        var text = new StringBuilder().Append(Magic).Append('\n')
            .Append("# x: ").Append(XLabel).Append('\n').Append("# y: ").Append(YLabel).Append('\n')
            .Append("# accepted: ").Append(reason.ReplaceLineEndings(" ")).Append('\n');
        foreach (var p in Points)
            text.Append(CultureInfo.InvariantCulture, $"{p.X:R} {p.Y:R} {p.Tolerance:R}\n");
        return text.ToString();
    }

    /// <summary>The point furthest outside its band in units of its tolerance; above 1 the check fails.</summary>
    /// <exception cref="BadInputException">The measured curve has other abscissae.</exception>
    public GoldenComparison Compare(IReadOnlyList<double> x, IReadOnlyList<double> y)
    {
        if (x.Count != Points.Count || x.Where((value, i) => Math.Abs(value - Points[i].X) > 1e-9 * Math.Max(1, Math.Abs(value))).Any())
            throw new BadInputException($"golden curve {Name}: the abscissae are no longer those of the curve; accept it anew");
        var worst = Enumerable.Range(0, x.Count).MaxBy(i => Math.Abs(y[i] - Points[i].Y) / Points[i].Tolerance);
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
