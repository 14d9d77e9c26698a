using System.Numerics;
using AnalogAttention.Inference.Tensors;

namespace AnalogAttention.Inference.Attention;

/// <summary>Buffers of one tile of 64 queries by 64 keys, shared by the heads of a sequence, and what was counted on the way.</summary>
internal sealed class GainCellWorkspace
{
    private const int Tile = GainCellArithmetic.TileKeys;

    private readonly GainCellArithmetic _cell;
    private readonly float[] _decay;     // exp(-i lambda (n - 32)) for power i and n = 0 ... capacity + 64: shape (terms, n)
    private readonly int _decayLength;

    public GainCellWorkspace(GainCellArithmetic cell, int headSize, int capacity)
    {
        int padded = PackedMatrix.PanelCount(headSize) * PackedMatrix.PanelWidth;
        _cell = cell;
        Features = new float[cell.Terms * headSize];
        Volts = new double[3 * headSize];
        Pulses = new float[Tile * headSize];
        Scores = new float[Tile * Tile];
        Outputs = new float[Tile * padded];
        Sums = new float[Tile * headSize];
        DecayedPulses = new float[cell.Decays ? Tile * cell.Terms * headSize : 0];
        DecayedWeights = new float[cell.Decays ? Tile * cell.Terms * Tile : 0];
        _decayLength = cell.Decays ? capacity + Tile : 0;
        _decay = new float[cell.Terms * _decayLength];
        for (var p = 0; p < cell.Terms; p++)
            for (var n = 0; n < _decayLength; n++)
                _decay[p * _decayLength + n] = (float)Math.Exp(-cell.Powers[p] * cell.DecayPerToken * (n - Tile / 2));
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
    public float[] DecayedPulses { get; }
    public float[] DecayedWeights { get; }

    public AttentionCounts Counts { get; set; }

    /// <summary>x exp(-i lambda (t - m)) for every power i, side by side; m is the middle of the tile.</summary>
    /// <param name="fromTile">t less the first key of the tile.</param>
    /// <param name="expanded">Shape (terms, length of x).</param>
    public void Expand(ReadOnlySpan<float> x, int fromTile, Span<float> expanded)
    {
        int w = Vector<float>.Count;
        for (var p = 0; p < _cell.Terms; p++)
        {
            float decay = _decay[p * _decayLength + fromTile];
            Span<float> y = expanded.Slice(p * x.Length, x.Length);
            var i = 0;
            for (; i <= x.Length - w; i += w)
                (new Vector<float>(x[i..]) * decay).CopyTo(y[i..]);
            for (; i < x.Length; i++)
                y[i] = x[i] * decay;
        }
    }
}
