using AnalogAttention.Circuits;

namespace AnalogAttention.Simulation.Files;

/// <summary>Waveform files by extension: <c>.csv</c>, <c>.raw</c>, <c>.npz</c>. A file is written whole or not at all.</summary>
public static class WaveformFiles
{
    /// <summary>Writes the first analysis to <paramref name="path"/>, the n-th to <c>F-n.ext</c> beside it; returns the paths.</summary>
    /// <exception cref="BadInputException">The extension is none of the three.</exception>
    public static IReadOnlyList<string> Write(string path, IReadOnlyList<WaveformSet> analyses, string title = "")
    {
        var paths = new List<string>();
        for (var k = 0; k < analyses.Count; k++)
        {
            var name = k == 0 ? path : Path.Combine(Path.GetDirectoryName(path) ?? "", $"{Path.GetFileNameWithoutExtension(path)}-{k + 1}{Path.GetExtension(path)}");
            var set = analyses[k];
            WholeFile.Write(name, Kind(name) switch
            {
                ".csv" => stream => CsvWaveforms.Write(stream, set),
                ".raw" => stream => RawWaveforms.Write(stream, set, title),
                _ => stream => NpzWaveforms.Write(stream, set),
            });
            paths.Add(name);
        }
        return paths;
    }

    /// <exception cref="BadInputException">The file is missing, of another kind or broken.</exception>
    public static WaveformSet Read(string path)
    {
        try
        {
            using var stream = File.OpenRead(path);
            return Kind(path) switch
            {
                ".csv" => CsvWaveforms.Read(stream),
                ".raw" => RawWaveforms.Read(stream)[0],
                _ => NpzWaveforms.Read(stream),
            };
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new BadInputException($"{path}: no such file", e);
        }
        catch (Exception e) when (e is FormatException or InvalidDataException or EndOfStreamException)
        {
            throw new BadInputException($"{path}: {e.Message}", e);
        }
    }

    /// <summary>The analysis a set came from, by the names of its columns.</summary>
    internal static string AnalysisOf(IReadOnlyList<Waveform> columns) => columns[0].Name switch
    {
        "time" => "tran",
        "frequency" => columns.Any(c => c.Name.StartsWith("onoise_", StringComparison.Ordinal)) ? "noise" : "ac",
        var total when total.StartsWith("onoise_total", StringComparison.Ordinal) => "noise total",
        var sweep when sweep.EndsWith("-sweep", StringComparison.Ordinal) => "dc",
        _ => "op",
    };

    internal static string UnitOf(string name) => name switch
    {
        "time" => "s",
        "frequency" => "Hz",
        "i-sweep" => "A",
        "temp-sweep" => "C",
        "res-sweep" => "Ohm",
        _ when name.StartsWith("onoise_total", StringComparison.Ordinal) || name.StartsWith("inoise_total", StringComparison.Ordinal) => "V",
        _ when name.StartsWith("onoise_", StringComparison.Ordinal) || name.StartsWith("inoise_", StringComparison.Ordinal) => "V/sqrt(Hz)",
        _ when name.StartsWith("re(", StringComparison.Ordinal) || name.StartsWith("im(", StringComparison.Ordinal) => UnitOf(name[3..]),
        _ when name.StartsWith("i(", StringComparison.Ordinal) => "A",
        _ => "V",
    };

    /// <summary>Whether a file of that name can hold waveforms: the extension is one of the three, in either case.</summary>
    public static bool Holds(string path) => Path.GetExtension(path).ToLowerInvariant() is ".csv" or ".raw" or ".npz";

    private static string Kind(string path) => Holds(path)
        ? Path.GetExtension(path).ToLowerInvariant()
        : throw new BadInputException($"{path}: waveforms are kept as .csv, .raw or .npz");
}
