using System.Globalization;
using AnalogAttention.Reports;
using static System.FormattableString;

namespace AnalogAttention.Calibration.Extraction;

/// <summary>A cell made from a measured table, and the devices extracted from it, as tables and figures.</summary>
public static class TableReport
{
    public static Report Of(MeasuredTable table, CellModel cell, ExtractionResult? extraction) => new(
        $"Calibration of {cell.Name}",
        Invariant($"from a measured table of {table.Points} points, sha256 {table.Sha256}"),
        [new ReportSection("The cell", "The polynomial runs through the static currents of the highest read line voltage. What the edges of a pulse add is not in such a table.", [Summary(table, cell, extraction), Transfer(table), Fit(table, cell)]),
         .. extraction is null ? Array.Empty<ReportSection>() : [Devices(table, extraction)]]);

    public static ReportTable Summary(MeasuredTable table, CellModel cell, ExtractionResult? extraction)
    {
        var fit = cell.Fit!;
        List<TableRow> rows =
        [
            new(["fit error, held-out storage voltages, RMS", new Quantity(fit.HeldOutRmsAmperes, "A"), Invariant($"maximum {new Quantity(fit.HeldOutMaxAmperes, "A")}; R2 = {fit.RSquared:f6} on {fit.Points} points")]),
            new(["current at the lowest storage voltage", new Quantity(table.Transfer.FullRead[0], "A"), "measured, full read"]),
            new(["current at the highest storage voltage", new Quantity(table.Transfer.FullRead[^1], "A"), "measured, full read"]),
        ];
        if (extraction is not null)
            rows.Add(new(["device extraction, held-out points, RMS", new Quantity(extraction.HeldOutRmsAmperes, "A"),
                Invariant($"maximum {new Quantity(extraction.HeldOutMaxAmperes, "A")}; {new Quantity(extraction.RmsAmperes, "A")} RMS, R2 = {extraction.RSquared:f6} fitted to all {table.Points}")]));
        return new ReportTable("Cell from a measured table", [new("quantity"), new("value"), new("note")], [.. rows]);
    }

    public static ReportTable Parameters(ExtractionResult extraction) => new(
        "Extracted EKV 2.6 parameters",
        [new("device"), new("parameter"), new("value", Alignment: ColumnAlignment.Right), new("95 % interval"), new("unit"), new("most correlated with"), new("does the table fix it?")],
        [.. extraction.Parameters.Select(p => new TableRow([
            p.Parameter.Device, p.Parameter.Name, Digits(p.Value), p.IsAtBound ? "none" : $"{Digits(p.Low)} ... {Digits(p.High)}", p.Parameter.Unit,
            p.IsAtBound ? "" : Invariant($"{p.Partner.Name} ({p.Partner.Correlation:f3})"), p.IsAtBound ? "no: rests on its bound" : p.IsFixed ? "yes" : "loosely"]))]);

    private static ReportSection Devices(MeasuredTable table, ExtractionResult extraction) => new("Read transistors",
        Invariant($"Least squares over both read transistors at once; {extraction.StartsThatAgree} of {extraction.Starts} starts ended in the same least error. KP holds for the W and L of the library: a table fixes KP W/L alone. Intervals assume independent errors of one size; where the residual map shows a pattern, the model's misfit is larger than the noise, and they say how well the model is pinned down, not how true it is. Not searched, and the library's: COX, XJ, W, L, PHI, UCRIT and LAMBDA of the NMOS, E0, LETA, WETA, capacitances, leakage, noise, mismatch, temperature coefficients."),
        [Parameters(extraction),
         new HeatMapFigure("Residual of the extracted devices", "Model minus table, fitted to all points.",
            new Axis("storage voltage", "V"), table.Transfer.StoreVolts, new Axis("read line voltage", "V"), table.Transfer.InputVolts,
            new HeatMap("residual", "A", extraction.Residuals, ColourScale.Diverging)),
         new TextSample("Models, to be pasted into a cell library", ExtractedLibrary.Models(table, extraction))]);

    private static HeatMapFigure Transfer(MeasuredTable table) => new("Measured I_out(V_store, V_in)", "Zero at the idle read level whatever is stored.",
        new Axis("storage voltage", "V"), table.Transfer.StoreVolts, new Axis("read line voltage", "V"), table.Transfer.InputVolts,
        new HeatMap("current from the bitline", "A", table.Transfer.Amperes, ColourScale.Diverging));

    private static LineFigure Fit(MeasuredTable table, CellModel cell)
    {
        double[] volts = table.Transfer.StoreVolts, full = table.Transfer.FullRead;
        double[] fine = [.. Enumerable.Range(0, 181).Select(i => volts[0] + i * (volts[^1] - volts[0]) / 180)];
        double band = cell.Fit!.HeldOutRmsAmperes;
        int rows = table.Transfer.InputVolts.Length;
        return new LineFigure("Transfer curves, fit and residual", "Points are the table, the line is the cell model of the full read; the band is the held-out RMS error to both sides.",
            new Axis("storage voltage", "V"),
            [
                new LinePanel(new Axis("current from the bitline", "A"),
                    [new Series("fit", fine, [.. fine.Select(cell.Transfer.Amperes)]),
                     .. Enumerable.Range(0, 4).Select(i => (rows - 1) * (3 - i) / 3).Distinct().Select(row => new Series(Invariant($"V_in = {table.Transfer.InputVolts[row]:f3} V"), volts, [.. volts.Select((_, c) => table.Transfer.Amperes[row, c])], SeriesStyle.Points, "measured"))]),
                new LinePanel(new Axis("measured - fit", "A"), [new Series("residual", volts, [.. volts.Select((v, c) => full[c] - cell.Transfer.Amperes(v))], SeriesStyle.Points, "measured")])
                { Bands = [new Band("held-out RMS", volts, [.. volts.Select(_ => -band)], [.. volts.Select(_ => band)])] },
            ]);
    }

    private static string Digits(double value) => value.ToString("g5", CultureInfo.InvariantCulture);
}
