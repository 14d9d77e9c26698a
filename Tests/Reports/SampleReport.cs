using AnalogAttention.Reports;

namespace AnalogAttention.Tests.Reports;

/// <summary>A report with every kind of item; its curves are made up, shaped like a gain cell's.</summary>
internal static class SampleReport
{
    public static Report Make()
    {
        double[] input = [.. Enumerable.Range(0, 91).Select(i => i * 0.01)];
        double[] stores = [0, 0.225, 0.45, 0.675, 0.9];
        Axis vIn = new("V_in", "V"), current = new("I_out", "A"), time = new("time", "s");
        Series[] family = [.. stores.SelectMany(s => new[]
        {
            new Series(FormattableString.Invariant($"{s:0.000} V"), [.. input.Where((_, i) => i % 6 == 0)], [.. input.Where((_, i) => i % 6 == 0).Select(v => Current(s, v) + 8e-9 * Math.Sin(40 * v + 9 * s))], SeriesStyle.Points, "SPICE"),
            new Series(FormattableString.Invariant($"{s:0.000} V"), input, [.. input.Select(v => Current(s, v))], SeriesStyle.Line, "fit"),
        })];
        Series[] residuals = [.. stores.Select(s => new Series(FormattableString.Invariant($"{s:0.000} V"), input, [.. input.Select(v => 8e-9 * Math.Sin(40 * v + 9 * s))]))];
        double[] seconds = [.. Enumerable.Range(0, 20_000).Select(i => i * 1.25e-12)];
        double[] grid = [.. Enumerable.Range(0, 19).Select(i => i * 0.05)];
        double[,] spice = Grid(grid, (s, v) => Current(s, v) + 8e-9 * Math.Sin(40 * v + 9 * s)), fit = Grid(grid, Current), residual = Grid(grid, (s, v) => 8e-9 * Math.Sin(40 * v + 9 * s));
        return new Report("Gain cell calibration", "Embedded engine, 300 K, 8 storage levels, 16 pulse levels", [
            new ReportSection("Summary", "The cell in a few numbers.\n\nLimits are those of the data sheet.", [
                new KeyFigures([
                    new KeyFigure("Fit error, RMS", new Quantity(12.9e-9, "A"), "limit 15 nA", Verdict.Pass),
                    new KeyFigure("Full-scale charge", new Quantity(1.2e-12, "C"), "64 cells, 15 ns"),
                    new KeyFigure("Perplexity", 26.04, "softmax 25.2", Verdict.Warn),
                    new KeyFigure("Retention", new Quantity(4.87e-3, "s"), "limit 5 ms", Verdict.Fail)]),
                new ReportTable("Verdicts", [new TableColumn("quantity"), new TableColumn("measured"), new TableColumn("limit")], [
                    new TableRow(["fit error, RMS", new Quantity(12.9e-9, "A"), new Quantity(15e-9, "A")], Verdict.Pass),
                    new TableRow(["perplexity over softmax", 1.033, 1.05], Verdict.Warn),
                    new TableRow(["retention time constant", new Quantity(4.87e-3, "s"), new Quantity(5e-3, "s")], Verdict.Fail)])]),
            new ReportSection("Transfer", "What the read transistors deliver.", [
                new LineFigure("Static transfer", "Points on lines; the residual stays inside the shaded limit.", vIn, [
                    new LinePanel(current, [.. family]),
                    new LinePanel(new Axis("residual", "A"), [.. residuals]) { Bands = [new Band("limit, ±15 nA", [0, 0.9], [-15e-9, -15e-9], [15e-9, 15e-9])] }])
                    { Colours = SeriesColours.Ordered, LegendTitle = "V_store" },
                new HeatMapFigure("Transfer surface", "The residual has no trend along either axis.", vIn, grid, new Axis("V_store", "V"), grid,
                    new HeatMap("SPICE", "A", spice, Limits: (-11e-6, 11e-6)), new HeatMap("fit", "A", fit, Limits: (-11e-6, 11e-6)), new HeatMap("residual", "A", residual, ColourScale.Diverging)),
                new HeatMapFigure("Residual alone", "One map takes the whole width.", vIn, grid, new Axis("V_store", "V"), grid, new HeatMap("residual", "A", residual, ColourScale.Diverging))]),
            new ReportSection("Read", null, [
                new LineFigure("One read", "The bitline integrates while the read line is up.", time, [
                    new LinePanel(new Axis("lines", "V"), [
                        new Series("v(rwl)", seconds, [.. seconds.Select(t => t is > 5e-9 and < 20e-9 ? 0.9 : 0.45)]),
                        new Series("v(store)", seconds, [.. seconds.Select(t => 0.7 + 0.01 * Math.Sin(t * 3e9))], SeriesStyle.Dashed)]),
                    new LinePanel(new Axis("i(bl)", "A"), [new Series("i(bl)", seconds, [.. seconds.Select(t => t is > 5e-9 and < 20e-9 ? 6e-6 * (1 - Math.Exp(-(t - 5e-9) / 1e-10)) : 0)])])]),
                new LineFigure("Current noise", "White above the flicker corner.", new Axis("frequency", "Hz", AxisScale.Log), new Axis("density", "A/√Hz", AxisScale.Log),
                    new Series("i_n", [.. Enumerable.Range(0, 60).Select(i => Math.Pow(10, 3 + i / 10.0))], [.. Enumerable.Range(0, 60).Select(i => 2e-13 * Math.Sqrt(1 + 1e6 / Math.Pow(10, 3 + i / 10.0)))]))]),
            new ReportSection("Fidelity", null, [
                new BarFigure("Attention error by layer", "The last layers are the worst.", "layer", [.. Enumerable.Range(1, 4).Select(l => $"layer {l}")], new Axis("relative error"),
                    new BarSeries("ideal math", [0.011, 0.014, 0.019, 0.022]), new BarSeries("simulated cell", [0.031, 0.034, 0.049, 0.062])),
                new BarFigure("Time by stage", "Inference dominates.", "stage", ["simulate", "calibrate", "infer"], new Axis("time", "s"), new BarSeries("run", [3.1, 0.4, 41])),
                new ReportTable("Fidelity", [new TableColumn("variant"), new TableColumn("tokens"), new TableColumn("perplexity", Digits: 4), new TableColumn("charge", "C")], [
                    new TableRow(["softmax", 12288, 25.2, 1.2e-12]), new TableRow(["gain cell", 12288, 26.04, 0.061e-12])]),
                new TextSample("Generated text", "It was the best of times,\n  it was the <worst> of times & all that")])]);
    }

    private static double Current(double store, double input) => 24e-6 * (store - 0.45) * (input - 0.45) * (1 + 0.6 * (store - 0.45));

    private static double[,] Grid(double[] centres, Func<double, double, double> value)
    {
        double[,] values = new double[centres.Length, centres.Length];
        for (int j = 0; j < centres.Length; j++)
            for (int i = 0; i < centres.Length; i++)
                values[j, i] = value(centres[j], centres[i]);
        return values;
    }
}
