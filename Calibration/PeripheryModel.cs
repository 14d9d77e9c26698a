using AnalogAttention.Calibration.Benches;

namespace AnalogAttention.Calibration;

/// <summary>The circuits that end the bitlines, one of each kind for every column.</summary>
/// <param name="Scores">Of the QK array; positive charges alone make a pulse.</param>
/// <param name="Outputs">Of the AV array, both polarities.</param>
public sealed record PeripheryModel(ConversionModel Scores, ConversionModel Outputs);

/// <summary>
/// Charge to pulse of one circuit: |t| = T_max clamp((gain |Q| + offset) / Q_sat, 0, 1), and how gains and offsets vary from circuit to circuit, normal and to first order. The sign is that
/// of the charge with its offset: the polarity whose line gives the longer pulse, whatever the sign of Q; none where neither is above 0.
/// </summary>
/// <param name="Positive">Of charges sunk from the bitline.</param>
/// <param name="Negative">Of the others; null where they make no pulse.</param>
/// <param name="Correlation">Of gain and offset, then of gain and offset of <paramref name="Negative"/>: 2 x 2 or 4 x 4.</param>
public sealed record ConversionModel(ConversionLine Positive, ConversionLine? Negative, IReadOnlyList<IReadOnlyList<double>> Correlation)
{
    /// <summary>F of F F^T, the covariance of gain and offset (coulombs), then those of negative charges: F times independent standard normals is a circuit.</summary>
    public double[,] Factor()
    {
        double[] sigma = [Positive.SigmaGain, Positive.SigmaOffsetCoulombs, .. Negative is null ? Array.Empty<double>() : [Negative.SigmaGain, Negative.SigmaOffsetCoulombs]];
        return CovarianceFactor.Of(sigma, Correlation);
    }

    /// <summary>
    /// Sums the sensitivities' outer products: independent parameters add up in the covariance. Without any, every circuit is the nominal one and the correlation
    /// that of nothing, 0.
    /// </summary>
    /// <param name="nominal">Its lines over 5 to 95 % of the range are the systematic part.</param>
    public static ConversionModel Of(ChargeToPulseTable nominal, IReadOnlyList<ConversionSensitivity> sensitivities)
    {
        int[] signs = nominal.IsSigned ? [1, -1] : [1];
        int n = 2 * signs.Length;
        double Covariance(int i, int j) => sensitivities.Sum(s => s.Changes[i] * s.Changes[j]);
        double[] sigma = [.. Enumerable.Range(0, n).Select(i => Math.Sqrt(Covariance(i, i)))];
        double Correlated(int i, int j) => i == j ? 1 : sigma[i] * sigma[j] > 0 ? Math.Clamp(Covariance(i, j) / (sigma[i] * sigma[j]), -1, 1) : 0;
        ConversionLine[] lines = [.. signs.Select((sign, polarity) =>
        {
            var (gain, offset) = nominal.Line(sign);
            return new ConversionLine(gain, offset * nominal.SaturationCoulombs, sigma[2 * polarity], sigma[2 * polarity + 1] * nominal.SaturationCoulombs);
        })];
        return new ConversionModel(lines[0], nominal.IsSigned ? lines[1] : null,
            [.. Enumerable.Range(0, n).Select(i => (IReadOnlyList<double>)[.. Enumerable.Range(0, n).Select(j => Correlated(i, j))])]);
    }
}

/// <summary>Straight line of one polarity.</summary>
/// <param name="Gain">1 is ideal.</param>
/// <param name="OffsetCoulombs">Charge that the pulse is too long by.</param>
/// <param name="SigmaGain">Standard deviation from circuit to circuit.</param>
/// <param name="SigmaOffsetCoulombs">As <paramref name="SigmaGain"/>.</param>
public sealed record ConversionLine(double Gain, double OffsetCoulombs, double SigmaGain, double SigmaOffsetCoulombs);
