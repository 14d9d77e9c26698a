using AnalogAttention.Calibration;
using AnalogAttention.Circuits;
using AnalogAttention.Inference.Attention;
using AnalogAttention.Inference.Gpt2;
using AnalogAttention.Inference.Reference;
using AnalogAttention.Inference.Tensors;
using NUnit.Framework;

namespace AnalogAttention.Tests.Inference;

public class Gpt2ModelTests
{
    private static readonly CellModel Cubic = Fixture.Cell("attention", "cell-cubic.json");
    private static readonly CellModel Quintic = Fixture.Cell("attention", "cell-quintic.json");

    public static IEnumerable<TestCaseData> Attentions()
    {
        yield return Case("softmax", new SoftmaxAttention(), new ReferenceSoftmax());
        yield return Case("softmax in a window", new SoftmaxAttention(70), new ReferenceSoftmax(70));
        foreach ((string name, GainCellOptions options) in new[]
        {
            ("ideal", GainCellOptions.Ideal),
            ("decay", GainCellOptions.Ideal with { DecayPerToken = 2e-3 }),
            ("decay in a window", GainCellOptions.Ideal with { DecayPerToken = 0.1, Window = 70 }),
        })
        {
            yield return Case("cubic, " + name, new GainCellAttention(Cubic, options), new ReferenceGainCell(Cubic, options));
            yield return Case("quintic, " + name, new GainCellAttention(Quintic, options), new ReferenceGainCell(Quintic, options));
        }
        static TestCaseData Case(string name, IAttention fast, IReferenceAttention reference) => new TestCaseData(fast, reference).SetArgDisplayNames(name);
    }

    /// <summary>150 tokens are three tiles; heads of 8 and of 40 do not fill a panel of 32.</summary>
    [TestCaseSource(nameof(Attentions))]
    public void TheFastPathEqualsTheOracle(IAttention fast, IReferenceAttention reference)
    {
        foreach (RandomGpt2 shape in new[] { new RandomGpt2(), new RandomGpt2 { Heads = 1, HeadSize = 40, Activation = "gelu", Seed = 2 } })
        {
            Gpt2Model model = shape.Load();
            int[] tokens = shape.Tokens(150);
            double[] logits = Array.ConvertAll(model.Logits(tokens, fast), static v => (double)v);
            // Logits of order 5 after two layers: some 40 roundings of 6e-8 each.
            Assert.That(Fixture.LargestDifference(logits, new ReferenceGpt2(model).Logits(tokens, reference)), Is.LessThan(1e-4));
        }
    }

    /// <summary>150 tokens: two blocks of rows of the head.</summary>
    [Test]
    public void LogitsTellHowFarTheyAreAndCanBeCancelledAnywhere()
    {
        var shape = new RandomGpt2();
        Gpt2Model model = shape.Load();
        int[] tokens = shape.Tokens(150);
        var seen = new Fractions();
        float[] logits = model.Logits(tokens, new SoftmaxAttention(), progress: seen);
        Assert.Multiple(() =>
        {
            Assert.That(logits, Is.EqualTo(model.Logits(tokens, new SoftmaxAttention())));
            Assert.That(seen.Values, Has.Count.EqualTo(model.Config.Layers + 2).And.Ordered.Ascending.And.All.GreaterThan(0));
            Assert.That(seen.Values[^1], Is.EqualTo(1).Within(1e-12)); // a sum of two shares in double precision
        });
        for (var reports = 1; reports < seen.Values.Count; reports++)
        {
            using var cancellation = new CancellationTokenSource();
            var until = new Fractions(reports, cancellation);
            Assert.That(() => model.Logits(tokens, new SoftmaxAttention(), progress: until, cancellation: cancellation.Token), Throws.InstanceOf<OperationCanceledException>());
            Assert.That(until.Values, Has.Count.EqualTo(reports));
        }
    }

    private sealed class Fractions(int cancelAfter = 0, CancellationTokenSource? cancellation = null) : IProgress<double>
    {
        public List<double> Values { get; } = [];

        public void Report(double value)
        {
            Values.Add(value);
            if (Values.Count == cancelAfter)
                cancellation?.Cancel();
        }
    }

