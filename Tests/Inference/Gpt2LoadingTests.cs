using System.Text.Json;
using System.Text.Json.Nodes;
using AnalogAttention.Circuits;
using AnalogAttention.Inference.Gpt2;
using NUnit.Framework;

namespace AnalogAttention.Tests.Inference;

public class Gpt2LoadingTests
{
    private static readonly RandomGpt2 Shape = new();

    [TestCase("{", "not valid JSON")]
    [TestCase("[]", "expected a JSON object")]
    [TestCase("""{"n_head": 2, "n_embd": 16, "n_positions": 160, "vocab_size": 61}""", "n_layer is missing")]
    [TestCase("""{"n_layer": 2, "n_head": 3, "n_embd": 16, "n_positions": 160, "vocab_size": 61}""", "not a multiple of n_head 3")]
    [TestCase("""{"n_layer": 2, "n_head": 2, "n_embd": 16, "n_positions": 160, "vocab_size": "61"}""", "vocab_size is 61, expected an integer")]
    [TestCase("""{"n_layer": -2, "n_head": 2, "n_embd": 16, "n_positions": 160, "vocab_size": 61}""", "n_layer is -2")]
    [TestCase("""{"n_layer": 2, "n_head": 2, "n_embd": 16, "n_positions": 160, "vocab_size": 61, "activation_function": "relu"}""", "'relu'")]
    [TestCase("""{"n_layer": 2, "n_head": 2, "n_embd": 16, "n_positions": 160, "vocab_size": 61, "layer_norm_epsilon": -1}""", "layer_norm_epsilon is -1")]
    [TestCase("""{"n_layer": 2, "n_head": 2, "n_embd": 16, "n_positions": 160, "vocab_size": 61, "scale_attn_by_inverse_layer_idx": 1}""", "scale_attn_by_inverse_layer_idx is 1, expected true or false")]
    [TestCase("""{"n_layer": 2, "n_head": 2, "n_embd": 16, "n_positions": 160, "vocab_size": 61, "scale_attn_weights": "no"}""", "scale_attn_weights is no")]
    [TestCase("""{"n_layer": 2, "n_head": 2, "n_embd": 16, "n_positions": 160, "vocab_size": 61, "add_cross_attention": true}""", "add_cross_attention")]
    [TestCase("""{"n_layer": 2, "n_head": 2, "n_embd": 16, "n_positions": 160, "vocab_size": 61, "pruned_heads": {"0": [1]}}""", "pruned_heads")]
    [TestCase("""{"n_layer": 2, "n_head": 2, "n_embd": 16, "n_positions": 160, "vocab_size": 61, "quantization_config": {"load_in_8bit": true}}""", "quantization_config")]
    [TestCase("""{"n_layer": 2, "n_head": 2, "n_embd": 16, "n_positions": 160, "vocab_size": 61, "tie_word_embeddings": false}""", "'lm_head.weight' is missing, and config.json has tie_word_embeddings = false")]
    [TestCase("""{"n_layer": 2, "n_head": 2, "n_embd": 16, "n_positions": 160, "vocab_size": 61, "n_layer": 3}""", "Duplicate")]
    [TestCase("""{"n_layer": 2, "n_head": 2, "n_embd": 16, "n_positions": 160, "vocab_size": 61, "activation_function": "a\n\u001bb"}""", "'a\\u000a\\u001bb'")]
    [TestCase("""{"n_layer": 2, "n_head": 2, "n_embd": 16, "n_positions": 160, "vocab_size": 61, "n_inner": 3}""", "has shape")]
    public void ABadConfigIsOneLineThatNamesIt(string config, string message)
    {
        using var folder = new TemporaryFolder();
        Shape.Save(folder.Path, Shape.Tensors());
        File.WriteAllText(folder.File("config.json"), config);
        Refused(folder.Path, message.Contains("tensor") || message.Contains("lm_head") || message == "has shape" ? "model.safetensors" : "config.json", message);
    }

