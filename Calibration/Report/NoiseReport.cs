using AnalogAttention.Calibration.Benches;
using AnalogAttention.Reports;
using static System.FormattableString;

namespace AnalogAttention.Calibration;

/// <summary>Noise of a read as tables and figures.</summary>
public static class NoiseReport
{
    public static ReportSection Section(CalibrationResult result)
    {
        var model = result.Cell.Noise!;
        return new ReportSection("Noise of a read",
            Invariant($"The noise current of the bitline while a cell is read, at the voltage that its store has during the pulse, as thermal floor and flicker noise; gated by the pulse it becomes a charge. Flicker noise counts from {new Quantity(model.FlickerLowHertz, "Hz")} upwards: what is slower is an offset that calibration takes out. A limit ten times lower adds {LowerLimit(result):p0} to the largest charge noise. The flicker coefficients of the shipped read pair are assumed (gain-cell.lib).\n\nCharges are standard deviations; an LSB is a step of the signed read-out, {new Quantity(Lsb(result), "C")}; kT/C of the store is the charge that a read makes of its noise voltage."),
            [Charges(result), Sources(result), Spectrum(result), Density(result), ChargeNoise(result)]);
    }

    /// <summary>Charge noise of a read of the longest pulse by level, in coulombs and in steps of the read-out.</summary>
    public static ReportTable Charges(CalibrationResult result)
    {
        var model = result.Cell.Noise!;
        double pulse = result.Cell.Input.PulseSeconds;
        return new ReportTable(Invariant($"Noise of a {pulse * 1e9:g3} ns read by stored level"),
            [new("stored", "V"), new("in the read", "V"), new("white", "A/√Hz"), new("1/f, 1 Hz", "A/√Hz"), new("corner", "Hz", 3), new("charge", "C"), new("in LSB", Digits: 3), new("of kT/C", "C")],
            [.. result.Noise.Levels.Select((p, level) => new TableRow([
                p.StoreVolts, p.ReadingVolts, p.White, p.Flicker, result.Noise.CornerHertz(p) is { } corner ? corner : "none",
                model.ReadCoulombs(level, pulse), model.ReadCoulombs(level, pulse) / Lsb(result), StoreCoulombs(result, p.StoreVolts, pulse)]))]);
    }

    private static ReportTable Sources(CalibrationResult result)
    {
        var (cell, model) = (result.Cell, result.Cell.Noise!);
        double pulse = cell.Input.PulseSeconds, lsb = Lsb(result);
        double Rms(Func<ReadNoise, int, double> charge) => Math.Sqrt(cell.Array.Rows * result.Noise.Levels.Select(charge).Average(q => q * q));
        double read = Rms((_, level) => model.ReadCoulombs(level, pulse)), store = Rms((p, _) => StoreCoulombs(result, p.StoreVolts, pulse));
        double comparator = model is { ComparatorVolts: { } v, ComparatorFullScaleVolts: { } full } ? v / full * cell.Readout.SaturationAvCoulombs : 0;
        TableRow Row(string source, double coulombs, string note) => new([source, coulombs, coulombs / lsb, note]);
        return new ReportTable(Invariant($"A bitline of {cell.Array.Rows} cells, every level equally often, longest pulse"),
            [new("source"), new("charge", "C"), new("in LSB", Digits: 3), new("note")],
            [
                Row("read transistors", read, "independent from cell to cell"),
                Row("kT/C of the stores", store, Invariant($"{new Quantity(model.KtcVolts ?? 0, "V")} on {new Quantity(result.Noise.Levels.Min(p => p.StoreFarads), "F")}, drawn once per write")),
                Row("comparator", comparator, model.ComparatorVolts is { } volts ? Invariant($"{new Quantity(volts, "V")} of {new Quantity(model.ComparatorFullScaleVolts ?? 0, "V")} at saturation; thermal noise alone, once per conversion") : "not known"),
                Row("together", Math.Sqrt(read * read + store * store + comparator * comparator), ""),
            ]);
    }