    /// <summary>Quantized too: with equal bits no code can flip.</summary>
    [TestCaseSource(nameof(Attentions))]
    [TestCaseSource(nameof(Quantized))]
    public void ReadingTokenByTokenOrInPartsGivesTheSameBits(IAttention attention, IReferenceAttention? _)
    {
        var shape = new RandomGpt2();
        Gpt2Model model = shape.Load();
        int[] tokens = shape.Tokens(150);
        float[] whole = model.Logits(tokens, attention);
        using var team = new ThreadTeam(3);
        Assert.That(model.Logits(tokens, attention, team), Is.EqualTo(whole), "three threads");
        foreach (int part in new[] { 1, 50 })
        {
            Gpt2Sequence sequence = model.Open(attention);
            sequence.Read(shape.Tokens(160));                                   // what an earlier sequence left behind must not matter
            sequence.Reset();
            var parts = new float[whole.Length];
            for (var at = 0; at < tokens.Length; at += part)
            {
                sequence.Read(tokens.AsSpan(at, part));
                sequence.Logits(0, part, parts.AsSpan(at * shape.Vocabulary));
            }
            Assert.That(parts, Is.EqualTo(whole), $"{part} at a time");
        }
    }

    public static IEnumerable<TestCaseData> Quantized()
    {
        yield return new TestCaseData(new GainCellAttention(Cubic), null).SetArgDisplayNames("cubic, quantized");
        yield return new TestCaseData(new GainCellAttention(Quintic, new GainCellOptions { DecayPerToken = 1e-3, Window = 90 }), null).SetArgDisplayNames("quintic, quantized, decay, window");
    }

    [Test]
    public void HalfTheBitsInMemoryAreTheModelOfRoundedMatrices()
    {
        var shape = new RandomGpt2();
        Dictionary<string, TestTensor> tensors = shape.Tensors();
        static float Rounded(float v) => BitConverter.UInt32BitsToSingle((BitConverter.SingleToUInt32Bits(v) + 0x7FFF + ((BitConverter.SingleToUInt32Bits(v) >> 16) & 1)) & 0xFFFF0000);
        Dictionary<string, TestTensor> rounded = tensors.ToDictionary(t => t.Key, t => t.Value.Shape.Length == 2 && t.Key != "wpe.weight" ? t.Value with { Values = [.. t.Value.Values.Select(Rounded)] } : t.Value);
        using TemporaryFolder folder = new(), roundedFolder = new();
        shape.Save(folder.Path, tensors);
        shape.Save(roundedFolder.Path, rounded);
        var attention = new SoftmaxAttention();
        float[] half = Gpt2Model.Load(folder.Path, WeightFormat.BF16).Logits(shape.Tokens(20), attention);
        Assert.That(half, Is.EqualTo(Gpt2Model.Load(roundedFolder.Path).Logits(shape.Tokens(20), attention)));
        Assert.That(half, Is.Not.EqualTo(Gpt2Model.Load(folder.Path).Logits(shape.Tokens(20), attention)));
    }

    [TestCaseSource(nameof(Quantized))]
    public void ATokenAllocatesNothing(IAttention attention, IReferenceAttention? _)
    {
        var shape = new RandomGpt2();
        Gpt2Model model = shape.Load();
        var logits = new float[shape.Vocabulary];
        using var two = new ThreadTeam(2);
        foreach (ThreadTeam? team in new[] { null, two })
            foreach (IAttention either in new[] { attention, new SoftmaxAttention() })
            {
                Gpt2Sequence sequence = model.Open(either, team: team);
                sequence.Read(shape.Tokens(40));
                long Allocated()
                {
                    long own = GC.GetAllocatedBytesForCurrentThread();
                    for (var t = 0; t < 30; t++)
                    {
                        sequence.Read([t % shape.Vocabulary]);
                        sequence.LastLogits(logits);
                    }
                    return GC.GetAllocatedBytesForCurrentThread() - own;
                }
                // what a token allocates it allocates every time; a lock that blocks for the first time, or a buffer of a thread, once
                Assert.That(Enumerable.Range(0, 3).Min(_ => Allocated()), Is.Zero, $"{either} {team?.Threads}");
            }
    }

    [Test]
    public void LogitsThatOverflowAreRefused()
    {
        var shape = new RandomGpt2();
        Gpt2Model model = shape.Load();
        model.Weights.FinalNorm.Gain[0] = float.PositiveInfinity;
        Assert.That(() => model.Logits(shape.Tokens(3), new SoftmaxAttention()), Throws.TypeOf<BadInputException>().With.Message.Contains("after token 0").And.Message.Contains("not finite"));
    }

