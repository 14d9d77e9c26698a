using MathNet.Numerics.Distributions;
using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.Statistics;

namespace AnalogAttention.Studies.Sweeps.Report;

/// <param name="Value">Standard deviations of the response for one of the factor.</param>
public sealed record StandardisedCoefficient(string Factor, double Value, double Low, double High);

/// <summary>Linear regression of a response on every factor, all of them scaled to mean 0 and variance 1.</summary>
/// <param name="Ranking">Largest magnitude first.</param>
/// <param name="RSquared">Part of the variance that the linear model explains.</param>
/// <param name="LeftOut">By factor, why it is not in the model.</param>
/// <param name="WhyNone">Null where there is a model.</param>
public sealed record Sensitivity(int Points, IReadOnlyList<StandardisedCoefficient> Ranking, double RSquared, IReadOnlyList<(string Factor, string Reason)> LeftOut, string? WhyNone = null)
{
    /// <summary>Factors in the model; a decomposition of 20,000 points by so many takes about a second.</summary>
    public const int MostFactors = 100;

    // part of a column's variance that those before it leave; rounding leaves 1e-15, multiplied by the condition of the correlation matrix
    private const double CollinearityLimit = 1e-10;

    private sealed record Column(string Name, double[] Values);

    public static Sensitivity Of(SweepData data, SweepResponse response)
    {
        int[] rows = [.. Enumerable.Range(0, data.Points.Count).Where(i => double.IsFinite(response.Values[i]))];
        var leftOut = new List<(string, string)>();
        Sensitivity None(string why) => new(rows.Length, [], double.NaN, leftOut, why);
        if (rows.Length < 3)
            return None($"{rows.Length} points have a value; a model needs three");
        double[] y = [.. rows.Select(i => response.Values[i])];
        if (!TryStandardise(y))
            return None("the response is constant");
        var columns = new List<Column>();
        foreach (var column in data.Factors.SelectMany(f => Columns(f, rows)))
            if (!column.Values.All(double.IsFinite))
                leftOut.Add((column.Name, "not every point has a value of it"));
            else if (!TryStandardise(column.Values))
                leftOut.Add((column.Name, "constant"));
            else
                columns.Add(column);
        if (columns.Count > MostFactors)
        {
            HashSet<Column> screened = [.. columns.OrderByDescending(c => Math.Abs(c.Values.Zip(y, (a, b) => a * b).Sum())).Take(MostFactors)];
            leftOut.Add(($"{columns.Count - MostFactors} factors", $"of {columns.Count} those with the {MostFactors} largest correlations are in the model"));
            columns.RemoveAll(c => !screened.Contains(c));
        }
        columns = Independent(columns, leftOut);
        int degrees = rows.Length - 1 - columns.Count;
        if (columns.Count == 0)
            return None("no factor varies");
        if (degrees < 1)
            return None($"{columns.Count} factors and {rows.Length} points: a model with intervals needs at least {columns.Count + 2} points");
        return Fitted(columns, Vector<double>.Build.DenseOfArray(y), degrees, leftOut);
    }

    private static Sensitivity Fitted(List<Column> columns, Vector<double> y, int degrees, List<(string, string)> leftOut)
    {
        // X = Q R, b = R^-1 Q^T y, cov b = s^2 R^-1 R^-T
        var x = Matrix<double>.Build.DenseOfColumnArrays(columns.Select(c => c.Values));
        var qr = x.QR(MathNet.Numerics.LinearAlgebra.Factorization.QRMethod.Thin);
        var coefficients = qr.Solve(y);
        double unexplained = Math.Min((y - x * coefficients).PointwisePower(2).Sum(), y * y);
        var inverse = qr.R.Inverse();
        double reach = StudentT.InvCDF(0, 1, degrees, 0.975) * Math.Sqrt(unexplained / degrees);
        var ranking = columns.Select((c, i) => (c.Name, Value: coefficients[i], Reach: reach * inverse.Row(i).L2Norm())).OrderByDescending(c => Math.Abs(c.Value))
            .Select(c => new StandardisedCoefficient(c.Name, c.Value, c.Value - c.Reach, c.Value + c.Reach));
        return new Sensitivity(y.Count, [.. ranking], 1 - unexplained / (y * y), leftOut);
    }

    /// <summary>A number as it is; a corner as one column of 0 and 1 for each but the first.</summary>
    private static IEnumerable<Column> Columns(SweepFactor factor, int[] rows) => factor.Levels is not { } levels
        ? [new Column(factor.Name, [.. rows.Select(i => factor.Values[i])])]
        : Enumerable.Range(1, Math.Max(0, levels.Count - 1)).Select(level => new Column($"{factor.Name}: {levels[level]}", [.. rows.Select(i => factor.Values[i] == level ? 1.0 : 0.0)]));

    /// <summary>Cholesky decomposition of the correlation matrix, in order: a column that those before it determine is named and left out.</summary>
    private static List<Column> Independent(List<Column> columns, List<(string, string)> leftOut)
    {
        if (columns.Count == 0)
            return columns;
        var x = Matrix<double>.Build.DenseOfColumnArrays(columns.Select(c => c.Values));
        var products = x.TransposeThisAndMultiply(x);
        var kept = new List<int>();
        var factor = new double[columns.Count, columns.Count];
        for (var column = 0; column < columns.Count; column++)
        {
            for (var i = 0; i < kept.Count; i++)
            {
                double rest = products[column, kept[i]];
                for (var k = 0; k < i; k++)
                    rest -= factor[column, k] * factor[kept[i], k];
                factor[column, i] = rest / factor[kept[i], i];
            }
            double pivot = products[column, column];
            for (var k = 0; k < kept.Count; k++)
                pivot -= factor[column, k] * factor[column, k];
            if (pivot <= CollinearityLimit * products[column, column])
            {
                leftOut.Add((columns[column].Name, "collinear: the factors before it determine it"));
                continue;
            }
            factor[column, kept.Count] = Math.Sqrt(pivot);
            kept.Add(column);
        }
        return [.. kept.Select(i => columns[i])];
    }

    /// <returns>False where the values are equal, up to rounding.</returns>
    private static bool TryStandardise(double[] values)
    {
        double mean = values.Mean(), sigma = values.StandardDeviation();
        if (!(sigma > 1e-12 * Math.Abs(mean)))      // the rounding of a mean of equal values
            return false;
        for (var i = 0; i < values.Length; i++)
            values[i] = (values[i] - mean) / sigma;
        return true;
    }
}
