using MathNet.Numerics.LinearAlgebra;

namespace AnalogAttention.Calibration.Fits;

/// <summary>Which powers of x a polynomial has beside the constant.</summary>
public enum PolynomialTerms { All, Odd, Even }

/// <summary>
/// Least squares of y = g sum_i c_i x^i, g a known gain per point (a pulse width).
/// x is scaled to [-1, 1] inside, so that high orders keep their digits.
/// </summary>
/// <param name="Coefficients">c_0 ... c_order in units of y/g per x^i; 0 for powers that <see cref="PolynomialTerms"/> leaves out.</param>
/// <param name="Covariance">(order + 1) x (order + 1), residual variance times (X'X)^-1; 0 for powers left out.</param>
/// <param name="RSquared">1 - residual sum of squares / total sum of squares about the mean of y.</param>
public sealed record PolynomialFit(double[] Coefficients, double[][] Covariance, double RSquared, double RmsResidual)
{
    /// <summary>The powers of a polynomial: 0, and those up to <paramref name="order"/> that <paramref name="terms"/> lets in.</summary>
    public static int[] Powers(int order, PolynomialTerms terms) =>
        [.. Enumerable.Range(0, order + 1).Where(i => i == 0 || terms == PolynomialTerms.All || i % 2 == (terms == PolynomialTerms.Odd ? 1 : 0))];

    /// <param name="x">Abscissae, n.</param>
    /// <param name="gain">Known gain of each point, n.</param>
    /// <param name="y">Observations, n, more than there are powers.</param>
    public static PolynomialFit Of(ReadOnlySpan<double> x, ReadOnlySpan<double> gain, ReadOnlySpan<double> y, int order, PolynomialTerms terms = PolynomialTerms.All)
    {
        int n = x.Length;
        int[] powers = Powers(order, terms);
        if (gain.Length != n || y.Length != n || n <= powers.Length)
            throw new ArgumentException($"a polynomial of order {order} needs more than {powers.Length} points with x, gain and y; there are {n}");
        var scale = 0.0;
        foreach (var value in x)
            scale = Math.Max(scale, Math.Abs(value));

        var design = Matrix<double>.Build.Dense(n, powers.Length);
        for (var row = 0; row < n; row++)
            for (var i = 0; i < powers.Length; i++)
                design[row, i] = gain[row] * Math.Pow(x[row] / scale, powers[i]);
        var fit = LinearLeastSquares.Of(design, Vector<double>.Build.DenseOfArray(y.ToArray()));

        double Unscale(int i) => Math.Pow(scale, -powers[i]);
        var coefficients = new double[order + 1];
        double[][] covariance = [.. Enumerable.Range(0, order + 1).Select(_ => new double[order + 1])];
        for (var i = 0; i < powers.Length; i++)
        {
            coefficients[powers[i]] = fit.Coefficients[i] * Unscale(i);
            for (var j = 0; j < powers.Length; j++)
                covariance[powers[i]][powers[j]] = fit.Covariance[i][j] * Unscale(i) * Unscale(j);
        }
        return new PolynomialFit(coefficients, covariance, fit.RSquared, fit.RmsResidual);
    }
}
