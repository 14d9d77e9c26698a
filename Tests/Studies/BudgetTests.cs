using AnalogAttention.Calibration;
using AnalogAttention.Circuits;
using AnalogAttention.Inference.Attention;
using AnalogAttention.Inference.Evaluation;
using AnalogAttention.Studies;
using AnalogAttention.Studies.Budget;

namespace AnalogAttention.Tests.Studies;

/// <summary>The error budget on a small random model.</summary>
public class BudgetTests
{
    private static readonly CellModel Cell = PublishedCell.Load() with
    {
        Mismatch = new MismatchModel(0.05, 0.01, 2e-6, [[1, 0, 0], [0, 1, 0], [0, 0, 1]]),
        Retention = new RetentionModel(5e-3, 0.45, 65e-9) { Drift = new DriftModel([75, 50, 25, -12, -25, -40, -75, -100], [0, 0, 0, 0, 0, 0, 0, 0], 0, 0) },
        Fit = new FitQuality("by hand", 5, 1, 0, 0, []) { Reads = new ReadTable([0, 0.2, 0.45, 0.7, 0.9], [-6e-6, -2e-6, 5e-7, 4e-6, 1.1e-5]) },
    };

    private static readonly ModelPair Pair = ModelPair.Embedded();
    private static readonly int[] Tokens = TextFile.Tokens(ModelPair.SampleTextPath, Pair.Tokenizer)[..1100];

    private static readonly Lazy<BudgetResult> Result = new(() => BudgetStudy.Run(Pair, Cell, Tokens, [], 2, 5, 2));

    [Test]
    public void StepsAreEvaluationsWithOneEffectMore()
    {
        string[] names = [.. Result.Value.Effects.Select(e => e.Effect)];
        Assert.That(names, Is.EqualTo(new[] { "input-quantization", "storage-quantization", "fit", "mismatch", "leak", "output-quantization" }));
        double Loss(CellModel cell, GainCellOptions options) => new Evaluator().Evaluate(Tokens, [new EvaluationVariant("x", new FastModel(Pair.GainCell, new GainCellAttention(cell, options)))])[0].Loss;
        GainCellOptions full = new GainCellOptions { Seed = 5 }.With("mismatch").With("leak");
        CellModel simulated = Cell.AsSimulated()!;
        Assert.Multiple(() =>
        {
            Assert.That(Result.Value.Ladder[0].Loss, Is.EqualTo(Loss(Cell, GainCellOptions.Ideal)));
            Assert.That(Result.Value.Ladder[2].Loss, Is.EqualTo(Loss(Cell, GainCellOptions.Ideal with { QuantizeInput = true, QuantizeStorage = true })));
            Assert.That(Result.Value.Ladder[3].Loss, Is.EqualTo(Loss(simulated, GainCellOptions.Ideal with { QuantizeInput = true, QuantizeStorage = true })));
            Assert.That(Result.Value.Full.Loss, Is.EqualTo((Loss(simulated, full) + Loss(simulated, full with { Seed = 6 })) / 2).Within(1e-12));
            Assert.That(Result.Value.Effects[^1].LeftOut.Nats, Is.EqualTo(Result.Value.Effects[^1].Added.Nats).Within(1e-12), "the last to come is the first to go");
            Assert.That(Result.Value.Effects[0].Alone.Nats, Is.EqualTo(Result.Value.Effects[0].Added.Nats).Within(1e-12));
            Assert.That(Result.Value.Ladder.Select(s => s.Chips.Count), Is.EqualTo(new[] { 1, 1, 1, 1, 2, 2, 2 }));
        });
    }

    [Test]
    public void TheSumOfTheStepsIsTheWhole()
    {
        BudgetResult result = Result.Value;
        Assert.That(result.Effects.Sum(e => e.Added.Nats), Is.EqualTo(result.Full.Loss - result.Ladder[0].Loss).Within(1e-9));
        Assert.That(result.Interaction, Is.EqualTo(result.Full.Loss - result.Ladder[0].Loss - result.Effects.Sum(e => e.Alone.Nats)).Within(1e-12));
    }

    /// <summary>Two windows: half the difference of the two times t(0.975; 1) = 12.706.</summary>
    [Test]
    public void IntervalsAreStudentsOverWindows()
    {
        BudgetStep a = Result.Value.Ladder[1], b = Result.Value.Ladder[0];
        double Window(int w) => (a.Chips[0].Windows[w].NegativeLogLikelihood - b.Chips[0].Windows[w].NegativeLogLikelihood) / 512;
        Assert.That(Result.Value.Effects[0].Added.HalfWidth, Is.EqualTo(12.7062 * Math.Abs(Window(0) - Window(1)) / 2).Within(1e-4 * Math.Abs(Window(0) - Window(1))));
    }

    [Test]
    public void TheSameBytesForAnyNumberOfJobs()
    {
        string one = BudgetFile.Format(BudgetStudy.Run(Pair, Cell, Tokens, [], 2, 5, 1), "c", "t", 5);
        Assert.That(BudgetFile.Format(Result.Value, "c", "t", 5), Is.EqualTo(one));
    }

    [Test]
    public void EffectsCanBeLeftOutThroughout()
    {
        var result = BudgetStudy.Run(Pair, Cell, Tokens, ["mismatch", "fit"], 2, 5, 2);
        Assert.That(result.Effects.Select(e => e.Effect), Is.EqualTo(new[] { "input-quantization", "storage-quantization", "leak", "output-quantization" }));
        Assert.That(result.Ladder[^1].Chips, Has.Count.EqualTo(1), "nothing is drawn");
        Assert.That(result.LeftOut, Is.EqualTo(new[] { "mismatch", "fit" }));
    }

    [Test]
    public void WithoutDriftTheDecayTakesItsPlace()
    {
        var result = BudgetStudy.Run(Pair, Cell with { Retention = Cell.Retention! with { Drift = null } }, Tokens, ["mismatch"], 1, 1, 2);
        Assert.That(result.Effects.Select(e => e.Effect), Is.EqualTo(new[] { "input-quantization", "storage-quantization", "decay", "output-quantization" }));
    }

    [Test]
    public void OneWindowHasNoInterval() =>
        Assert.That(() => BudgetStudy.Run(Pair, Cell, Tokens.AsMemory(0, 500), [], 1, 1, 1), Throws.TypeOf<BadInputException>().With.Message.Contains("an interval needs two windows of 512"));
}
