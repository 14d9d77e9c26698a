using AnalogAttention.Circuits;
using AnalogAttention.Inference.Tensors;

namespace AnalogAttention.Inference.Attention;

/// <summary>What an attention has to know of the model it serves.</summary>
/// <param name="Window">Token t sees keys t - window + 1 ... t.</param>
/// <param name="Scalers">One per layer.</param>
public sealed record AttentionGeometry(int Layers, int Heads, int HeadSize, int Window, IReadOnlyList<LayerScalers> Scalers);

/// <summary>What stands between <c>c_attn</c> and <c>c_proj</c>. Immutable; all state of a sequence lies in what <see cref="Open"/> returns.</summary>
public interface IAttention
{
    /// <param name="capacity">Largest number of tokens that the sequence may hold.</param>
    /// <param name="team">Threads that share the heads; null: the caller's alone. Results do not depend on it.</param>
    /// <exception cref="BadInputException">The model's scales contradict this attention.</exception>
    IAttentionState Open(AttentionGeometry geometry, int capacity, ThreadTeam? team = null);
}

/// <summary>Stored keys and values of every layer for one sequence, and the work buffers. Not thread-safe.</summary>
public interface IAttentionState
{
    /// <summary>What comes next belongs to another sequence; sequence 0 needs no call. Noise differs from sequence to sequence, a chip does not.</summary>
    void Begin(long sequence);

    /// <summary>Stores the keys and values of tokens position ... position + rows - 1 and attends from each of them.</summary>
    /// <param name="qkv">Shape (rows, 3 x width): q, k and v of all heads side by side, as <c>c_attn</c> gives them.</param>
    /// <param name="output">Shape (rows, width), heads concatenated.</param>
    void Attend(int layer, int position, ReadOnlySpan<float> qkv, int rows, Span<float> output);

    AttentionCounts Counts { get; }
}

/// <summary>How often the hardware was asked for what its model does not cover.</summary>
/// <param name="StoredValues">Cells written.</param>
/// <param name="OutsideValidity">Of those, with a store voltage outside the validity domain of the cell model.</param>
/// <param name="StoredClamped">Of those, limited by the storage range.</param>
/// <param name="Tiles">Outputs of tiles.</param>
/// <param name="TilesSaturated">Of those, limited by the read-out.</param>
public readonly record struct AttentionCounts(long StoredValues, long OutsideValidity, long StoredClamped, long Tiles, long TilesSaturated)
{
    public static AttentionCounts operator +(AttentionCounts a, AttentionCounts b) => new(
        a.StoredValues + b.StoredValues, a.OutsideValidity + b.OutsideValidity, a.StoredClamped + b.StoredClamped, a.Tiles + b.Tiles, a.TilesSaturated + b.TilesSaturated);
}
