using System.Globalization;
using AnalogAttention.Calibration.Benches;
using AnalogAttention.Reports;
using static System.FormattableString;

namespace AnalogAttention.Calibration;

/// <summary>A calibration as tables and figures.</summary>
public static class CalibrationReport
{
    public static Report Of(CalibrationResult result) => new(
        $"Calibration of {result.Cell.Name}",
        $"{result.Cell.Provenance!.Engine}, {result.Cell.Validity!.TemperatureKelvin:g5} K, {result.Cell.Fit!.Points} fitted and {result.HeldOut.StoreVolts.Length * result.HeldOut.PulseSeconds.Length} held-out reads",
        [.. Sections(result)]);

    /// <summary>The sections, for a report that spans more than the calibration.</summary>
    public static IEnumerable<ReportSection> Sections(CalibrationResult result)
    {
        yield return new ReportSection("The cell", null, [VerdictTable.Of(result), ErrorShares.Table(result), ErrorShares.Figure(result), Summary(result), .. result.Cell.Transfer.IsTable ? Array.Empty<ReportItem>() : [Coefficients(result)]]);
        yield return new ReportSection("Static transfer",
            "The current drawn from the bitline at rest, solved at transistor level for every pair of storage voltage and read line voltage. The bitline is held at " + Invariant($"{result.Cell.Validity!.BitlineVolts[0]:g3} V."),
            [StaticTransfer(result)]);
        yield return new ReportSection("Charge of a read",
            "Each point is a transient: the storage node set, then one pulse on the read lines. The cell model is one current per storage voltage, Q = I(V_store) t, fitted to the reads of every pulse width; the points shown were not used in the fit.",
            [EffectiveCurrent(result), Surface(result), ChargePerWidth(result), ReadDisturb(result)]);
        yield return FitReport.Section(result);
        yield return NoiseReport.Section(result);
        yield return WriteFigures.Section(result);
        yield return RetentionFigures.Section(result);
        yield return ConditionFigures.Section(result);
        yield return PeripheryFigures.Section(result);
        yield return Engines(result.Agreement);
        yield return new ReportSection("Provenance", null, [ProvenanceTable(result)]);
    }

    /// <summary>Fit error, against held-out reads and against the published cell.</summary>
    public static ReportTable Summary(CalibrationResult result)
    {
        var cell = result.Cell;
        var fit = cell.Fit!;
        double lsb = 2 * cell.Readout.SaturationAvCoulombs / (cell.Readout.Levels - 1), full = cell.Input.PulseSeconds;
        var (staticRms, staticMax) = Against(result.Static.StoreVolts, result.Static.FullRead, cell.Transfer);
        var (publishedRms, publishedMax) = AgainstPublished(result);
        return new ReportTable("Cell: fit and transfer",
            [new("quantity"), new("value"), new("note")],
            [
                Row("fit error, held-out reads, RMS", new Quantity(fit.HeldOutRmsAmperes, "A"), Invariant($"{fit.HeldOutRmsAmperes * full / lsb:g2} LSB of the 5-bit read-out per cell")),
                Row("fit error, held-out reads, maximum", new Quantity(fit.HeldOutMaxAmperes, "A"), Invariant($"{fit.HeldOutMaxAmperes * full / lsb:g2} LSB; R2 = {fit.RSquared:f6} on {fit.Points} fitted reads")),
                Row("fit against static current at full read", new Quantity(staticRms, "A"), Invariant($"RMS; maximum {new Quantity(staticMax, "A")}: what the edges and their coupling to the storage node do")),
                Row("difference from the published cell", new Quantity(publishedRms, "A"), Invariant($"RMS over the storage range; maximum {new Quantity(publishedMax, "A")}")),
                Row("current at the lowest stored level", new Quantity(cell.Transfer.Amperes(cell.Storage.MinVolts), "A"), "full pulse"),
                Row("current at the highest stored level", new Quantity(cell.Transfer.Amperes(cell.Storage.MaxVolts), "A"), "full pulse"),
                Row("storage voltage of zero current", result.ZeroCurrentVolts is { } zero ? new Quantity(zero, "V", 4) : "none", Invariant($"zero weight is {cell.Transfer.OffsetVolts:g3} V")),
                Row("current at the idle read level", new Quantity(IdleCurrent(result.Static), "A"), "largest over all stored levels"),
            ]);
    }

    private static TableRow Row(string label, TableCell value, string note) => new([label, value, note]);

