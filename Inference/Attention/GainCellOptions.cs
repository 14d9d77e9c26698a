namespace AnalogAttention.Inference.Attention;

/// <summary>Which non-idealities of the hardware take part. The clamps to the ranges of the hardware always do.</summary>
public sealed record GainCellOptions
{
    /// <summary>Queries take the levels of the cell's input.</summary>
    public bool QuantizeInput { get; init; } = true;

    /// <summary>Stored keys and values take the levels of the cell's storage.</summary>
    public bool QuantizeStorage { get; init; } = true;

    /// <summary>Every tile's output takes the levels of the read-out.</summary>
    public bool QuantizeOutput { get; init; } = true;

    /// <summary>lambda; null: derived from the cell's retention and the number of layers.</summary>
    public double? DecayPerToken { get; init; }

    /// <summary>Null: the model's.</summary>
    public int? Window { get; init; }

    /// <summary>Ideal math: same transfer, no quantization, no decay.</summary>
    public static GainCellOptions Ideal { get; } = new() { QuantizeInput = false, QuantizeStorage = false, QuantizeOutput = false, DecayPerToken = 0 };
}
