using System.Runtime.ExceptionServices;
using AnalogAttention.Circuits;
using AnalogAttention.Inference.Attention;

namespace AnalogAttention.Inference.Evaluation;

/// <summary>
/// Loss and fidelity of several models on the same text, window by window: windows run in parallel, their sums are added in the order of
/// the text, so that results do not depend on the number of threads.
/// </summary>
public sealed class Evaluator
{
    private const int RowsAtOnce = 32;

    /// <summary>Tokens from one window to the next; null: the context length, windows do not overlap. Only tokens that no earlier window predicted count.</summary>
    public int? Stride { get; init; }

    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Window n reads tokens n stride ... n stride + context - 1 and predicts the token after each.</summary>
    /// <param name="tokens">At least two; the first is not predicted.</param>
    /// <param name="variants">All of one context length and vocabulary.</param>
    /// <param name="progress">Share of the work done, 0 ... 1.</param>
    /// <returns>In the order of the variants.</returns>
    /// <exception cref="BadInputException">Too few tokens, or a token that is not in the vocabulary.</exception>
    public IReadOnlyList<EvaluationResult> Evaluate(ReadOnlyMemory<int> tokens, IReadOnlyList<EvaluationVariant> variants, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        if (tokens.Length < 2)
            throw new BadInputException($"{tokens.Length} tokens of text, at least 2 are needed for an evaluation");
        int context = variants[0].Model.ContextLength, stride = Math.Min(Stride ?? context, context);
        if (variants.Any(v => v.Model.ContextLength != context || v.Model.Vocabulary != variants[0].Model.Vocabulary || v.Model.Layers != variants[0].Model.Layers || v.Model.Width != variants[0].Model.Width))
            throw new BadInputException($"models of different shape cannot be compared: {string.Join(", ", variants.Select(v => v.Name))}");
        int windows = 1 + Math.Max(0, (tokens.Length - 1 - context + stride - 1) / stride);
        var scores = new WindowScores[windows][];
        var counts = new AttentionCounts[variants.Count];
        double done = 0;
        var gate = new Lock();
        try
        {
            Parallel.For(0, windows, new ParallelOptions { MaxDegreeOfParallelism = Threads, CancellationToken = cancellation },
                () => new WindowComparison(variants, context),
                (n, _, comparison) =>
                {
                    int start = n * stride, length = Math.Min(context, tokens.Length - 1 - start);
                    int firstScored = n == 0 ? 0 : context - stride;
                    scores[n] = comparison.Score(tokens.Slice(start, length + 1).Span, n, firstScored, RowsAtOnce, cancellation, () =>
                    {
                        lock (gate)
                            progress?.Report(done += 1.0 / (windows * variants.Count));
                    });
                    return comparison;
                },
                comparison =>
                {
                    lock (gate)
                        for (var v = 0; v < counts.Length; v++)
                            counts[v] += comparison.CountsOf(v);
                });
        }
        catch (AggregateException e)
        {
            ExceptionDispatchInfo.Throw(e.InnerExceptions[0]);
        }
        return [.. variants.Select((variant, v) => WindowScores.Sum(variant, scores.Select(s => s[v]), counts[v]))];
    }
}
