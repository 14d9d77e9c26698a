using System.Globalization;
using AnalogAttention.Calibration.Fits;
using AnalogAttention.Reports;
using static System.FormattableString;

namespace AnalogAttention.Calibration;

/// <summary>Which model fits: every kind of fit against the held-out reads, and the choice of the polynomial's order.</summary>
public static class FitReport
{
    public static ReportSection Section(CalibrationResult result)
    {
        var choice = TransferFit.Choose(result.Fitted, result.Cell.Transfer.OffsetVolts, PolynomialTerms.All);
        return new ReportSection("Which model fits",
            Invariant($"Each model is fitted to the same {result.Cell.Fit!.Points} reads. Cross-validation leaves out every {CrossValidation.Folds}th of the fitted storage voltages in turn, with the reads of all widths; held-out reads lie between the fitted ones and took part in no fit and no choice. Of orders {choice.Scores[0].Order} to {choice.Scores[^1].Order} it takes the lowest whose error is within one standard error of the least: {choice.Order} (least at {choice.Least}). The cell of this report: {OriginOf(result)}. What is left is misfit, the same in every cell, and no noise: the last entry of a row adds it up coherently over the cells of a bitline. Models in which the charge is not proportional to the width gain by what the edges of a pulse do; the cell file holds one current per stored value."),
            [Candidates(result, choice.Order), OrderFigure(result, choice)]);
    }

    private static ReportTable Candidates(CalibrationResult result, int order)
    {
        var candidates = FitComparison.Of(result.Fitted, result.HeldOut, result.Cell.Transfer.OffsetVolts, order, coulombs => Error(result, coulombs));
        double step = candidates[0].HeldOut.StepAmperes;
        return new ReportTable(
            Invariant($"Models of a read: error of the charge / T_max on held-out reads (CV: cross-validated) in nA, and in LSB of the {Math.Log2(result.Cell.Readout.Levels):g2}-bit read-out, {step * 1e6:g3} uA"),
            [new("model"), Right("parameters"), Right("CV RMS"), Right("RMS"), Right("maximum"), Right("RMS, LSB"), Right("max., LSB"), Right(Invariant($"{result.Cell.Array.Rows} x max., LSB"))],
            [.. candidates.Select(c => new TableRow([
                c.Fit.Model, c.Fit.Parameters.ToString(CultureInfo.InvariantCulture),
                Nano(c.CrossValidated.RmsAmperes), Nano(c.HeldOut.RmsAmperes), Nano(c.HeldOut.MaxAmperes),
                Digits(c.HeldOut.RmsSteps), Digits(c.HeldOut.MaxSteps), Digits(result.Cell.Array.Rows * c.HeldOut.MaxSteps)]))]);
    }

    private static LineFigure OrderFigure(CalibrationResult result, OrderChoice choice)
    {
        double[] orders = [.. choice.Scores.Select(s => (double)s.Order)];
        double[] Rms(Func<OrderScore, double> meanSquare) => [.. choice.Scores.Select(s => Math.Sqrt(meanSquare(s)) / result.Cell.Input.PulseSeconds)];
        return new LineFigure("Cross-validated error against order",
            Invariant($"Polynomials Q = I(V) t. The band is one standard error of the mean square over the folds; the rule takes order {choice.Order}."),
            new Axis("order"),
            [
                new LinePanel(new Axis("RMS charge error / T_max", "A", AxisScale.Log),
                [
                    new Series("cross-validated", orders, Rms(s => s.MeanSquareCoulombs)),
                    new Series("on the fitted reads", orders, Rms(s => s.InSample.Average(q => q * q)), SeriesStyle.Dashed),
                    new Series("on the held-out reads", orders, [.. choice.Scores.Select(s => Error(result, [.. PolynomialCharge.Of(result.Fitted, result.Cell.Transfer.OffsetVolts, s.Order).Residuals(result.HeldOut)]).RmsAmperes)], SeriesStyle.Points),
                ])
                { Bands = [new Band("one standard error", orders, Rms(s => Math.Max(0, s.MeanSquareCoulombs - s.StandardErrorSquareCoulombs)), Rms(s => s.MeanSquareCoulombs + s.StandardErrorSquareCoulombs))] },
            ]);
    }

    private static string OriginOf(CalibrationResult result) => result.Cell.Transfer.IsTable
        ? "monotone table"
        : Invariant($"polynomial of order {result.Cell.Transfer.CoefficientsAmperes!.Count - 1}, {result.Cell.Provenance!.Parameters["orderOrigin"]}");

    private static FitError Error(CalibrationResult result, IReadOnlyCollection<double> coulombs) => FitError.Of(coulombs, result.Cell.Input, result.Cell.Readout);

    private static TableColumn Right(string title) => new(title, Alignment: ColumnAlignment.Right);

    private static string Nano(double amperes) => (amperes * 1e9).ToString("f2", CultureInfo.InvariantCulture);

    private static string Digits(double value) => value.ToString("g2", CultureInfo.InvariantCulture);
}
