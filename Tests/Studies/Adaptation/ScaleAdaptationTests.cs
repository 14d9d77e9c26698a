using AnalogAttention.Calibration;
using AnalogAttention.Circuits;
using AnalogAttention.Inference.Attention;
using AnalogAttention.Inference.Gpt2;
using AnalogAttention.Studies;
using AnalogAttention.Studies.Adaptation;

namespace AnalogAttention.Tests.Studies.Adaptation;

public class ScaleAdaptationTests
{
    private static readonly ModelPair Pair = ModelPair.Embedded();
    private static readonly int[] Tokens = TextFile.Tokens(ModelPair.SampleTextPath, Pair.Tokenizer);
    private static readonly ReadOnlyMemory<int>[] Windows = [Tokens.AsMemory(0, 96), Tokens.AsMemory(96, 96), Tokens.AsMemory(192, 96)];
    private static readonly GainCellAttention Attention = new(PublishedCell.Load());

    private static Gpt2Model WithOwnTargets(Gpt2Model model)
    {
        LayerMoments[] own = HeadMoments.Of(model, Attention, Windows, 2);
        static Scaler Aimed(Scaler s, Moments m) => s with { TargetStd = m.Std, TargetMean = m.Mean };
        return model.With([.. model.Weights.Scalers.Select((s, l) => s with { Query = Aimed(s.Query, own[l].Query), Key = Aimed(s.Key, own[l].Key), Value = Aimed(s.Value, own[l].Value), Output = Aimed(s.Output, own[l].Output) })]);
    }

    private static Gpt2Model Detuned(Gpt2Model model)
    {
        static Scaler Off(Scaler s, double a, double b) => s with { A = [.. s.A.Select(x => a * x)], B = [.. s.B.Select(x => x + b)] };
        return model.With([.. model.Weights.Scalers.Select(s => s with { Query = Off(s.Query, 1.2, 0.02), Key = Off(s.Key, 0.9, -0.02), Value = Off(s.Value, 1.1, 0.01), Output = Off(s.Output, 0.8, 0) })]);
    }

    private static IEnumerable<double> Scales(Gpt2Model model) => model.Weights.Scalers.SelectMany(s => new[] { s.Query, s.Key, s.Value, s.Output }).SelectMany(s => s.A.Concat(s.B));

    /// <summary>Against sums over recorded rows.</summary>
    [Test]
    public void MomentsAreThoseOfTheScaledValues()
    {
        LayerMoments found = HeadMoments.Of(Pair.GainCell, Attention, Windows, 2)[3];
        const int head = 2;
        var keys = new List<double>();
        foreach (var window in Windows)
        {
            var recorded = new RecordedAttention(Attention);
            Pair.GainCell.Open(recorded, window.Length).Read(window.Span);
            keys.AddRange(recorded.Scaled(3, head).K);
        }
        double mean = keys.Average();
        Assert.Multiple(() =>
        {
            Assert.That(found.Key.Mean[head], Is.EqualTo(mean).Within(1e-12));
            Assert.That(found.Key.Std[head], Is.EqualTo(Math.Sqrt(keys.Average(x => (x - mean) * (x - mean)))).Within(1e-12));
        });
    }

    [Test]
    public void DetunedScalesComeBackWhateverTheJobs()
    {
        Gpt2Model tuned = WithOwnTargets(Pair.GainCell), detuned = Detuned(tuned);
        AdaptationResult one = ScaleAdaptation.Run(detuned, Attention, Windows, 1), two = ScaleAdaptation.Run(detuned, Attention, Windows, 2);
        Assert.Multiple(() =>
        {
            Assert.That(Scales(two.Model), Is.EqualTo(Scales(one.Model)), "bit for bit");
            Assert.That(one.Errors[0], Is.GreaterThan(0.15));
            // rounding turns whole levels: moments step, they do not creep
            Assert.That(one.Errors[^1], Is.LessThan(0.02));
            Assert.That(Scales(one.Model).Zip(Scales(tuned), (x, y) => Math.Abs(x - y) / Math.Max(1, Math.Abs(y))).Max(), Is.LessThan(0.05));
            Assert.That(Scales(detuned).Zip(Scales(tuned), (x, y) => Math.Abs(x - y) / Math.Max(1, Math.Abs(y))).Max(), Is.GreaterThan(0.1));
        });
    }