    private static LineFigure Spectrum(CalibrationResult result) => new("Noise current density",
        Invariant($"White above the corner, flicker noise below it; a pulse of {result.Cell.Input.PulseSeconds * 1e9:g3} ns passes what lies below about {new Quantity(0.5 / result.Cell.Input.PulseSeconds, "Hz", 2)}."),
        new Axis("frequency", "Hz", AxisScale.Log), new Axis("density", "A/√Hz", AxisScale.Log),
        [.. result.Noise.Levels.Select(p => new Series(Invariant($"{p.StoreVolts:f2} V"), p.Hertz, p.AmperesPerRootHertz))])
    { Colours = SeriesColours.Ordered, LegendTitle = "V_store" };

    private static LineFigure Density(CalibrationResult result)
    {
        double[] volts = [.. result.Noise.Points.Select(p => p.StoreVolts)], levels = [.. result.Noise.Levels.Select(p => p.StoreVolts)];
        LinePanel Panel(string name, Func<ReadNoise, double> density) => new(new Axis(name, "A/√Hz"),
        [
            new Series(name, volts, [.. result.Noise.Points.Select(density)]),
            new Series(name, levels, [.. result.Noise.Levels.Select(density)], SeriesStyle.Points, "stored level"),
        ], HeightPixels: 180);
        return new LineFigure("Noise current density against the stored voltage",
            "Both follow the conduction of the read pair: least near the voltage of zero current, where neither transistor carries much.",
            new Axis("storage voltage before the read", "V"),
            [Panel("white", p => p.White), Panel("flicker at 1 Hz", p => p.Flicker)]);
    }

    private static LineFigure ChargeNoise(CalibrationResult result)
    {
        var (model, points) = (result.Cell.Noise!, result.Noise.Points);
        double full = result.Cell.Input.PulseSeconds;
        double Lsbs(ReadNoise p, double seconds) => Math.Sqrt(
            GatedNoise.WhiteVariance(p.White, seconds) + GatedNoise.FlickerVariance(p.Flicker, model.FlickerExponent, model.FlickerLowHertz, seconds)) / Lsb(result);
        return new LineFigure("Charge noise of one read",
            "In steps of the signed read-out, by pulse width: the white part grows with the root of the width, the flicker part with the width.",
            new Axis("storage voltage before the read", "V"), new Axis("charge noise, LSB"),
            [.. new[] { 1.0 / 15, 1.0 / 3, 2.0 / 3, 1 }.Select(part => new Series(Invariant($"{part * full * 1e9:f0} ns"),
                [.. points.Select(p => p.StoreVolts)], [.. points.Select(p => Lsbs(p, part * full))]))])
        { Colours = SeriesColours.Ordered, LegendTitle = "pulse" };
    }

    /// <summary>One step of the signed read-out, coulombs.</summary>
    private static double Lsb(CalibrationResult result) => 2 * result.Cell.Readout.SaturationAvCoulombs / (result.Cell.Readout.Levels - 1);

    // |dI/dV| sigma_V t, slope of the fitted transfer over a hundredth of the storage range
    private static double StoreCoulombs(CalibrationResult result, double storeVolts, double seconds)
    {
        var (cell, half) = (result.Cell, (result.Cell.Storage.MaxVolts - result.Cell.Storage.MinVolts) / 200);
        return Math.Abs(cell.Transfer.Amperes(storeVolts + half) - cell.Transfer.Amperes(storeVolts - half)) / (2 * half) * (cell.Noise!.KtcVolts ?? 0) * seconds;
    }

    private static double LowerLimit(CalibrationResult result)
    {
        var (model, pulse) = (result.Cell.Noise!, result.Cell.Input.PulseSeconds);
        double Largest(NoiseModel noise) => Enumerable.Range(0, noise.ReadAmperesPerRootHertz.Count).Max(level => noise.ReadCoulombs(level, pulse));
        return Largest(model with { FlickerLowHertz = model.FlickerLowHertz / 10 }) / Largest(model) - 1;
    }
}
