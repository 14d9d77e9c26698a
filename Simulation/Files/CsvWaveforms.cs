using System.Globalization;
using System.Text;

namespace AnalogAttention.Simulation.Files;

/// <summary>Comma-separated values: header <c>name [unit]</c>, quoted where a name holds a comma, doubles in shortest round-trip form.</summary>
public static class CsvWaveforms
{
    public static void Write(Stream stream, WaveformSet set)
    {
        using var writer = new StreamWriter(stream, new UTF8Encoding(false), leaveOpen: true) { NewLine = "\n" };
        writer.WriteLine(string.Join(',', set.Columns.Select(c => Quoted($"{c.Name} [{c.Unit}]"))));
        for (var row = 0; row < set.Count; row++)
        {
            for (var column = 0; column < set.Columns.Count; column++)
            {
                if (column > 0)
                    writer.Write(',');
                writer.Write(set.Columns[column].Values[row].ToString("R", CultureInfo.InvariantCulture));
            }
            writer.WriteLine();
        }
    }

    /// <exception cref="FormatException">A row has other columns than the header, or a field is no number.</exception>
    public static WaveformSet Read(Stream stream)
    {
        using var reader = new StreamReader(stream, Encoding.UTF8, leaveOpen: true);
        var header = Fields(reader.ReadLine() ?? throw new FormatException("the file is empty")).ToArray();
        var values = header.Select(_ => new List<double>()).ToArray();
        for (var line = 2; reader.ReadLine() is { } text; line++)
        {
            if (text.Length == 0)
                continue;
            var fields = text.Split(',');
            if (fields.Length != header.Length)
                throw new FormatException($"line {line} has {fields.Length} fields, the header {header.Length}");
            for (var column = 0; column < fields.Length; column++)
                values[column].Add(double.TryParse(fields[column], NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
                    ? value
                    : throw new FormatException($"line {line}: '{fields[column]}' is no number"));
        }
        var columns = header.Select((h, k) => Column(h, [.. values[k]])).ToList();
        return new WaveformSet(WaveformFiles.AnalysisOf(columns), columns);
    }

    private static Waveform Column(string header, double[] values)
    {
        var bracket = header.EndsWith(']') ? header.LastIndexOf(" [", StringComparison.Ordinal) : -1;
        return bracket < 0
            ? new Waveform(header.Trim(), WaveformFiles.UnitOf(header.Trim()), values)
            : new Waveform(header[..bracket].Trim(), header[(bracket + 2)..^1], values);
    }

    private static string Quoted(string field) => field.Contains(',') || field.Contains('"') ? $"\"{field.Replace("\"", "\"\"")}\"" : field;

    private static IEnumerable<string> Fields(string line)
    {
        var field = new StringBuilder();
        var quoted = false;
        for (var k = 0; k < line.Length; k++)
        {
            if (line[k] == '"' && quoted && k + 1 < line.Length && line[k + 1] == '"')
                field.Append(line[++k]);
            else if (line[k] == '"')
                quoted = !quoted;
            else if (line[k] == ',' && !quoted)
            {
                yield return field.ToString();
                field.Clear();
            }
            else
                field.Append(line[k]);
        }
        yield return field.ToString();
    }
}
