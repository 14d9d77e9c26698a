using System.Text.Json;
using AnalogAttention.Inference.Arrays;
using AnalogAttention.Inference.Attention;
using AnalogAttention.Inference.Gpt2;
using AnalogAttention.Inference.Reference;
using NUnit.Framework;

namespace AnalogAttention.Tests.Inference;

/// <summary>Small random models as Hugging Face transformers writes them (Tests/Fixtures/hf_random.py): shapes, activations, types, shards, heads, scales.</summary>
public class HuggingFaceRandomTests
{
    /// <summary>
    /// Logits are of order 5 and both sides round in single precision through at most three layers (float32 against float64 in PyTorch:
    /// 7e-6 at most); F16 and BF16 weights widen exactly.
    /// </summary>
    private const double Tolerance = 1e-4;

    private static string Root => Fixture.Folder("hf-random");

    public static IEnumerable<string> Names() =>
        Directory.Exists(Root) ? Directory.GetDirectories(Root).Select(static folder => Path.GetFileName(folder)).Order(StringComparer.Ordinal) : [""];

    [TestCaseSource(nameof(Names))]
    public void LogitsEqualThoseOfTransformers(string name)
    {
        (Gpt2Model model, string folder, JsonElement expected) = Load(name);
        int[] tokens = Tokens(expected, "tokens");
        double[] fast = Array.ConvertAll(model.Logits(tokens, new SoftmaxAttention()), static v => (double)v);
        var arrays = NpzFile.Read(Path.Combine(folder, "logits.npz"));
        Assert.Multiple(() =>
        {
            Assert.That(Fixture.LargestDifference(fast, arrays["float32"].Values), Is.LessThan(Tolerance), "fast, float32");
            Assert.That(Fixture.LargestDifference(fast, arrays["float64"].Values), Is.LessThan(Tolerance), "fast, float64");
            Assert.That(Fixture.LargestDifference(new ReferenceGpt2(model).Logits(tokens, new ReferenceSoftmax()), arrays["float64"].Values), Is.LessThan(Tolerance), "oracle, float64");
        });
    }

    [TestCaseSource(nameof(Names))]
    public void GreedyTokensEqualThoseOfTransformersWithAndWithoutStoredKeys(string name)
    {
        (Gpt2Model model, _, JsonElement expected) = Load(name);
        int[] prompt = Tokens(expected, "prompt"), generated = Tokens(expected, "generated");
        var logits = new float[model.Config.Vocabulary];
        Gpt2Sequence sequence = model.Open(new SoftmaxAttention());
        sequence.Read(prompt);
        List<int> stored = [], again = [];
        for (var i = 0; i < generated.Length; i++)
        {
            sequence.LastLogits(logits);
            stored.Add(Array.IndexOf(logits, logits.Max()));
            sequence.Read([stored[^1]]);
            float[] last = model.Logits([.. prompt, .. again], new SoftmaxAttention())[^model.Config.Vocabulary..];
            again.Add(Array.IndexOf(last, last.Max()));
        }
        Assert.Multiple(() =>
        {
            Assert.That(stored, Is.EqualTo(generated), "stored keys and values");
            Assert.That(again, Is.EqualTo(generated), "everything read again");
        });
    }

    private static (Gpt2Model Model, string Folder, JsonElement Expected) Load(string name)
    {
        if (name.Length == 0)
            Assert.Ignore("needs Tests/Fixtures/hf-random, made by Tests/Fixtures/hf_random.py");
        string folder = Path.Combine(Root, name);
        return (Gpt2Model.Load(folder), folder, JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "expected.json"))).RootElement);
    }

    private static int[] Tokens(JsonElement expected, string key) => [.. expected.GetProperty(key).EnumerateArray().Select(static t => t.GetInt32())];
}
