using AnalogAttention.Inference.Attention;

namespace AnalogAttention.Inference.Reference;

/// <summary>An attention in double precision, written to be read: the oracle of the fast ones.</summary>
public interface IReferenceAttention
{
    /// <param name="qkv">Shape (tokens, 3 x width).</param>
    /// <param name="output">Shape (tokens, width).</param>
    /// <param name="sequence">Which one, for noise that differs from one to the next.</param>
    void Attend(AttentionGeometry geometry, int layer, ReadOnlySpan<double> qkv, int tokens, Span<double> output, long sequence = 0);
}
