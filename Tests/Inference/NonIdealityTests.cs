using AnalogAttention.Calibration;
using AnalogAttention.Circuits;
using AnalogAttention.Inference.Attention;
using AnalogAttention.Inference.Reference;
using MathNet.Numerics.Statistics;

namespace AnalogAttention.Tests.Inference;

/// <summary>What a cell file states beyond the published model, in the attention.</summary>
public class NonIdealityTests
{
    private const int Tokens = 150, HeadSize = 16;

    /// <summary>Effects large enough to be seen in 150 tokens.</summary>
    private static readonly CellModel Cell = Fixture.Cell("attention", "cell-quintic.json") with
    {
        Mismatch = new MismatchModel(0.05, 0.01, 2e-6, [[1, 0.6, -0.3], [0.6, 1, 0.2], [-0.3, 0.2, 1]]),
        Defects = new DefectModel(0.02, 0.01),
        Noise = new NoiseModel([1e-10, 2e-10, 1e-10, 3e-10, 1e-10, 2e-10, 4e-10, 1e-10], 1)
        {
            FlickerAmperesPerRootHertz = [1e-8, 2e-8, 1e-8, 3e-8, 1e-8, 2e-8, 4e-8, 1e-8],
            KtcVolts = 0.005,
            ComparatorVolts = 0.002,
            ComparatorFullScaleVolts = 0.2,
        },
        Retention = new RetentionModel(1e-3, 0.45, 65e-9) { Drift = new DriftModel([75, 50, 25, -12, -25, -40, -75, -100], [2e5, 0, -5e5, 2e5, 0, 7e5, 2e5, 5e5], 0, 0) },
        Periphery = new PeripheryModel(
            new ConversionModel(new ConversionLine(0.97, 2e-14, 0.02, 1e-14), null, [[1, -0.5], [-0.5, 1]]),
            new ConversionModel(new ConversionLine(1.02, -1e-14, 0.02, 5e-15), new ConversionLine(0.99, 1e-14, 0.01, 1e-14),
                [[1, -0.5, 0.3, 0], [-0.5, 1, 0, 0.2], [0.3, 0, 1, -0.4], [0, 0.2, -0.4, 1]])),
    };

    private static readonly string[] Optional = [.. GainCellEffects.OptionalNames];

