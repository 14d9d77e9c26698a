using MathNet.Numerics.LinearAlgebra;

namespace AnalogAttention.Calibration;

/// <summary>F of F F^T = diag(sigma) R diag(sigma): F times independent standard normals has that covariance.</summary>
internal static class CovarianceFactor
{
    public static double[,] Of(double[] sigma, IReadOnlyList<IReadOnlyList<double>> correlation)
    {
        int n = sigma.Length;
        // of the correlation, whose terms are alike in size; eigenvalues below rounding: terms of a few transistors may depend on each other
        var eigen = Matrix<double>.Build.Dense(n, n, (i, j) => correlation[i][j]).Evd(Symmetricity.Symmetric);
        var root = eigen.EigenVectors * Matrix<double>.Build.DenseOfDiagonalVector(eigen.EigenValues.Real().PointwiseMaximum(0).PointwiseSqrt());
        var factor = new double[n, n];
        for (var i = 0; i < n; i++)
            for (var j = 0; j < n; j++)
                factor[i, j] = sigma[i] * root[i, j];
        return factor;
    }
}
