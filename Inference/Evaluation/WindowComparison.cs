using AnalogAttention.Circuits;
using AnalogAttention.Inference.Attention;

namespace AnalogAttention.Inference.Evaluation;

/// <summary>All variants on one window of text, side by side, with the buffers of one thread.</summary>
internal sealed class WindowComparison
{
    private readonly IReadOnlyList<EvaluationVariant> _variants;
    private readonly ISequenceReader[] _readers;
    private readonly int[][] _references;
    private readonly double[][] _logits;
    private readonly double[][] _attention;

    public WindowComparison(IReadOnlyList<EvaluationVariant> variants, int context)
    {
        _variants = variants;
        _readers = [.. variants.Select(v => v.Model.Open())];
        _references = [.. variants.Select(v => v.References.Select(name => IndexOf(variants, name)).ToArray())];
        _logits = [.. variants.Select(_ => Array.Empty<double>())];
        _attention = [.. variants.Select(v => new double[context * v.Model.Width])];
    }

    public AttentionCounts CountsOf(int variant) => _readers[variant].Counts;

    /// <param name="tokens">Those read, and one more to predict.</param>
    /// <param name="window">Which one of the text.</param>
    /// <param name="firstScored">Rows before it only give context.</param>
    /// <returns>By variant.</returns>
    public WindowScores[] Score(ReadOnlySpan<int> tokens, long window, int firstScored, int rowsAtOnce, CancellationToken cancellation, Action onRead)
    {
        int length = tokens.Length - 1, vocabulary = _variants[0].Model.Vocabulary;
        WindowScores[] scores = [.. _variants.Select(v => new WindowScores(v.References.Count, v.Model.Layers, v.Model.Heads) { Tokens = length - firstScored })];
        foreach (ISequenceReader reader in _readers)
        {
            cancellation.ThrowIfCancellationRequested();
            reader.Read(tokens[..length], window);
            onRead();
        }
        CompareAttention(scores, firstScored, length);
        for (int first = firstScored; first < length; first += rowsAtOnce)
        {
            int rows = Math.Min(rowsAtOnce, length - first);
            for (var v = 0; v < _readers.Length; v++)
            {
                if (_logits[v].Length == 0)
                    _logits[v] = new double[rowsAtOnce * vocabulary];
                _readers[v].Logits(first, rows, _logits[v]);
                for (var r = 0; r < rows; r++)
                    LogProbabilities.LogSoftmax(_logits[v].AsSpan(r * vocabulary, vocabulary));
            }
            for (var v = 0; v < _readers.Length; v++)
                for (var r = 0; r < rows; r++)
                    ScoreRow(scores[v], v, r * vocabulary, vocabulary, tokens[first + r + 1]);
        }
        return scores;
    }

    private void ScoreRow(WindowScores scores, int variant, int at, int vocabulary, int target)
    {
        ReadOnlySpan<double> own = _logits[variant].AsSpan(at, vocabulary);
        if ((uint)target >= (uint)vocabulary)
            throw new BadInputException($"token {target} is not in the vocabulary of {vocabulary}");
        scores.NegativeLogLikelihood -= own[target];
        for (var r = 0; r < _references[variant].Length; r++)
        {
            ReadOnlySpan<double> reference = _logits[_references[variant][r]].AsSpan(at, vocabulary);
            int rank = LogProbabilities.Rank(own, LogProbabilities.MostLikely(reference));
            scores.Agreed[r] += rank == 0 ? 1 : 0;
            scores.AmongFive[r] += rank < 5 ? 1 : 0;
            scores.Divergence[r] += LogProbabilities.KullbackLeibler(reference, own);
        }
    }

    private void CompareAttention(WindowScores[] scores, int firstScored, int length)
    {
        if (_references.All(r => r.Length == 0))
            return;
        for (var layer = 0; layer < _variants[0].Model.Layers; layer++)
        {
            for (var v = 0; v < _readers.Length; v++)
                _readers[v].AttentionOutput(layer, _attention[v]);
            for (var v = 0; v < _readers.Length; v++)
                for (var r = 0; r < _references[v].Length; r++)
                {
                    int width = _variants[v].Model.Width, size = width / _variants[v].Model.Heads;
                    ReadOnlySpan<double> own = _attention[v].AsSpan(firstScored * width, (length - firstScored) * width);
                    ReadOnlySpan<double> reference = _attention[_references[v][r]].AsSpan(firstScored * width, own.Length);
                    for (var i = 0; i < own.Length; i++)
                    {
                        int head = i % width / size;
                        scores[v].SquaredError[r, layer, head] += (own[i] - reference[i]) * (own[i] - reference[i]);
                        scores[v].SquaredReference[r, layer, head] += reference[i] * reference[i];
                    }
                }
        }
    }

    private static int IndexOf(IReadOnlyList<EvaluationVariant> variants, string name)
    {
        for (var i = 0; i < variants.Count; i++)
            if (variants[i].Name == name)
                return i;
        throw new ArgumentException($"no variant is named '{name}'", nameof(name));
    }
}
