using System.Text.Json;
using AnalogAttention.Inference.Attention;
using AnalogAttention.Inference.Gpt2;
using AnalogAttention.Inference.Reference;
using AnalogAttention.Inference.Tokenizer;
using NUnit.Framework;

namespace AnalogAttention.Tests.Inference;

/// <summary>The shipped softmax model and its tokenizer against Hugging Face transformers and tokenizers.</summary>
public class HuggingFaceTests
{
    private const string Folder = "hf-logits";

    private static string Model => Path.Combine(TestContext.CurrentContext.TestDirectory, "Models", "softmax");

    [Test]
    public void LogitsEqualThoseOfTransformers()
    {
        Gpt2Model model = Gpt2Model.Load(Model);
        int[] tokens = [.. Fixture.Json(Folder, "tokens.json").EnumerateArray().Select(t => t.GetInt32())];
        double[] expected = Fixture.Arrays(Folder, "logits.npz")["logits"].Values;
        double[] fast = Array.ConvertAll(model.Logits(tokens, new SoftmaxAttention()), static v => (double)v);
        // Both sides round in single precision through eight layers; the project's bound.
        Assert.Multiple(() =>
        {
            Assert.That(Fixture.LargestDifference(fast, expected), Is.LessThan(1e-3), "fast");
            Assert.That(Fixture.LargestDifference(new ReferenceGpt2(model).Logits(tokens, new ReferenceSoftmax()), expected), Is.LessThan(1e-3), "oracle");
        });
    }

    [Test]
    public void TokensEqualThoseOfTokenizers()
    {
        BpeTokenizer tokenizer = BpeTokenizer.Load(Model);
        Assert.Multiple(() =>
        {
            foreach (JsonElement example in Fixture.Json(Folder, "tokenizer.json").EnumerateArray())
            {
                string text = example.GetProperty("text").GetString()!;
                int[] expected = [.. example.GetProperty("tokens").EnumerateArray().Select(t => t.GetInt32())];
                Assert.That(tokenizer.Encode(text), Is.EqualTo(expected), text);
                Assert.That(tokenizer.Decode(expected), Is.EqualTo(text));
            }
        });
    }
}
