using System.Globalization;
using System.Text.Json.Nodes;

namespace AnalogAttention.Reports;

/// <summary>
/// Colours of charts. In a report they are CSS variables, so that light, dark and print are the stylesheet's;
/// a figure on its own carries the light ones.
/// </summary>
public sealed class ChartTheme
{
    private readonly string[] _categories;
    private readonly Func<double, string> _ramp;

    private ChartTheme(string ink, string muted, string grid, string font, string[] categories, Func<double, string> ramp) =>
        (Ink, Muted, Grid, Font, _categories, _ramp) = (ink, muted, grid, font, categories, ramp);

    public static ChartTheme Page { get; } = new(
        "var(--ink)", "var(--muted)", "var(--grid)", "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif",
        [.. Enumerable.Range(1, 8).Select(i => $"var(--series-{i})")],
        t => string.Create(CultureInfo.InvariantCulture, $"color-mix(in oklch, var(--ramp-high) {100 * t:0.#}%, var(--ramp-low))"));

    public static ChartTheme Light { get; } = new(
        "#1f2328", "#59636e", "#e4e7eb", "sans-serif",
        ["#2166ac", "#d6701c", "#1a8a5a", "#c23b4b", "#7e57b8", "#8a6a42", "#c4529a", "#6b7784"],
        t => Mix([(0x45, 0x2c, 0x8c), (0x20, 0x78, 0xa0), (0x2e, 0xa8, 0x6e), (0xb5, 0xb0, 0x1c)], t));

    public string Ink { get; }
    public string Muted { get; }
    public string Grid { get; }
    public string Font { get; }

    /// <summary>Colours for so many names, in legend order.</summary>
    internal JsonArray Range(int count, SeriesColours colours) => new(
        [.. Enumerable.Range(0, count).Select(i => (JsonNode)(colours == SeriesColours.Ordered ? _ramp(count == 1 ? 0 : (double)i / (count - 1)) : _categories[i % _categories.Length]))]);

    internal JsonObject Config() => new()
    {
        ["font"] = Font,
        ["background"] = null,
        ["view"] = new JsonObject { ["stroke"] = Grid },
        ["axis"] = new JsonObject
        {
            ["labelColor"] = Muted,
            ["titleColor"] = Ink,
            ["gridColor"] = Grid,
            ["domainColor"] = Muted,
            ["tickColor"] = Muted,
            ["labelFontSize"] = 12,
            ["titleFontSize"] = 12,
            ["titleFontWeight"] = "normal",
            ["titlePadding"] = 8,
            ["tickSize"] = 4,
            ["labelLimit"] = 220,
        },
        // Room for the labels of any zoom, so that panels stay in line and the drawing keeps its width.
        ["axisY"] = new JsonObject { ["minExtent"] = 40 },
        ["legend"] = new JsonObject
        {
            ["labelColor"] = Ink,
            ["titleColor"] = Muted,
            ["labelFontSize"] = 12,
            ["titleFontSize"] = 12,
            ["titleFontWeight"] = "normal",
            ["labelLimit"] = 150,
            ["symbolStrokeWidth"] = 2,
        },
        ["title"] = new JsonObject { ["color"] = Ink, ["fontSize"] = 13, ["fontWeight"] = 600, ["anchor"] = "start", ["frame"] = "group" },
    };

    private static string Mix((int R, int G, int B)[] stops, double t)
    {
        int i = Math.Min(stops.Length - 2, (int)(t * (stops.Length - 1)));
        double f = t * (stops.Length - 1) - i;
        ((int r0, int g0, int b0), (int r1, int g1, int b1)) = (stops[i], stops[i + 1]);
        return $"#{At(r0, r1):x2}{At(g0, g1):x2}{At(b0, b1):x2}";

        int At(int a, int b) => (int)Math.Round(a + f * (b - a));
    }
}
