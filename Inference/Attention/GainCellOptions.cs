namespace AnalogAttention.Inference.Attention;

/// <summary>
/// Which effects of the hardware take part. Each can be left out on its own, with the same weights: the steps of a fidelity budget.
/// </summary>
public sealed record GainCellOptions
{
    /// <summary>Queries take the levels of the cell's input.</summary>
    public bool QuantizeInput { get; init; } = true;

    /// <summary>Stored keys and values take the levels of the cell's storage.</summary>
    public bool QuantizeStorage { get; init; } = true;

    /// <summary>Every tile's output takes the levels of the read-out.</summary>
    public bool QuantizeOutput { get; init; } = true;

    /// <summary>Queries are limited to 0 ... T_max.</summary>
    public bool LimitInput { get; init; } = true;

    /// <summary>Keys and values are limited to the storage range.</summary>
    public bool LimitStorage { get; init; } = true;

    /// <summary>Scores saturate at S_sat; negative ones make no pulse in any case.</summary>
    public bool SaturateScores { get; init; } = true;

    /// <summary>What is read out saturates at S_sat.</summary>
    public bool SaturateOutput { get; init; } = true;

    /// <summary>The cell's transfer; false: the straight line g w that fits it best in least squares over the storage range.</summary>
    public bool Nonlinear { get; init; } = true;

    /// <summary>Keys in tiles of 64, each read out on its own; false: one array holds them all.</summary>
    public bool Tiled { get; init; } = true;

    /// <summary>lambda; null: derived from the cell's retention and the number of layers.</summary>
    public double? DecayPerToken { get; init; }

    /// <summary>Every physical cell its own, drawn from the cell model's mismatch.</summary>
    public bool Mismatch { get; init; }

    /// <summary>The share of cells that the cell model calls stuck.</summary>
    public bool StuckCells { get; init; }

    /// <summary>kT/C of every write.</summary>
    public bool WriteNoise { get; init; }

    /// <summary>Flicker noise of the read current: slow, so that it stays what it is for as long as a token is stored.</summary>
    public bool FlickerNoise { get; init; }

    /// <summary>The leak of each level at the true age of each token; takes the place of the decay.</summary>
    public bool Leak { get; init; }

    /// <summary>White noise of the read current, anew at every read.</summary>
    public bool ReadNoise { get; init; }

    /// <summary>Gain of every charge-to-pulse circuit, systematic and of its own.</summary>
    public bool ColumnGain { get; init; }

    /// <summary>Offset of every charge-to-pulse circuit, likewise.</summary>
    public bool ColumnOffset { get; init; }

    /// <summary>Noise of the comparators that end a pulse.</summary>
    public bool ComparatorNoise { get; init; }

    /// <summary>Of everything that is drawn: the cells and circuits of a chip, and its noise.</summary>
    public long Seed { get; init; } = 1;

    /// <summary>Null: the model's.</summary>
    public int? Window { get; init; }

    /// <summary>Ideal math: same transfer, no quantization, no decay.</summary>
    public static GainCellOptions Ideal { get; } = new() { QuantizeInput = false, QuantizeStorage = false, QuantizeOutput = false, DecayPerToken = 0 };
}
