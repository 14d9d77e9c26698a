using AnalogAttention.Inference.Tensors;

namespace AnalogAttention.Inference.Attention;

/// <summary>Buffers of one tile of 64 queries by 64 keys, shared by the heads of a sequence, and what was counted on the way.</summary>
internal sealed class GainCellWorkspace
{
    private const int Tile = GainCellArithmetic.TileKeys;

    public GainCellWorkspace(GainCellArithmetic cell, int headSize, int capacity)
    {
        int padded = PackedMatrix.PanelCount(headSize) * PackedMatrix.PanelWidth;
        Features = new float[headSize];
        Volts = new double[3 * headSize];
        Pulses = new float[Tile * headSize];
        Scores = new float[Tile * Tile];
        Outputs = new float[Tile * padded];
        Sums = new float[Tile * headSize];
        Terms = new DecayTerms(cell, headSize, capacity);
    }

    public float[] Features { get; }

    /// <summary>q, k and v of one token and head.</summary>
    public double[] Volts { get; }

    /// <summary>Shape (64, d).</summary>
    public float[] Pulses { get; }

    /// <summary>S, then A: shape (64, 64).</summary>
    public float[] Scores { get; }

    /// <summary>Shape (64, d padded to 32).</summary>
    public float[] Outputs { get; }

    /// <summary>Shape (64, d).</summary>
    public float[] Sums { get; }

    public DecayTerms Terms { get; }

    public AttentionCounts Counts { get; set; }
}