    [TestCase("gelu_new", "gelu_pytorch_tanh")]
    [TestCase("gelu_new", "gelu_fast")]
    [TestCase("gelu", "gelu_python")]
    public void NamesOfTheSameActivationGiveTheSameBits(string name, string other) =>
        Assert.That(LogitsWith($"\"activation_function\": \"{other}\""), Is.EqualTo(LogitsWith($"\"activation_function\": \"{name}\"")));

    [TestCase("\"n_inner\": null")]
    [TestCase("\"tie_word_embeddings\": true")]
    [TestCase("\"scale_attn_weights\": true, \"scale_attn_by_inverse_layer_idx\": false, \"add_cross_attention\": false")]
    [TestCase("\"reorder_and_upcast_attn\": true")]
    [TestCase("\"resid_pdrop\": 0.1, \"pruned_heads\": {}, \"quantization_config\": null")]
    public void AFieldWithoutEffectLeavesTheBits(string field) => Assert.That(LogitsWith(field), Is.EqualTo(LogitsWith("\"use_cache\": true")));

    [TestCase(true)]
    [TestCase(false)]
    public void ScalesOfTheScoresAreThoseOfTheSameModelWithScaledQueries(bool linearLayout)
    {
        // Independent of the loader's own arithmetic: layer 1 of two divides its scores by 2, a power of two, so the bits agree.
        Dictionary<string, TestTensor> tensors = Shape.Tensors(), halved = Shape.Tensors();
        foreach (string name in new[] { "h.1.attn.c_attn.weight", "h.1.attn.c_attn.bias" })
            halved[name] = new(halved[name].Shape, [.. halved[name].Values.Select((v, i) => i % (3 * Shape.Width) < Shape.Width ? v / 2 : v)]);
        if (linearLayout)
            (tensors, halved) = (Transposed(tensors), Transposed(halved));
        Assert.That(LogitsWith("\"scale_attn_by_inverse_layer_idx\": true", tensors), Is.EqualTo(LogitsWith("\"use_cache\": true", halved)));
    }

    /// <summary>Head size 4: no division by 2 is a query twice as large.</summary>
    [Test]
    public void UnscaledScoresAreThoseOfTheSameModelWithLargerQueries()
    {
        RandomGpt2 shape = Shape with { HeadSize = 4 };
        Dictionary<string, TestTensor> doubled = shape.Tensors();
        foreach (string name in doubled.Keys.Where(static n => n.Contains("c_attn")).ToArray())
            doubled[name] = new(doubled[name].Shape, [.. doubled[name].Values.Select((v, i) => i % (3 * shape.Width) < shape.Width ? 2 * v : v)]);
        Assert.That(LogitsWith("\"scale_attn_weights\": false", shape.Tensors(), shape), Is.EqualTo(LogitsWith("\"use_cache\": true", doubled, shape)));
    }

    [Test]
    public void MaskBuffersOfOldCheckpointsAreIgnored()
    {
        Dictionary<string, TestTensor> tensors = Shape.Tensors();
        tensors.Add("h.0.attn.bias", new([1, 1, 3, 3], [1, 0, 0, 1, 1, 0, 1, 1, 1]));
        tensors.Add("h.0.attn.masked_bias", new([], [-1e4f]));
        Assert.That(LogitsWith("\"use_cache\": true", tensors), Is.EqualTo(LogitsWith("\"use_cache\": true")));
    }

    private static float[] LogitsWith(string field, Dictionary<string, TestTensor>? tensors = null, RandomGpt2? shape = null)
    {
        shape ??= Shape;
        using var folder = new TemporaryFolder();
        shape.Save(folder.Path, tensors ?? shape.Tensors());
        JsonNode config = JsonNode.Parse(shape.Config())!;
        foreach ((string key, JsonNode? value) in JsonNode.Parse($"{{{field}}}")!.AsObject())
            config[key] = value?.DeepClone();
        File.WriteAllText(folder.File("config.json"), config.ToJsonString(JsonSerializerOptions.Default));
        return Gpt2Model.Load(folder.Path).Logits(shape.Tokens(10), new AnalogAttention.Inference.Attention.SoftmaxAttention());
    }

