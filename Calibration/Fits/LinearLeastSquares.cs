using AnalogAttention.Circuits;
using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Factorization;

namespace AnalogAttention.Calibration.Fits;

/// <summary>Least squares y = X c through a QR factorisation; columns of X are brought to one length inside, so that high powers keep their digits.</summary>
/// <param name="Coefficients">c, one per column of X, in units of y per unit of that column.</param>
/// <param name="Covariance">Residual variance times (X'X)^-1, residual variance = residual sum of squares / (n - columns).</param>
/// <param name="RSquared">1 - residual sum of squares / total sum of squares about the mean of y.</param>
/// <param name="RmsResidual">Root of residual sum of squares / n.</param>
public sealed record LinearLeastSquares(double[] Coefficients, double[][] Covariance, double RSquared, double RmsResidual)
{
    // |R_ii| of columns of length one: the part of a column that the ones before it do not span. Powers up to 11 on [-1, 1] keep 1e-4.
    private const double LeastIndependence = 1e-10;

    /// <param name="design">X, n x columns, n > columns.</param>
    /// <param name="observed">y, n.</param>
    /// <exception cref="ArgumentException">Not more points than columns.</exception>
    /// <exception cref="BadInputException">The points do not fix every coefficient.</exception>
    public static LinearLeastSquares Of(Matrix<double> design, Vector<double> observed)
    {
        int n = design.RowCount, terms = design.ColumnCount;
        if (observed.Count != n || n <= terms)
            throw new ArgumentException($"{terms} coefficients need more than {terms} points; there are {n}");
        double[] lengths = [.. design.ColumnNorms(2)];
        if (lengths.Any(l => !(l > 0)))
            throw new BadInputException($"{n} points do not fix {terms} coefficients: one of them moves no point");
        var columns = design.MapIndexed((_, i, x) => x / lengths[i]);
        var qr = columns.QR(QRMethod.Thin);
        if (qr.R.Diagonal().Any(d => !(Math.Abs(d) > LeastIndependence)))
            throw new BadInputException($"{n} points do not fix {terms} coefficients: too few of them differ");
        var scaled = qr.Solve(observed);
        var residual = observed - columns * scaled;
        double squares = residual.DotProduct(residual), mean = observed.Average(), total = (observed - mean).DotProduct(observed - mean);

        // (X'X)^-1 = R^-1 R^-T
        var inverseR = qr.R.Inverse();
        var covariance = inverseR * inverseR.Transpose() * (squares / (n - terms));
        return new LinearLeastSquares(
            [.. scaled.Select((c, i) => c / lengths[i])],
            [.. Enumerable.Range(0, terms).Select(i => Enumerable.Range(0, terms).Select(j => covariance[i, j] / (lengths[i] * lengths[j])).ToArray())],
            1 - squares / total,
            Math.Sqrt(squares / n));
    }
}
