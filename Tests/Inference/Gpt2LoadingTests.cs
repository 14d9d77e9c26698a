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
    [TestCase("""{"n_layer": 2, "n_head": 2, "n_embd": 16, "n_positions": 160, "vocab_size": 61, "scale_attn_by_inverse_layer_idx": true}""", "scale_attn_by_inverse_layer_idx")]
    public void ABadConfigIsOneLineThatNamesIt(string config, string message)
    {
        using var folder = new TemporaryFolder();
        Shape.Save(folder.Path, Shape.Tensors());
        File.WriteAllText(folder.File("config.json"), config);
        Refused(folder.Path, "config.json", message);
    }

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