    private static Dictionary<string, TestTensor> Transposed(Dictionary<string, TestTensor> tensors) => tensors.ToDictionary(static t => t.Key, static t =>
    {
        if (t.Value.Shape.Length != 2 || !t.Key.StartsWith("h.", StringComparison.Ordinal))
            return t.Value;
        (int rows, int columns) = ((int)t.Value.Shape[0], (int)t.Value.Shape[1]);
        return new TestTensor([columns, rows], [.. Enumerable.Range(0, rows * columns).Select(i => t.Value.Values[i % rows * columns + i / rows])]);
    });

    [TestCase("h.1.mlp.c_fc.weight")]
    [TestCase("wte.weight")]
    [TestCase("wpe.weight")]
    [TestCase("h.0.ln_1.bias")]
    [TestCase("ln_f.weight")]
    public void AMissingOrMisshapenTensorIsNamed(string tensor)
    {
        using var folder = new TemporaryFolder();
        Dictionary<string, TestTensor> tensors = Shape.Tensors();
        TestTensor whole = tensors[tensor];
        tensors.Remove(tensor);
        Shape.Save(folder.Path, tensors);
        Refused(folder.Path, "model.safetensors", $"'{tensor}' is missing");

        tensors.Add(tensor, new TestTensor([.. whole.Shape, 1], whole.Values));
        Shape.Save(folder.Path, tensors);
        Refused(folder.Path, "model.safetensors", $"'{tensor}' has shape ({string.Join(", ", whole.Shape)}, 1)");
    }

    [Test]
    public void AScalerOfAnotherShapeAndAShiftedFixedScaleAreNamed()
    {
        using var folder = new TemporaryFolder();
        Dictionary<string, TestTensor> tensors = Shape.Tensors();
        tensors["h.1.attn.q_scaler.a"] = new TestTensor([2], [1, 1]);
        Shape.Save(folder.Path, tensors);
        Refused(folder.Path, "model.safetensors", "'h.1.attn.q_scaler.a' has shape (2), expected (1, 2, 1, 1)");

        tensors = Shape.Tensors();
        tensors.Add("h.0.attn.att_score_scaler.b", new TestTensor([1], [0.5f]));
        Shape.Save(folder.Path, tensors);
        Refused(folder.Path, "model.safetensors", "'h.0.attn.att_score_scaler.b' is 0.5");
    }

    [Test]
    public void TheSameTensorUnderTwoPrefixesIsRefused()
    {
        using var folder = new TemporaryFolder();
        Dictionary<string, TestTensor> tensors = Shape.Tensors();
        tensors.Add("transformer.ln_f.bias", tensors["ln_f.bias"]);
        Shape.Save(folder.Path, tensors);
        Refused(folder.Path, "model.safetensors", "are the same one");
    }

    [Test]
    public void AMissingFolderIsNamed() => Refused("/nowhere/model", "config.json", "no such file");

    [TestCase("F16", 2e-2)]
    [TestCase("BF16", 0.2)]
    public void HalfPrecisionFilesAreRead(string type, double tolerance)
    {
        using var folder = new TemporaryFolder();
        Shape.Save(folder.Path, Shape.Tensors(), type);
        int[] tokens = Shape.Tokens(10);
        var softmax = new AnalogAttention.Inference.Attention.SoftmaxAttention();
        double[] half = Array.ConvertAll(Gpt2Model.Load(folder.Path).Logits(tokens, softmax), static v => (double)v);
        double[] full = Array.ConvertAll(Shape.Load().Logits(tokens, softmax), static v => (double)v);
        // Weights off by 2^-11 (F16) or 2^-7 (BF16, truncated) of themselves move logits of order 5 by about as much of themselves.
        Assert.That(Fixture.LargestDifference(half, full), Is.LessThan(tolerance).And.GreaterThan(0));
    }

    private static void Refused(string folder, string file, string message)
    {
        var error = Assert.Throws<BadInputException>(() => Gpt2Model.Load(folder))!;
        Assert.That(error.Message, Does.StartWith(Path.Combine(folder, file)).And.Contain(message).And.Not.Contain("\n"));
    }
}
