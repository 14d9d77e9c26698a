using System.Text.Json.Nodes;

namespace AnalogAttention.Reports;

/// <summary>Floating horizontal bars, one row each, and a line from every end to the next beginning.</summary>
internal static class WaterfallChart
{
    private const int RowPixels = 24;
    private const string Higher = "higher", Lower = "lower";

    public static JsonObject Body(WaterfallFigure figure, ChartTheme theme)
    {
        double[] values = [.. figure.Steps.SelectMany(s => new[] { s.From, s.To, s.Low, s.High }).Where(double.IsFinite)];
        ScaledAxis value = new(figure.Value, values);
        JsonObject channel = value.Channel("a", nice: true);
        double span = Math.Max(values.Max() - values.Min(), 1e-12);
        // room for the notes, which stand to the right of the ends
        channel["scale"]!["domain"] = new JsonArray(value.Value(values.Min() - 0.02 * span), value.Value(values.Max() + 0.22 * span));
        channel["scale"]!["nice"] = false;
        JsonObject row = new() { ["field"] = "c", ["type"] = "nominal", ["title"] = null, ["sort"] = null, ["scale"] = new JsonObject { ["paddingInner"] = 0.3, ["paddingOuter"] = 0.15 } };
        JsonArray colours = theme.Range(4, SeriesColours.Distinct);
        JsonObject Encoding(string x, string? x2 = null)
        {
            JsonObject along = channel.DeepClone().AsObject();
            along["field"] = x;
            JsonObject encoding = new() { ["y"] = row.DeepClone(), ["x"] = along };
            if (x2 is not null)
                encoding["x2"] = new JsonObject { ["field"] = x2 };
            return encoding;
        }
        JsonObject bars = Encoding("a", "b");
        bars["color"] = new JsonObject
        {
            ["field"] = "s",
            ["type"] = "nominal",
            ["scale"] = new JsonObject { ["domain"] = new JsonArray(Higher, Lower), ["range"] = new JsonArray(colours[1]!.DeepClone(), colours[2]!.DeepClone()) },
            ["legend"] = null,
        };
        bars["tooltip"] = new JsonArray(new JsonObject { ["field"] = "c", ["type"] = "nominal", ["title"] = figure.StepTitle }, value.Tooltip("b"), new JsonObject { ["field"] = "t", ["type"] = "nominal", ["title"] = "step" });
        JsonObject texts = Encoding("e");
        texts["text"] = new JsonObject { ["field"] = "t", ["type"] = "nominal" };
        return new JsonObject
        {
            ["width"] = VegaLite.PlotWidthPixels - 80,
            ["height"] = figure.Steps.Length * RowPixels,
            ["data"] = VegaLite.Data(Rows()),
            ["layer"] = new JsonArray(
                new JsonObject { ["mark"] = new JsonObject { ["type"] = "bar" }, ["encoding"] = bars },
                new JsonObject { ["mark"] = new JsonObject { ["type"] = "tick", ["color"] = theme.Ink, ["thickness"] = 2, ["height"] = RowPixels * 0.7 }, ["encoding"] = Encoding("b") },
                new JsonObject { ["mark"] = new JsonObject { ["type"] = "rule", ["color"] = theme.Ink, ["strokeWidth"] = 1.2 }, ["encoding"] = Encoding("l", "h") },
                new JsonObject { ["mark"] = new JsonObject { ["type"] = "text", ["align"] = "left", ["baseline"] = "middle", ["dx"] = 6, ["color"] = theme.Muted, ["fontSize"] = 11 }, ["encoding"] = texts }),
        };

        IEnumerable<JsonObject> Rows()
        {
            foreach (WaterfallStep step in figure.Steps)
                yield return new JsonObject
                {
                    ["c"] = step.Name,
                    ["a"] = value.Value(step.From),
                    ["b"] = value.Value(step.To),
                    ["l"] = value.Value(step.Low),
                    ["h"] = value.Value(step.High),
                    ["e"] = value.Value(Math.Max(Math.Max(step.From, step.To), step.High)),
                    ["s"] = step.To >= step.From ? Higher : Lower,
                    ["t"] = step.Note,
                };
        }
    }
}
