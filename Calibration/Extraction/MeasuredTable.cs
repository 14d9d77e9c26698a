using System.Globalization;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using AnalogAttention.Calibration.Benches;
using AnalogAttention.Circuits;
using CsvHelper;

namespace AnalogAttention.Calibration.Extraction;

/// <summary>A measured I_out(V_store, V_in): a csv file of one point per line, on a full grid that need not be even.</summary>
/// <param name="FileName">Without its folder, as provenance names it.</param>
/// <param name="Sha256">Of the file's bytes, lower-case hex.</param>
public sealed partial record MeasuredTable(string FileName, string Sha256, TransferTable Transfer)
{
    public const double IdleVolts = 0.45;
    private const double IdleToleranceVolts = 1e-3;
    private const double MostVolts = 5, MostAmperes = 1e-3; // beyond these a unit is wrong, not a cell

    private static readonly string[] Columns = ["v_store", "v_in", "i_out"];

    /// <summary><c>V_store [V]</c>, <c>v_in_mV</c>, <c>I_out (uA)</c>.</summary>
    [GeneratedRegex(@"^\s*(v_store|v_in|i_out)(?:\s*[\[(]\s*(\S*?)\s*[\])]|[_\s]+(\S+))?\s*$", RegexOptions.IgnoreCase)]
    private static partial Regex Header();

    public int Points => Transfer.Amperes.Length;

    /// <exception cref="BadInputException">Not such a table: missing columns, unknown units, a value that is no finite number, axes that do not ascend, points missing or given twice, no idle read level.</exception>
    public static MeasuredTable Read(string path)
    {
        byte[] bytes;
        try
        {
            bytes = File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException($"{path}: cannot read table: {e.Message}", e);
        }
        var points = PointsOf(path, bytes);
        return new MeasuredTable(Path.GetFileName(path), Convert.ToHexStringLower(SHA256.HashData(bytes)), Grid(path, points));
    }

    private readonly record struct Point(long Line, double Store, double Input, double Amperes);

