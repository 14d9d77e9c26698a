using System.Globalization;
using System.Text.Json.Nodes;
using AnalogAttention.Calibration;
using AnalogAttention.Reports;

namespace AnalogAttention.Studies;

/// <summary>What every head does, as tables, figures and json.</summary>
public static class HeadReport
{
    public const string SchemaName = "analog-attention/heads/1";

    public static ReportSection Section(HeadStudyResult result, CellModel cell) => new("Heads and layers",
        string.Create(CultureInfo.InvariantCulture, $"Every head over {result.Tokens:n0} tokens on the simulated cell: where its scores and outputs saturate, and how much its read-out says. {Alive(result)} of {result.Figures.Count} heads are alive."),
        [.. Maps(result), .. WorkloadTables(result.Workload, cell), Table(result)]);

    public static IEnumerable<ReportTable> WorkloadTables(Workload workload, CellModel cell) => [LevelTable(workload, cell), QueryTable(workload), ScoreTable(workload)];

    private static int Alive(HeadStudyResult result) => result.Figures.Count(h => h.State == "alive");

    public static ReportTable Table(HeadStudyResult result) => new(
        string.Create(CultureInfo.InvariantCulture, $"Heads, {result.Tokens:n0} tokens: {Alive(result)} of {result.Figures.Count} alive"),
        [Right("layer"), Right("head"), Right("q std"), Right("k std, V"), Right("scores at 0"), Right("between"), Right("at 1"), Right("outputs clipped"), Right("effective bits"), new("state")],
        [.. result.Figures.Select(h => new TableRow([Number(h.Layer, "f0"), Number(h.Head, "f0"), Number(h.QueryStd, "f3"), Number(h.KeyStd, "f3"),
            Number(h.ShareAtZero, "p1"), Number(1 - h.ShareAtZero - h.ShareAtOne, "p1"), Number(h.ShareAtOne, "p1"), Number(h.ShareClipped, "p2"), Number(h.EffectiveBits, "f2"), h.State]))]);

    /// <summary>How often each level is stored.</summary>
    private static ReportTable LevelTable(Workload workload, CellModel cell) => new("Stored levels: share of the cells written", [Right("level"), Right("volts"), Right("keys"), Right("values")],
        [.. workload.KeyLevels.Select((_, level) => new TableRow([Number(level, "f0"), Number(cell.Storage.LevelVolts(level), "f3"), Share(workload.KeyLevels, level), Share(workload.ValueLevels, level)]))]);

    /// <summary>How often pulses of each level are sent.</summary>
    private static ReportTable QueryTable(Workload workload) => new("Query pulses: share by level", [Right("width, T_max"), Right("queries")],
        [.. workload.QueryPulses.Select((_, level) => new TableRow([Number(level / (workload.QueryPulses.Length - 1.0), "f3"), Share(workload.QueryPulses, level)]))]);

    /// <summary>How often score pulses of each width are sent, by eighths of the longest.</summary>
    private static ReportTable ScoreTable(Workload workload)
    {
        const int parts = 8;
        var scores = workload.ScorePulses;
        double all = Math.Max(1, scores.None + scores.Full + scores.Between.Sum());
        TableRow Row(string width, long count) => new([width, Number(count / all, "p2")]);
        return new ReportTable("Score pulses: share by width", [Right("width, T_max"), Right("scores")],
        [
            Row("none", scores.None),
            .. scores.Between.Chunk(Workload.ScoreBins / parts).Select((bins, part) => Row($"{Number(part / (double)parts, "f3")} ... {Number((part + 1) / (double)parts, "f3")}", bins.Sum())),
            Row("the longest", scores.Full),
        ]);
    }

    public static JsonObject Json(HeadStudyResult result) => new()
    {
        ["schema"] = SchemaName,
        ["tokens"] = result.Tokens,
        ["heads"] = new JsonArray([.. result.Figures.Select(h => (JsonNode)new JsonObject
        {
            ["layer"] = h.Layer,
            ["head"] = h.Head,
            ["queryStd"] = h.QueryStd,
            ["keyStdVolts"] = h.KeyStd,
            ["scores"] = h.Scores,
            ["scoresAtZero"] = h.ScoresAtZero,
            ["scoresAtOne"] = h.ScoresAtOne,
            ["outputs"] = h.Outputs,
            ["outputsClipped"] = h.OutputsClipped,
            ["effectiveBits"] = h.EffectiveBits,
            ["state"] = h.State,
        })]),
    };

    // a map needs two layers and two heads
    private static IEnumerable<ReportItem> Maps(HeadStudyResult result)
    {
        if (result.Layers < 2 || result.Heads < 2)
            yield break;
        double[] layers = [.. Enumerable.Range(0, result.Layers).Select(i => (double)i)], heads = [.. Enumerable.Range(0, result.Heads).Select(i => (double)i)];
        HeatMap Map(string title, string unit, Func<HeadFigures, double> value, (double, double)? limits = null)
        {
            var values = new double[result.Layers, result.Heads];
            foreach (var figure in result.Figures)
                values[figure.Layer, figure.Head] = value(figure);
            return new HeatMap(title, unit, values, Limits: limits);
        }
        yield return new HeatMapFigure("Saturation by layer and head", "Share of scores that make no pulse, of scores that make the longest one, and of tile outputs beyond the read-out.", new Axis("head"), heads, new Axis("layer"), layers,
            Map("scores at 0", "", h => h.ShareAtZero, (0, 1)), Map("scores at 1", "", h => h.ShareAtOne, (0, 1)), Map("outputs clipped", "", h => h.ShareClipped, (0, 1)));
        yield return new HeatMapFigure("What a head says by layer and head", "Effective bits: entropy of the codes that one column's read-out takes over tokens and tiles, mean over the columns; 33 codes could say 5.04. Beside it the spread of what enters the head before the clamp.",
            new Axis("head"), heads, new Axis("layer"), layers, Map("effective bits", "bit", h => h.EffectiveBits), Map("std of q, T_max", "", h => h.QueryStd), Map("std of k", "V", h => h.KeyStd));
    }

    private static string Share(long[] counts, int i) => Number(counts[i] / (double)Math.Max(1, counts.Sum()), "p2");

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    private static Reports.TableColumn Right(string title) => new(title, Alignment: ColumnAlignment.Right);
}
