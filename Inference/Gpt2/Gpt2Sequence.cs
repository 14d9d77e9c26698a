using System.Numerics.Tensors;
using AnalogAttention.Circuits;
using AnalogAttention.Inference.Attention;
using AnalogAttention.Inference.Tensors;

namespace AnalogAttention.Inference.Gpt2;

/// <summary>
/// One sequence of tokens being read: stored keys and values, and all work buffers. Reading a prompt at once and token by token give
/// the same bits. Not thread-safe; nothing is allocated after construction.
/// </summary>
public sealed class Gpt2Sequence
{
    private readonly Gpt2Model _model;
    private readonly ThreadTeam? _team;
    private readonly IAttentionState _attention;
    private readonly float[] _x, _normal, _qkv, _inner;
    private readonly float[][] _attended;
    private int _rows;

    internal Gpt2Sequence(Gpt2Model model, IAttention attention, int capacity, bool keepAttention, ThreadTeam? team)
    {
        Gpt2Config config = model.Config;
        _model = model;
        _team = team;
        Capacity = capacity;
        _attention = attention.Open(model.Geometry, capacity, team);
        _x = new float[capacity * config.Width];
        _normal = new float[capacity * config.Width];
        _qkv = new float[capacity * 3 * config.Width];
        _inner = new float[capacity * config.Inner];
        var shared = new float[keepAttention ? 0 : capacity * config.Width];
        _attended = [.. Enumerable.Range(0, config.Layers).Select(_ => keepAttention ? new float[capacity * config.Width] : shared)];
    }

    public int Capacity { get; }

    /// <summary>Tokens read since the last reset.</summary>
    public int Position { get; private set; }

    public AttentionCounts Counts => _attention.Counts;

    /// <summary>Starts a new sequence in the same buffers.</summary>
    /// <param name="sequence">Which one, for noise that differs from one to the next.</param>
    public void Reset(long sequence = 0)
    {
        Position = 0;
        _attention.Begin(sequence);
    }

    /// <summary>Appends tokens: x = wte + wpe; per layer x += attention(ln_1 x), x += mlp(ln_2 x); then ln_f.</summary>
    /// <param name="progress">Share of the layers that are done.</param>
    /// <exception cref="BadInputException">A token is not in the vocabulary, or the capacity is exceeded.</exception>
    /// <exception cref="OperationCanceledException">Between two layers; only <see cref="Reset"/> may follow.</exception>
    public void Read(ReadOnlySpan<int> tokens, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        _model.CheckTokens(tokens, Capacity - Position);
        Gpt2Config config = _model.Config;
        Gpt2Weights weights = _model.Weights;
        int rows = tokens.Length, width = config.Width;
        Span<float> x = _x.AsSpan(0, rows * width), normal = _normal.AsSpan(0, rows * width);
        Span<float> qkv = _qkv.AsSpan(0, rows * 3 * width), inner = _inner.AsSpan(0, rows * config.Inner);

        for (var r = 0; r < rows; r++)
        {
            Span<float> row = x.Slice(r * width, width);
            weights.Embed(tokens[r], row);
            TensorPrimitives.Add(row, weights.PositionEmbedding.AsSpan((Position + r) * width, width), row);
        }

        for (var l = 0; l < config.Layers; l++)
        {
            cancellation.ThrowIfCancellationRequested();
            LayerWeights layer = weights.Layers[l];
            Span<float> attended = _attended[l].AsSpan(0, rows * width);
            LayerNorm.Apply(x, layer.Norm1.Gain, layer.Norm1.Bias, config.LayerNormEpsilon, normal);
            MatrixProduct.Linear(normal, rows, layer.Attention.W, layer.Attention.B, qkv, _team);
            _attention.Attend(l, Position, qkv, rows, attended);
            MatrixProduct.Linear(attended, rows, layer.Projection.W, layer.Projection.B, normal, _team);
            TensorPrimitives.Add(x, normal, x);

            LayerNorm.Apply(x, layer.Norm2.Gain, layer.Norm2.Bias, config.LayerNormEpsilon, normal);
            MatrixProduct.Linear(normal, rows, layer.Expand.W, layer.Expand.B, inner, _team);
            Gelu.Apply(config.Activation, inner);
            MatrixProduct.Linear(inner, rows, layer.Contract.W, layer.Contract.B, normal, _team);
            TensorPrimitives.Add(x, normal, x);
            progress?.Report((l + 1.0) / config.Layers);
        }
        LayerNorm.Apply(x, weights.FinalNorm.Gain, weights.FinalNorm.Bias, config.LayerNormEpsilon, normal);
        Position += rows;
        _rows = rows;
    }

    /// <summary>Logits of rows first ... first + count - 1 of the last read.</summary>
    /// <param name="logits">Shape (count, vocabulary).</param>
    /// <exception cref="BadInputException">They are not finite.</exception>
    public void Logits(int first, int count, Span<float> logits)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(first + count, _rows);
        int width = _model.Config.Width;
        MatrixProduct.Linear(_normal.AsSpan(first * width, count * width), count, _model.Weights.Head, default, logits, _team);
        for (var r = 0; r < count; r++)
            if (!float.IsFinite(TensorPrimitives.MaxMagnitude(logits.Slice(r * _model.Config.Vocabulary, _model.Config.Vocabulary))))
                throw new BadInputException($"the logits after token {Position - _rows + first + r} (counted from 0) are not finite: the model's weights overflow single precision");
    }

    /// <summary>Logits of the last token read, shape (vocabulary).</summary>
    public void LastLogits(Span<float> logits) => Logits(_rows - 1, 1, logits);

    /// <summary>Output of a layer's attention block before <c>c_proj</c> in the last read, shape (rows, width); only if it was to be kept.</summary>
    public ReadOnlySpan<float> AttentionOutput(int layer) => _attended[layer].AsSpan(0, _rows * _model.Config.Width);
}
