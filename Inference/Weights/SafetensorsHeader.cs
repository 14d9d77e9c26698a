using System.Text.Json;
using AnalogAttention.Circuits;

namespace AnalogAttention.Inference.Weights;

/// <summary>
/// The JSON header of a safetensors file, checked as the format's definition asks (github.com/huggingface/safetensors): tensors
/// neither overlap nor leave holes, and every size follows from shape and type.
/// </summary>
internal static class SafetensorsHeader
{
    /// <summary>Bytes; the format's own limit.</summary>
    public const long MaximumLength = 100_000_000;

    private const int MaximumRank = 16;

    /// <param name="dataLength">Bytes that follow the header in the file.</param>
    public static Dictionary<string, TensorEntry> Parse(ReadOnlyMemory<byte> json, long dataLength, string path)
    {
        var entries = new Dictionary<string, TensorEntry>(StringComparer.Ordinal);
        try
        {
            using JsonDocument document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 8, AllowDuplicateProperties = false });
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                throw new BadInputException($"{path}: safetensors header is not a JSON object");
            foreach (JsonProperty property in document.RootElement.EnumerateObject())
            {
                if (property.Name == "__metadata__")
                    continue;
                entries.Add(property.Name, ParseEntry(property, dataLength, path));
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new BadInputException($"{path}: safetensors header is not valid JSON: {Excerpt.Of(e.Message)}", e);
        }
        CheckCoverage(entries.Values, dataLength, path);
        return entries;
    }

    private static TensorEntry ParseEntry(JsonProperty property, long dataLength, string path)
    {
        string where = $"{path}: tensor '{Excerpt.Of(property.Name)}'";
        if (property.Value.ValueKind != JsonValueKind.Object)
            throw new BadInputException($"{where}: expected an object with dtype, shape and data_offsets");
        if (!property.Value.TryGetProperty("dtype", out JsonElement dtype) || dtype.ValueKind != JsonValueKind.String)
            throw new BadInputException($"{where}: dtype is missing");
        string typeName = dtype.GetString()!;
        long size = ElementBytes(typeName) ?? throw new BadInputException($"{where}: dtype '{Excerpt.Of(typeName)}' is not known");
        long[] shape = Integers(property.Value, "shape", where);
        if (shape.Length > MaximumRank)
            throw new BadInputException($"{where}: {shape.Length} dimensions, at most {MaximumRank} are read");
        long[] offsets = Integers(property.Value, "data_offsets", where);
        if (offsets.Length != 2 || offsets[0] > offsets[1])
            throw new BadInputException($"{where}: data_offsets must be [begin, end] with begin <= end");
        if (offsets[1] > dataLength)
            throw new BadInputException($"{where}: data_offsets [{offsets[0]}, {offsets[1]}] reach beyond the {dataLength} data bytes of the file (truncated?)");
        Int128 bytes = size;
        foreach (long extent in shape)
        {
            bytes *= extent;
            if (bytes > long.MaxValue)
                throw new BadInputException($"{where}: shape ({string.Join(", ", shape)}) is too large");
        }
        if (bytes != offsets[1] - offsets[0])
            throw new BadInputException($"{where}: shape ({string.Join(", ", shape)}) of {typeName} takes {bytes} bytes, data_offsets give {offsets[1] - offsets[0]}");
        return new TensorEntry(property.Name, typeName, shape, offsets[0], offsets[1]);
    }

    private static long[] Integers(JsonElement entry, string key, string where)
    {
        if (!entry.TryGetProperty(key, out JsonElement list) || list.ValueKind != JsonValueKind.Array)
            throw new BadInputException($"{where}: {key} is missing");
        var values = new long[list.GetArrayLength()];
        for (var i = 0; i < values.Length; i++)
            if (list[i].ValueKind != JsonValueKind.Number || !list[i].TryGetInt64(out values[i]) || values[i] < 0)
                throw new BadInputException($"{where}: {key} must hold integers >= 0, found {Excerpt.Of(list[i].GetRawText())}");
        return values;
    }

    private static void CheckCoverage(IEnumerable<TensorEntry> entries, long dataLength, string path)
    {
        long next = 0;
        foreach (TensorEntry entry in entries.OrderBy(e => e.Begin).ThenBy(e => e.End))
        {
            if (entry.Begin != next)
                throw new BadInputException($"{path}: tensor '{Excerpt.Of(entry.Name)}': data_offsets begin at {entry.Begin}, {(entry.Begin < next ? "overlapping another tensor" : "leaving a hole")}; expected {next}");
            next = entry.End;
        }
        if (next != dataLength)
            throw new BadInputException($"{path}: {dataLength - next} bytes after the last tensor belong to none");
    }

    private static long? ElementBytes(string type) => type switch
    {
        "BOOL" or "U8" or "I8" or "F8_E4M3" or "F8_E5M2" => 1,
        "U16" or "I16" or "F16" or "BF16" => 2,
        "U32" or "I32" or "F32" => 4,
        "U64" or "I64" or "F64" => 8,
        _ => null,
    };
}
