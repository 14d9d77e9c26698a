namespace AnalogAttention.Inference.Attention;

/// <summary>Scores and their hard sigmoid as full matrices, 0 outside the causal window.</summary>
/// <param name="tokens">T.</param>
internal sealed class GainCellTrace(int tokens)
{
    /// <summary>Microampere x T_max, shape (T, T).</summary>
    public double[] S { get; } = new double[tokens * tokens];

    /// <summary>Shape (T, T).</summary>
    public double[] PhiS { get; } = new double[tokens * tokens];

    public void Scores(int t, int firstKey, ReadOnlySpan<float> row, float constant, int from, int to) => Copy(S, t, firstKey, row, constant, from, to);

    public void Phi(int t, int firstKey, ReadOnlySpan<float> row, int from, int to) => Copy(PhiS, t, firstKey, row, 0, from, to);

    private void Copy(double[] matrix, int t, int firstKey, ReadOnlySpan<float> row, float constant, int from, int to)
    {
        for (int j = from; j < to; j++)
            matrix[t * tokens + firstKey + j] = row[j] + constant;
    }
}
