using System.Text.Json;
using AnalogAttention.Inference.Attention;
using AnalogAttention.Inference.Gpt2;
using AnalogAttention.Inference.Reference;
using NUnit.Framework;

namespace AnalogAttention.Tests.Inference;

/// <summary>A whole random GPT-2 with scalers against NumPy in double precision.</summary>
public class TinyGpt2FixtureTests
{
    private const string Folder = "tiny-gpt2";

    public static IEnumerable<TestCaseData> Settings() => Fixture.Json(Folder, "logits.json").EnumerateObject()
        .Where(p => p.Value.ValueKind == JsonValueKind.Object).Select(p => new TestCaseData(p.Name, p.Value).SetArgDisplayNames(p.Name));

    [TestCaseSource(nameof(Settings))]
    public void TheOracleEqualsNumPy(string name, JsonElement settings)
    {
        var reference = new ReferenceGpt2(Gpt2Model.Load(Fixture.Folder(Folder)));
        IReferenceAttention attention = IsGainCell(settings) ? new ReferenceGainCell(Fixture.Cell(Folder, "cell.json"), Fixture.Options(settings)) : new ReferenceSoftmax();
        double[] logits = reference.Logits(Tokens(), attention);
        // Double precision throughout, logits of order 10: rounding stays below 1e-12; 1e-8 leaves room for other exp and tanh.
        Assert.That(Fixture.LargestDifference(logits, Fixture.Arrays(Folder, "logits.npz")[name].Values), Is.LessThan(1e-8));
    }

    [TestCaseSource(nameof(Settings))]
    public void TheFastPathEqualsNumPy(string name, JsonElement settings)
    {
        Gpt2Model model = Gpt2Model.Load(Fixture.Folder(Folder));
        IAttention attention = IsGainCell(settings) ? new GainCellAttention(Fixture.Cell(Folder, "cell.json"), Fixture.Options(settings)) : new SoftmaxAttention();
        double[] logits = Array.ConvertAll(model.Logits(Tokens(), attention), static v => (double)v);
        // Single precision: about 40 roundings of 6e-8 on the way to logits of order 10 give 2e-5. No code flips: the fixture's values keep
        // 3.6e-5 of a step from every boundary, and q, k, v of order 1 in 15 steps are exact to 1e-5 steps.
        Assert.That(Fixture.LargestDifference(logits, Fixture.Arrays(Folder, "logits.npz")[name].Values), Is.LessThan(1e-4));
    }

    private static bool IsGainCell(JsonElement settings) => settings.GetProperty("attention").GetString() == "gain-cell";

    private static int[] Tokens() => [.. Fixture.Json(Folder, "tokens.json").EnumerateArray().Select(t => t.GetInt32())];
}
