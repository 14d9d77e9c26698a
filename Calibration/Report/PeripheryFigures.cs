using System.Globalization;
using AnalogAttention.Calibration.Benches;
using AnalogAttention.Reports;
using AnalogAttention.Simulation;

namespace AnalogAttention.Calibration;

/// <summary>Charge-to-pulse transfer and the waveforms of one read, as tables and figures.</summary>
internal static class PeripheryFigures
{
    public static ReportSection Section(CalibrationResult result)
    {
        var c = result.Characterisation;
        return new ReportSection("From charge to pulse",
            $"What ends a bitline (section {c.Section} of the periphery): a charge becomes a pulse, HardSigmoid for scores, signed for outputs.",
            [Table(c), .. Spread(result), Transfer("Score pulse over charge", c.ScorePulses), Transfer("Output pulse over charge", c.OutputPulses), .. c.Phases is { } phases ? new ReportItem[] { Phases(phases) } : []]);
    }

    private static ReportTable Table(Characterisation c)
    {
        TableRow Row(string name, ChargeToPulseTable table, int sign)
        {
            var (gain, offset) = table.Line(sign);
            return new([name, Percent(gain - 1), Percent(offset), Percent(table.LargestError), double.IsFinite(table.Joules) && c.Section == "transistor" ? new Quantity(table.Joules, "J", 3) : "not modelled"]);
        }
        return new ReportTable("Charge to pulse, in per cent of the longest pulse", [new("circuit"), Right("gain error"), Right("offset"), Right("largest error"), Right("energy per cycle")],
            [Row("charge_to_pulse", c.ScorePulses, 1), Row("signed_charge_to_pulse, Q > 0", c.OutputPulses, 1), Row("signed_charge_to_pulse, Q < 0", c.OutputPulses, -1)]);
    }

    // none where the circuits are ideal
    private static IEnumerable<ReportTable> Spread(CalibrationResult result)
    {
        if (result.Cell.Periphery is not { } periphery || result.ScoreMismatch.Count == 0)
            yield break;
        var readout = result.Cell.Readout;
        TableRow Row(string name, ConversionLine line, double saturation, double correlation) => new([name, Percent(line.SigmaGain), Percent(line.SigmaOffsetCoulombs / saturation),
            new Quantity(line.SigmaOffsetCoulombs, "C", 3), Fixed(correlation)]);
        yield return new ReportTable("Spread from circuit to circuit, one standard deviation", [new("circuit"), Right("gain"), Right("offset"), new("offset"), Right("correlation")],
        [
            Row("charge_to_pulse", periphery.Scores.Positive, readout.SaturationQkCoulombs, periphery.Scores.Correlation[0][1]),
            Row("signed_charge_to_pulse, Q > 0", periphery.Outputs.Positive, readout.SaturationAvCoulombs, periphery.Outputs.Correlation[0][1]),
            Row("signed_charge_to_pulse, Q < 0", periphery.Outputs.Negative!, readout.SaturationAvCoulombs, periphery.Outputs.Correlation[2][3]),
        ]);
        yield return new ReportTable("What that spread comes from: one standard deviation of one parameter, the largest at half scale",
            [new("circuit"), new("element"), new("parameter"), new("one sigma"), Right("gain"), Right("offset"), Right("of the variance")],
            [.. Largest("charge_to_pulse", result.ScoreMismatch), .. Largest("signed_charge_to_pulse, Q > 0", result.OutputMismatch)]);
    }

    private static IEnumerable<TableRow> Largest(string circuit, IReadOnlyList<ConversionSensitivity> sensitivities)
    {
        double AtHalf(ConversionSensitivity s) => Math.Pow(s.Changes[1] + 0.5 * s.Changes[0], 2);
        double all = sensitivities.Sum(AtHalf);
        return sensitivities.OrderByDescending(AtHalf).Take(6).Select(s => new TableRow([circuit, s.Element, s.Parameter,
            s.Parameter == "vto" ? new Quantity(s.Sigma, "V", 3) : s.Parameter == "kp" ? Percent(s.Sigma) : "", Percent(s.Changes[0]), Percent(s.Changes[1]), Percent(AtHalf(s) / all)]));
    }

    private static LineFigure Transfer(string title, ChargeToPulseTable table)
    {
        double[] ideal = [.. table.Coulombs.Select(table.Ideal)];
        double from = table.Coulombs[0], to = table.Coulombs[^1];
        double[] fine = [.. Enumerable.Range(0, 201).Select(i => from + i * (to - from) / 200)];
        return new LineFigure(title, "Below: pulse less ideal.", new Axis("charge", "C"),
        [
            new LinePanel(new Axis("pulse", "s"), [new Series("ideal", fine, [.. fine.Select(table.Ideal)]), new Series("simulated", table.Coulombs, table.Seconds, SeriesStyle.Points)]),
            new LinePanel(new Axis("error", "s"), [new Series("simulated", table.Coulombs, [.. table.Seconds.Zip(ideal, (t, i) => t - i)], SeriesStyle.Points)]),
        ]);
    }

    private static LineFigure Phases(WaveformSet run)
    {
        double[] time = run.Abscissa.Values;
        Series Signal(string name, string column) => new(name, time, run[column]);
        return new LineFigure("One column through every phase", "Write, reset, read and integration, conversion: 40 equal cells at transistor level and the circuit that ends their bitline.", new Axis("time", "s"),
        [
            new LinePanel(new Axis("write", "V"), [Signal("write word line", "v(wwl)"), Signal("store", "v(xcell.store)")], 110),
            new LinePanel(new Axis("read", "V"), [Signal("read line", "v(rwl)"), Signal("bitline", "v(bl)")], 110),
            new LinePanel(new Axis("current of the cells", "A"), [Signal("current of the cells", "i(vcells)")], 110),
            new LinePanel(new Axis("convert", "V"), [Signal("read", "v(read)"), Signal("capacitor", "v(xctp.hold)"), Signal("output line", "v(out)")], 110),
        ]);
    }

    private static string Percent(double share) => (100 * share).ToString("f2", CultureInfo.InvariantCulture) + " %";

    private static string Fixed(double value) => value.ToString("f2", CultureInfo.InvariantCulture);

    private static Reports.TableColumn Right(string title) => new(title, Alignment: ColumnAlignment.Right);
}
