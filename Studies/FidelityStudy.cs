using AnalogAttention.Circuits;
using AnalogAttention.Inference.Attention;
using AnalogAttention.Inference.Evaluation;
using AnalogAttention.Inference.Reference;

namespace AnalogAttention.Studies;

/// <summary>What the cell does to the language model: three variants on the same text.</summary>
/// <param name="Softmax">The twin with exact softmax attention.</param>
/// <param name="GainCellIdeal">The tuned model in ideal math: same weights and transfer, double precision, no quantization, no decay.</param>
/// <param name="GainCell">The tuned model on the cell, with everything the cell file states.</param>
public sealed record FidelityResult(EvaluationResult Softmax, EvaluationResult GainCellIdeal, EvaluationResult GainCell)
{
    public const string SoftmaxName = "softmax", IdealName = "gainCellIdeal", GainCellName = "gainCell";

    public IReadOnlyList<EvaluationResult> Variants => [Softmax, GainCellIdeal, GainCell];

    /// <summary>Perplexity on the cell over perplexity of exact softmax attention.</summary>
    public double PerplexityRatio => GainCell.Perplexity / Softmax.Perplexity;
}

/// <summary>Evaluates a model pair with a cell on a text, side by side, window by window.</summary>
public static class FidelityStudy
{
    /// <param name="cell">The cell and which of its effects take part.</param>
    /// <param name="tokens">The text, at least two tokens.</param>
    /// <param name="stride">As of <see cref="Evaluator"/>.</param>
    /// <exception cref="BadInputException">Too little text, or a model that does not fit the cell.</exception>
    public static FidelityResult Run(ModelPair models, GainCellAttention cell, ReadOnlyMemory<int> tokens, int jobs, int? stride = null, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        var results = new Evaluator { Threads = jobs, Stride = stride }.Evaluate(tokens,
        [
            new EvaluationVariant(FidelityResult.SoftmaxName, new FastModel(models.Softmax, new SoftmaxAttention())),
            new EvaluationVariant(FidelityResult.IdealName, new ReferenceModel(new ReferenceGpt2(models.GainCell), new ReferenceGainCell(cell.Cell, GainCellOptions.Ideal with { Window = cell.Options.Window })), FidelityResult.SoftmaxName),
            new EvaluationVariant(FidelityResult.GainCellName, new FastModel(models.GainCell, cell), FidelityResult.IdealName, FidelityResult.SoftmaxName),
        ], progress, cancellation);
        return new FidelityResult(results[0], results[1], results[2]);
    }
}
