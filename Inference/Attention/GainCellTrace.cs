namespace AnalogAttention.Inference.Attention;

/// <summary>Scores and their hard sigmoid as full matrices, 0 outside the causal window; what tiles collect where asked for.</summary>
/// <param name="tokens">T.</param>
/// <param name="headSize">d.</param>
/// <param name="tiles">Tiles whose outputs are kept; 0: none.</param>
internal sealed class GainCellTrace(int tokens, int headSize, int tiles)
{
    /// <summary>Microampere x T_max, shape (T, T).</summary>
    public double[] S { get; } = new double[tokens * tokens];

    /// <summary>Shape (T, T).</summary>
    public double[] PhiS { get; } = new double[tokens * tokens];

    /// <summary>In units of S_sat, before the read-out: shape (tiles, T, d), NaN where no key of the tile is seen.</summary>
    public float[]? Tiles { get; } = tiles == 0 ? null : Unseen(tiles * tokens * headSize);

    /// <param name="collected">Microampere x T_max, shape (d).</param>
    /// <param name="scale">1 / S_sat.</param>
    public void Output(int t, int tile, ReadOnlySpan<float> collected, float constant, float scale)
    {
        if (Tiles is null)
            return;
        Span<float> outputs = Tiles.AsSpan((tile * tokens + t) * headSize, headSize);
        for (var i = 0; i < headSize; i++)
            outputs[i] = (collected[i] + constant) * scale;
    }

    public void Scores(int t, int firstKey, ReadOnlySpan<float> row, float constant, int from, int to) => Copy(S, t, firstKey, row, constant, from, to);

    public void Phi(int t, int firstKey, ReadOnlySpan<float> row, int from, int to) => Copy(PhiS, t, firstKey, row, 0, from, to);

    private static float[] Unseen(int length)
    {
        var outputs = new float[length];
        Array.Fill(outputs, float.NaN);
        return outputs;
    }

    private void Copy(double[] matrix, int t, int firstKey, ReadOnlySpan<float> row, float constant, int from, int to)
    {
        for (int j = from; j < to; j++)
            matrix[t * tokens + firstKey + j] = row[j] + constant;
    }
}
