using System.Text.Json.Nodes;

namespace AnalogAttention.Reports;

/// <summary>Horizontal bars, their values written at the ends.</summary>
internal static class BarChart
{
    private const int BarPixels = 18, GapPixels = 10;

    public static JsonObject Body(BarFigure figure, ChartTheme theme)
    {
        ScaledAxis value = new(figure.Value, figure.Series.SelectMany(s => s.Values.Concat(s.Intervals?.SelectMany(i => new[] { i.Low, i.High }) ?? [])));
        bool grouped = figure.Series.Length > 1;
        JsonArray names = new([.. figure.Series.Select(s => (JsonNode)s.Name)]);
        JsonObject channel = value.Channel("v", nice: true, zero: true);
        JsonObject position = new()
        {
            ["y"] = new JsonObject { ["field"] = "c", ["type"] = "nominal", ["title"] = null, ["sort"] = null, ["scale"] = new JsonObject { ["paddingInner"] = 0.25, ["paddingOuter"] = 0.15 } },
            ["x"] = channel,
        };
        if (grouped)
            position["yOffset"] = new JsonObject { ["field"] = "s", ["type"] = "nominal", ["sort"] = names.DeepClone() };
        JsonObject bars = position.DeepClone().AsObject();
        bars["color"] = new JsonObject
        {
            ["field"] = "s",
            ["type"] = "nominal",
            ["scale"] = new JsonObject { ["domain"] = names, ["range"] = theme.Range(figure.Series.Length, SeriesColours.Distinct) },
            ["legend"] = grouped ? new JsonObject { ["title"] = null } : null,
        };
        bars["tooltip"] = new JsonArray(
            new JsonObject { ["field"] = "c", ["type"] = "nominal", ["title"] = figure.CategoryTitle },
            new JsonObject { ["field"] = "s", ["type"] = "nominal", ["title"] = "series" },
            value.Tooltip("v"));
        bool withIntervals = figure.Series.Any(s => s.Intervals is not null);
        JsonObject intervals = position.DeepClone().AsObject();
        intervals["x"]!["field"] = "l";
        intervals["x2"] = new JsonObject { ["field"] = "h" };
        JsonObject texts = position;
        if (withIntervals)
            texts["x"]!["field"] = "e";
        texts["text"] = new JsonObject { ["field"] = "t", ["type"] = "nominal" };
        return new JsonObject
        {
            ["width"] = VegaLite.PlotWidthPixels - 80,
            ["height"] = figure.Categories.Count * (figure.Series.Length * BarPixels + GapPixels),
            ["data"] = VegaLite.Data(Rows()),
            ["layer"] = new JsonArray([
                new JsonObject { ["mark"] = new JsonObject { ["type"] = "bar" }, ["encoding"] = bars },
                .. withIntervals ? new[] { new JsonObject { ["mark"] = new JsonObject { ["type"] = "rule", ["color"] = theme.Ink, ["strokeWidth"] = 1.5 }, ["encoding"] = intervals } } : [],
                new JsonObject { ["mark"] = new JsonObject { ["type"] = "text", ["align"] = "left", ["baseline"] = "middle", ["dx"] = 5, ["color"] = theme.Muted, ["fontSize"] = 11 }, ["encoding"] = texts }]),
        };

        IEnumerable<JsonObject> Rows()
        {
            foreach (BarSeries series in figure.Series)
                for (int i = 0; i < figure.Categories.Count; i++)
                {
                    JsonObject row = new()
                    {
                        ["c"] = figure.Categories[i],
                        ["s"] = series.Name,
                        ["v"] = value.Value(series.Values[i]),
                        ["t"] = SiFormat.Format(series.Values[i], figure.Value.Unit),
                    };
                    if (withIntervals)
                    {
                        var (low, high) = series.Intervals?[i] ?? (series.Values[i], series.Values[i]);
                        (row["l"], row["h"], row["e"]) = (value.Value(low), value.Value(high), value.Value(Math.Max(0, high)));
                    }
                    yield return row;
                }
        }
    }
}
