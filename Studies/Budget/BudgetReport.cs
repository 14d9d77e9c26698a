using System.Globalization;
using AnalogAttention.Inference.Evaluation;
using AnalogAttention.Reports;
using static System.FormattableString;

namespace AnalogAttention.Studies.Budget;

/// <summary>An error budget as tables and figures.</summary>
public static class BudgetReport
{
    public const string Title = "What the hardware costs the language model";

    public static Report Of(BudgetResult result) => new(Title,
        Invariant($"{result.Cell.Name} under {result.ModelName} GPT-2, {result.Softmax.Tokens:n0} tokens, {result.Chips} chips"),
        [
            new ReportSection("Error budget",
                "From the exact softmax twin over the tuned model in ideal math (same transfer, nothing quantized, drawn or aged) to the full circuit, one effect more at each step, in the order in which a signal meets them. Loss in nats per token: 0.01 is 1 % of perplexity. Intervals are 95 % by Student's t over windows of the text; of what is drawn, the mean over chips.",
                [Key(result), Waterfall(result), Table(result), Ladder(result), .. Missing(result)]),
            new ReportSection("Where it arises", "Relative RMS error of the attention output against ideal math, errors of earlier layers carried into later ones.", [ByHead(result)]),
        ]);

    private static KeyFigures Key(BudgetResult result) => new(
    [
        new("perplexity, exact softmax", Number(result.Softmax.Perplexity, "f2")),
        new("of the tuned model in ideal math", Number(Math.Exp(result.Ladder[0].Loss), "f2"), Number(Math.Exp(result.Ladder[0].Loss - result.Softmax.Loss), "f3") + " x softmax"),
        new("on the full circuit", Number(Math.Exp(result.Full.Loss), "f2"), Number(Math.Exp(result.Full.Loss - result.Softmax.Loss), "f3") + " x softmax"),
        new("dearest effect", result.Effects.MaxBy(e => e.LeftOut.Nats)!.Effect, Invariant($"{result.Effects.Max(e => e.LeftOut.Nats):+0.000;-0.000} nats of the full circuit")),
    ]);

    public static WaterfallFigure Waterfall(BudgetResult result)
    {
        WaterfallStep Total(string name, double loss) => new(name, loss, loss, loss, loss, Invariant($"{loss:f3}"));
        double ideal = result.Ladder[0].Loss;
        return new WaterfallFigure("From exact softmax to the full circuit", "Each bar is what the effect adds to the loss on top of those above it; the whisker is its interval.", "effect", new Axis("loss, nats per token"),
        [
            Total("exact softmax", result.Softmax.Loss),
            new("another attention, tuned", result.Softmax.Loss, ideal, ideal, ideal, Signed(ideal - result.Softmax.Loss)),
            .. result.Effects.Select((e, i) => new WaterfallStep(e.Effect, result.Ladder[i].Loss, result.Ladder[i + 1].Loss, result.Ladder[i].Loss + e.Added.Low, result.Ladder[i].Loss + e.Added.High, Signed(e.Added.Nats))),
            Total("full circuit", result.Full.Loss),
        ]);
    }

    public static ReportTable Table(BudgetResult result) => new("What each effect costs, nats per token",
        [new("effect"), Right("added"), Right("±"), Right("alone"), Right("±"), Right("left out of the full circuit"), Right("±")],
        [
            .. result.Effects.Select(e => new TableRow([e.Effect, .. Cells(e.Added), .. Cells(e.Alone), .. Cells(e.LeftOut)])),
            new TableRow(["all together", Signed(result.Full.Loss - result.Ladder[0].Loss), "", Signed(result.Effects.Sum(e => e.Alone.Nats)), "", Signed(result.Effects.Sum(e => e.LeftOut.Nats)), ""]),
            new TableRow(["interaction: together less the sum alone", "", "", Signed(result.Interaction), "", "", ""]),
        ]);

    private static ReportTable Ladder(BudgetResult result) => new("Step by step",
        [new("with"), Right("loss"), Right("perplexity"), Right("x softmax"), Right("ideal top-1"), Right("KL to ideal"), Right("attention error, last layer")],
        [.. result.Ladder.Select((s, i) => new TableRow([i == 0 ? s.Name : "+ " + s.Name, Number(s.Loss, "f4"), Number(Math.Exp(s.Loss), "f3"), Number(Math.Exp(s.Loss - result.Softmax.Loss), "f4"), Number(s.Top1Agreement, "p1"), Number(s.KlDivergence, "f4"), Number(s.AttentionErrorByLayer[^1], "f3")]))]);

    private static HeatMapFigure ByHead(BudgetResult result)
    {
        var errors = result.Full.AttentionErrorByHead;
        var values = new double[errors.Count, errors[0].Count];
        for (var l = 0; l < errors.Count; l++)
            for (var h = 0; h < errors[l].Count; h++)
                values[l, h] = errors[l][h] ?? double.NaN;
        return new HeatMapFigure("Attention error of the full circuit by layer and head", "Relative RMS; a head whose ideal output is nothing stays empty.",
            new Axis("head"), [.. Enumerable.Range(0, errors[0].Count).Select(h => (double)h)], new Axis("layer"), [.. Enumerable.Range(0, errors.Count).Select(l => (double)l)], new HeatMap("relative RMS error", "", values));
    }

    private static IEnumerable<ReportTable> Missing(BudgetResult result) => result.Absent.Count + result.LeftOut.Count == 0 ? [] :
        [new ReportTable("Not in this budget", [new("effect"), new("why")], [.. result.LeftOut.Select(e => new TableRow([e, "left out"])), .. result.Absent.Select(e => new TableRow([e, "the cell file does not state it"]))])];

    private static IEnumerable<TableCell> Cells(LossDifference difference) => [Signed(difference.Nats), double.IsFinite(difference.HalfWidth) ? Number(difference.HalfWidth, "f4") : ""];

    private static string Signed(double nats) => Invariant($"{nats:+0.0000;-0.0000;0.0000}");

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    private static TableColumn Right(string title) => new(title, Alignment: ColumnAlignment.Right);
}
