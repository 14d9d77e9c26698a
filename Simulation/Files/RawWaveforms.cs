using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace AnalogAttention.Simulation.Files;

/// <summary>
/// ngspice's raw file, binary, real: a text header (Title, Plotname, Flags, No. Variables, No. Points, Variables), the line
/// <c>Binary:</c>, then one little-endian double per variable, point by point. No date, so that equal runs give equal bytes.
/// </summary>
public static class RawWaveforms
{
    public static void Write(Stream stream, WaveformSet set, string title)
    {
        var header = new StringBuilder();
        header.Append("Title: ").Append(title.ReplaceLineEndings(" ")).Append('\n');
        header.Append("Plotname: ").Append(PlotName(set.Analysis)).Append('\n');
        header.Append("Flags: real\n");
        header.Append(CultureInfo.InvariantCulture, $"No. Variables: {set.Columns.Count}\nNo. Points: {set.Count}\nVariables:\n");
        for (var k = 0; k < set.Columns.Count; k++)
            header.Append(CultureInfo.InvariantCulture, $"\t{k}\t{FileName(set.Columns[k].Name)}\t{TypeOf(set.Columns[k].Unit)}\n");
        header.Append("Binary:\n");
        stream.Write(Encoding.UTF8.GetBytes(header.ToString()));
        var row = new byte[8 * set.Columns.Count];
        for (var point = 0; point < set.Count; point++)
        {
            for (var k = 0; k < set.Columns.Count; k++)
                BinaryPrimitives.WriteDoubleLittleEndian(row.AsSpan(8 * k), set.Columns[k].Values[point]);
            stream.Write(row);
        }
    }

    /// <summary>All plots of a file; complex ones give <c>re(name)</c> and <c>im(name)</c>.</summary>
    /// <param name="mayBreakOff">A plot of no points holds the whole points that follow: what ngspice leaves behind when a run breaks off.</param>
    /// <exception cref="InvalidDataException">The header is not that of a binary raw file.</exception>
    /// <exception cref="EndOfStreamException">The data ends early.</exception>
    public static IReadOnlyList<WaveformSet> Read(Stream stream, bool mayBreakOff = false)
    {
        var plots = new List<WaveformSet>();
        while (ReadPlot(stream, mayBreakOff) is { } plot)
            plots.Add(plot);
        return plots.Count > 0 ? plots : throw new InvalidDataException("no plot in the raw file");
    }

    private static WaveformSet? ReadPlot(Stream stream, bool mayBreakOff)
    {
        string plot = "", flags = "";
        int variables = 0, points = 0;
        var names = new List<string>();
        while (true)
        {
            var line = ReadLine(stream);
            if (line is null)
                return plot.Length == 0 ? null : throw new EndOfStreamException("the raw file ends in its header");
            var (key, value) = line.IndexOf(':') is var colon and > 0 ? (line[..colon], line[(colon + 1)..].Trim()) : (line, "");
            switch (key)
            {
                case "Plotname":
                    plot = value;
                    break;
                case "Flags":
                    flags = value;
                    break;
                case "No. Variables":
                    variables = Count(value);
                    break;
                case "No. Points":
                    points = Count(value);
                    break;
                case "Variables":
                    for (var k = 0; k < variables; k++)
                        names.Add((ReadLine(stream) ?? throw new EndOfStreamException("the raw file ends in its header")).Split('\t', ' ').Where(f => f.Length > 0).ElementAtOrDefault(1)
                            ?? throw new InvalidDataException("a variable has no name"));
                    break;
                case "Binary":
                    var isComplex = flags.Contains("complex", StringComparison.Ordinal);
                    if (points == 0 && mayBreakOff && names.Count > 0)
                        points = (int)((stream.Length - stream.Position) / (names.Count * (isComplex ? 16 : 8)));
                    return ReadValues(stream, plot, names, points, isComplex);
                case "Values":
                    throw new InvalidDataException("an ASCII raw file; binary is expected");
            }
        }
    }

    private static WaveformSet ReadValues(Stream stream, string plot, List<string> names, int points, bool isComplex)
    {
        var parts = isComplex ? 2 : 1;
        var values = new double[names.Count * parts][];
        for (var k = 0; k < values.Length; k++)
            values[k] = new double[points];
        var row = new byte[8 * values.Length];
        for (var point = 0; point < points; point++)
        {
            stream.ReadExactly(row);
            for (var k = 0; k < values.Length; k++)
                values[k][point] = BinaryPrimitives.ReadDoubleLittleEndian(row.AsSpan(8 * k));
        }
        var columns = new List<Waveform>();
        for (var k = 0; k < names.Count; k++)
        {
            var name = Name(names[k]);
            if (!isComplex || k == 0)
                columns.Add(new Waveform(name, WaveformFiles.UnitOf(name), values[parts * k]));
            else
            {
                columns.Add(new Waveform($"re({name})", WaveformFiles.UnitOf(name), values[2 * k]));
                columns.Add(new Waveform($"im({name})", WaveformFiles.UnitOf(name), values[2 * k + 1]));
            }
        }
        return new WaveformSet(plot switch
        {
            "Transient Analysis" => "tran",
            "Operating Point" => "op",
            "DC transfer characteristic" => "dc",
            "AC Analysis" => "ac",
            _ => plot,
        }, columns);
    }

    private static int Count(string text) =>
        int.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var count) && count >= 0 ? count : throw new InvalidDataException($"'{text}' is no count");

    private static string? ReadLine(Stream stream)
    {
        var bytes = new List<byte>();
        for (int b; (b = stream.ReadByte()) != '\n';)
        {
            if (b < 0)
                return bytes.Count == 0 ? null : Encoding.UTF8.GetString([.. bytes]);
            bytes.Add((byte)b);
        }
        return Encoding.UTF8.GetString([.. bytes]).TrimEnd('\r');
    }

    private static string PlotName(string analysis) => analysis switch
    {
        "tran" => "Transient Analysis",
        "dc" => "DC transfer characteristic",
        "ac" => "AC Analysis",
        _ => "Operating Point",
    };

    // ngspice writes sweeps as v(v-sweep), i(i-sweep)
    private static string FileName(string name) => name switch { "v-sweep" => "v(v-sweep)", "i-sweep" => "i(i-sweep)", _ => name };

    private static string Name(string fileName) => fileName switch { "v(v-sweep)" => "v-sweep", "i(i-sweep)" => "i-sweep", _ => fileName };

    private static string TypeOf(string unit) => unit switch { "s" => "time", "Hz" => "frequency", "A" => "current", _ => "voltage" };
}
