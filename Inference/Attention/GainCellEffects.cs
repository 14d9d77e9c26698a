using AnalogAttention.Calibration;

namespace AnalogAttention.Inference.Attention;

/// <summary>An effect of the hardware, by the name that users know it by.</summary>
/// <param name="IsUsual">Part of the published model: there unless left out. The others are there where asked for.</param>
/// <param name="IsDrawn">Random: another seed, another chip or other noise.</param>
/// <param name="Without">Options that leave it out.</param>
/// <param name="With">Options that put it in.</param>
/// <param name="IsStated">Whether a cell model says what it needs.</param>
public sealed record GainCellEffect(string Name, bool IsUsual, bool IsDrawn, Func<GainCellOptions, GainCellOptions> Without, Func<GainCellOptions, GainCellOptions> With, Func<CellModel, bool> IsStated);

/// <summary>The effects that <see cref="GainCellOptions"/> can leave out or put in.</summary>
public static class GainCellEffects
{
    /// <summary>In the order in which a signal meets them.</summary>
    public static IReadOnlyList<GainCellEffect> All { get; } =
    [
        Usual("input-range", o => o with { LimitInput = false }, o => o with { LimitInput = true }),
        Usual("input-quantization", o => o with { QuantizeInput = false }, o => o with { QuantizeInput = true }),
        Usual("storage-range", o => o with { LimitStorage = false }, o => o with { LimitStorage = true }),
        Usual("storage-quantization", o => o with { QuantizeStorage = false }, o => o with { QuantizeStorage = true }),
        Drawn("write-noise", (o, on) => o with { WriteNoise = on }, c => c.Noise?.KtcVolts is not null),
        Drawn("stuck-cells", (o, on) => o with { StuckCells = on }, c => c.Defects is not null),
        Usual("nonlinearity", o => o with { Nonlinear = false }, o => o with { Nonlinear = true }),
        Drawn("mismatch", (o, on) => o with { Mismatch = on }, c => c.Mismatch is not null),
        Usual("decay", o => o with { DecayPerToken = 0 }, o => o with { DecayPerToken = null }),
        new("leak", false, false, o => o with { Leak = false }, o => o with { Leak = true }, c => c.Retention?.Drift is not null),
        Drawn("flicker-noise", (o, on) => o with { FlickerNoise = on }, c => c.Noise?.FlickerAmperesPerRootHertz is not null),
        Drawn("read-noise", (o, on) => o with { ReadNoise = on }, c => c.Noise is not null),
        Usual("score-saturation", o => o with { SaturateScores = false }, o => o with { SaturateScores = true }),
        Usual("tiles", o => o with { Tiled = false }, o => o with { Tiled = true }),
        Drawn("column-gain", (o, on) => o with { ColumnGain = on }, c => c.Periphery is not null),
        Drawn("column-offset", (o, on) => o with { ColumnOffset = on }, c => c.Periphery is not null),
        Drawn("comparator-noise", (o, on) => o with { ComparatorNoise = on }, c => c.Noise is { ComparatorVolts: not null, ComparatorFullScaleVolts: not null }),
        Usual("output-saturation", o => o with { SaturateOutput = false }, o => o with { SaturateOutput = true }),
        Usual("output-quantization", o => o with { QuantizeOutput = false }, o => o with { QuantizeOutput = true }),
    ];

    public static IReadOnlyList<string> Names { get; } = [.. All.Where(e => e.IsUsual).Select(e => e.Name)];

    /// <summary>Those that are there where asked for.</summary>
    public static IReadOnlyList<string> OptionalNames { get; } = [.. All.Where(e => !e.IsUsual).Select(e => e.Name)];

    /// <exception cref="ArgumentException">There is no such effect.</exception>
    public static GainCellOptions Without(this GainCellOptions options, string effect) => Find(effect).Without(options);

    /// <exception cref="ArgumentException">There is no such effect.</exception>
    public static GainCellOptions With(this GainCellOptions options, string effect) => Find(effect).With(options);

    /// <summary>With every effect that the cell model states.</summary>
    public static GainCellOptions WithAll(this GainCellOptions options, CellModel cell) => All.Where(e => !e.IsUsual && e.IsStated(cell)).Aggregate(options, (o, e) => e.With(o));

    private static GainCellEffect Find(string name) =>
        All.FirstOrDefault(e => e.Name == name) ?? throw new ArgumentException($"there is no effect '{name}'; there are {string.Join(", ", All.Select(e => e.Name))}");

    private static GainCellEffect Usual(string name, Func<GainCellOptions, GainCellOptions> without, Func<GainCellOptions, GainCellOptions> with) => new(name, true, false, without, with, _ => true);

    private static GainCellEffect Drawn(string name, Func<GainCellOptions, bool, GainCellOptions> set, Func<CellModel, bool> isStated) => new(name, false, true, o => set(o, false), o => set(o, true), isStated);
}
