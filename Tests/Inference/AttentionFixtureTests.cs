using System.Text.Json;
using AnalogAttention.Inference.Arrays;
using AnalogAttention.Inference.Attention;
using AnalogAttention.Inference.Reference;
using NUnit.Framework;

namespace AnalogAttention.Tests.Inference;

/// <summary>One head against NumPy in double precision. The fixtures keep away from rounding boundaries.</summary>
public class AttentionFixtureTests
{
    public static IEnumerable<TestCaseData> Cases() => Fixture.Json("attention", "cases.json").EnumerateArray()
        .Select(settings => new TestCaseData(settings).SetArgDisplayNames(settings.GetProperty("name").GetString()!));

    [TestCaseSource(nameof(Cases))]
    public void TheOracleEqualsNumPy(JsonElement settings)
    {
        (HeadResult head, IReadOnlyDictionary<string, NdArray> expected) = Attend(settings, fast: false);
        // Sums of 64 terms of at most 10 uA in another order: 64 * 640 uA * 1e-16 is 4e-12, two such stages.
        Assert.Multiple(() =>
        {
            Assert.That(Fixture.LargestDifference(head.S, expected["S"].Values), Is.LessThan(1e-9), "S");
            Assert.That(Fixture.LargestDifference(head.PhiS, expected["phi_S"].Values), Is.LessThan(1e-9), "phi_S");
            Assert.That(Fixture.LargestDifference(head.Output, expected["output"].Values), Is.LessThan(1e-9), "output");
        });
    }

    [TestCaseSource(nameof(Cases))]
    public void TheFastPathEqualsNumPy(JsonElement settings)
    {
        (HeadResult head, IReadOnlyDictionary<string, NdArray> expected) = Attend(settings, fast: true);
        // The project's bounds for single precision; a flipped code would show as 0.06 in the output.
        Assert.Multiple(() =>
        {
            Assert.That(Fixture.LargestDifference(head.S, expected["S"].Values), Is.LessThan(2e-3), "S in uA x T_max");
            Assert.That(Fixture.LargestDifference(head.PhiS, expected["phi_S"].Values), Is.LessThan(2e-5), "phi_S");
            Assert.That(Fixture.LargestDifference(head.Output, expected["output"].Values), Is.LessThan(2e-5), "output");
        });
    }

    private static (HeadResult, IReadOnlyDictionary<string, NdArray>) Attend(JsonElement settings, bool fast)
    {
        IReadOnlyDictionary<string, NdArray> arrays = Fixture.Arrays("attention", settings.GetProperty("file").GetString()!);
        NdArray q = arrays["Q"];
        var cell = Fixture.Cell("attention", settings.GetProperty("cell").GetString()!);
        GainCellOptions options = Fixture.Options(settings);
        HeadResult head = fast
            ? new GainCellAttention(cell, options).Attend(q.Values, arrays["K"].Values, arrays["V"].Values, q.Shape[0], q.Shape[1])
            : new ReferenceGainCell(cell, options).Attend(q.Values, arrays["K"].Values, arrays["V"].Values, q.Shape[0], q.Shape[1]);
        return (head, arrays);
    }
}
