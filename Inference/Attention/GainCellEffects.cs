namespace AnalogAttention.Inference.Attention;

/// <summary>The effects that <see cref="GainCellOptions"/> can leave out, by the names that users know them by.</summary>
public static class GainCellEffects
{
    private static readonly (string Name, Func<GainCellOptions, GainCellOptions> Without)[] Effects =
    [
        ("input-range", o => o with { LimitInput = false }),
        ("input-quantization", o => o with { QuantizeInput = false }),
        ("storage-range", o => o with { LimitStorage = false }),
        ("storage-quantization", o => o with { QuantizeStorage = false }),
        ("nonlinearity", o => o with { Nonlinear = false }),
        ("decay", o => o with { DecayPerToken = 0 }),
        ("score-saturation", o => o with { SaturateScores = false }),
        ("tiles", o => o with { Tiled = false }),
        ("output-saturation", o => o with { SaturateOutput = false }),
        ("output-quantization", o => o with { QuantizeOutput = false }),
    ];

    /// <summary>In the order in which a signal meets them.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Effects.Select(e => e.Name)];

    /// <exception cref="ArgumentException">There is no such effect.</exception>
    public static GainCellOptions Without(this GainCellOptions options, string effect) =>
        Effects.FirstOrDefault(e => e.Name == effect).Without is { } without
            ? without(options)
            : throw new ArgumentException($"there is no effect '{effect}'; there are {string.Join(", ", Names)}");
}
