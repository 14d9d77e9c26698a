using System.Text.Json;
using AnalogAttention.Circuits;
using AnalogAttention.Inference.Arrays;
using AnalogAttention.Inference.Tensors;
using AnalogAttention.Inference.Weights;

namespace AnalogAttention.Inference.Gpt2;

/// <summary>The shape of a GPT-2 model: <c>config.json</c> of a Hugging Face folder.</summary>
/// <param name="Layers"><c>n_layer</c></param>
/// <param name="Heads"><c>n_head</c></param>
/// <param name="Width"><c>n_embd</c>, a multiple of the heads.</param>
/// <param name="Inner"><c>n_inner</c>, default 4 x width.</param>
/// <param name="Positions"><c>n_positions</c>: the context length.</param>
/// <param name="Vocabulary"><c>vocab_size</c></param>
/// <param name="LayerNormEpsilon"><c>layer_norm_epsilon</c></param>
/// <param name="Activation"><c>activation_function</c>: <c>gelu_new</c> or <c>gelu</c>, under any of Hugging Face's names for the two.</param>
/// <param name="Window"><c>attention_window</c>, default all positions: token t sees keys t - window + 1 ... t.</param>
/// <param name="TiedHead"><c>tie_word_embeddings</c>, default true: without <c>lm_head.weight</c> the head is <c>wte</c>.</param>
/// <param name="DividesByRootHeadSize"><c>scale_attn_weights</c>, default true: scores are divided by sqrt(head size).</param>
/// <param name="DividesByLayer"><c>scale_attn_by_inverse_layer_idx</c>, default false: scores of layer l = 0, 1, ... are divided by l + 1.</param>
public sealed record Gpt2Config(int Layers, int Heads, int Width, int Inner, int Positions, int Vocabulary, double LayerNormEpsilon, Activation Activation, int Window,
    bool TiedHead, bool DividesByRootHeadSize, bool DividesByLayer)
{
    private const long LargestFile = 10_000_000;

    public int HeadSize => Width / Heads;

    /// <summary>Factor of a layer's scores beyond 1/sqrt(head size).</summary>
    public double QueryScale(int layer) => (DividesByRootHeadSize ? 1 : Math.Sqrt(HeadSize)) / (DividesByLayer ? layer + 1 : 1);

    /// <exception cref="BadInputException">Missing, not JSON, or a value that no GPT-2 has.</exception>
    public static Gpt2Config Read(string path) => Parse(InputFile.ReadAllText(path, LargestFile), path);

    /// <param name="path">Named in errors.</param>
    public static Gpt2Config Parse(string json, string path)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json, new JsonDocumentOptions { AllowDuplicateProperties = false });
            return FromRoot(document.RootElement, path);
        }
        catch (JsonException e)
        {
            throw new BadInputException($"{path}:{e.LineNumber + 1}: not valid JSON: {Excerpt.Of(e.Message)}", e);
        }
        catch (InvalidOperationException e)                           // half a surrogate pair in a string
        {
            throw new BadInputException($"{path}: not valid JSON: {Excerpt.Of(e.Message)}", e);
        }
    }

    private static Gpt2Config FromRoot(JsonElement root, string path)
    {
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
            Extent(root, "attention_window", path, positions),
            Flag(root, "tie_word_embeddings", true, path),
            Flag(root, "scale_attn_weights", true, path),
            Flag(root, "scale_attn_by_inverse_layer_idx", false, path));
        if (config.Width % config.Heads != 0)
            throw new BadInputException($"{path}: n_embd {config.Width} is not a multiple of n_head {config.Heads}");
        if (Flag(root, "add_cross_attention", false, path))
            throw new BadInputException($"{path}: add_cross_attention = true is not supported");
        if (root.TryGetProperty("pruned_heads", out JsonElement pruned) && pruned.ValueKind == JsonValueKind.Object && pruned.GetPropertyCount() > 0)
            throw new BadInputException($"{path}: pruned_heads is not supported");
        if (root.TryGetProperty("quantization_config", out JsonElement quantization) && quantization.ValueKind != JsonValueKind.Null)
            throw new BadInputException($"{path}: quantization_config is not supported");
        return config;
    }

    private static int Extent(JsonElement root, string key, string path, int? otherwise = null)
    {
        if (!root.TryGetProperty(key, out JsonElement value) || value.ValueKind == JsonValueKind.Null)
            return otherwise ?? throw new BadInputException($"{path}: {key} is missing");
        if (value.ValueKind != JsonValueKind.Number || !value.TryGetInt32(out int n) || n is < 1 or > 10_000_000)
            throw new BadInputException($"{path}: {key} is {Excerpt.Of(value.ToString())}, expected an integer from 1 to 10000000");
        return n;
    }

    private static double Epsilon(JsonElement root, string path)
    {
        if (!root.TryGetProperty("layer_norm_epsilon", out JsonElement value))
            return 1e-5;
        if (value.ValueKind != JsonValueKind.Number || !value.TryGetDouble(out double epsilon) || !(epsilon is > 0 and < 1))
            throw new BadInputException($"{path}: layer_norm_epsilon is {Excerpt.Of(value.ToString())}, expected a number between 0 and 1");
        return epsilon;
    }

    private static Activation ActivationOf(JsonElement root, string path)
    {
        if (!root.TryGetProperty("activation_function", out JsonElement value))
            return Activation.GeluTanh;
        return value.ToString() switch
        {
            "gelu_new" or "gelu_pytorch_tanh" or "gelu_fast" or "gelu_accurate" => Activation.GeluTanh,
            "gelu" or "gelu_python" => Activation.GeluErf,
            string other => throw new BadInputException($"{path}: activation_function is '{Excerpt.Of(other)}', expected 'gelu_new' or 'gelu'"),
        };
    }

    private static bool Flag(JsonElement root, string key, bool otherwise, string path)
    {
        if (!root.TryGetProperty(key, out JsonElement value) || value.ValueKind == JsonValueKind.Null)
            return otherwise;
        if (value.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
            throw new BadInputException($"{path}: {key} is {Excerpt.Of(value.ToString())}, expected true or false");
        return value.GetBoolean();
    }
}
