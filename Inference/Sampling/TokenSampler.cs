namespace AnalogAttention.Inference.Sampling;

/// <summary>Draws tokens from logits. Same options and same logits, same tokens.</summary>
public sealed class TokenSampler
{
    private readonly SamplingOptions _options;
    private readonly Random _random;
    private long[] _order = [];
    private double[] _weights = [];

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
        Order(logits);
        int count = Math.Min(_options.TopK ?? logits.Length, logits.Length);
        double max = logits[MostLikely(logits)], total = 0;
        Span<double> weights = _weights.AsSpan(0, count);
        for (var i = 0; i < count; i++)
            total += weights[i] = Math.Exp((logits[Token(i)] - max) / _options.Temperature);
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
                return Token(i);
        return Token(count - 1);
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

    private int Token(int rank) => (int)(uint)_order[rank];

    /// <summary>
    /// Tokens by falling logit where the options need it, of equal ones the lower first: sorted as integers, the logit in the upper half (the
    /// bits of floats order like integers once those of negatives are turned around), the token in the lower.
    /// </summary>
    private void Order(ReadOnlySpan<float> logits)
    {
        if (_order.Length != logits.Length)
        {
            _order = new long[logits.Length];
            _weights = new double[logits.Length];
        }
        for (var i = 0; i < logits.Length; i++)
        {
            int bits = BitConverter.SingleToInt32Bits(logits[i] + 0f);           // -0 becomes 0
            _order[i] = (long)~(bits ^ ((bits >> 31) & int.MaxValue)) << 32 | (uint)i;
        }
        if (_options.TopK is not null || _options.TopP is not null)
            Array.Sort(_order);
    }
}