    /// <summary>RMS and largest difference of the fitted transfer from the published one over the storage range, amperes.</summary>
    public static (double Rms, double Max) AgainstPublished(CalibrationResult result)
    {
        double[] volts = [.. Enumerable.Range(0, 91).Select(i => result.Cell.Storage.MinVolts + i * (result.Cell.Storage.MaxVolts - result.Cell.Storage.MinVolts) / 90)];
        return Against(volts, [.. volts.Select(result.Cell.Transfer.Amperes)], PublishedCell.Load().Transfer);
    }

    private static (double Rms, double Max) Against(double[] volts, double[] amperes, TransferModel transfer)
    {
        double[] errors = [.. volts.Zip(amperes, (v, i) => transfer.Amperes(v) - i)];
        return (Math.Sqrt(errors.Average(e => e * e)), errors.Max(Math.Abs));
    }

    private static double IdleCurrent(TransferTable table) =>
        Enumerable.Range(0, table.StoreVolts.Length).Max(column => Math.Abs(table.Amperes[0, column]));

    private static ReportTable Coefficients(CalibrationResult result)
    {
        IReadOnlyList<double> ours = result.Cell.Transfer.CoefficientsAmperes!, published = PublishedCell.Load().Transfer.CoefficientsAmperes!;
        string Micro(IReadOnlyList<double> c, int i) => i < c.Count ? (c[i] * 1e6).ToString("f4", CultureInfo.InvariantCulture) : "";
        return new ReportTable(Invariant($"Transfer polynomial I = sum c_i w^i, w = V_store - {result.Cell.Transfer.OffsetVolts:g3} V, in uA/V^i"),
            [new("i"), new("this cell", Alignment: ColumnAlignment.Right), new("one sigma", Alignment: ColumnAlignment.Right), new("published cubic", Alignment: ColumnAlignment.Right)],
            [.. Enumerable.Range(0, Math.Max(ours.Count, published.Count)).Select(i => new TableRow([
                i.ToString(CultureInfo.InvariantCulture), Micro(ours, i),
                i < ours.Count ? (Math.Sqrt(result.Cell.Fit!.Covariance[i][i]) * 1e6).ToString("g2", CultureInfo.InvariantCulture) : "",
                Micro(published, i)]))]);
    }

    private static LineFigure StaticTransfer(CalibrationResult result)
    {
        var table = result.Static;
        var published = PublishedCell.Load().Transfer;
        IEnumerable<int> rows = Enumerable.Range(0, 6).Select(i => i * (table.InputVolts.Length - 1) / 5);
        return new LineFigure("Static transfer I_out(V_store, V_in)",
            "Zero at the idle read level for every stored value; super-linear in the read voltage; nearly odd about 0.41 V at full read. Dashed: the published polynomial of the full read.",
            new Axis("storage voltage", "V"), new Axis("current from the bitline", "A"),
            [
                .. rows.Select(row => new Series(Invariant($"V_in = {table.InputVolts[row]:f2} V"), table.StoreVolts,
                    [.. Enumerable.Range(0, table.StoreVolts.Length).Select(column => table.Amperes[row, column])])),
                new Series("published", table.StoreVolts, [.. table.StoreVolts.Select(published.Amperes)], SeriesStyle.Dashed),
            ])
        { Colours = SeriesColours.Distinct };
    }

    private static LineFigure EffectiveCurrent(CalibrationResult result)
    {
        PulseTable held = result.HeldOut;
        var transfer = result.Cell.Transfer;
        double[] fine = [.. Enumerable.Range(0, 181).Select(i => held.StoreVolts[0] + i * (held.StoreVolts[^1] - held.StoreVolts[0]) / 180)];
        double rms = result.Cell.Fit!.HeldOutRmsAmperes;
        int[] rows = [0, held.PulseSeconds.Length / 3, held.PulseSeconds.Length - 1];
        double Effective(int row, int column) => held.Coulombs[row, column] / held.PulseSeconds[row];
        Series Points(int row, Func<int, double> y) => new(
            Invariant($"{held.PulseSeconds[row] * 1e9:f0} ns"), held.StoreVolts, [.. held.StoreVolts.Select((_, column) => y(column))], SeriesStyle.Points, "simulated, held out");
        return new LineFigure("Effective current of a read: simulated and fitted",
            "Charge divided by pulse width. Below: the error of the charge over T_max, so that pulses of every width are held to one scale; shaded: its RMS.",
            new Axis("storage voltage before the read", "V"),
            [
                new LinePanel(new Axis("charge / width", "A"),
                    [new Series("fit", fine, [.. fine.Select(transfer.Amperes)]), .. rows.Select(row => Points(row, column => Effective(row, column)))]),
                new LinePanel(new Axis("charge error / T_max", "A"),
                    [.. rows.Select(row => Points(row, column => (Effective(row, column) - transfer.Amperes(held.StoreVolts[column])) * held.PulseSeconds[row] / result.Cell.Input.PulseSeconds))])
                {
                    Bands = [new Band("RMS of all held-out reads", [fine[0], fine[^1]], [-rms, -rms], [rms, rms])],
                },
            ]);
    }