    [Test]
    public void WhatFailsInAThreadOfTheTeamReachesTheCaller()
    {
        using var team = new ThreadTeam(2);
        var bad = new FailingWork();
        for (var again = 0; again < 3; again++)
            Assert.That(() => team.Run(bad), Throws.TypeOf<InvalidOperationException>());
    }

    private sealed class FailingWork : ITeamWork
    {
        public void Run(int part, int parts)
        {
            if (part == parts - 1)
                throw new InvalidOperationException();
        }
    }

    /// <summary>With one layer, logits depend on exactly the last `window` tokens.</summary>
    [Test]
    public void AWindowShowsItsTokensAndNoOthers()
    {
        var shape = new RandomGpt2 { Layers = 1, Window = 65 };
        Gpt2Model model = shape.Load();
        int[] tokens = shape.Tokens(150);
        foreach (IAttention attention in new IAttention[] { new SoftmaxAttention(), new GainCellAttention(Cubic, GainCellOptions.Ideal) })
        {
            float[] Last(int changed)
            {
                int[] other = [.. tokens];
                other[changed] = (other[changed] + 1) % shape.Vocabulary;
                return model.Logits(other, attention)[^shape.Vocabulary..];
            }
            float[] last = model.Logits(tokens, attention)[^shape.Vocabulary..];
            Assert.Multiple(() =>
            {
                Assert.That(Last(149 - 65), Is.EqualTo(last), "one before the window");
                Assert.That(Last(149 - 64), Is.Not.EqualTo(last), "the window's first");
            });
        }
    }

    [Test]
    public void NamesLayoutsAndHeadsOfOtherFrameworksGiveTheSameModel()
    {
        var shape = new RandomGpt2();
        Dictionary<string, TestTensor> tensors = shape.Tensors();
        float[] expected = shape.Load().Logits(shape.Tokens(20), new SoftmaxAttention());

        Dictionary<string, TestTensor> prefixed = tensors.ToDictionary(t => "_orig_mod.transformer." + t.Key, t => t.Value);
        prefixed.Add("_orig_mod.lm_head.weight", tensors["wte.weight"]);
        prefixed.Add("_orig_mod.transformer.h.0.attn.bias", new TestTensor([1, 1, 2, 2], [1, 0, 1, 1]));      // the causal mask that old files carry
        Dictionary<string, TestTensor> linear = tensors.ToDictionary(t => "transformer." + t.Key, t => t.Key.Contains("c_") && t.Value.Shape.Length == 2 ? Transposed(t.Value) : t.Value);
        Assert.Multiple(() =>
        {
            Assert.That(Load(prefixed).Logits(shape.Tokens(20), new SoftmaxAttention()), Is.EqualTo(expected), "prefixes and explicit head");
            Assert.That(Load(linear).Logits(shape.Tokens(20), new SoftmaxAttention()), Is.EqualTo(expected), "torch.nn.Linear layout");
        });

        Gpt2Model Load(Dictionary<string, TestTensor> t)
        {
            using var folder = new TemporaryFolder();
            shape.Save(folder.Path, t);
            return Gpt2Model.Load(folder.Path);
        }
    }

    [Test]
    public void StoredValuesOutsideTheValidityDomainAreCounted()
    {
        var shape = new RandomGpt2();
        Gpt2Model model = shape.Load();
        CellModel narrow = Cubic with { Validity = new ValidityDomain([0.2, 0.7], [0, 15e-9], [0.45, 0.45], 300) };
        long Outside(CellModel cell)
        {
            Gpt2Sequence sequence = model.Open(new GainCellAttention(cell));
            sequence.Read(shape.Tokens(100));
            Assert.That(sequence.Counts.StoredValues, Is.EqualTo(2 * shape.Layers * 100 * shape.Width));
            return sequence.Counts.OutsideValidity;
        }
        Assert.Multiple(() =>
        {
            Assert.That(Outside(narrow), Is.GreaterThan(0));
            Assert.That(Outside(Cubic with { Validity = new ValidityDomain([0, 0.9], [0, 15e-9], [0.45, 0.45], 300) }), Is.Zero);
        });
    }

