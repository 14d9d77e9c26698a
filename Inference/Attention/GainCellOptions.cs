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

    /// <summary>Every physical cell its own, drawn with this seed from the cell model's mismatch; null: all alike.</summary>
    public long? MismatchSeed { get; init; }

    /// <summary>Null: the model's.</summary>
    public int? Window { get; init; }

    /// <summary>Ideal math: same transfer, no quantization, no decay.</summary>
    public static GainCellOptions Ideal { get; } = new() { QuantizeInput = false, QuantizeStorage = false, QuantizeOutput = false, DecayPerToken = 0 };
}
