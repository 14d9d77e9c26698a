using System.Reflection;

namespace AnalogAttention.Reports;

/// <summary>The scripts that draw charts, in the order they are loaded.</summary>
public sealed record ChartLibraries(IReadOnlyList<string> Scripts)
{
    private static readonly string[] Names = ["vega.min.js", "vega-lite.min.js", "vega-embed.min.js"];

    /// <summary>Those embedded when this library was built; null where npm could not bring them.</summary>
    public static ChartLibraries? Embedded { get; } =
        Names.Select(ReadResource).ToArray() is var scripts && scripts.All(s => s is not null) ? new ChartLibraries(scripts!) : null;

    /// <summary>An embedded file's text, or null.</summary>
    internal static string? ReadResource(string name)
    {
        using Stream? stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name);
        if (stream is null)
            return null;
        using StreamReader reader = new(stream);
        return reader.ReadToEnd();
    }
}
