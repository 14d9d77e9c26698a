using System.Text.Json.Nodes;

namespace AnalogAttention.Reports;

/// <summary>Curves as layered marks: bands, lines, points, and a sparse layer of unseen points that carry tooltips.</summary>
internal static class LineChart
{
    private const int TooltipsPerSeries = 150;

    public static JsonObject Body(LineFigure figure, ChartTheme theme)
    {
        ScaledAxis x = new(figure.X, figure.Panels.SelectMany(p => p.Series.SelectMany(s => s.X).Concat(p.Bands.SelectMany(b => b.X))));
        string[] names = [.. figure.Panels.SelectMany(p => p.Series).Select(s => s.Name).Distinct()];
        JsonObject colour = new()
        {
            ["field"] = "s",
            ["type"] = "nominal",
            ["scale"] = new JsonObject
            {
                ["domain"] = new JsonArray([.. names.Select(n => (JsonNode)n)]),
                ["range"] = theme.Range(names.Length, figure.Colours),
            },
            ["legend"] = names.Length == 1 ? null : new JsonObject { ["title"] = figure.LegendTitle, ["symbolType"] = "stroke" },
        };
        int last = figure.Panels.Length - 1;
        JsonObject[] panels = [.. figure.Panels.Select((panel, i) => Panel(figure, panel, i, x, colour, theme))];
        if (last == 0)
            return panels[0];
        return new JsonObject
        {
            ["vconcat"] = new JsonArray([.. panels]),
            ["spacing"] = 12,
            ["params"] = new JsonArray(SharedZoom(last + 1)),
        };
    }

    private static JsonObject Panel(LineFigure figure, LinePanel panel, int index, ScaledAxis x, JsonObject colour, ChartTheme theme)
    {
        int count = figure.Panels.Length;
        ScaledAxis y = new(panel.Y, panel.Series.SelectMany(s => s.Y).Concat(panel.Bands.SelectMany(b => b.Lower.Concat(b.Upper))));
        JsonObject xChannel = x.Channel("x", nice: false);
        if (index < count - 1)
        {
            xChannel["title"] = null;
            xChannel["axis"]!["labels"] = false;
            xChannel["axis"]!["ticks"] = false;
        }
        JsonArray layers = [];
        if (panel.Bands.Length > 0)
            layers.Add(Layer(
                new JsonObject { ["type"] = "area", ["color"] = theme.Muted, ["opacity"] = 0.16, ["clip"] = true, ["order"] = false },
                panel.Bands.SelectMany((band, i) => Rows(band, i, x, y)),
                new JsonObject { ["x"] = xChannel.DeepClone(), ["y"] = y.Channel("y", nice: true), ["y2"] = new JsonObject { ["field"] = "y2" }, ["detail"] = Nominal("i") }));
        foreach (var style in panel.Series.Select((s, i) => (Series: s, Index: i)).GroupBy(s => s.Series.Style).OrderBy(g => g.Key))
        {
            JsonObject mark = style.Key == SeriesStyle.Points
                ? new JsonObject { ["type"] = "point", ["filled"] = true, ["size"] = 28, ["opacity"] = 0.85, ["clip"] = true }
                : new JsonObject { ["type"] = "line", ["strokeWidth"] = 1.6, ["clip"] = true, ["order"] = false };
            if (style.Key == SeriesStyle.Dashed)
                mark["strokeDash"] = new JsonArray(5, 4);
            JsonObject encoding = Encoding(xChannel, y, colour);
            encoding["detail"] = Nominal("i");
            if (style.Key == SeriesStyle.Points)
                encoding["tooltip"] = Tooltip(style.Any(s => s.Series.Role is not null), x, y);
            layers.Add(Layer(mark, style.SelectMany(s => Rows(s.Series, s.Index, x, y)), encoding));
        }
        (Series Series, int Index)[] lines = [.. panel.Series.Select((s, i) => (s, i)).Where(s => s.s.Style != SeriesStyle.Points)];
        if (lines.Length > 0)
        {
            JsonObject encoding = Encoding(xChannel, y, colour);
            encoding["tooltip"] = Tooltip(lines.Any(s => s.Series.Role is not null), x, y);
            layers.Add(Layer(
                new JsonObject { ["type"] = "point", ["filled"] = true, ["size"] = 90, ["opacity"] = 0, ["clip"] = true },
                lines.SelectMany(s => Sparse([.. Rows(s.Series, s.Index, x, y)])),
                encoding));
        }
        if (count == 1)
            layers[0]!["params"] = new JsonArray(VegaLite.Zoom("x", "y"));
        else
            layers[0]!["name"] = PanelName(index);
        return new JsonObject
        {
            ["width"] = VegaLite.PlotWidthPixels,
            ["height"] = panel.HeightPixels ?? (count == 1 ? 300 : index == 0 ? 220 : 110),
            ["layer"] = layers,
        };
    }

    private static string PanelName(int index) => $"panel{index}";

    private static JsonObject SharedZoom(int panels)
    {
        JsonObject zoom = VegaLite.Zoom("x");
        zoom["views"] = new JsonArray([.. Enumerable.Range(0, panels).Select(i => (JsonNode)PanelName(i))]);
        return zoom;
    }

    private static JsonObject Layer(JsonObject mark, IEnumerable<JsonObject> rows, JsonObject encoding) =>
        new() { ["mark"] = mark, ["data"] = VegaLite.Data(rows), ["encoding"] = encoding };

    private static JsonObject Encoding(JsonObject xChannel, ScaledAxis y, JsonObject colour) =>
        new() { ["x"] = xChannel.DeepClone(), ["y"] = y.Channel("y", nice: true), ["color"] = colour.DeepClone() };

    private static JsonObject Nominal(string field) => new() { ["field"] = field, ["type"] = "nominal" };

    private static JsonArray Tooltip(bool withRole, ScaledAxis x, ScaledAxis y)
    {
        JsonArray fields = [new JsonObject { ["field"] = "s", ["type"] = "nominal", ["title"] = "curve" }];
        if (withRole)
            fields.Add(new JsonObject { ["field"] = "r", ["type"] = "nominal", ["title"] = "from" });
        fields.Add(x.Tooltip("x"));
        fields.Add(y.Tooltip("y"));
        return fields;
    }

    private static IEnumerable<JsonObject> Rows(Series series, int index, ScaledAxis x, ScaledAxis y)
    {
        foreach (int i in Decimation.MinMax(series.X, series.Y))
        {
            JsonObject row = new() { ["i"] = index, ["s"] = series.Name, ["x"] = x.Value(series.X[i]), ["y"] = y.Value(series.Y[i]) };
            if (series.Role is not null)
                row["r"] = series.Role;
            yield return row;
        }
    }

    private static IEnumerable<JsonObject> Rows(Band band, int index, ScaledAxis x, ScaledAxis y)
    {
        int stride = 1 + band.X.Count / Decimation.MostPoints;
        for (int i = 0; i < band.X.Count; i = i < band.X.Count - 1 ? Math.Min(i + stride, band.X.Count - 1) : i + 1)
            yield return new JsonObject { ["i"] = index, ["x"] = x.Value(band.X[i]), ["y"] = y.Value(band.Lower[i]), ["y2"] = y.Value(band.Upper[i]) };
    }

    private static IEnumerable<JsonObject> Sparse(JsonObject[] rows)
    {
        int stride = 1 + (rows.Length - 1) / TooltipsPerSeries;
        return rows.Where((_, i) => i % stride == 0);
    }
}