    private static List<Point> PointsOf(string path, byte[] bytes)
    {
        using var csv = CsvReader.Create(bytes, new CsvReaderOptions { Separator = ',', TrackLineNumbers = true });
        csv.ReadHeader();
        string[] header = [.. csv.Headers];
        if (header.Length == 0)
            throw new BadInputException($"{path}:1: the table is empty");
        var (places, factors) = Layout(path, header);
        var points = new List<Point>();
        while (csv.Read())
        {
            if (csv.FieldCount != header.Length)
                throw new BadInputException($"{path}:{csv.LineNumber}: {csv.FieldCount} fields, the header has {header.Length}");
            var value = new double[3];
            for (var i = 0; i < 3; i++)
            {
                var text = csv.GetString(places[i]);
                if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) || !double.IsFinite(number))
                    throw new BadInputException($"{path}:{csv.LineNumber}: {Columns[i]} is '{text}', not a finite number");
                value[i] = number * factors[i];
                if (Math.Abs(value[i]) > (i < 2 ? MostVolts : MostAmperes))
                    throw new BadInputException($"{path}:{csv.LineNumber}: {Columns[i]} is {value[i].ToString("g4", CultureInfo.InvariantCulture)} {(i < 2 ? "V" : "A")}: is the unit in the header right?");
            }
            points.Add(new Point(csv.LineNumber, value[0], value[1], value[2]));
        }
        return points;
    }

    private static (int[] Places, double[] Factors) Layout(string path, string[] header)
    {
        int[] places = [-1, -1, -1];
        double[] factors = new double[3];
        for (var field = 0; field < header.Length; field++)
        {
            if (Header().Match(header[field]) is not { Success: true } match)
                continue;
            var column = Array.IndexOf(Columns, match.Groups[1].Value.ToLowerInvariant());
            if (places[column] >= 0)
                throw new BadInputException($"{path}:1: two columns {Columns[column]}");
            var unit = match.Groups[2].Success ? match.Groups[2].Value : match.Groups[3].Value;
            var expected = column < 2 ? "V" : "A";
            places[column] = field;
            factors[column] = unit.EndsWith(expected, StringComparison.Ordinal) && Prefix(unit[..^1]) is { } factor
                ? factor
                : throw new BadInputException($"{path}:1: column {Columns[column]} has the unit '{unit}', expected {expected} with a prefix p, n, u, m or none, as in '{Columns[column]} [{expected}]'");
        }
        string[] missing = [.. Columns.Where((_, i) => places[i] < 0)];
        return missing.Length == 0
            ? (places, factors)
            : throw new BadInputException($"{path}:1: no column {string.Join(", ", missing)} between commas; expected 'V_store [V],V_in [V],I_out [A]'");
    }

    private static double? Prefix(string prefix) => prefix switch { "" => 1, "m" => 1e-3, "u" or "µ" or "μ" => 1e-6, "n" => 1e-9, "p" => 1e-12, _ => null };

    private static TransferTable Grid(string path, List<Point> points)
    {
        if (points.Count < 4)
            throw new BadInputException($"{path}: {points.Count} points are no table: two storage voltages at two read line voltages are the least");
        var storeOuter = points[0].Store == points[1].Store;
        double Outer(Point p) => storeOuter ? p.Store : p.Input;
        double Inner(Point p) => storeOuter ? p.Input : p.Store;
        var (outer, inner) = storeOuter ? (Columns[0], Columns[1]) : (Columns[1], Columns[0]);

        var blocks = new List<List<Point>>();
        foreach (var point in points)
        {
            if (blocks.Count == 0 || Outer(blocks[^1][0]) != Outer(point))
            {
                if (blocks.Count > 0 && Outer(point) < Outer(blocks[^1][0]))
                    throw new BadInputException($"{path}:{point.Line}: {outer} falls to {CellDeck.Spell(Outer(point))} V; it must ascend");
                blocks.Add([point]);
                continue;
            }
            var last = blocks[^1][^1];
            if (Inner(point) == Inner(last))
                throw new BadInputException($"{path}:{point.Line}: the point of line {last.Line} once more ({outer} {CellDeck.Spell(Outer(point))} V, {inner} {CellDeck.Spell(Inner(point))} V)");
            if (Inner(point) < Inner(last))
                throw new BadInputException($"{path}:{point.Line}: {inner} falls to {CellDeck.Spell(Inner(point))} V; it must ascend");
            blocks[^1].Add(point);
        }
        double[] outerVolts = [.. blocks.Select(b => Outer(b[0]))], innerVolts = [.. blocks[0].Select(Inner)];
        foreach (var block in blocks)
            if (!block.Select(Inner).SequenceEqual(innerVolts))
                throw new BadInputException($"{path}:{block[0].Line}: {outer} {CellDeck.Spell(Outer(block[0]))} V has other {inner} points than line {blocks[0][0].Line}; the grid must be full");
        if (outerVolts.Length < 2 || innerVolts.Length < 2)
            throw new BadInputException($"{path}: one value of {(outerVolts.Length < 2 ? outer : inner)}; at least two are needed");

        double[] stores = storeOuter ? outerVolts : innerVolts, inputs = storeOuter ? innerVolts : outerVolts;
        if (!inputs.Any(v => Math.Abs(v - IdleVolts) <= IdleToleranceVolts))
            throw new BadInputException($"{path}: no v_in at the idle read level of 0.45 V (within 1 mV)");
        var amperes = new double[inputs.Length, stores.Length];
        for (var row = 0; row < inputs.Length; row++)
            for (var column = 0; column < stores.Length; column++)
                amperes[row, column] = (storeOuter ? blocks[column][row] : blocks[row][column]).Amperes;
        return new TransferTable(stores, inputs, amperes);
    }
}
