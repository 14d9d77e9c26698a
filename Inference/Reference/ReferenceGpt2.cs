using AnalogAttention.Inference.Gpt2;
using AnalogAttention.Inference.Tensors;

namespace AnalogAttention.Inference.Reference;

/// <summary>
/// GPT-2 in double precision, a whole sequence at a time, with nothing clever in it: the definition that the fast path is held to, and
/// with <see cref="ReferenceGainCell"/> in ideal math the reference that fidelity is measured against.
/// </summary>
public sealed class ReferenceGpt2
{
    private readonly Gpt2Model _model;
    private readonly double[][] _attention, _projection, _expand, _contract;
    private readonly double[] _head;

    public ReferenceGpt2(Gpt2Model model)
    {
        _model = model;
        double[][] Wide(Func<LayerWeights, LinearWeights> of) => [.. model.Weights.Layers.Select(layer => Transposed(of(layer).W))];
        _attention = Wide(l => l.Attention);
        _projection = Wide(l => l.Projection);
        _expand = Wide(l => l.Expand);
        _contract = Wide(l => l.Contract);
        _head = Transposed(model.Weights.Head);
    }

    public Gpt2Config Config => _model.Config;

    /// <summary>The hidden state after <c>ln_f</c>.</summary>
    /// <param name="attentionOutputs">Receives every layer's attention output before <c>c_proj</c>, each of shape (tokens, width), if given.</param>
    /// <returns>Shape (tokens, width).</returns>
    public double[] Hidden(ReadOnlySpan<int> tokens, IReferenceAttention attention, double[][]? attentionOutputs = null, long sequence = 0)
    {
        _model.CheckTokens(tokens, Config.Positions);
        Gpt2Weights weights = _model.Weights;
        int rows = tokens.Length, width = Config.Width;
        double[] x = new double[rows * width], normal = new double[rows * width], attended = new double[rows * width];
        var embedding = new float[width];
        double[] qkv = new double[rows * 3 * width], inner = new double[rows * Config.Inner];

        for (var r = 0; r < rows; r++)
        {
            weights.Embed(tokens[r], embedding);
            for (var i = 0; i < width; i++)
                x[r * width + i] = (double)embedding[i] + weights.PositionEmbedding[r * width + i];
        }

        for (var l = 0; l < Config.Layers; l++)
        {
            LayerWeights layer = weights.Layers[l];
            ReferenceMath.LayerNorm(x, layer.Norm1.Gain, layer.Norm1.Bias, Config.LayerNormEpsilon, normal);
            ReferenceMath.Linear(normal, _attention[l], Wide(layer.Attention.B), width, 3 * width, qkv);
            attention.Attend(_model.Geometry, l, qkv, rows, attended, sequence);
            if (attentionOutputs is not null)
                attentionOutputs[l] = [.. attended];
            ReferenceMath.Linear(attended, _projection[l], Wide(layer.Projection.B), width, width, normal);
            Add(x, normal);

            ReferenceMath.LayerNorm(x, layer.Norm2.Gain, layer.Norm2.Bias, Config.LayerNormEpsilon, normal);
            ReferenceMath.Linear(normal, _expand[l], Wide(layer.Expand.B), width, Config.Inner, inner);
            for (var i = 0; i < inner.Length; i++)
                inner[i] = ReferenceMath.Gelu(Config.Activation, inner[i]);
            ReferenceMath.Linear(inner, _contract[l], Wide(layer.Contract.B), Config.Inner, width, normal);
            Add(x, normal);
        }
        ReferenceMath.LayerNorm(x, weights.FinalNorm.Gain, weights.FinalNorm.Bias, Config.LayerNormEpsilon, normal);
        return normal;
    }

    /// <param name="hidden">Shape (rows, width).</param>
    /// <param name="logits">Shape (rows, vocabulary).</param>
    public void Logits(ReadOnlySpan<double> hidden, Span<double> logits) => ReferenceMath.Linear(hidden, _head, default, Config.Width, Config.Vocabulary, logits);

    /// <returns>Shape (tokens, vocabulary).</returns>
    public double[] Logits(ReadOnlySpan<int> tokens, IReferenceAttention attention)
    {
        var logits = new double[tokens.Length * Config.Vocabulary];
        Logits(Hidden(tokens, attention), logits);
        return logits;
    }

    private static void Add(double[] x, double[] y)
    {
        for (var i = 0; i < x.Length; i++)
            x[i] += y[i];
    }

    private static double[] Wide(float[] values) => Array.ConvertAll(values, static v => (double)v);

    /// <returns>Shape (columns, inner).</returns>
    private static double[] Transposed(PackedMatrix w)
    {
        var rows = new double[w.Columns * w.Inner];
        for (var n = 0; n < w.Columns; n++)
            for (var k = 0; k < w.Inner; k++)
                rows[n * w.Inner + k] = w[k, n];
        return rows;
    }
}
