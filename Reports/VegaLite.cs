using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Unicode;

namespace AnalogAttention.Reports;

/// <summary>Figures as Vega-Lite 6 specifications with their data inside.</summary>
public static class VegaLite
{
    /// <summary>Widest plot area; with its axis and a legend a figure stays within 800 pixels.</summary>
    internal const int PlotWidthPixels = 610;

    /// <summary>Digits of a plotted value: finer than a pixel at any sensible zoom.</summary>
    private const int PlotDigits = 7;

    // Escapes < > & ' " beyond JSON's needs: the text may stand inside a script element.
    private static readonly JsonSerializerOptions Options = new() { Encoder = JavaScriptEncoder.Create(UnicodeRanges.All) };

    /// <summary>The specification of one figure, on one line, safe inside a script element.</summary>
    public static string Format(Figure figure, ChartTheme theme)
    {
        JsonObject spec = new()
        {
            ["$schema"] = "https://vega.github.io/schema/vega-lite/v6.json",
            ["description"] = figure.AltText,
            ["config"] = theme.Config(),
        };
        JsonObject body = figure switch
        {
            LineFigure f => LineChart.Body(f, theme),
            HeatMapFigure f => HeatMapChart.Body(f),
            BarFigure f => BarChart.Body(f, theme),
            EffectFigure f => EffectChart.Body(f, theme),
            WaterfallFigure f => WaterfallChart.Body(f, theme),
            _ => throw new ArgumentException($"no chart for a {figure.GetType().Name}", nameof(figure)),
        };
        foreach ((string key, JsonNode? value) in body)
            spec[key] = value?.DeepClone();
        return spec.ToJsonString(Options);
    }

    /// <summary>
    /// Writes the figure, in light colours, as a specification file. <c>npm --prefix Reports/Web run --silent svg -- FIGURE.vl.json FIGURE.svg</c>
    /// (absolute paths) draws it without a browser.
    /// </summary>
    public static void Write(Figure figure, string path) => WholeFile.Write(path, Format(figure, ChartTheme.Light) + "\n");

    /// <summary>A plotted number; null where it cannot be drawn.</summary>
    internal static JsonNode? Number(double value) => double.IsFinite(value) ? JsonValue.Create(SiFormat.Round(value, PlotDigits)) : null;

    /// <summary>Interval selection bound to the scales: drag pans, ctrl and wheel zooms (the bare wheel is the page's), double click resets.</summary>
    internal static JsonObject Zoom(params string[] encodings) => new()
    {
        ["name"] = "zoom",
        ["select"] = new JsonObject
        {
            ["type"] = "interval",
            ["encodings"] = new JsonArray([.. encodings.Select(e => (JsonNode)e)]),
            ["zoom"] = "wheel![event.ctrlKey || event.metaKey]",
        },
        ["bind"] = "scales",
    };

    internal static JsonObject Data(IEnumerable<JsonObject> rows) => new() { ["values"] = new JsonArray([.. rows]) };
}

/// <summary>An axis over the values it has to show: its prefix, title and number formats.</summary>
internal sealed class ScaledAxis
{
    private readonly Axis _axis;
    private readonly SiPrefix _prefix;
    private readonly bool _isSmallOrLarge;

    public ScaledAxis(Axis axis, IEnumerable<double> values)
    {
        _axis = axis;
        double[] all = [.. values];
        _prefix = axis.Scale == AxisScale.Log ? SiPrefix.None : SiPrefix.ForAll(all, axis.Unit);
        double largest = all.Where(double.IsFinite).Select(v => Math.Abs(_prefix.Apply(v))).DefaultIfEmpty(0).Max();
        _isSmallOrLarge = largest is > 0 and < 1e-3 or >= 1e6;
    }

    public string Title => _axis.Unit.Length == 0 ? _axis.Title : $"{_axis.Title} [{_prefix.Symbol}{_axis.Unit}]";

    public bool IsLog => _axis.Scale == AxisScale.Log;

    public JsonNode? Value(double value) => IsLog && value <= 0 ? null : VegaLite.Number(_prefix.Apply(value));

    public JsonObject Channel(string field, bool nice, bool zero = false) => new()
    {
        ["field"] = field,
        ["type"] = "quantitative",
        ["title"] = Title,
        ["scale"] = IsLog
            ? new JsonObject { ["type"] = "log", ["nice"] = nice }
            : new JsonObject { ["zero"] = zero, ["nice"] = nice },
        ["axis"] = IsLog ? new JsonObject { ["format"] = "~s", ["labelOverlap"] = true }
            : _isSmallOrLarge ? new JsonObject { ["format"] = ".4~e", ["labelOverlap"] = true } : new JsonObject(),
    };

    public JsonObject Tooltip(string field) => new() { ["field"] = field, ["type"] = "quantitative", ["title"] = Title, ["format"] = IsLog ? ".4~s" : ".5~g" };
}
