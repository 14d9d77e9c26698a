using AnalogAttention.Calibration;
using AnalogAttention.Circuits;
using AnalogAttention.Inference.Attention;
using AnalogAttention.Inference.Reference;
using NUnit.Framework;

namespace AnalogAttention.Tests.Inference;

/// <summary>Effects of the gain cell, each left out: the fast path against the double-precision definition.</summary>
public class GainCellEffectTests
{
    private const int Tokens = 150, HeadSize = 16;

    private static readonly CellModel Quintic = Fixture.Cell("attention", "cell-quintic.json");

    private static readonly string[] Analog = [.. GainCellEffects.Names.Where(n => !n.EndsWith("quantization", StringComparison.Ordinal))];

    /// <summary>Beyond the ranges on both sides; where <paramref name="high"/>, with sums beyond the saturations.</summary>
    private static (double[] Q, double[] K, double[] V) Draw(bool high)
    {
        var random = new Random(5);
        double[] Values(double mean) => [.. Enumerable.Range(0, Tokens * HeadSize).Select(_ => mean + 0.6 * (random.NextDouble() + random.NextDouble() - 1))];
        return high ? (Values(0.9), Values(0.9), Values(0.8)) : (Values(0.4), Values(0.6), Values(0.5));
    }

    /// <summary>Every combination without quantization, where no rounding can flip.</summary>
    [Test]
    public void AnyCombinationOfEffectsIsThatOfTheDefinition([Range(0, 127)] int combination)
    {
        var (q, k, v) = Draw(high: combination % 2 == 0);
        GainCellOptions options = new() { QuantizeInput = false, QuantizeStorage = false, QuantizeOutput = false, DecayPerToken = 2e-3, Window = 100 };
        for (var e = 0; e < Analog.Length; e++)
            if ((combination >> e & 1) != 0)
                options = options.Without(Analog[e]);
        HeadResult fast = new GainCellAttention(Quintic, options).Attend(q, k, v, Tokens, HeadSize), expected = new ReferenceGainCell(Quintic, options).Attend(q, k, v, Tokens, HeadSize);
        // single precision: 2e-5 of what is summed, which without ranges and saturations is not of order 1
        Assert.Multiple(() =>
        {
            Near(fast.S, expected.S, 2e-3 / 100);
            Near(fast.PhiS, expected.PhiS, 2e-5);
            Near(fast.Output, expected.Output, 2e-5);
        });

        static void Near(double[] actual, double[] wanted, double tolerance) =>
            Assert.That(Fixture.LargestDifference(actual, wanted), Is.LessThan(tolerance * Math.Max(1, wanted.Max(Math.Abs))));
    }

    [TestCaseSource(typeof(GainCellEffects), nameof(GainCellEffects.Names))]
    public void EveryEffectCounts(string effect)
    {
        GainCellOptions all = new() { DecayPerToken = 2e-3 };
        double[] Output(GainCellOptions options, bool high)
        {
            var (q, k, v) = Draw(high);
            return new ReferenceGainCell(Quintic, options).Attend(q, k, v, Tokens, HeadSize).Output;
        }
        Assert.That(new[] { false, true }.Max(high => Fixture.LargestDifference(Output(all.Without(effect), high), Output(all, high))), Is.GreaterThan(1e-3));
    }

    [Test]
    public void ATableIsTheCurveThatItSamples([Values] bool quantized)
    {
        var (q, k, v) = Draw(high: false);
        double[] volts = [.. Enumerable.Range(0, 181).Select(n => n * 0.005)];
        CellModel table = Quintic with { Transfer = new TransferModel(TransferModel.Table, 0.45) { StoreVolts = volts, CurrentsAmperes = [.. volts.Select(Quintic.Transfer.Amperes)] } };
        GainCellOptions options = new() { DecayPerToken = 0, QuantizeInput = quantized, QuantizeStorage = quantized, QuantizeOutput = false };
        HeadResult fast = new GainCellAttention(table, options).Attend(q, k, v, Tokens, HeadSize), definition = new ReferenceGainCell(table, options).Attend(q, k, v, Tokens, HeadSize);
        HeadResult polynomial = new ReferenceGainCell(Quintic, options).Attend(q, k, v, Tokens, HeadSize);
        Assert.Multiple(() =>
        {
            Assert.That(Fixture.LargestDifference(fast.S, definition.S), Is.LessThan(2e-3));
            Assert.That(Fixture.LargestDifference(fast.PhiS, definition.PhiS), Is.LessThan(2e-5));
            Assert.That(Fixture.LargestDifference(fast.Output, definition.Output), Is.LessThan(2e-5));
            // the slope of a monotone cubic at a point is of second order: 0.1 uA/V on 5 mV
            Assert.That(Fixture.LargestDifference(definition.S, polynomial.S), Is.LessThan(HeadSize * 5e-4));
        });
    }

    [Test]
    public void ATableDoesNotDecay()
    {
        CellModel table = Quintic with { Transfer = new TransferModel(TransferModel.Table, 0.45) { StoreVolts = [0, 0.2, 0.45, 0.7, 0.9], CurrentsAmperes = [-1e-5, -3e-6, 0, 3e-6, 1e-5] } };
        Assert.That(() => new GainCellArithmetic(table, new GainCellOptions { DecayPerToken = 1e-4 }, 1), Throws.TypeOf<BadInputException>().With.Message.Contains("leave out decay"));
        Assert.That(new GainCellArithmetic(table, new GainCellOptions { DecayPerToken = 1e-4, Nonlinear = false }, 1).Coefficients[1], Is.InRange(15, 25), "its line does");
    }

    /// <summary>The line of the published cell: the authors train with 19.3 uA/V.</summary>
    [Test]
    public void TheLineIsTheLeastSquaresOneOverTheStorageRange()
    {
        CellModel cell = PublishedCell.Load();
        double slope = new GainCellArithmetic(cell, new GainCellOptions { Nonlinear = false }, 1).Coefficients[1];
        const int points = 100_000;
        double product = 0, square = 0;
        for (var n = 0; n < points; n++)
        {
            double w = -0.45 + 0.9 * (n + 0.5) / points;
            product += w * cell.Transfer.Amperes(w + 0.45) * 1e6;
            square += w * w;
        }
        Assert.That(slope, Is.EqualTo(product / square).Within(1e-8), "midpoint sums: error of 1e-10");
        Assert.That(slope, Is.EqualTo(19.3).Within(0.1));
    }

    [Test]
    public void AnEffectThatIsNoneIsRefused() =>
        Assert.That(() => new GainCellOptions().Without("gravity"), Throws.ArgumentException.With.Message.Contains("output-saturation"));
}
