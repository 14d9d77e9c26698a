using System.Text.Json.Nodes;

namespace AnalogAttention.Reports;

/// <summary>Grids as rectangles that meet half-way between their centres.</summary>
internal static class HeatMapChart
{
    public static JsonObject Body(HeatMapFigure figure)
    {
        double[] xEdges = Edges(figure.XValues), yEdges = Edges(figure.YValues);
        ScaledAxis x = new(figure.X, figure.XValues), y = new(figure.Y, figure.YValues);
        int side = figure.Maps.Length switch { 1 => 420, 2 => 290, _ => 210 };
        JsonObject[] maps = [.. figure.Maps.Select((map, i) => Map(figure, map, i, side, x, xEdges, y, yEdges))];
        if (maps.Length == 1)
        {
            maps[0]["params"] = new JsonArray(VegaLite.Zoom("x", "y"));
            return maps[0];
        }
        JsonObject zoom = VegaLite.Zoom("x", "y");
        zoom["views"] = new JsonArray([.. maps.Select(m => m["name"]!.DeepClone())]);
        return new JsonObject
        {
            ["hconcat"] = new JsonArray([.. maps]),
            ["spacing"] = 14,
            ["resolve"] = new JsonObject { ["scale"] = new JsonObject { ["color"] = "independent" } },
            ["params"] = new JsonArray(zoom),
        };
    }

    private static JsonObject Map(HeatMapFigure figure, HeatMap map, int index, int side, ScaledAxis x, double[] xEdges, ScaledAxis y, double[] yEdges)
    {
        double[] finite = [.. map.Values.Cast<double>().Where(double.IsFinite)];
        (double low, double high) = map.Limits ?? (finite.DefaultIfEmpty(0).Min(), finite.DefaultIfEmpty(0).Max());
        if (map.Scale == ColourScale.Diverging && map.Limits is null)
            (low, high) = (-Math.Max(-low, high), Math.Max(-low, high));
        ScaledAxis value = new(new Axis(map.Title, map.Unit), [low, high]);
        bool alone = figure.Maps.Length == 1;
        JsonObject yChannel = y.Channel("y", nice: false);
        if (index > 0)
            yChannel["axis"] = new JsonObject { ["labels"] = false, ["ticks"] = false, ["title"] = null, ["minExtent"] = 0 };
        return new JsonObject
        {
            ["name"] = $"map{index}",
            ["title"] = alone ? null : map.Title,
            ["width"] = side,
            ["height"] = alone ? 320 : side,
            ["data"] = VegaLite.Data(Rows()),
            ["mark"] = new JsonObject { ["type"] = "rect", ["clip"] = true },
            ["encoding"] = new JsonObject
            {
                ["x"] = x.Channel("x", nice: false),
                ["x2"] = new JsonObject { ["field"] = "x2" },
                ["y"] = yChannel,
                ["y2"] = new JsonObject { ["field"] = "y2" },
                ["color"] = new JsonObject
                {
                    ["field"] = "v",
                    ["type"] = "quantitative",
                    ["scale"] = new JsonObject
                    {
                        ["scheme"] = map.Scale == ColourScale.Diverging ? "blueorange" : "viridis",
                        ["domain"] = new JsonArray(value.Value(low), value.Value(high)),
                        ["clamp"] = true,
                    },
                    ["legend"] = new JsonObject
                    {
                        ["title"] = alone ? value.Title : value.Title[map.Title.Length..].Trim(),
                        ["orient"] = alone ? "right" : "bottom",
                        ["gradientLength"] = alone ? 200 : side,
                        ["tickCount"] = 4,
                    },
                },
                ["tooltip"] = new JsonArray(x.Tooltip("xc"), y.Tooltip("yc"), value.Tooltip("v")),
            },
        };

        IEnumerable<JsonObject> Rows()
        {
            for (int j = 0; j < figure.YValues.Count; j++)
                for (int i = 0; i < figure.XValues.Count; i++)
                    yield return new JsonObject
                    {
                        ["x"] = x.Value(xEdges[i]),
                        ["x2"] = x.Value(xEdges[i + 1]),
                        ["y"] = y.Value(yEdges[j]),
                        ["y2"] = y.Value(yEdges[j + 1]),
                        ["xc"] = x.Value(figure.XValues[i]),
                        ["yc"] = y.Value(figure.YValues[j]),
                        ["v"] = value.Value(map.Values[j, i]),
                    };
        }
    }

    /// <summary>Half-way points, and the outer cells as wide outwards as inwards: n + 1 edges of n centres.</summary>
    private static double[] Edges(IReadOnlyList<double> centres)
    {
        int n = centres.Count;
        double[] edges = new double[n + 1];
        for (int i = 1; i < n; i++)
            edges[i] = 0.5 * (centres[i - 1] + centres[i]);
        edges[0] = 2 * centres[0] - edges[1];
        edges[n] = 2 * centres[n - 1] - edges[n - 1];
        return edges;
    }
}