    /// <summary>All pulses full and all cells at 0.9 V: S saturates, and key after key adds I(0.9 V) to every column of a tile.</summary>
    [TestCase(0)]
    [TestCase(1e-9)]
    public void WhatTheHardwareLimitsIsCounted(double decay)
    {
        const int tokens = 70, d = 40;
        IAttentionState state = new GainCellAttention(Cubic, new GainCellOptions { DecayPerToken = decay }).Open(new AttentionGeometry(1, 1, d, tokens, [LayerScalers.Default(1)]), tokens);
        var qkv = new float[tokens * 3 * d];
        for (var i = 0; i < qkv.Length; i++)
            qkv[i] = (i / d % 3) switch { 0 => 1, 1 => 0.6f, _ => 0.44999f };          // q; k: 1.05 V; v: 0.9 V less what rounds away
        var output = new float[tokens * d];
        state.Attend(0, 0, qkv, tokens, output);

        double perKey = Cubic.Transfer.Amperes(0.9) / Cubic.SaturationAvAmperes;
        int saturated = Enumerable.Range(0, tokens).Sum(t => (Math.Min(t + 1, 64) * perKey > 1 ? 1 : 0) + (t >= 64 && (t - 63) * perKey > 1 ? 1 : 0));
        Assert.Multiple(() =>
        {
            Assert.That(state.Counts, Is.EqualTo(new AttentionCounts(2 * tokens * d, 0, tokens * d, (tokens + 6) * d, saturated * d)));
            Assert.That(output[(tokens - 1) * d], Is.EqualTo(32 * 2 / 31f).Within(1e-6), "two saturated tiles of 16 codes each");
        });
    }

    [TestCaseSource(nameof(Quantized))]
    [TestCaseSource(nameof(Attentions))]
    public void ReadingAllocatesNothing(IAttention attention, IReferenceAttention? _)
    {
        var shape = new RandomGpt2();
        Gpt2Sequence sequence = shape.Load().Open(attention);
        float[] logits = new float[shape.Vocabulary];
        int[] tokens = shape.Tokens(60);
        sequence.Read(tokens);
        sequence.LastLogits(logits);
        long before = GC.GetAllocatedBytesForCurrentThread();
        sequence.Reset();
        sequence.Read(tokens);
        for (var t = 0; t < 40; t++)
        {
            sequence.Read(tokens.AsSpan(t, 1));
            sequence.LastLogits(logits);
        }
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }

    [TestCase(0.9, "decay per token")]
    [TestCase(-1, "decay per token")]
    [TestCase(double.NaN, "decay per token")]
    public void ADecayThatMeansNothingIsRefused(double decay, string message) =>
        Assert.That(() => new RandomGpt2().Load().Open(new GainCellAttention(Cubic, new GainCellOptions { DecayPerToken = decay })), Throws.TypeOf<BadInputException>().With.Message.Contains(message));

    [Test]
    public void FixedScalesThatContradictTheCellAreRefused()
    {
        var shape = new RandomGpt2();
        Gpt2Model Load(float score)
        {
            using var folder = new TemporaryFolder();
            Dictionary<string, TestTensor> tensors = shape.Tensors();
            tensors.Add("h.0.attn.att_score_scaler.a", new TestTensor([1], [score]));
            tensors.Add("h.0.attn.att_score_scaler.b", new TestTensor([1], [0]));
            shape.Save(folder.Path, tensors);
            return Gpt2Model.Load(folder.Path);
        }
        Assert.Multiple(() =>
        {
            Assert.That(() => Load(1 / 80f).Open(new GainCellAttention(Cubic)), Throws.Nothing);
            Assert.That(() => Load(1 / 60f).Open(new GainCellAttention(Cubic)), Throws.TypeOf<BadInputException>().With.Message.Contains("saturation of 60 uA"));
        });
    }

    [Test]
    public void TokensThatDoNotFitAreRefused()
    {
        Gpt2Model model = new RandomGpt2().Load();
        Assert.Multiple(() =>
        {
            Assert.That(() => model.Logits([61], new SoftmaxAttention()), Throws.TypeOf<BadInputException>().With.Message.Contains("token 61"));
            Assert.That(() => model.Logits([-1], new SoftmaxAttention()), Throws.TypeOf<BadInputException>().With.Message.Contains("token -1"));
            Assert.That(() => model.Logits(new int[161], new SoftmaxAttention()), Throws.TypeOf<BadInputException>().With.Message.Contains("161 tokens"));
        });
    }

    private static TestTensor Transposed(TestTensor t)
    {
        long rows = t.Shape[0], columns = t.Shape[1];
        var values = new float[t.Values.Length];
        for (var r = 0; r < rows; r++)
            for (var c = 0; c < columns; c++)
                values[c * rows + r] = t.Values[r * columns + c];
        return new TestTensor([columns, rows], values);
    }
}
