using AnalogAttention.Inference.Attention;

namespace AnalogAttention.Inference.Evaluation;

/// <summary>One model under evaluation.</summary>
/// <param name="Name">Unique among the variants of an evaluation.</param>
/// <param name="References">Names of the variants it is compared with; they read the same tokens.</param>
public sealed record EvaluationVariant(string Name, ISequenceModel Model, params IReadOnlyList<string> References);

/// <summary>How a variant differs from a reference that read the same tokens.</summary>
/// <param name="Top1Agreement">Share of tokens for which both find the same next token most likely, 0 ... 1.</param>
/// <param name="Top5Agreement">Share of tokens for which the reference's most likely next token is among the variant's five most likely.</param>
/// <param name="KlDivergence">Mean over tokens of KL(reference || variant), in nats.</param>
/// <param name="AttentionErrorByLayer">RMS of the difference of the attention outputs before <c>c_proj</c> over the RMS of the reference's.</param>
/// <param name="AttentionErrorByHead">The same, by layer and head; null for a head whose reference gives nothing.</param>
public sealed record Comparison(string Reference, double Top1Agreement, double Top5Agreement, double KlDivergence, IReadOnlyList<double> AttentionErrorByLayer,
    IReadOnlyList<IReadOnlyList<double?>> AttentionErrorByHead);

/// <param name="Tokens">Tokens that were predicted.</param>
/// <param name="Loss">Mean negative log likelihood, in nats.</param>
public sealed record EvaluationResult(string Name, long Tokens, double Loss, IReadOnlyList<Comparison> Comparisons, AttentionCounts Counts)
{
    public double Perplexity => Math.Exp(Loss);

    /// <summary>Window by window: tokens predicted, and their summed negative log likelihood in nats.</summary>
    public IReadOnlyList<(long Tokens, double NegativeLogLikelihood)> Windows { get; init; } = [];

    /// <summary>The comparison with a reference; null when there is none.</summary>
    public Comparison? Against(string reference) => Comparisons.FirstOrDefault(c => c.Reference == reference);
}