    [Test]
    public void AModelOnItsTargetsStaysAsItIs()
    {
        Gpt2Model tuned = WithOwnTargets(Pair.GainCell);
        AdaptationResult result = ScaleAdaptation.Run(tuned, Attention, Windows, 2);
        Assert.That(result.Errors, Has.Count.EqualTo(1));
        Assert.That(result.Model, Is.SameAs(tuned));
        Assert.That(result.HeadsKept, Is.Zero);
    }

    [Test]
    public void AHeadWithoutSpreadKeepsItsSlope()
    {
        Gpt2Model tuned = WithOwnTargets(Pair.GainCell);
        Gpt2Model flat = tuned.With([.. tuned.Weights.Scalers.Select((s, l) => l != 1 ? s : s with { Query = s.Query with { TargetStd = [0, .. s.Query.TargetStd!.Skip(1)], TargetMean = [s.Query.TargetMean![0] + 0.1, .. s.Query.TargetMean.Skip(1)] } })]);
        AdaptationResult result = ScaleAdaptation.Run(flat, Attention, Windows, 2);
        Assert.That(result.Model.Weights.Scalers[1].Query.A[0], Is.EqualTo(flat.Weights.Scalers[1].Query.A[0]));
        Assert.That(result.Model.Weights.Scalers[1].Query.B[0] - flat.Weights.Scalers[1].Query.B[0], Is.EqualTo(0.1).Within(0.02));
        Assert.That(result.HeadsKept, Is.EqualTo(1));
    }

    [Test]
    public void ShiftedStorageMovesKeysAndValuesAlone()
    {
        Gpt2Model shifted = ScaleAdaptation.ShiftStorage(Pair.GainCell, 0.02);
        LayerScalers before = Pair.GainCell.Weights.Scalers[5], after = shifted.Weights.Scalers[5];
        Assert.Multiple(() =>
        {
            Assert.That(after.Key.B.Zip(before.Key.B, (x, y) => x - y), Is.All.EqualTo(0.02).Within(1e-12));
            Assert.That(after.Value.TargetMean!.Zip(before.Value.TargetMean!, (x, y) => x - y), Is.All.EqualTo(0.02).Within(1e-12));
            Assert.That(after.Query, Is.SameAs(before.Query));
            Assert.That(after.Output, Is.SameAs(before.Output));
            Assert.That(after.Key.A, Is.EqualTo(before.Key.A));
        });
    }

    [Test]
    public void TheFolderDiffersInScalesAndCellAlone()
    {
        using var folder = new TemporaryFolder();
        string from = Path.Combine(ModelPair.EmbeddedFolder, "gain-cell"), to = folder.File("adapted");
        Gpt2Model detuned = Detuned(Pair.GainCell);
        AdaptedFolder.Write(from, to, detuned.Weights.Scalers, PublishedCell.Load());
        byte[] before = File.ReadAllBytes(Path.Combine(from, "model.safetensors")), after = File.ReadAllBytes(Path.Combine(to, "model.safetensors"));
        Gpt2Model read = Gpt2Model.Load(to);
        Assert.Multiple(() =>
        {
            Assert.That(after, Has.Length.EqualTo(before.Length));
            // 8 layers, 4 scalers, 4 tensors each of 4 heads in F32
            Assert.That(Enumerable.Range(0, before.Length).Count(i => before[i] != after[i]), Is.InRange(1, 8 * 4 * 4 * 4 * 4));
            Assert.That(Scales(read), Is.EqualTo(Scales(detuned).Select(x => (double)(float)x)));
            Assert.That(AdaptedFolder.CellOf(to)!.Transfer.CoefficientsAmperes, Is.EqualTo(PublishedCell.Load().Transfer.CoefficientsAmperes));
            Assert.That(File.ReadAllBytes(Path.Combine(to, "merges.txt")), Is.EqualTo(File.ReadAllBytes(Path.Combine(from, "merges.txt"))));
        });
    }

    [Test]
    public void WithoutTargetsThereIsNothingToAimAt()
    {
        Gpt2Model blind = Pair.GainCell.With([.. Pair.GainCell.Weights.Scalers.Select(s => s with { Value = s.Value with { TargetStd = null } })]);
        Assert.That(() => ScaleAdaptation.RequireTargets(blind, "here"), Throws.TypeOf<BadInputException>().With.Message.StartsWith("here: tensors 'h.0.attn.v_scaler.target_std'"));
    }
}
