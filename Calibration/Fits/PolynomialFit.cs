using MathNet.Numerics.LinearAlgebra;

namespace AnalogAttention.Calibration.Fits;

/// <summary>
/// Weighted least squares of y = g sum_i c_i x^i, g a known gain per point (a pulse width), through a QR factorisation.
/// x is scaled by <see cref="Scale"/> inside, so that high orders keep their digits.
/// </summary>
/// <param name="Coefficients">c_0 ... c_order in units of y/g per x^i.</param>
/// <param name="Covariance">(order + 1) x (order + 1), residual variance times (X'X)^-1.</param>
/// <param name="RSquared">1 - residual sum of squares / total sum of squares about the mean of y.</param>
public sealed record PolynomialFit(double[] Coefficients, double[][] Covariance, double RSquared, double RmsResidual)
{
    /// <param name="x">Abscissae, n.</param>
    /// <param name="gain">Known gain of each point, n.</param>
    /// <param name="y">Observations, n > order + 1.</param>
    public static PolynomialFit Of(ReadOnlySpan<double> x, ReadOnlySpan<double> gain, ReadOnlySpan<double> y, int order)
    {
        int n = x.Length, terms = order + 1;
        if (gain.Length != n || y.Length != n || n <= terms)
            throw new ArgumentException($"a polynomial of order {order} needs more than {terms} points with x, gain and y; there are {n}");
        var scale = 0.0;
        foreach (var value in x)
            scale = Math.Max(scale, Math.Abs(value));

        var design = Matrix<double>.Build.Dense(n, terms);
        var observed = Vector<double>.Build.Dense(n);
        for (var row = 0; row < n; row++)
        {
            var power = gain[row];
            for (var i = 0; i < terms; i++, power *= x[row] / scale)
                design[row, i] = power;
            observed[row] = y[row];
        }
        var qr = design.QR(MathNet.Numerics.LinearAlgebra.Factorization.QRMethod.Thin);
        var scaled = qr.Solve(observed);
        var residual = observed - design * scaled;
        double squares = residual.DotProduct(residual), mean = observed.Average(), total = (observed - mean).DotProduct(observed - mean);

        // (X'X)^-1 = R^-1 R^-T
        var inverseR = qr.R.Inverse();
        var covariance = inverseR * inverseR.Transpose() * (squares / (n - terms));
        double Unscale(int i) => Math.Pow(scale, -i);
        return new PolynomialFit(
            [.. scaled.Select((c, i) => c * Unscale(i))],
            [.. Enumerable.Range(0, terms).Select(i => Enumerable.Range(0, terms).Select(j => covariance[i, j] * Unscale(i) * Unscale(j)).ToArray())],
            1 - squares / total,
            Math.Sqrt(squares / n));
    }
}