    private static HeatMapFigure Surface(CalibrationResult result)
    {
        PulseTable table = result.HeldOut;
        int rows = table.PulseSeconds.Length, columns = table.StoreVolts.Length;
        double[,] fit = new double[rows, columns], residual = new double[rows, columns];
        for (var row = 0; row < rows; row++)
            for (var column = 0; column < columns; column++)
            {
                fit[row, column] = result.Cell.Transfer.Amperes(table.StoreVolts[column]) * table.PulseSeconds[row];
                residual[row, column] = table.Coulombs[row, column] - fit[row, column];
            }
        return new HeatMapFigure("Charge over storage voltage and pulse width", "Held-out reads, the cell model, and what is left. Zoomed together.",
            new Axis("storage voltage", "V"), table.StoreVolts, new Axis("pulse width", "s"), table.PulseSeconds,
            new HeatMap("simulated", "C", table.Coulombs, ColourScale.Diverging), new HeatMap("cell model", "C", fit, ColourScale.Diverging), new HeatMap("residual", "C", residual, ColourScale.Diverging));
    }

    private static LineFigure ChargePerWidth(CalibrationResult result)
    {
        PulseTable table = result.Fitted;
        IEnumerable<int> columns = Enumerable.Range(0, 7).Select(i => i * (table.StoreVolts.Length - 1) / 6);
        return new LineFigure("Charge over pulse width",
            "Straight lines through the origin are what the model assumes; the pulse starts and ends with 50 ps edges, and its width is measured at half height.",
            new Axis("pulse width", "s"), new Axis("charge from the bitline", "C"),
            [.. columns.Select(column => new Series(Invariant($"{table.StoreVolts[column]:f2} V"), table.PulseSeconds,
                [.. table.PulseSeconds.Select((_, row) => table.Coulombs[row, column])], SeriesStyle.Line))])
        { Colours = SeriesColours.Ordered, LegendTitle = "V_store" };
    }

    private static LineFigure ReadDisturb(CalibrationResult result)
    {
        PulseTable table = result.Fitted;
        int last = table.PulseSeconds.Length - 1;
        return new LineFigure("Read disturb",
            "Change of the storage voltage that one full read leaves behind; a storage step is " + Invariant($"{1000 * (result.Cell.Storage.MaxVolts - result.Cell.Storage.MinVolts) / (result.Cell.Storage.Levels - 1):f0} mV."),
            new Axis("storage voltage before the read", "V"), new Axis("change after the read", "V"),
            [new Series("15 ns read", table.StoreVolts, [.. table.StoreVolts.Select((_, column) => table.DisturbVolts[last, column])])]);
    }

    // ten times the relative tolerance of the benches, 1e-4: below it engines that step differently cannot be told apart
    private const double AgreementLimit = 1e-3;

    private static ReportSection Engines(EngineAgreement? agreement) => agreement is null
        ? new ReportSection("Engine against engine", "No second engine was there to hold this one against; with ngspice installed, calibrate does so by itself.", [])
        : new ReportSection("Engine against engine", $"The same decks on {agreement.Engine} and on {agreement.Peer}.",
            [new ReportTable("Largest differences", [new("quantity"), new("points", Alignment: ColumnAlignment.Right), new("largest difference"), new("full scale"), new("of full scale", Alignment: ColumnAlignment.Right)],
                [.. agreement.Quantities.Select(q => new TableRow(
                    [q.Quantity, q.Points.ToString(CultureInfo.InvariantCulture), new Quantity(q.Largest, q.Unit, 3), new Quantity(q.FullScale, q.Unit, 3), (q.Largest / q.FullScale).ToString("g2", CultureInfo.InvariantCulture)],
                    q.Largest <= AgreementLimit * q.FullScale ? Verdict.Pass : Verdict.Fail))])]);

    private static ReportTable ProvenanceTable(CalibrationResult result)
    {
        var provenance = result.Cell.Provenance!;
        return new ReportTable("What the numbers depend on", [new("item"), new("value")],
        [
            new(["tool", provenance.Tool]),
            new(["engine", provenance.Engine]),
            .. provenance.Files.Select(f => new TableRow([f.Path, $"sha256 {f.Sha256}"])),
            .. provenance.Parameters.Select(p => new TableRow([p.Key, p.Value])),
        ]);
    }
}
