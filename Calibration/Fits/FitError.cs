using AnalogAttention.Calibration.Benches;

namespace AnalogAttention.Calibration.Fits;

/// <summary>Error of a fit on reads: charge error / T_max in amperes, and in steps of the signed AV read-out.</summary>
/// <param name="StepAmperes">One LSB of the read-out, 2 Q_sat,AV / (levels - 1) / T_max.</param>
public sealed record FitError(double RmsAmperes, double MaxAmperes, double StepAmperes)
{
    public double RmsSteps => RmsAmperes / StepAmperes;
    public double MaxSteps => MaxAmperes / StepAmperes;

    /// <param name="coulombs">Charge errors, one or more.</param>
    public static FitError Of(IReadOnlyCollection<double> coulombs, InputModel input, ReadoutModel readout) => new(
        Math.Sqrt(coulombs.Average(q => q * q)) / input.PulseSeconds,
        coulombs.Max(Math.Abs) / input.PulseSeconds,
        2 * readout.SaturationAvCoulombs / (readout.Levels - 1) / input.PulseSeconds);

    public static FitError Of(ChargeFit fit, PulseTable table, InputModel input, ReadoutModel readout) => Of([.. fit.Residuals(table)], input, readout);
}
