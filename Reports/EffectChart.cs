using System.Text.Json.Nodes;

namespace AnalogAttention.Reports;

/// <summary>Small multiples, two in a row: points with whiskers, joined by a line where the levels are numbers.</summary>
internal static class EffectChart
{
    private const int PanelWidthPixels = 275, PanelHeightPixels = 180;

    public static JsonObject Body(EffectFigure figure, ChartTheme theme)
    {
        double[] values = [.. figure.Panels.SelectMany(p => p.Lower.Concat(p.Upper).Concat(p.Values)).Where(double.IsFinite)];
        ScaledAxis y = new(figure.Y, values);
        return new JsonObject
        {
            ["columns"] = 2,
            ["spacing"] = 24,
            ["concat"] = new JsonArray([.. figure.Panels.Select(p => Panel(p, y, values, theme))]),
        };
    }

    private static JsonObject Panel(EffectPanel panel, ScaledAxis y, double[] all, ChartTheme theme)
    {
        ScaledAxis x = new(panel.X, panel.Names is null ? panel.Levels : []);
        JsonObject xChannel = panel.Names is null ? x.Channel("x", nice: false) : new JsonObject
        {
            ["field"] = "x",
            ["type"] = "nominal",
            ["title"] = x.Title,
            ["sort"] = null,
            ["axis"] = new JsonObject { ["labelAngle"] = 0, ["labelLimit"] = PanelWidthPixels / Math.Max(1, panel.Names.Count) },
        };
        if (panel.Names is null)
            xChannel["scale"]!["padding"] = 8;
        JsonObject yChannel = y.Channel("y", nice: true);
        if (all.Length > 0 && all.Max() > all.Min())
            yChannel["scale"]!["domain"] = new JsonArray(y.Value(all.Min()), y.Value(all.Max()));
        JsonObject position = new() { ["x"] = xChannel, ["y"] = yChannel };
        JsonObject whiskers = position.DeepClone().AsObject();
        whiskers["y"]!["field"] = "l";
        whiskers["y2"] = new JsonObject { ["field"] = "h" };
        JsonObject points = position.DeepClone().AsObject();
        points["tooltip"] = new JsonArray(panel.Names is null ? x.Tooltip("x") : new JsonObject { ["field"] = "x", ["type"] = "nominal", ["title"] = x.Title }, y.Tooltip("y"));
        JsonArray layers = [new JsonObject { ["mark"] = new JsonObject { ["type"] = "rule", ["color"] = theme.Muted, ["strokeWidth"] = 1.5 }, ["encoding"] = whiskers }];
        if (panel.Names is null)
            layers.Add(new JsonObject { ["mark"] = new JsonObject { ["type"] = "line", ["color"] = theme.Range(1, SeriesColours.Distinct)[0]!.DeepClone(), ["strokeWidth"] = 1.6 }, ["encoding"] = position });
        layers.Add(new JsonObject { ["mark"] = new JsonObject { ["type"] = "point", ["filled"] = true, ["size"] = 40, ["opacity"] = 1, ["color"] = theme.Range(1, SeriesColours.Distinct)[0]!.DeepClone() }, ["encoding"] = points });
        return new JsonObject { ["width"] = PanelWidthPixels, ["height"] = PanelHeightPixels, ["data"] = VegaLite.Data(Rows()), ["layer"] = layers };

        IEnumerable<JsonObject> Rows()
        {
            for (int i = 0; i < panel.Values.Count; i++)
                yield return new JsonObject
                {
                    ["x"] = panel.Names is { } names ? names[i] : x.Value(panel.Levels[i]),
                    ["y"] = y.Value(panel.Values[i]),
                    ["l"] = y.Value(panel.Lower[i]),
                    ["h"] = y.Value(panel.Upper[i]),
                };
        }
    }
}
