using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Json.Nodes;
using AnalogAttention.Calibration;
using AnalogAttention.Circuits;
using AnalogAttention.Inference.Arrays;
using AnalogAttention.Inference.Attention;
using AnalogAttention.Inference.Weights;

namespace AnalogAttention.Inference.Gpt2;

/// <summary>A model folder with other hardware scales: every other byte of the weights as it was, and the cell in <c>config.json</c>.</summary>
public static class AdaptedFolder
{
    private const string ConfigName = "config.json", CellKey = "gain_cell";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, NewLine = "\n" };

    /// <summary>The cell that the folder's <c>config.json</c> says the model was made for; null where it says none.</summary>
    /// <exception cref="BadInputException">It says one that is none.</exception>
    public static CellModel? CellOf(string folder)
    {
        string path = Path.Combine(folder, ConfigName);
        return JsonNode.Parse(InputFile.ReadAllText(path, 10_000_000))?[CellKey] is { } cell ? CellFile.Parse(cell.ToJsonString(), $"{path}: {CellKey}") : null;
    }

    /// <param name="from">Whose other files are copied.</param>
    /// <param name="to">Must not exist.</param>
    /// <param name="scalers">By layer.</param>
    /// <param name="cell">That they are for.</param>
    /// <exception cref="BadInputException">The folder holds no tensors for the scales.</exception>
    public static void Write(string from, string to, IReadOnlyList<LayerScalers> scalers, CellModel cell)
    {
        Directory.CreateDirectory(to);
        foreach (string file in Directory.EnumerateFiles(from))
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        foreach (string file in Directory.EnumerateFiles(to))
            new FileInfo(file).IsReadOnly = false;
        var values = new Dictionary<string, IReadOnlyList<double>>(StringComparer.Ordinal);
        for (var l = 0; l < scalers.Count; l++)
            foreach (var (name, scaler) in new[] { ("q", scalers[l].Query), ("k", scalers[l].Key), ("v", scalers[l].Value), ("output", scalers[l].Output) })
            {
                string stem = $"h.{l}.attn.{name}_scaler.";
                (values[stem + "a"], values[stem + "b"]) = (scaler.A, scaler.B);
                if (scaler is { TargetStd: { } std, TargetMean: { } mean })
                    (values[stem + "target_std"], values[stem + "target_mean"]) = (std, mean);
            }
        using (Checkpoint checkpoint = Checkpoint.Open(from))
            foreach (var (name, numbers) in values)
            {
                var (file, at, type) = checkpoint.PlaceOf(name);
                using FileStream stream = File.OpenWrite(Path.Combine(to, Path.GetFileName(file)));
                stream.Position = at;
                stream.Write(Bytes(numbers, type));
            }
        string config = Path.Combine(to, ConfigName);
        JsonObject document = JsonNode.Parse(File.ReadAllText(config))!.AsObject();
        JsonObject whole = JsonNode.Parse(CellFile.Format(cell))!.AsObject();
        document[CellKey] = new JsonObject(new[] { "schema", "name", "transfer", "storage", "input", "readout" }.Where(whole.ContainsKey).Select(k => KeyValuePair.Create(k, whole[k]?.DeepClone())));
        WholeFile.WriteText(config, document.ToJsonString(Indented) + "\n");
    }

    private static byte[] Bytes(IReadOnlyList<double> values, TensorType type)
    {
        int size = type == TensorType.F32 ? 4 : 2;
        var bytes = new byte[values.Count * size];
        for (var i = 0; i < values.Count; i++)
            switch (type)
            {
                case TensorType.F32:
                    BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(i * size), (float)values[i]);
                    break;
                case TensorType.F16:
                    BinaryPrimitives.WriteHalfLittleEndian(bytes.AsSpan(i * size), (Half)values[i]);
                    break;
                default:
                    // round half to even in the upper half of a single
                    uint bits = BitConverter.SingleToUInt32Bits((float)values[i]);
                    BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(i * size), (ushort)((bits + 0x7fff + ((bits >> 16) & 1)) >> 16));
                    break;
            }
        return bytes;
    }
}
