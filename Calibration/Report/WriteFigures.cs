using AnalogAttention.Calibration.Benches;
using AnalogAttention.Reports;

namespace AnalogAttention.Calibration;

/// <summary>Written levels as tables and figures.</summary>
internal static class WriteFigures
{
    public static ReportSection Section(CalibrationResult result)
    {
        WriteTable write = result.Characterisation.Write;
        return new ReportSection("Write",
            "Every level over a cell that held the lowest and one that held the highest, through the write gate in its stated time. What closing the gate injects is part of the stored value; it repeats, so that the levels could be corrected for it.",
            [Levels(result), Errors(result), Energy(write)]);
    }

    private static ReportTable Levels(CalibrationResult result)
    {
        WriteTable write = result.Characterisation.Write;
        double step = result.Cell.Storage.StepVolts;
        return new ReportTable("Stored levels", [new("level", "V"), new("written over 0", "V"), new("stored", "V"), new("error", "V"), new("error, steps", Digits: 2), new("injected", "V"), new("over the highest: stored", "V")],
            [.. Enumerable.Range(0, write.LevelVolts.Length).Select(i => new TableRow([
                write.LevelVolts[i], write.WrittenVolts[0, i], write.SettledVolts[0, i], write.SettledVolts[0, i] - write.LevelVolts[i],
                (write.SettledVolts[0, i] - write.LevelVolts[i]) / step, write.SettledVolts[0, i] - write.WrittenVolts[0, i], write.SettledVolts[1, i]]))]);
    }

    private static LineFigure Errors(CalibrationResult result)
    {
        WriteTable write = result.Characterisation.Write;
        Series Curve(string name, int row, Func<int, int, double> value, SeriesStyle style) =>
            new(name, write.LevelVolts, [.. Enumerable.Range(0, write.LevelVolts.Length).Select(i => value(row, i))], style);
        double tenth = 0.1 * result.Cell.Storage.StepVolts;
        double[] ends = [write.LevelVolts[0], write.LevelVolts[^1]];
        return new LineFigure("Error of a written level", "Shaded: a tenth of a storage step. Below: the part that closing the gate injects. The two histories lie on each other where the write time suffices.",
            new Axis("level on the write bitline", "V"),
            [
                new LinePanel(new Axis("stored less level", "V"),
                    [.. write.FromVolts.Select((from, row) => Curve(FormattableString.Invariant($"over {from:g2} V"), row, (r, i) => write.SettledVolts[r, i] - write.LevelVolts[i], row == 0 ? SeriesStyle.Line : SeriesStyle.Points))])
                { Bands = [new Band("a tenth of a step", ends, [-tenth, -tenth], [tenth, tenth])] },
                new LinePanel(new Axis("injected", "V"), [Curve("over 0 V", 0, (r, i) => write.SettledVolts[r, i] - write.WrittenVolts[r, i], SeriesStyle.Line)]),
            ]);
    }

    private static BarFigure Energy(WriteTable write) => new("Energy of a write",
        "What the drivers of the write bitline and of both word lines deliver for one cell; what flows back to them is not credited. The wires are not in it.",
        "level", [.. write.LevelVolts.Select(v => FormattableString.Invariant($"{v:f3} V"))], new Axis("energy", "J"),
        [.. write.FromVolts.Select((from, row) => new BarSeries(FormattableString.Invariant($"over {from:g2} V"), [.. Enumerable.Range(0, write.LevelVolts.Length).Select(i => write.Joules[row, i])]))]);
}
