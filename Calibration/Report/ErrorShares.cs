using System.Globalization;
using AnalogAttention.Reports;

namespace AnalogAttention.Calibration;

/// <summary>
/// What each imperfection adds to the charge of one AV bitline, in steps of the read-out: cells that hold every level equally often and are read by
/// every pulse equally often, each error by itself, uncorrelated from cell to cell.
/// </summary>
internal static class ErrorShares
{
    public const string Fit = "fit of the cell model", Noise = "noise";

    /// <summary>Step of the signed read-out, coulombs.</summary>
    public static double Lsb(CellModel cell) => 2 * cell.Readout.SaturationAvCoulombs / (cell.Readout.Levels - 1);

    public static IReadOnlyList<(string Name, double Lsb, string Note)> Of(CalibrationResult result)
    {
        var cell = result.Cell;
        var c = result.Characterisation;
        double lsb = Lsb(cell), rows = cell.Array.Rows, full = cell.Input.PulseSeconds;
        int levels = cell.Storage.Levels;
        double[] volts = [.. Enumerable.Range(0, levels).Select(cell.Storage.LevelVolts)];
        const double h = 1e-3;
        double[] slope = [.. volts.Select(v => (cell.Transfer.Amperes(v + h) - cell.Transfer.Amperes(v - h)) / (2 * h))];
        // mean square of t / T_max over the input levels 0 ... 1
        double pulses = Enumerable.Range(0, cell.Input.Levels).Average(i => Math.Pow(i / (cell.Input.Levels - 1.0), 2));
        double Column(double meanSquareAmperes) => Math.Sqrt(rows * meanSquareAmperes * pulses) * full / lsb;
        double Volts(Func<int, double> error) => Column(Enumerable.Range(0, levels).Average(i => Math.Pow(slope[i] * error(i), 2)));
        int last = c.Retention.Seconds.Length - 1;
        double LeakError(int level) => (c.Retention.Volts[level, 0] - result.Retention.RestVolts) * (Math.Exp(-c.Retention.Seconds[last] / result.Retention.TauSeconds) - 1) - (c.Retention.Volts[level, last] - c.Retention.Volts[level, 0]);
        double[] deviation = ConditionFigures.Deviation(result);
        var shares = new List<(string, double, string)>
        {
            ("rounding to codes", 1 / Math.Sqrt(12), "one step of the read-out over the root of 12: the measure of the others"),
            (Fit, Math.Sqrt(rows * result.ResidualAmperes(result.HeldOut).Average(e => e * e)) * full / lsb, "held-out reads of all widths"),
            ("level written", Volts(i => c.Write.SettledVolts[0, i] - c.Write.LevelVolts[i]), "repeats from write to write: could be calibrated out"),
            ("leak other than exponential", Volts(LeakError), "oldest token; what the time constant cannot say"),
        };
        if (cell.Noise is { } noise)
        {
            double[] widths = [.. Enumerable.Range(1, cell.Input.Levels - 1).Select(i => full * i / (cell.Input.Levels - 1))];
            double reads = Enumerable.Range(0, levels).Average(level => widths.Sum(t => Math.Pow(noise.ReadCoulombs(level, t), 2)) / cell.Input.Levels);
            double comparator = noise is { ComparatorVolts: { } sigma, ComparatorFullScaleVolts: { } scale } ? sigma / scale * cell.Readout.SaturationAvCoulombs : 0;
            double stored = noise.KtcVolts is { } ktc ? Volts(_ => ktc) : 0;
            shares.Add((Noise, Math.Sqrt((rows * reads + comparator * comparator) / (lsb * lsb) + stored * stored), "read transistors, kT/C of the stores, comparator"));
        }
        if (result.Mismatch.Count > 0)
            shares.Add(("mismatch", Column(deviation.Average(s => s * s)), "frozen in each cell"));
        if (c.Section == "transistor")
            shares.Add(("conversion", Math.Sqrt(c.OutputPulses.Coulombs.Zip(c.OutputPulses.Seconds, (q, t) => Math.Pow((t - c.OutputPulses.Ideal(q)) / c.OutputPulses.LongestSeconds, 2)).Average()) * (cell.Readout.Levels - 1) / 2, "charge to pulse, over its range"));
        return shares;
    }

    public static ReportTable Table(CalibrationResult result)
    {
        var shares = Of(result);
        double all = shares.Sum(s => s.Lsb * s.Lsb);
        return new ReportTable(string.Create(CultureInfo.InvariantCulture, $"Where the error of an output comes from: a bitline of {result.Cell.Array.Rows} cells, RMS"),
            [new("cause"), new("LSB", Digits: 2), new("share of the variance", Alignment: ColumnAlignment.Right), new("note")],
            [
                .. shares.Select(s => new TableRow([s.Name, s.Lsb, (s.Lsb * s.Lsb / all).ToString("p1", CultureInfo.InvariantCulture), s.Note])),
                new TableRow(["together", Math.Sqrt(all), "", "root of the sum of squares"]),
            ]);
    }

    public static BarFigure Figure(CalibrationResult result)
    {
        var shares = Of(result);
        return new BarFigure("Where the error of an output comes from", "Each cause by itself, in steps of the read-out, RMS. Levels and pulses are taken to be equally frequent; a real workload has its own distribution.",
            "cause", [.. shares.Select(s => s.Name)], new Axis("RMS error [LSB]"), new BarSeries("alone", [.. shares.Select(s => s.Lsb)]));
    }
}
