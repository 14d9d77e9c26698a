using System.Text.Json;
using AnalogAttention.Circuits;
using AnalogAttention.Inference.Arrays;

namespace AnalogAttention.Inference.Weights;

/// <summary><c>model.safetensors.index.json</c>: which shard, a file of the same folder, holds which tensor.</summary>
internal static class ShardIndex
{
    private const string Extension = ".safetensors";

    /// <returns>Tensor name to file name.</returns>
    /// <exception cref="BadInputException">Missing, not JSON, a tensor named twice, or a shard that is no plain file name.</exception>
    public static Dictionary<string, string> Read(string path)
    {
        var shards = new Dictionary<string, string>(StringComparer.Ordinal);
        byte[] json = InputFile.ReadAllBytes(path, SafetensorsHeader.MaximumLength);
        try
        {
            using JsonDocument document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 8 });
            if (document.RootElement.ValueKind != JsonValueKind.Object || !document.RootElement.TryGetProperty("weight_map", out JsonElement map) || map.ValueKind != JsonValueKind.Object)
                throw new BadInputException($"{path}: expected a JSON object with a weight_map of tensors and files");
            foreach (JsonProperty tensor in map.EnumerateObject())
            {
                string name = Excerpt.Of(tensor.Name);
                if (tensor.Value.ValueKind != JsonValueKind.String || !IsPlain(tensor.Value.GetString()!))
                    throw new BadInputException($"{path}: tensor '{name}' is said to lie in {Excerpt.Of(tensor.Value.GetRawText())}, expected the name of a {Extension} file in the same folder");
                if (!shards.TryAdd(tensor.Name, tensor.Value.GetString()!))
                    throw new BadInputException($"{path}: tensor '{name}' is there twice");
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new BadInputException($"{path}: not valid JSON: {Excerpt.Of(e.Message)}", e);
        }
        return shards.Count > 0 ? shards : throw new BadInputException($"{path}: weight_map names no tensor");
    }

    /// <summary>Letters, digits, dot, dash and underscore: no path leads out of the folder.</summary>
    private static bool IsPlain(string file) =>
        file.EndsWith(Extension, StringComparison.Ordinal) && file.Length <= 255 && file.All(static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_');
}
