using System.Runtime.ExceptionServices;
using AnalogAttention.Circuits;

namespace AnalogAttention.Inference.Evaluation;

/// <summary>A text of which all but the last word is given.</summary>
/// <param name="Tokens">Of the whole text.</param>
/// <param name="Given">How many of them come before the last word; at least 1.</param>
public sealed record LastWordExample(IReadOnlyList<int> Tokens, int Given);

/// <param name="Accuracy">Share of examples whose every token of the last word is the most likely one after the true tokens before it.</param>
/// <param name="Perplexity">exp of the mean over examples of -log p(last word).</param>
public sealed record LastWordResult(string Name, int Examples, double Accuracy, double Perplexity);

/// <summary>
/// Prediction of the last word of a passage (Paperno et al., The LAMBADA dataset, ACL 2016), greedily, as the GPT-2 figures are made: no filter
/// of stop words. Examples run in parallel; sums are in their order.
/// </summary>
public static class LastWord
{
    /// <param name="progress">Share of the work done, 0 ... 1.</param>
    /// <exception cref="BadInputException">No example, or a token that is not in the vocabulary.</exception>
    public static LastWordResult Evaluate(string name, ISequenceModel model, IReadOnlyList<LastWordExample> examples, int threads, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        if (examples.Count == 0)
            throw new BadInputException("no examples of a last word");
        var scores = new (bool IsRight, double LogProbability)[examples.Count];
        var done = 0;
        try
        {
            Parallel.For(0, examples.Count, new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancellation }, () => (Reader: model.Open(), Logits: Array.Empty<double>()), (n, _, work) =>
            {
                scores[n] = Score(model, work.Reader, n, ref work.Logits, examples[n]);
                progress?.Report(Interlocked.Increment(ref done) / (double)examples.Count);
                return work;
            }, _ => { });
        }
        catch (AggregateException e)
        {
            ExceptionDispatchInfo.Throw(e.InnerExceptions[0]);
        }
        return new LastWordResult(name, examples.Count, scores.Count(s => s.IsRight) / (double)examples.Count, Math.Exp(-scores.Sum(s => s.LogProbability) / examples.Count));
    }

    private static (bool, double) Score(ISequenceModel model, ISequenceReader reader, long sequence, ref double[] logits, LastWordExample example)
    {
        // the end of what is longer than the context; what is read ends before the last token
        int skip = Math.Max(0, example.Tokens.Count - 1 - model.ContextLength);
        if (example.Given - skip < 1)
            throw new BadInputException($"a last word of {example.Tokens.Count - example.Given} tokens does not fit into a context of {model.ContextLength}");
        int[] tokens = [.. example.Tokens.Skip(skip)];
        int given = example.Given - skip, count = tokens.Length - given, vocabulary = model.Vocabulary;
        if (tokens.FirstOrDefault(t => (uint)t >= (uint)vocabulary, -1) is >= 0 and var unknown)
            throw new BadInputException($"token {unknown} is not in the vocabulary of {vocabulary}");
        reader.Read(tokens.AsSpan(0, tokens.Length - 1), sequence);
        if (logits.Length < count * vocabulary)
            logits = new double[count * vocabulary];
        reader.Logits(given - 1, count, logits);
        (bool isRight, double sum) = (true, 0);
        for (var r = 0; r < count; r++)
        {
            Span<double> row = logits.AsSpan(r * vocabulary, vocabulary);
            isRight &= LogProbabilities.MostLikely(row) == tokens[given + r];
            LogProbabilities.LogSoftmax(row);
            sum += row[tokens[given + r]];
        }
        return (isRight, sum);
    }
}
