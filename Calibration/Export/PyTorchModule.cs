using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using MathNet.Numerics.Interpolation;

namespace AnalogAttention.Calibration.Export;

/// <summary>A cell as a Python module, so that models can be trained for it with PyTorch: <c>Export/gain_cell_template.py</c> with the numbers of one cell.</summary>
public static class PyTorchModule
{
    public const string FileName = "gain_cell.py";

    private const string Template = "AnalogAttention.Calibration.Export.gain_cell_template.py";

    /// <summary>The text of the module; the same for the same cell.</summary>
    public static string Format(CellModel cell)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(Template)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().ReplaceLineEndings("\n")
            .Replace("{name}", Quoted(cell.Name)[1..^1])
            .Replace("{tool}", cell.Provenance?.Tool ?? "analog-attention")
            .Replace("{sha256}", Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(CellFile.Format(cell)))))
            .Replace("{constants}", Constants(cell));
    }

    private static string Constants(CellModel cell)
    {
        var text = new StringBuilder();
        void Line(string name, string value, string comment) => text.Append($"{name} = {value}{(comment.Length > 0 ? "  # " + comment : "")}\n");
        TransferModel transfer = cell.Transfer;
        Line("OFFSET", Number(transfer.OffsetVolts), "volts, zero weight");
        Line("COEFFICIENTS", transfer.IsTable ? "()" : Tuple(transfer.CoefficientsAmperes!.Select(c => c * 1e6)), transfer.IsTable ? "none: a table" : "c_0, c_1 ... in microamperes / volt^i");
        if (transfer.IsTable)
        {
            var curve = CubicSpline.InterpolatePchipSorted([.. transfer.StoreVolts!], [.. transfer.CurrentsAmperes!]);
            Line("TABLE_VOLTS", Tuple(transfer.StoreVolts!), "");
            Line("TABLE_MICROAMPERES", Tuple(transfer.CurrentsAmperes!.Select(i => i * 1e6)), "");
            Line("TABLE_SLOPES", Tuple(transfer.StoreVolts!.Select(v => curve.Differentiate(v) * 1e6)), "microamperes / volt at the points");
        }
        Line("SLOPE", Number(cell.LeastSquaresSlope * 1e6), "microamperes / volt, least squares through zero weight over the storage range");
        Line("STORE_LOW, STORE_HIGH, STORE_LEVELS", $"{Number(cell.Storage.MinVolts)}, {Number(cell.Storage.MaxVolts)}, {cell.Storage.Levels}", "volts");
        Line("INPUT_LEVELS, OUTPUT_LEVELS", $"{cell.Input.Levels}, {cell.Readout.Levels}", "");
        Line("S_SAT_QK, S_SAT_AV", $"{Number(cell.SaturationQkAmperes * 1e6)}, {Number(cell.SaturationAvAmperes * 1e6)}", "microampere x T_max");
        Line("TILE_KEYS", "64", "keys that are read out together");
        Line("DECAY_PER_LAYER", Number(cell.DecayPerToken(1)), "token time of one layer over the time constant of retention");
        Line("MISMATCH", cell.Mismatch is { } mismatch ? $"({string.Join(", ", Rows(mismatch))},)" : "None", "times three standard normals: gain, offset in volts, curvature in microamperes / volt^2");
        Line("KTC_VOLTS", Number(cell.Noise?.KtcVolts ?? 0), "noise of a write");
        return text.ToString().TrimEnd('\n');
    }

    private static IEnumerable<string> Rows(MismatchModel mismatch)
    {
        double[,] factor = mismatch.Factor();
        return Enumerable.Range(0, 3).Select(i => Tuple(Enumerable.Range(0, 3).Select(j => (i == 2 ? 1e6 : 1) * factor[i, j])));
    }

    private static string Tuple(IEnumerable<double> values) => $"({string.Join(", ", values.Select(Number))},)";

    // a Python float literal: 5E-05 is one, 5 would be an integer
    private static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture) is var text && text.All(c => char.IsAsciiDigit(c) || c == '-') ? text + ".0" : text;

    /// <summary>A name inside a docstring: no quotes, backslashes or line ends.</summary>
    private static string Quoted(string name) => $"'{string.Concat(name.Select(c => char.IsControl(c) || c is '"' or '\\' or '\'' ? '_' : c))}'";
}
