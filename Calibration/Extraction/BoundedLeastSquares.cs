using MathNet.Numerics.LinearAlgebra;

namespace AnalogAttention.Calibration.Extraction;

/// <summary>
/// Levenberg-Marquardt with bounds by projection (C. Kanzow, N. Yamashita, M. Fukushima, J. Comput. Appl. Math. 172, 2004), damping scaled
/// by the diagonal of J'J (D. Marquardt, SIAM J. Appl. Math. 11, 1963). Coordinates run from 0 to 1 between their bounds.
/// </summary>
internal sealed class BoundedLeastSquares
{
    private const int MostSteps = 300;
    private const double Difference = 1e-6; // of central differences: their error, 1e-12 in relation, stays under what rounding does
    private const double LeastGain = 1e-12; // of the sum of squares, in relation

    private readonly Func<double[], double[]> _residuals;

    private BoundedLeastSquares(Func<double[], double[]> residuals) => _residuals = residuals;

    /// <summary>Where the descent ended, and the sum of squares there.</summary>
    /// <param name="Jacobian">Residuals by coordinates.</param>
    public sealed record Minimum(double[] Coordinates, double Squares, Matrix<double> Jacobian);

    /// <param name="residuals">n residuals of p coordinates.</param>
    public static Minimum Descend(Func<double[], double[]> residuals, double[] start) => new BoundedLeastSquares(residuals).From(start);

    private Minimum From(double[] start)
    {
        double[] at = [.. start.Select(u => Math.Clamp(u, 0, 1))], rest = _residuals(at);
        double squares = Squares(rest), damping = 1e-3;
        var jacobian = Jacobian(at);
        for (var step = 0; step < MostSteps && damping < 1e12; step++)
        {
            var gradient = jacobian.TransposeThisAndMultiply(Vector<double>.Build.Dense(rest));
            int[] free = [.. Enumerable.Range(0, at.Length).Where(i => !(at[i] <= 0 && gradient[i] > 0 || at[i] >= 1 && gradient[i] < 0))];
            if (free.Length == 0)
                break;
            var columns = Matrix<double>.Build.DenseOfColumnVectors(free.Select(i => jacobian.Column(i)));
            var normal = columns.TransposeThisAndMultiply(columns);
            for (var i = 0; i < free.Length; i++)
                normal[i, i] += damping * Math.Max(normal[i, i], double.Epsilon) + 1e-300;
            var move = normal.Solve(-Vector<double>.Build.Dense(free.Length, i => gradient[free[i]]));
            double[] next = [.. at];
            for (var i = 0; i < free.Length; i++)
                next[free[i]] = Math.Clamp(at[free[i]] + (double.IsFinite(move[i]) ? move[i] : 0), 0, 1);
            var there = _residuals(next);
            var reached = Squares(there);
            if (!(reached < squares))
            {
                damping *= 4;
                continue;
            }
            var settled = squares - reached <= LeastGain * squares;
            (at, rest, squares, damping) = (next, there, reached, Math.Max(damping / 8, 1e-12));
            jacobian = Jacobian(at);
            if (settled)
                break;
        }
        return new Minimum(at, squares, jacobian);
    }

    private static double Squares(double[] residuals) => residuals.Sum(r => r * r);

    private Matrix<double> Jacobian(double[] at) => Matrix<double>.Build.DenseOfColumnArrays(Enumerable.Range(0, at.Length).Select(i =>
    {
        double[] above = [.. at], below = [.. at];
        above[i] = Math.Min(1, at[i] + Difference);
        below[i] = Math.Max(0, at[i] - Difference);
        double[] high = _residuals(above), low = _residuals(below);
        return high.Zip(low, (h, l) => (h - l) / (above[i] - below[i])).ToArray();
    }));
}
