using AnalogAttention.Calibration.Benches;
using MathNet.Numerics.LinearAlgebra;

namespace AnalogAttention.Calibration;

/// <summary>
/// Cell to cell variation of the read current: I'(V) = (1 + g) I(V - o) + k (V - offset)^2, with g, o and k normal about 0.
/// </summary>
/// <param name="SigmaGain">Of g.</param>
/// <param name="SigmaOffsetVolts">Of o.</param>
/// <param name="SigmaCurvature">Of k, A/V^2.</param>
/// <param name="Correlation">3 x 3, in that order.</param>
public sealed record MismatchModel(double SigmaGain, double SigmaOffsetVolts, double SigmaCurvature, IReadOnlyList<IReadOnlyList<double>> Correlation)
{
    /// <summary>F of F F^T, the covariance of (g, o, k): F times three independent standard normals is a cell. SI units, shape (3, 3).</summary>
    public double[,] Factor() => CovarianceFactor.Of([SigmaGain, SigmaOffsetVolts, SigmaCurvature], Correlation);

    /// <summary>
    /// First order: every sensitivity dI(V) is projected by least squares on I, -dI/dV and (V - offset)^2; independent parameters add up in the
    /// covariance of the three.
    /// </summary>
    /// <returns>Null without sensitivities; and the share of the current's variance that the three terms miss.</returns>
    public static (MismatchModel Model, double MissedShare)? Of(IReadOnlyList<MismatchSensitivity> sensitivities, double[] storeVolts, TransferModel transfer)
    {
        if (sensitivities.Count == 0)
            return null;
        const double h = 1e-4;
        double[] current = [.. storeVolts.Select(transfer.Amperes)];
        double[] slope = [.. storeVolts.Select(v => -(transfer.Amperes(v + h) - transfer.Amperes(v - h)) / (2 * h))];
        double[] square = [.. storeVolts.Select(v => (v - transfer.OffsetVolts) * (v - transfer.OffsetVolts))];
        // columns of unit length, for the digits
        double[] scale = [.. new[] { current, slope, square }.Select(c => Math.Sqrt(c.Sum(x => x * x)))];
        var basis = Matrix<double>.Build.DenseOfColumnArrays([.. new[] { current, slope, square }.Select((c, i) => c.Select(x => x / scale[i]).ToArray())]);
        var qr = basis.QR(MathNet.Numerics.LinearAlgebra.Factorization.QRMethod.Thin);
        var covariance = Matrix<double>.Build.Dense(3, 3);
        double total = 0, missed = 0;
        foreach (var sensitivity in sensitivities)
        {
            var change = Vector<double>.Build.DenseOfArray(sensitivity.Amperes);
            var terms = qr.Solve(change);
            covariance += terms.OuterProduct(terms);
            var rest = change - basis * terms;
            total += change.DotProduct(change);
            missed += rest.DotProduct(rest);
        }
        double[] sigma = [.. Enumerable.Range(0, 3).Select(i => Math.Sqrt(covariance[i, i]))];
        return (new MismatchModel(sigma[0] / scale[0], sigma[1] / scale[1], sigma[2] / scale[2],
            [.. Enumerable.Range(0, 3).Select(i => (IReadOnlyList<double>)[.. Enumerable.Range(0, 3).Select(j => i == j ? 1 : Math.Clamp(covariance[i, j] / (sigma[i] * sigma[j]), -1, 1))])]), missed / total);
    }
}

/// <summary>Energy that the drivers deliver; what flows back to them is not credited.</summary>
/// <param name="WriteJoules">One write of one cell, mean over levels and what was stored before.</param>
/// <param name="ReadJoulesPerSecondByLevel">Power of one cell in a read pulse, by stored level.</param>
/// <param name="ChargeToPulseJoules">One conversion cycle of one column; null where the periphery was ideal.</param>
public sealed record EnergyModel(double WriteJoules, IReadOnlyList<double> ReadJoulesPerSecondByLevel, double? ChargeToPulseJoules);
