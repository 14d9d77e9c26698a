using System.Numerics.Tensors;
using AnalogAttention.Inference.Tensors;

namespace AnalogAttention.Inference.Attention;

/// <summary>Buffers of one tile of 64 queries by 64 keys, shared by the heads of a sequence, and what was counted on the way.</summary>
internal sealed class GainCellWorkspace
{
    private const int Tile = GainCellArithmetic.TileKeys;

    private readonly float[] _decay;     // c_i exp(-i lambda (n - 32)) for the powers i and n = 0 ... capacity + 64: shape (powers, n)
    private readonly int _decayLength;

    public GainCellWorkspace(GainCellArithmetic cell, int headSize, int capacity)
    {
        int padded = PackedMatrix.PanelCount(headSize) * PackedMatrix.PanelWidth;
        Features = new float[headSize];
        Volts = new double[3 * headSize];
        Pulses = new float[Tile * headSize];
        Scores = new float[Tile * Tile];
        Outputs = new float[Tile * padded];
        Sums = new float[Tile * headSize];
        Decayed = new float[cell.Decays ? Tile * Math.Max(headSize, Tile) : 0];
        _decayLength = cell.Decays ? capacity + Tile : 0;
        _decay = new float[cell.Powers.Length * _decayLength];
        for (var p = 0; p < cell.Powers.Length; p++)
            for (var n = 0; n < _decayLength; n++)
                _decay[p * _decayLength + n] = (float)(cell.Coefficients[cell.Powers[p]] * Math.Exp(-cell.Powers[p] * cell.DecayPerToken * (n - Tile / 2)));
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

    /// <summary>Pulses or scores times what term i has left of them, row by row.</summary>
    public float[] Decayed { get; }

    public AttentionCounts Counts { get; set; }

    /// <summary>Row r of <see cref="Decayed"/> becomes x_r c_i exp(-i lambda (t + r - m)), m the middle of the tile.</summary>
    /// <param name="power">Index of i among the powers.</param>
    /// <param name="x">Shape (rows, length).</param>
    /// <param name="fromTile">t less the first key of the tile.</param>
    public void Decay(int power, ReadOnlySpan<float> x, int rows, int length, int fromTile)
    {
        for (var r = 0; r < rows; r++)
            TensorPrimitives.Multiply(x.Slice(r * length, length), _decay[power * _decayLength + fromTile + r], Decayed.AsSpan(r * length, length));
    }
}
