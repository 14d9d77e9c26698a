namespace AnalogAttention.Inference.Sampling;

/// <summary>Draws tokens from logits. Same options and same logits, same tokens.</summary>
public sealed class TokenSampler
{
    private readonly SamplingOptions _options;
    private readonly Random _random;

    public TokenSampler(SamplingOptions options)
    {
        options.Check();
        _options = options;
        _random = new Random(options.Seed);
    }

    /// <param name="logits">Shape (vocabulary).</param>
    public int Next(ReadOnlySpan<float> logits)
    {
        if (_options.Temperature == 0)
            return MostLikely(logits);
        int[] order = new int[logits.Length];
        float[] keys = new float[logits.Length];
        for (var i = 0; i < order.Length; i++)
        {
            order[i] = i;
            keys[i] = -logits[i];
        }
        if (_options.TopK is not null || _options.TopP is not null)
            Array.Sort(order, (a, b) => keys[a].CompareTo(keys[b]) is not 0 and var c ? c : a.CompareTo(b));   // ties: the lower token first
        int count = Math.Min(_options.TopK ?? order.Length, order.Length);
        double max = logits[MostLikely(logits)], total = 0;
        var weights = new double[count];
        for (var i = 0; i < count; i++)
            total += weights[i] = Math.Exp((logits[order[i]] - max) / _options.Temperature);
        if (_options.TopP is { } p)
        {
            double kept = 0, wanted = p * total;
            var n = 0;
            while (n < count && (n == 0 || kept < wanted))
                kept += weights[n++];
            (count, total) = (n, kept);
        }
        double draw = _random.NextDouble() * total;
        for (var i = 0; i < count - 1; i++)
            if ((draw -= weights[i]) < 0)
                return order[i];
        return order[count - 1];
    }

    /// <summary>The lowest of the tokens with the largest logit.</summary>
    public static int MostLikely(ReadOnlySpan<float> logits)
    {
        var best = 0;
        for (var i = 1; i < logits.Length; i++)
            if (logits[i] > logits[best])
                best = i;
        return best;
    }
}