    private static double[] Values(int seed, double mean)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, Tokens * HeadSize).Select(_ => mean + 0.6 * (random.NextDouble() + random.NextDouble() - 1))];
    }

    private static (HeadResult Fast, HeadResult Defined) Both(CellModel cell, GainCellOptions options)
    {
        double[] q = Values(1, 0.4), k = Values(2, 0.6), v = Values(3, 0.5);
        return (new GainCellAttention(cell, options).Attend(q, k, v, Tokens, HeadSize, 2), new ReferenceGainCell(cell, options).Attend(q, k, v, Tokens, HeadSize, 2));
    }

    [Test]
    public void TheFastPathIsThatOfTheDefinition([ValueSource(nameof(Optional))] string effect, [Values(40, 150)] int window, [Values] bool decays)
    {
        var plain = new GainCellOptions { QuantizeOutput = false, Window = window, DecayPerToken = decays ? 2e-3 : 0 };
        var (fast, defined) = Both(Cell, plain.With(effect));
        // a leak is a parabola in the age there, exact here: its third order is (age / 1024)^3 of what 1024 tokens leak
        double leak = effect == "leak" ? 3 : 1;
        Assert.Multiple(() =>
        {
            Assert.That(Fixture.LargestDifference(fast.S, defined.S), Is.LessThan(leak * 2e-3 / 100 * Math.Max(1, defined.S.Max(Math.Abs))));
            Assert.That(Fixture.LargestDifference(fast.PhiS, defined.PhiS), Is.LessThan(leak * 2e-5));
            Assert.That(Fixture.LargestDifference(fast.Output, defined.Output), Is.LessThan(leak * 2e-5));
            Assert.That(Fixture.LargestDifference(fast.Output, Both(Cell, plain).Fast.Output), Is.GreaterThan(1e-3), "it counts");
        });
    }

    [Test]
    public void AllTogetherToo([Values(40, 150)] int window)
    {
        var (fast, defined) = Both(Cell, new GainCellOptions { QuantizeOutput = false, Window = window }.WithAll(Cell));
        Assert.That(Fixture.LargestDifference(fast.Output, defined.Output), Is.LessThan(6e-5));
    }

    [Test]
    public void AnOffsetOfTheOutputsMovesEverySumAlikeAlsoThroughZero()
    {
        // a twentieth of the saturation on the capacitor of every column
        const double share = 0.05;
        double offset = share * Cell.Readout.SaturationAvCoulombs;
        CellModel shifted = Cell with
        {
            Periphery = new PeripheryModel(new ConversionModel(new ConversionLine(1, 0, 0, 0), null, [[1, 0], [0, 1]]),
                new ConversionModel(new ConversionLine(1, offset, 0, 0), new ConversionLine(1, -offset, 0, 0), [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]])),
        };
        var plain = new GainCellOptions { QuantizeOutput = false, SaturateOutput = false };
        var (fast, defined) = Both(shifted, plain.With("column-offset"));
        double[] ideal = Both(shifted, plain).Defined.Output;
        Assert.That(ideal, Has.Some.InRange(-share, 0).And.Some.Positive, "sums that change their sign");
        for (var t = 0; t < Tokens; t++)
            for (var i = 0; i < HeadSize; i++)
            {
                double wanted = ideal[t * HeadSize + i] + share * (t / 64 + 1); // one circuit for every tile of 64 keys
                Assert.That(defined.Output[t * HeadSize + i], Is.EqualTo(wanted).Within(1e-6)); // circuits are kept in single precision
                Assert.That(fast.Output[t * HeadSize + i], Is.EqualTo(wanted).Within(2e-5));
            }
    }

    /// <summary>Strength zero is absence, bit for bit.</summary>
    [TestCaseSource(nameof(Optional))]
    public void WithoutStrengthItIsNotThere(string effect)
    {
        double[] none = new double[8];
        var line = new ConversionLine(1, 0, 0, 0);
        CellModel weak = Cell with
        {
            Mismatch = new MismatchModel(0, 0, 0, Cell.Mismatch!.Correlation),
            Defects = new DefectModel(0, 0),
            Noise = new NoiseModel(none, 1) { FlickerAmperesPerRootHertz = none, KtcVolts = 0, ComparatorVolts = 0, ComparatorFullScaleVolts = 0.2 },
            Retention = Cell.Retention! with { Drift = new DriftModel(none, none, 0, 0) },
            Periphery = new PeripheryModel(new ConversionModel(line, null, [[1, 0], [0, 1]]), new ConversionModel(line, line, [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]])),
        };
        var absent = new GainCellOptions { DecayPerToken = 0 };
        HeadResult without = Both(weak, absent).Fast, with = Both(weak, absent.With(effect)).Fast;
        Assert.That(with.S, Is.EqualTo(without.S));
        Assert.That(with.PhiS, Is.EqualTo(without.PhiS));
        Assert.That(with.Output, Is.EqualTo(without.Output));
    }

    [Test]
    public void APromptAndItsTokensOneByOneGiveTheSameBitsForAnyTeam([Values] bool leak)
    {
        const int heads = 3, width = heads * HeadSize;
        var geometry = new AttentionGeometry(2, heads, HeadSize, 100, [LayerScalers.Default(heads), LayerScalers.Default(heads)]);
        var random = new Random(4);
        float[] qkv = [.. Enumerable.Range(0, Tokens * 3 * width).Select(_ => random.NextSingle())];
        var options = new GainCellOptions().WithAll(Cell);
        var attention = new GainCellAttention(Cell, leak ? options : options.Without("leak"));
        float[] Run(int rows, AnalogAttention.Inference.Tensors.ThreadTeam? team, long sequence)
        {
            var output = new float[Tokens * width];
            var state = attention.Open(geometry, Tokens, team);
            state.Begin(sequence);
            for (var t = 0; t < Tokens; t += rows)
                state.Attend(1, t, qkv.AsSpan(t * 3 * width, rows * 3 * width), rows, output.AsSpan(t * width, rows * width));
            return output;
        }
        float[] whole = Run(Tokens, null, 5);
        using var team = new AnalogAttention.Inference.Tensors.ThreadTeam(2);
        Assert.That(Run(1, null, 5), Is.EqualTo(whole));
        Assert.That(Run(Tokens, team, 5), Is.EqualTo(whole));
        Assert.That(Run(Tokens, null, 6), Is.Not.EqualTo(whole), "another sequence, other noise");
    }

    /// <summary>A chip is what does not change from sequence to sequence.</summary>
    [TestCase("mismatch", true)]
    [TestCase("stuck-cells", true)]
    [TestCase("column-gain", true)]
    [TestCase("column-offset", true)]
    [TestCase("write-noise", false)]
    [TestCase("flicker-noise", false)]
    [TestCase("read-noise", false)]
    [TestCase("comparator-noise", false)]
    public void ChipsStayNoiseDoesNot(string effect, bool stays)
    {
        var geometry = new AttentionGeometry(1, 1, HeadSize, Tokens, [LayerScalers.Default(1)]);
        var random = new Random(4);
        float[] qkv = [.. Enumerable.Range(0, Tokens * 3 * HeadSize).Select(_ => random.NextSingle())];
        float[] Run(long sequence, long seed)
        {
            var output = new float[Tokens * HeadSize];
            var state = new GainCellAttention(Cell, new GainCellOptions { QuantizeOutput = false, Seed = seed }.With(effect)).Open(geometry, Tokens);
            state.Begin(sequence);
            state.Attend(0, 0, qkv, Tokens, output);
            return output;
        }
        Assert.That(Run(1, 1).SequenceEqual(Run(2, 1)), Is.EqualTo(stays));
        Assert.That(Run(1, 1), Is.Not.EqualTo(Run(1, 2)), "another seed");
    }

    /// <summary>One key read 4,000 times by full pulses: the charge spreads as the noise of its cells says, whatever <see cref="NoiseModel.ReadCoulombs"/> it takes.</summary>
    [Test]
    public void ReadsSpreadAsTheCellFileSays()
    {
        const int reads = 4000;
        double[] q = new double[reads * HeadSize], k = new double[reads * HeadSize];
        Array.Fill(q, 1.0, HeadSize, (reads - 1) * HeadSize);
        for (var i = 0; i < HeadSize; i++)
            k[i] = Cell.Storage.LevelVolts(5 + i % 2);
        var options = new GainCellOptions { DecayPerToken = 0, SaturateScores = false, ReadNoise = true };
        var fast = new GainCellAttention(Cell, options).Attend(q, k, k, reads, HeadSize);
        double[] phi = [.. Enumerable.Range(1, reads - 1).Select(t => fast.PhiS[t * reads])];
        double expected = Math.Sqrt(Enumerable.Range(0, HeadSize).Sum(i => GatedNoise.WhiteVariance(Cell.Noise!.ReadAmperesPerRootHertz[5 + i % 2], Cell.Input.PulseSeconds))) / Cell.Readout.SaturationQkCoulombs;
        // standard error of a standard deviation: 1 / sqrt(2 n); four of them
        Assert.That(phi.StandardDeviation() / expected, Is.EqualTo(1).Within(4 / Math.Sqrt(2 * reads)));
    }

    [TestCaseSource(nameof(Optional))]
    public void WhatTheCellFileDoesNotStateIsRefused(string effect)
    {
        CellModel silent = Cell with { Mismatch = null, Defects = null, Noise = null, Retention = null, Periphery = null };
        Assert.That(() => Both(silent, new GainCellOptions().With(effect)), Throws.TypeOf<BadInputException>().With.Message.Contains("states no"));
        Assert.That(new GainCellOptions().WithAll(silent), Is.EqualTo(new GainCellOptions()));
    }

    [Test]
    public void StuckCellsAreAsManyAsStated()
    {
        const int rows = 400;
        var cells = new GainCellArithmetic(Cell, new GainCellOptions { StuckCells = true }, 1).Cells(0)!;
        var held = Enumerable.Range(0, rows).SelectMany(r => Enumerable.Range(0, 64).Select(c => cells.Written(0.4, new CellRow(0, 0, 0, r), r, c).Volts)).ToArray();
        double n = held.Length;
        // four standard errors of a share
        Assert.That(held.Count(v => v == Cell.Storage.MinVolts) / n, Is.EqualTo(0.02).Within(4 * Math.Sqrt(0.02 / n)));
        Assert.That(held.Count(v => v == Cell.Storage.MaxVolts) / n, Is.EqualTo(0.01).Within(4 * Math.Sqrt(0.01 / n)));
    }
}
