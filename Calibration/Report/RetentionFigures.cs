using AnalogAttention.Calibration.Benches;
using AnalogAttention.Reports;
using static System.FormattableString;

namespace AnalogAttention.Calibration;

/// <summary>Leakage and retention as tables and figures.</summary>
internal static class RetentionFigures
{
    public static ReportSection Section(CalibrationResult result)
    {
        var retention = result.Retention;
        return new ReportSection("Retention",
            Invariant($"The current out of the storage node, element by element, over its capacitance is dV/dt; transients of {new Quantity(retention.HorizonSeconds, "s", 2)}, the age of the oldest of 1,024 tokens in 12 layers, confirm it. A leak pulls towards the write bitline, junctions and gates, not towards the zero weight, and not exponentially: the one time constant of the cell model, {new Quantity(retention.TauSeconds, "s", 3)}, is the best that V(t) = rest + (V_0 - rest) exp(-t/tau) can say, and errs by the amounts below. The published design states 5 ms."),
            [Levels(result), Rates(result), Elements(result), Decay(result), Temperatures(result)]);
    }

    private static ReportTable Levels(CalibrationResult result)
    {
        var rates = result.Characterisation.Rates;
        double half = result.Cell.Storage.StepVolts / 2;
        int parked = Parked(result);
        var table = result.Characterisation.Retention;
        IEnumerable<int> others = Enumerable.Range(0, rates.ParkedVolts.Length).Where(i => i != parked);
        return new ReportTable(Invariant($"dV/dt of levels left alone: write bitline parked at {rates.ParkedVolts[parked]:g2} V, and at the worse end of the range; moved, and the model's error, after {new Quantity(result.Retention.HorizonSeconds, "s", 2)}"),
            [new("level", "V"), new("parked", "V/s", 3), new("half a step in"), new("moved", "V", 3), new("model errs", "V", 3), new("disturbed", "V/s", 3), new("half a step in")],
            [.. Enumerable.Range(0, result.Cell.Storage.Levels).Select(level =>
            {
                double volts = result.Cell.Storage.LevelVolts(level);
                double worst = others.Select(i => rates.At(volts, i)).MaxBy(Math.Abs);
                double moved = table.Volts[level, table.Seconds.Length - 1] - table.Volts[level, 0];
                double modelled = (table.Volts[level, 0] - result.Retention.RestVolts) * (Math.Exp(-table.Seconds[^1] / result.Retention.TauSeconds) - 1);
                return new TableRow([volts, rates.At(volts, parked), Time(rates.SecondsToMove(volts, half, parked)), moved, modelled - moved, worst, Time(others.Min(i => rates.SecondsToMove(volts, half, i)))]);
            })]);
    }

    private static TableCell Time(double seconds) => double.IsFinite(seconds) ? new Quantity(seconds, "s", 3) : "never";

    private static int Parked(CalibrationResult result) => Array.IndexOf(result.Characterisation.Rates.ParkedVolts, result.Characterisation.Rates.ParkedVolts.MinBy(v => Math.Abs(v - result.Retention.RestVolts)));

    private static LineFigure Rates(CalibrationResult result)
    {
        var rates = result.Characterisation.Rates;
        return new LineFigure("dV/dt of the storage node", "By the voltage at which the write bitline stands; 0 and 0.9 V are what writes to other rows do at worst, if they never cease.",
            new Axis("stored voltage", "V"), new Axis("dV/dt", "V/s"),
            [.. rates.ParkedVolts.Select((parked, row) => new Series(Invariant($"{parked:f2} V"), rates.StoreVolts, [.. Enumerable.Range(0, rates.StoreVolts.Length).Select(i => rates.VoltsPerSecond[row, i])]))])
        { LegendTitle = "write bitline" };
    }

    private static LineFigure Elements(CalibrationResult result)
    {
        LeakageTable leakage = result.Characterisation.Leakage;
        int row = Parked(result);
        double[] Row(double[,] table) => [.. Enumerable.Range(0, leakage.StoreVolts.Length).Select(i => table[row, i])];
        double[] total = Row(leakage.Amperes);
        double[] channels = [.. total.Select((sum, i) => sum - leakage.ElementAmperes.Values.Sum(e => e[row, i]))];
        return new LineFigure("Leakage by element", Invariant($"Out of the storage node, write bitline at {leakage.ParkedVolts[row]:f2} V. Every element but the channels is labelled and its range stated in the library."),
            new Axis("stored voltage", "V"), new Axis("current", "A"),
            [
                new Series("all", leakage.StoreVolts, total, SeriesStyle.Dashed),
                new Series("write gate", leakage.StoreVolts, channels),
                .. leakage.ElementAmperes.Select(e => new Series(e.Key, leakage.StoreVolts, Row(e.Value))),
            ]);
    }

    private static LineFigure Decay(CalibrationResult result)
    {
        RetentionTable table = result.Characterisation.Retention;
        int levels = table.Volts.GetLength(0), points = table.Seconds.Length;
        double[] Change(int level) => [.. Enumerable.Range(0, points).Select(i => table.Volts[level, i] - table.Volts[level, 0])];
        double[] Model(int level) => [.. table.Seconds.Select(t => (table.Volts[level, 0] - result.Retention.RestVolts) * (Math.Exp(-t / result.Retention.TauSeconds) - 1))];
        string Name(int level) => Invariant($"{table.Volts[level, 0]:f2} V");
        return new LineFigure("Levels left alone: change of the stored voltage", Invariant($"Lines: transients, write bitline at {table.ParkedVolts:f2} V. Dashed: the exponential of the cell model."),
            new Axis("time", "s"), new Axis("change", "V"),
            [
                .. Enumerable.Range(0, levels).Select(level => new Series(Name(level), table.Seconds, Change(level), SeriesStyle.Line, "transient")),
                .. Enumerable.Range(0, levels).Select(level => new Series(Name(level), table.Seconds, Model(level), SeriesStyle.Dashed, "cell model")),
            ])
        { Colours = SeriesColours.Ordered, LegendTitle = "stored" };
    }

    private static ReportTable Temperatures(CalibrationResult result)
    {
        var capacitance = result.Characterisation.Capacitance;
        double half = result.Cell.Storage.StepVolts / 2;
        return new ReportTable("Retention over temperature: shortest time in which a level moves by half a step",
            [new("temperature"), new("parked"), new("worst disturb")],
            [.. result.Characterisation.Temperatures.Select(point =>
            {
                var rates = RetentionRates.Of(point.Leakage, capacitance);
                int parked = Parked(result);
                double Shortest(IEnumerable<int> rows) => (from row in rows from level in Enumerable.Range(0, result.Cell.Storage.Levels) select rates.SecondsToMove(result.Cell.Storage.LevelVolts(level), half, row)).Min();
                return new TableRow([Invariant($"{point.Celsius:g3} C"), Time(Shortest([parked])), Time(Shortest(Enumerable.Range(0, rates.ParkedVolts.Length)))]);
            })]);
    }
}
