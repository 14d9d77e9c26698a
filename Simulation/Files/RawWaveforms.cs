using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace AnalogAttention.Simulation.Files;

/// <summary>
/// ngspice's raw file, binary, real or (<c>.ac</c>) complex: a text header (Title, Plotname, Flags, No. Variables, No. Points, Variables), the line
/// <c>Binary:</c>, then one little-endian double per variable (two where it is complex), point by point. No date, so that equal runs give equal bytes.
/// </summary>
public static class RawWaveforms
{
    public static void Write(Stream stream, WaveformSet set, string title)
    {
        var header = new StringBuilder();
        header.Append("Title: ").Append(title.ReplaceLineEndings(" ")).Append('\n');
        header.Append("Plotname: ").Append(PlotName(set.Analysis)).Append('\n');
        var isComplex = set.Columns.Any(c => c.Name.StartsWith("re(", StringComparison.Ordinal));
        var variables = isComplex ? Complex(set) : [.. set.Columns.Select(c => (c.Name, c.Unit))];
        double[][] values = isComplex ? [set.Abscissa.Values, new double[set.Count], .. set.Columns.Skip(1).Select(c => c.Values)] : [.. set.Columns.Select(c => c.Values)];
        header.Append(isComplex ? "Flags: complex\n" : "Flags: real\n");
        header.Append(CultureInfo.InvariantCulture, $"No. Variables: {variables.Count}\nNo. Points: {set.Count}\nVariables:\n");
        for (var k = 0; k < variables.Count; k++)
            header.Append(CultureInfo.InvariantCulture, $"\t{k}\t{FileName(variables[k].Name)}\t{TypeOf(variables[k].Unit)}\n");
        header.Append("Binary:\n");
        stream.Write(Encoding.UTF8.GetBytes(header.ToString()));
        var row = new byte[8 * values.Length];
        for (var point = 0; point < set.Count; point++)
        {
            for (var k = 0; k < values.Length; k++)
                BinaryPrimitives.WriteDoubleLittleEndian(row.AsSpan(8 * k), values[k][point]);
            stream.Write(row);
        }
    }

    // the abscissa, then one variable for each pair re(name), im(name)
    private static List<(string Name, string Unit)> Complex(WaveformSet set)
    {
        var variables = new List<(string, string)> { (set.Abscissa.Name, set.Abscissa.Unit) };
        for (var k = 1; k + 1 < set.Columns.Count; k += 2)
        {
            var name = set.Columns[k].Name[3..^1];
            if (set.Columns[k].Name != $"re({name})" || set.Columns[k + 1].Name != $"im({name})")
                throw new ArgumentException($"columns '{set.Columns[k].Name}' and '{set.Columns[k + 1].Name}' are no pair", nameof(set));
            variables.Add((name, set.Columns[k].Unit));
        }
        return variables;
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
            "Noise Spectral Density Curves" => "noise",
            "Integrated Noise" => "noise total",
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
        "noise" => "Noise Spectral Density Curves",
        "noise total" => "Integrated Noise",
        _ => "Operating Point",
    };

    // ngspice writes sweeps as v(v-sweep), i(i-sweep)
    private static string FileName(string name) => name switch { "v-sweep" => "v(v-sweep)", "i-sweep" => "i(i-sweep)", _ => name };

    private static string Name(string fileName) => fileName switch
    {
        "v(v-sweep)" => "v-sweep",
        "i(i-sweep)" => "i-sweep",
        _ when fileName.Contains("noise_total", StringComparison.Ordinal) && fileName.EndsWith(')') => fileName[2..^1], // v(onoise_total), i(inoise_total_r1)
        _ => fileName,
    };

    private static string TypeOf(string unit) => unit switch { "s" => "time", "Hz" => "frequency", "A" => "current", "V/sqrt(Hz)" => "voltage-density", "A/sqrt(Hz)" => "current-density", _ => "voltage" };
}
