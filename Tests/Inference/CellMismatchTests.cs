using AnalogAttention.Calibration;
using AnalogAttention.Circuits;
using AnalogAttention.Inference.Attention;
using AnalogAttention.Inference.Reference;
using MathNet.Numerics.Statistics;

namespace AnalogAttention.Tests.Inference;

/// <summary>Every cell with a transfer of its own.</summary>
public class CellMismatchTests
{
    private const int Tokens = 150, HeadSize = 16;

    private static readonly MismatchModel Spread = new(0.05, 0.01, 2e-6, [[1, 0.6, -0.3], [0.6, 1, 0.2], [-0.3, 0.2, 1]]);
    private static readonly CellModel Quintic = Fixture.Cell("attention", "cell-quintic.json") with { Mismatch = Spread };

    private static double[] Values(int seed, double mean)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, Tokens * HeadSize).Select(_ => mean + 0.6 * (random.NextDouble() + random.NextDouble() - 1))];
    }

    private static CellModel Cell(bool table)
    {
        double[] volts = [.. Enumerable.Range(0, 181).Select(n => n * 0.005)];
        return table ? Quintic with { Transfer = new TransferModel(TransferModel.Table, 0.45) { StoreVolts = volts, CurrentsAmperes = [.. volts.Select(Quintic.Transfer.Amperes)] } } : Quintic;
    }

    [Test]
    public void TheFastPathIsThatOfTheDefinition([Values("polynomial", "decaying polynomial", "table")] string transfer, [Values] bool tiled, [Values(40, 150)] int window)
    {
        bool table = transfer == "table";
        double decay = transfer.StartsWith("decaying", StringComparison.Ordinal) ? 2e-3 : 0;
        var options = new GainCellOptions { QuantizeOutput = false, DecayPerToken = decay, Window = window, Mismatch = true, Seed = 7, Tiled = tiled };
        double[] q = Values(1, 0.4), k = Values(2, 0.6), v = Values(3, 0.5);
        HeadResult fast = new GainCellAttention(Cell(table), options).Attend(q, k, v, Tokens, HeadSize), expected = new ReferenceGainCell(Cell(table), options).Attend(q, k, v, Tokens, HeadSize);
        HeadResult alike = new ReferenceGainCell(Cell(table), options with { Mismatch = false }).Attend(q, k, v, Tokens, HeadSize);
        Assert.Multiple(() =>
        {
            // single precision, as without mismatch
            Assert.That(Fixture.LargestDifference(fast.S, expected.S), Is.LessThan(2e-3 / 100 * Math.Max(1, expected.S.Max(Math.Abs))));
            Assert.That(Fixture.LargestDifference(fast.PhiS, expected.PhiS), Is.LessThan(2e-5));
            Assert.That(Fixture.LargestDifference(fast.Output, expected.Output), Is.LessThan(2e-5));
            Assert.That(Fixture.LargestDifference(alike.S, expected.S), Is.GreaterThan(0.1), "it counts");
        });
    }

    [Test]
    public void APromptAndItsTokensOneByOneGiveTheSameBits([Values(0, 2e-3)] double decay)
    {
        const int heads = 3, width = heads * HeadSize;
        var geometry = new AttentionGeometry(2, heads, HeadSize, 100, [LayerScalers.Default(heads), LayerScalers.Default(heads)]);
        var random = new Random(4);
        float[] qkv = [.. Enumerable.Range(0, Tokens * 3 * width).Select(_ => random.NextSingle())];
        float[] whole = new float[Tokens * width], single = new float[Tokens * width];
        var attention = new GainCellAttention(Quintic, new GainCellOptions { DecayPerToken = decay, Mismatch = true, Seed = 7 });
        attention.Open(geometry, Tokens).Attend(1, 0, qkv, Tokens, whole);
        var state = attention.Open(geometry, Tokens);
        for (var t = 0; t < Tokens; t++)
            state.Attend(1, t, qkv.AsSpan(t * 3 * width, 3 * width), 1, single.AsSpan(t * width, width));
        Assert.That(single, Is.EqualTo(whole));
    }

    /// <summary>Known answers of the authors' library Random123.</summary>
    [Test]
    public void TheGeneratorIsPhilox()
    {
        Assert.That(CounterRandom.Philox(0, 0, 0, 0, 0, 0), Is.EqualTo((0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u)));
        Assert.That(CounterRandom.Philox(uint.MaxValue, uint.MaxValue, uint.MaxValue, uint.MaxValue, uint.MaxValue, uint.MaxValue), Is.EqualTo((0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu)));
    }

    [Test]
    public void CellsSpreadAsTheModelSays()
    {
        const int rows = 400, columns = 64;
        var mismatch = new CellMismatch(Spread, 11);
        var cells = Enumerable.Range(0, rows).SelectMany(r => Enumerable.Range(0, columns).Select(c => mismatch.At(new CellRow(1, 2, r % 2, r / 2), c))).ToArray();
        double[][] drawn = [[.. cells.Select(c => c.Gain)], [.. cells.Select(c => c.OffsetVolts)], [.. cells.Select(c => c.Curvature)]];
        double[] sigma = [0.05, 0.01, 2];
        double tolerance = 5 / Math.Sqrt(cells.Length);      // 5 standard errors of a correlation of independent draws
        Assert.Multiple(() =>
        {
            for (var i = 0; i < 3; i++)
            {
                Assert.That(drawn[i].Mean() / sigma[i], Is.EqualTo(0).Within(tolerance));
                Assert.That(drawn[i].StandardDeviation() / sigma[i], Is.EqualTo(1).Within(tolerance));
                for (var j = 0; j < i; j++)
                    Assert.That(Correlation.Pearson(drawn[i], drawn[j]), Is.EqualTo(Spread.Correlation[i][j]).Within(tolerance));
            }
            Assert.That(cells.Distinct().Count(), Is.EqualTo(cells.Length), "every cell its own");
            Assert.That(new CellMismatch(Spread, 12).At(new CellRow(1, 2, 0, 0), 0), Is.Not.EqualTo(cells[0]));
        });
    }

    [Test]
    public void TokensComeRoundToTheSameCellsAsTheWindowWraps()
    {
        Assert.That(CellRow.Of(0, 1, 0, 5, 128), Is.EqualTo(CellRow.Of(0, 1, 0, 133, 128)));
        Assert.That(CellRow.Of(0, 1, 0, 5, 100), Is.EqualTo(CellRow.Of(0, 1, 0, 133, 100)), "whole tiles");
        Assert.That(CellRow.Of(0, 1, 0, 5, 128), Is.Not.EqualTo(CellRow.Of(0, 1, 1, 5, 128)));
    }

    [Test]
    public void ACellWithoutMismatchIsRefused() =>
        Assert.That(() => new GainCellAttention(Quintic with { Mismatch = null }, new GainCellOptions { Mismatch = true }).Attend([0], [0], [0], 1, 1), Throws.TypeOf<BadInputException>().With.Message.Contains("states no mismatch"));
}
