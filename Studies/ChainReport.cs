using System.Globalization;
using AnalogAttention.Calibration;
using AnalogAttention.Inference.Evaluation;
using AnalogAttention.Reports;

namespace AnalogAttention.Studies;

/// <summary>The chain as tables and figures.</summary>
public static class ChainReport
{
    private static readonly Dictionary<string, string> Labels = new()
    {
        [FidelityResult.SoftmaxName] = "exact softmax",
        [FidelityResult.IdealName] = "gain cell, ideal math",
        [FidelityResult.GainCellName] = "gain cell, simulated",
    };

    public static Report Of(ChainResult result) => new(
        "From transistor to token",
        string.Create(CultureInfo.InvariantCulture, $"{result.Calibration.Cell.Name} in place of the attention of {result.ModelName} GPT-2, {result.Fidelity.GainCell.Tokens} tokens"),
        [
            new ReportSection("Fidelity",
                "Exact softmax: the twin model with ordinary attention. Ideal math: the tuned model with this cell's transfer in double precision, without quantization or decay. Simulated: the tuned model with everything the calibrated cell states.",
                [Key(result), FidelityTable(result.Fidelity.Variants), AttentionError(result.Fidelity), Limits(result.Fidelity), ColumnSums(result)]),
            HeadReport.Section(result.Heads, result.Calibration.Cell),
            .. CalibrationReport.Sections(result.Calibration),
            new ReportSection("Samples", string.Create(CultureInfo.InvariantCulture, $"The same prompt and seed for each: \"{result.Prompt}\""),
                [.. result.Samples.Select(s => new TextSample(Labels[s.Variant], s.Text))]),
            new ReportSection("Time", null, [Times(result)]),
        ]);

    private static KeyFigures Key(ChainResult result) => new(
    [
        new("perplexity, exact softmax", Number(result.Fidelity.Softmax.Perplexity, "f2")),
        new("perplexity on the simulated cell", Number(result.Fidelity.GainCell.Perplexity, "f2"), Number(result.Fidelity.PerplexityRatio, "f3") + " x softmax"),
        new("top-1 agreement with ideal math", Number(result.Fidelity.GainCell.Against(FidelityResult.IdealName)!.Top1Agreement, "p1")),
        new("fit error of the cell", new Quantity(result.Calibration.Cell.Fit!.HeldOutRmsAmperes, "A"), "RMS, held-out reads"),
    ]);

    public static ReportTable FidelityTable(IReadOnlyList<EvaluationResult> variants) => new(
        string.Create(CultureInfo.InvariantCulture, $"Fidelity of the language model, {variants[0].Tokens:n0} tokens"),
        [new("variant"), Right("loss"), Right("perplexity"), Right("x softmax"), Right("ideal top-1"), Right("top-5"), Right("KL"), Right("softmax top-1"), Right("top-5"), Right("KL")],
        [.. variants.Select(v => new TableRow([
            Labels[v.Name], Number(v.Loss, "f4"), Number(v.Perplexity, "f3"), Number(v.Perplexity / variants[0].Perplexity, "f4"),
            .. Against(v, FidelityResult.IdealName), .. Against(v, FidelityResult.SoftmaxName)]))]);

    public static ReportTable LastWordTable(IReadOnlyList<LastWordResult> variants) => new("The last word of each passage, greedily",
        [new("variant"), Right("passages"), Right("accuracy"), Right("perplexity of the word")],
        [.. variants.Select(v => new TableRow([Labels[v.Name], Number(v.Examples, "f0"), Number(v.Accuracy, "p2"), Number(v.Perplexity, "f3")]))]);

    public static ReportTable Samples(ChainResult result) => new("Generated with the same prompt and seed", [new("variant"), new("text")],
        [.. result.Samples.Select(s => new TableRow([Labels[s.Variant], s.Text.ReplaceLineEndings(" ")]))]);

