using AnalogAttention.Inference.Tensors;

namespace AnalogAttention.Inference.Attention;

/// <summary>Buffers of some queries by a tile of 64 keys, shared by the heads of a sequence, and what was counted on the way.</summary>
internal sealed class GainCellWorkspace
{
    private const int Tile = GainCellArithmetic.TileKeys;

    /// <summary>Queries that share what is formed of a tile: whole tiles, and whole blocks of 12 for the product.</summary>
    public const int Rows = 3 * Tile;

    public GainCellWorkspace(GainCellArithmetic cell, int headSize, int capacity)
    {
        int rows = Math.Min(Rows, capacity), padded = PackedMatrix.PanelCount(headSize) * PackedMatrix.PanelWidth;
        Key = new float[headSize * cell.Terms];
        Value = new float[headSize * cell.Terms];
        Pulses = new AlignedBuffer(rows * headSize);
        Scores = new AlignedBuffer(Math.Max(rows, (capacity + Tile - 1) / Tile) * Tile);
        Outputs = new AlignedBuffer(rows * padded);
        Sums = new AlignedBuffer(rows * headSize);
        Terms = new DecayTerms(cell, headSize, capacity);
        KeyVariance = new float[cell.IsReadNoisy ? headSize : 0];
        ValueVariance = new float[cell.IsReadNoisy ? headSize : 0];
        Variances = new AlignedBuffer(cell.IsReadNoisy ? rows * Math.Max(Tile, padded) : 0);
        Begin(cell, 0);
    }

    /// <summary>What differs from sequence to sequence.</summary>
    public void Begin(GainCellArithmetic cell, long sequence) => (Cells, Reads) = (cell.Cells(sequence), cell.Reads(sequence));

    /// <summary>Null where all cells are nominal.</summary>
    public PhysicalCells? Cells { get; private set; }

    public CounterRandom Reads { get; private set; }

    /// <summary>White noise of full reads of one token's key, shape (d); empty where reads have none.</summary>
    public float[] KeyVariance { get; }

    /// <summary>As <see cref="KeyVariance"/>.</summary>
    public float[] ValueVariance { get; }

    /// <summary>Of the charges of a tile: shape (rows, 64), then (rows, d padded to 32).</summary>
    public AlignedBuffer Variances { get; }

    /// <summary>What is stored of one token's key: shape (terms, d).</summary>
    public float[] Key { get; }

    /// <summary>As <see cref="Key"/>.</summary>
    public float[] Value { get; }

    /// <summary>Shape (rows, d).</summary>
    public AlignedBuffer Pulses { get; }

    /// <summary>S, then phi: shape (rows, 64), or of one query all keys.</summary>
    public AlignedBuffer Scores { get; }

    /// <summary>Shape (rows, d padded to 32).</summary>
    public AlignedBuffer Outputs { get; }

    /// <summary>Shape (rows, d).</summary>
    public AlignedBuffer Sums { get; }

    public DecayTerms Terms { get; }

    public AttentionCounts Counts { get; set; }
}
