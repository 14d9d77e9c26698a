using System.Text.Json;
using AnalogAttention.Circuits;
using AnalogAttention.Inference.Arrays;
using AnalogAttention.Inference.Tensors;

namespace AnalogAttention.Inference.Gpt2;

/// <summary>The shape of a GPT-2 model: <c>config.json</c> of a Hugging Face folder.</summary>
/// <param name="Layers"><c>n_layer</c></param>
/// <param name="Heads"><c>n_head</c></param>
/// <param name="Width"><c>n_embd</c>, a multiple of the heads.</param>
/// <param name="Inner"><c>n_inner</c>, default 4 x width.</param>
/// <param name="Positions"><c>n_positions</c>: the context length.</param>
/// <param name="Vocabulary"><c>vocab_size</c></param>
/// <param name="LayerNormEpsilon"><c>layer_norm_epsilon</c></param>
/// <param name="Activation"><c>activation_function</c>: <c>gelu_new</c> or <c>gelu</c>.</param>
/// <param name="Window"><c>attention_window</c>, default all positions: token t sees keys t - window + 1 ... t.</param>
public sealed record Gpt2Config(int Layers, int Heads, int Width, int Inner, int Positions, int Vocabulary, double LayerNormEpsilon, Activation Activation, int Window)
{
    public int HeadSize => Width / Heads;

    /// <exception cref="BadInputException">Missing, not JSON, or a value that no GPT-2 has.</exception>
    public static Gpt2Config Read(string path) => Parse(InputFile.ReadAllText(path), path);

    /// <param name="path">Named in errors.</param>
    public static Gpt2Config Parse(string json, string path)
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(json);
        }
        catch (JsonException e)
        {
            throw new BadInputException($"{path}:{e.LineNumber + 1}: not valid JSON: {e.Message}", e);
        }
        using (document)
        {
            JsonElement root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object)
                throw new BadInputException($"{path}: expected a JSON object");
            int width = Extent(root, "n_embd", path), positions = Extent(root, "n_positions", path);
            var config = new Gpt2Config(
                Extent(root, "n_layer", path),
                Extent(root, "n_head", path),
                width,
                Extent(root, "n_inner", path, (int)Math.Min(4L * width, int.MaxValue)),
                positions,
                Extent(root, "vocab_size", path),
                Epsilon(root, path),
                ActivationOf(root, path),
                Extent(root, "attention_window", path, positions));
            if (config.Width % config.Heads != 0)
                throw new BadInputException($"{path}: n_embd {config.Width} is not a multiple of n_head {config.Heads}");
            Refuse(root, "scale_attn_by_inverse_layer_idx", JsonValueKind.True, path);
            Refuse(root, "scale_attn_weights", JsonValueKind.False, path);
            Refuse(root, "add_cross_attention", JsonValueKind.True, path);
            return config;
        }
    }

    private static int Extent(JsonElement root, string key, string path, int? otherwise = null)
    {
        if (!root.TryGetProperty(key, out JsonElement value) || value.ValueKind == JsonValueKind.Null)
            return otherwise ?? throw new BadInputException($"{path}: {key} is missing");
        if (value.ValueKind != JsonValueKind.Number || !value.TryGetInt32(out int n) || n is < 1 or > 10_000_000)
            throw new BadInputException($"{path}: {key} is {value}, expected an integer from 1 to 10000000");
        return n;
    }

    private static double Epsilon(JsonElement root, string path)
    {
        if (!root.TryGetProperty("layer_norm_epsilon", out JsonElement value))
            return 1e-5;
        if (value.ValueKind != JsonValueKind.Number || !value.TryGetDouble(out double epsilon) || !(epsilon is > 0 and < 1))
            throw new BadInputException($"{path}: layer_norm_epsilon is {value}, expected a number between 0 and 1");
        return epsilon;
    }

    private static Activation ActivationOf(JsonElement root, string path)
    {
        if (!root.TryGetProperty("activation_function", out JsonElement value))
            return Activation.GeluTanh;
        return value.ToString() switch
        {
            "gelu_new" or "gelu_pytorch_tanh" => Activation.GeluTanh,
            "gelu" => Activation.GeluErf,
            string other => throw new BadInputException($"{path}: activation_function is '{other}', expected 'gelu_new' or 'gelu'"),
        };
    }

    private static void Refuse(JsonElement root, string key, JsonValueKind kind, string path)
    {
        if (root.TryGetProperty(key, out JsonElement value) && value.ValueKind == kind)
            throw new BadInputException($"{path}: {key} = {value} is not supported");
    }
}