    /// <summary>Relative RMS error of each layer's attention output against ideal math.</summary>
    public static ReportTable AttentionErrorTable(FidelityResult fidelity)
    {
        var errors = fidelity.GainCell.Against(FidelityResult.IdealName)!.AttentionErrorByLayer;
        return new ReportTable("Attention error by layer, simulated against ideal math (relative RMS)",
            [.. errors.Select((_, layer) => Right(layer.ToString(CultureInfo.InvariantCulture)))], [new TableRow([.. errors.Select(e => (TableCell)Number(e, "f3"))])]);
    }

    public static ReportTable Times(ChainResult result) => new("Time of each stage", [new("stage"), Right("seconds")],
        [
            .. result.Times.Select(t => new TableRow([t.Stage, Number(t.Seconds, "f1")])),
            new TableRow(["total", Number(result.Times.Sum(t => t.Seconds), "f1")]),
        ]);

    private static Reports.TableColumn Right(string title) => new(title, Alignment: ColumnAlignment.Right);

    private static IEnumerable<TableCell> Against(EvaluationResult variant, string reference) =>
        variant.Against(reference) is { } c ? [Number(c.Top1Agreement, "p1"), Number(c.Top5Agreement, "p1"), Number(c.KlDivergence, "f4")] : ["", "", ""];

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    private static ReportTable Limits(FidelityResult fidelity)
    {
        var counts = fidelity.GainCell.Counts;
        TableRow Row(string what, long count, long of, string note) => new([what, Number(count, "n0"), Number(count / (double)Math.Max(1, of), "p2"), note]);
        return new ReportTable("What the hardware limited", [new("event"), Right("count"), Right("share"), new("note")],
        [
            Row("stored values clamped", counts.StoredClamped, counts.StoredValues, "keys and values beyond the storage range"),
            Row("stored values outside validity", counts.OutsideValidity, counts.StoredValues, "where the cell model was not fitted"),
            Row("tile outputs saturated", counts.TilesSaturated, counts.Tiles, "beyond the range of the read-out"),
        ]);
    }

    private static ReportTable ColumnSums(ChainResult result)
    {
        ColumnSumResult sums = result.ColumnSums;
        CellModel cell = result.Calibration.Cell;
        TableRow Row(string what, double value, double? limit, string note) =>
            new([what, value, limit is { } l ? Number(l, "g2") : "", note], limit is { } most ? value <= most ? Verdict.Pass : Verdict.Fail : null);
        return new ReportTable("Error of the fitted cell on the columns of this workload, in steps of the 5-bit read-out",
            [new("columns"), new("LSB", Digits: 2), new("at most"), new("note")],
            [
                Row("outputs, RMS", sums.Outputs.Rms, 0.25, string.Create(CultureInfo.InvariantCulture, $"{sums.Outputs.Columns:n0} sums of up to {cell.Array.Rows} cells: stored values under score pulses")),
                Row("outputs, largest", sums.Outputs.Max, 0.5, "half a step is where a code turns"),
                Row("scores, RMS", sums.Scores.Rms, null, string.Create(CultureInfo.InvariantCulture, $"{sums.Scores.Columns:n0} sums over the dimensions of a head: stored keys under query pulses; not read out, they become pulses")),
                Row("scores, largest", sums.Scores.Max, null, ""),
                Row("every cell of a column at its worst", sums.Coherent(cell), null, "the coherent worst case, which no workload reaches"),
            ]);
    }

    private static BarFigure AttentionError(FidelityResult fidelity)
    {
        var errors = fidelity.GainCell.Against(FidelityResult.IdealName)!.AttentionErrorByLayer;
        return new BarFigure("Attention error by layer",
            "RMS difference of each layer's attention output (before its projection) from ideal math, over the RMS of ideal math; errors of earlier layers are carried into later ones.",
            "layer", [.. Enumerable.Range(0, errors.Count).Select(i => i.ToString(CultureInfo.InvariantCulture))],
            new Axis("relative RMS error"), new BarSeries("gain cell against ideal math", errors));
    }
}
