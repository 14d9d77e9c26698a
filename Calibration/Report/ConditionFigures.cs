using AnalogAttention.Reports;
using static System.FormattableString;

namespace AnalogAttention.Calibration;

/// <summary>What temperature, bitline and mismatch do to the current of a read, as tables and figures.</summary>
internal static class ConditionFigures
{
    public static ReportSection Section(CalibrationResult result) => new("Temperature, bitline and mismatch",
        "The static current of a full read away from nominal conditions. The cell model holds at the temperature and the bitline voltage of its validity; nothing here is in its coefficients, mismatch is in its own entry.",
        [Temperature(result), TemperatureTable(result), Bitline(result), .. result.Mismatch.Count > 0 ? new ReportItem[] { Mismatch(result), MismatchFigure(result) } : []]);

    private static LineFigure Temperature(CalibrationResult result)
    {
        var points = result.Characterisation.Temperatures;
        var nominal = result.Static.FullRead;
        return new LineFigure("Static transfer over temperature", "Below: the change from the nominal temperature.", new Axis("stored voltage", "V"),
        [
            new LinePanel(new Axis("current of a full read", "A"), [.. points.Select(p => new Series(Celsius(p.Celsius), p.Transfer.StoreVolts, p.Transfer.FullRead))]),
            new LinePanel(new Axis("change", "A"), [.. points.Select(p => new Series(Celsius(p.Celsius), p.Transfer.StoreVolts, [.. p.Transfer.FullRead.Zip(nominal, (a, b) => a - b)]))]),
        ])
        { Colours = SeriesColours.Ordered };
    }

    private static ReportTable TemperatureTable(CalibrationResult result) => new("Full read over temperature",
        [new("temperature"), new("at the lowest level", "A"), new("at the highest level", "A"), new("zero current at", "V")],
        [.. result.Characterisation.Temperatures.Select(p => new TableRow([Celsius(p.Celsius), p.Transfer.FullRead[0], p.Transfer.FullRead[^1], Zero(p.Transfer.StoreVolts, p.Transfer.FullRead) is { } zero ? zero : "none"]))]);

    /// <summary>Where a curve crosses zero; null where it does not.</summary>
    internal static double? Zero(double[] x, double[] y) => Enumerable.Range(0, x.Length - 1)
        .Where(i => y[i] <= 0 != y[i + 1] <= 0)
        .Select(i => (double?)(x[i] - y[i] * (x[i + 1] - x[i]) / (y[i + 1] - y[i])))
        .FirstOrDefault();

    private static LineFigure Bitline(CalibrationResult result)
    {
        var table = result.Characterisation.Bitline;
        double lsb = 2 * result.Cell.Readout.SaturationAvCoulombs / (result.Cell.Readout.Levels - 1);
        double worst = Enumerable.Range(0, table.StoreVolts.Length).Max(i => Math.Abs(table.ReadSiemens[i]));
        double perMillivolt = worst * 1e-3 * result.Cell.Input.PulseSeconds * result.Cell.Array.Rows / lsb;
        return new LineFigure("Conductance of a cell on its bitline",
            Invariant($"dI/dV_bl where the bitline is held. A bitline 1 mV off moves a full read of {result.Cell.Array.Rows} cells by {perMillivolt:g2} LSB at worst; idle cells conduct as well, for as long as charge is integrated."),
            new Axis("stored voltage", "V"), new Axis("dI/dV_bl", "S"),
            new Series("in a read pulse", table.StoreVolts, table.ReadSiemens), new Series("idle", table.StoreVolts, table.IdleSiemens));
    }

    private static ReportTable Mismatch(CalibrationResult result)
    {
        var (model, missed) = MismatchModel.Of(result.Mismatch, result.Static.StoreVolts, result.Cell.Transfer)!.Value;
        double charge = Math.Sqrt(Deviation(result).Average(s => s * s));
        return new ReportTable("Mismatch from cell to cell, I'(V) = (1 + g) I(V - o) + k (V - offset)^2, one sigma",
            [new("quantity"), new("sigma"), new("note")],
            [
                new(["gain g", Invariant($"{model.SigmaGain:p2}"), Invariant($"correlation with offset {model.Correlation[0][1]:f2}, with curvature {model.Correlation[0][2]:f2}")]),
                new(["offset o", new Quantity(model.SigmaOffsetVolts, "V", 3), Invariant($"correlation with curvature {model.Correlation[1][2]:f2}")]),
                new(["curvature k", new Quantity(model.SigmaCurvature, "A/V^2", 3), Invariant($"these three miss {missed:p1} of the variance")]),
                new(["current, RMS over levels", new Quantity(charge, "A", 3), "AVTO and AKP of the cards, A / sqrt(W L), every transistor drawn apart; first order"]),
            ]);
    }

    /// <summary>Standard deviation of the full read's current at each stored voltage.</summary>
    internal static double[] Deviation(CalibrationResult result) =>
        [.. Enumerable.Range(0, result.Static.StoreVolts.Length).Select(i => Math.Sqrt(result.Mismatch.Sum(m => m.Amperes[i] * m.Amperes[i])))];

    private static LineFigure MismatchFigure(CalibrationResult result) => new("Mismatch by transistor and parameter",
        "What one sigma of each parameter does to the current of a full read.", new Axis("stored voltage", "V"), new Axis("change of the current", "A"),
        [
            .. result.Mismatch.GroupBy(m => m.Amperes.Max(Math.Abs) > 1e-3 * Deviation(result).Max()).Where(g => g.Key).SelectMany(g => g)
                .Select(m => new Series($"{m.Transistor}, {m.Parameter}", result.Static.StoreVolts, m.Amperes)),
            new Series("all", result.Static.StoreVolts, Deviation(result), SeriesStyle.Dashed),
        ]);

    private static string Celsius(double celsius) => Invariant($"{celsius:g3} C");
}
