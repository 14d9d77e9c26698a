using System.Text.Json;
using System.Text.Json.Nodes;
using AnalogAttention.Calibration;

namespace AnalogAttention.Studies;

/// <summary>Widths of score pulses: none, the longest, and in between by 32 equal parts of T_max.</summary>
public sealed class ScorePulseCounts
{
    public long None { get; set; }
    public long Full { get; set; }
    public long[] Between { get; } = new long[Workload.ScoreBins];
}

/// <summary>How often a model stores each level and sends each pulse, summed over layers and heads.</summary>
/// <param name="KeyLevels">Cells written by stored level, lowest first.</param>
/// <param name="ValueLevels">As <paramref name="KeyLevels"/>.</param>
/// <param name="QueryPulses">Pulses by input level, from none to T_max.</param>
/// <param name="ScorePulses">Pulses of the AV array, one for each token and key in its window.</param>
public sealed record Workload(long[] KeyLevels, long[] ValueLevels, long[] QueryPulses, ScorePulseCounts ScorePulses)
{
    public const string SchemaName = "analog-attention/workload/1";
    public const int ScoreBins = 32;

    public static Workload Empty(CellModel cell) => new(new long[cell.Storage.Levels], new long[cell.Storage.Levels], new long[cell.Input.Levels], new ScorePulseCounts());

    public static Workload Sum(IEnumerable<Workload> parts)
    {
        Workload[] all = [.. parts];
        long[] Added(Func<Workload, long[]> of) => [.. of(all[0]).Select((_, i) => all.Sum(w => of(w)[i]))];
        var scores = new ScorePulseCounts { None = all.Sum(w => w.ScorePulses.None), Full = all.Sum(w => w.ScorePulses.Full) };
        Added(w => w.ScorePulses.Between).CopyTo(scores.Between, 0);
        return new Workload(Added(w => w.KeyLevels), Added(w => w.ValueLevels), Added(w => w.QueryPulses), scores);
    }

    /// <summary>The text of a workload file: no times, no paths, so that equal runs give equal bytes.</summary>
    /// <param name="textSha256">Hash of the text that was read.</param>
    public string Format(CellModel cell, string modelName, string textSha256, long tokens)
    {
        static JsonArray Counts(long[] counts) => new([.. counts.Select(c => JsonValue.Create(c))]);
        return new JsonObject
        {
            ["schema"] = SchemaName,
            ["model"] = modelName,
            ["cell"] = cell.Name,
            ["textSha256"] = textSha256,
            ["tokens"] = tokens,
            ["storage"] = JsonSerializer.SerializeToNode(cell.Storage, FileNames),
            ["input"] = JsonSerializer.SerializeToNode(cell.Input, FileNames),
            ["keyLevels"] = Counts(KeyLevels),
            ["valueLevels"] = Counts(ValueLevels),
            ["queryPulses"] = Counts(QueryPulses),
            ["scorePulses"] = new JsonObject { ["none"] = ScorePulses.None, ["full"] = ScorePulses.Full, ["between"] = Counts(ScorePulses.Between) },
        }.ToJsonString(FidelityFile.Options) + "\n";
    }

    private static readonly JsonSerializerOptions FileNames = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };
}
