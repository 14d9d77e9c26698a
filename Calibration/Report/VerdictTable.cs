using System.Globalization;
using AnalogAttention.Reports;
using static System.FormattableString;

namespace AnalogAttention.Calibration;

/// <summary>How linear, how monotone, how leaky, how noisy, and how much of the error is the fit's: each with its limit.</summary>
internal static class VerdictTable
{
    // a code of the read-out is still right with half a step of error
    private const double HalfStep = 0.5;

    // the write time of the cell is stated for a tenth of a storage step
    private const double TenthStep = 0.1;

    public static ReportTable Of(CalibrationResult result)
    {
        var cell = result.Cell;
        var c = result.Characterisation;
        double lsb = ErrorShares.Lsb(cell), step = cell.Storage.StepVolts, full = cell.Input.PulseSeconds;
        double[] grid = [.. Enumerable.Range(0, 181).Select(i => cell.Storage.MinVolts + i * (cell.Storage.MaxVolts - cell.Storage.MinVolts) / 180)];
        double[] current = [.. grid.Select(cell.Transfer.Amperes)];
        var (offset, slope) = MathNet.Numerics.Fit.Line(grid, current);
        double bend = Math.Sqrt(grid.Zip(current, (v, i) => i - offset - slope * v).Average(e => e * e)) / ((current.Max() - current.Min()) / 2);
        double steepest = Enumerable.Range(1, 180).Max(i => current[i] - current[i - 1]), flattest = Enumerable.Range(1, 180).Min(i => current[i] - current[i - 1]);
        bool rises = steepest > 0 && flattest > 0, falls = steepest < 0 && flattest < 0;
        double fitRms = cell.Fit!.HeldOutRmsAmperes, fitMax = cell.Fit.HeldOutMaxAmperes;
        double drift = Drift(c.Retention), disturbed = c.Disturbed.Max(Drift);
        TableRow Limit(string what, double value, double limit, string unit, string why) =>
            new([what, Text(value, unit), "at most " + Text(limit, unit), why], value <= limit ? Verdict.Pass : value <= 2 * limit ? Verdict.Warn : Verdict.Fail);
        TableRow Fact(string what, string value, string why) => new([what, value, "", why]);
        var shares = ErrorShares.Of(result);
        double all = Math.Sqrt(shares.Sum(s => s.Lsb * s.Lsb)), fit = shares.Single(s => s.Name == ErrorShares.Fit).Lsb;
        return new ReportTable("Verdict", [new("question"), new("measured", Alignment: ColumnAlignment.Right), new("limit"), new("what it is")],
        [
            Fact("how linear", Text(bend, "%"), "RMS distance of I(V_store) from its best straight line, of half its range: a property the model is trained for, not an error"),
            new(["how monotone", rises ? "rising everywhere" : falls ? "falling everywhere" : "it turns", "no turn", Invariant($"slope of I(V_store) between {Text(flattest / (grid[1] - grid[0]), "S")} and {Text(steepest / (grid[1] - grid[0]), "S")}: two levels never read alike")], rises || falls ? Verdict.Pass : Verdict.Fail),
            Limit("how well fitted: a cell, RMS", fitRms, 30e-9, "A", "error of the charge of held-out reads, over T_max"),
            Limit("how well fitted: 64 cells erring alike", fitMax * full * cell.Array.Rows / lsb, HalfStep, "LSB", "the largest error of one read in every cell of a column: the coherent worst case"),
            Limit("how well written", c.Write.LargestErrorVolts / step, TenthStep, "steps", Invariant($"stored less wanted level, injection included ({Text(c.Write.LargestInjectionVolts, "V")}); {Text(c.Write.LargestMemoryVolts, "V")} of it remember what was there before")),
            Limit("how leaky: bitline parked", drift / step, HalfStep, "steps", Invariant($"largest move of a level in {Text(result.Retention.HorizonSeconds, "s")}")),
            Limit("how leaky: worst write disturb", disturbed / step, HalfStep, "steps", "the same with the write bitline at either end of the range all the time"),
            Limit("how exponential", result.Retention.MaxVolts / step, TenthStep, "steps", "largest difference of the transients from the one time constant of the cell model"),
            .. c.Section == "transistor" ? new[] { Limit("how well converted: outputs", c.OutputPulses.LargestError * (cell.Readout.Levels - 1) / 2, HalfStep, "LSB", "largest error of a pulse of the signed circuit") } : [],
            .. shares.Where(s => s.Name == ErrorShares.Noise).Select(s => Limit("how noisy", s.Lsb, HalfStep, "LSB", $"RMS on one output of {cell.Array.Rows} cells: read transistors, kT/C, comparator")),
            Fact("how much of it is the fit's", (fit * fit / (all * all)).ToString("p2", CultureInfo.InvariantCulture), Invariant($"of the variance of one output, {Text(all, "LSB")} RMS (table and figure below)")),
        ]);
    }

    private static double Drift(Benches.RetentionTable table) =>
        Enumerable.Range(0, table.Volts.GetLength(0)).Max(level => Math.Abs(table.Volts[level, table.Seconds.Length - 1] - table.Volts[level, 0]));

    private static string Text(double value, string unit) => unit switch
    {
        "%" => (100 * value).ToString("f1", CultureInfo.InvariantCulture) + " %",
        "LSB" or "steps" => value.ToString("g2", CultureInfo.InvariantCulture) + " " + unit,
        _ => new Quantity(value, unit, 3).ToString(),
    };
}
