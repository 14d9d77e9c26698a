using AnalogAttention.Inference.Attention;
using AnalogAttention.Inference.Tensors;

namespace AnalogAttention.Inference.Gpt2;

/// <summary>Gain and bias, each of shape (width).</summary>
public sealed record NormWeights(float[] Gain, float[] Bias);

/// <summary>y = x W + b; W of shape (in, out).</summary>
public sealed record LinearWeights(PackedMatrix W, float[] B);

/// <summary>One layer, in forward order.</summary>
public sealed record LayerWeights(NormWeights Norm1, LinearWeights Attention, LinearWeights Projection, NormWeights Norm2, LinearWeights Expand, LinearWeights Contract);

/// <summary>All weights of a GPT-2.</summary>
/// <param name="TokenEmbedding"><c>wte</c>, shape (vocabulary, width); null where it is the head transposed.</param>
/// <param name="PositionEmbedding"><c>wpe</c>, shape (positions, width).</param>
/// <param name="Head">The output matrix, shape (width, vocabulary): <c>lm_head.weight</c>, or <c>wte</c> transposed.</param>
/// <param name="Scalers">One per layer; the defaults where the checkpoint has none.</param>
/// <param name="HasScalers">The checkpoint holds hardware scales.</param>
public sealed record Gpt2Weights(float[]? TokenEmbedding, float[] PositionEmbedding, IReadOnlyList<LayerWeights> Layers, NormWeights FinalNorm, PackedMatrix Head,
    IReadOnlyList<LayerScalers> Scalers, bool HasScalers)
{
    /// <param name="embedding">Receives the token's embedding, shape (width).</param>
    public void Embed(int token, Span<float> embedding)
    {
        if (TokenEmbedding is not null)
            TokenEmbedding.AsSpan(token * embedding.Length, embedding.Length).CopyTo(embedding);
        else
            for (var i = 0; i < embedding.Length; i++)
                embedding[i] = Head[i, token];
    }
}
