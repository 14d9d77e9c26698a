using AnalogAttention.Calibration;
using AnalogAttention.Circuits;
using AnalogAttention.Inference.Attention;
using AnalogAttention.Inference.Evaluation;
using AnalogAttention.Inference.Gpt2;
using AnalogAttention.Inference.Reference;
using NUnit.Framework;

namespace AnalogAttention.Tests.Inference;

public class EvaluatorTests
{
    private static readonly RandomGpt2 Shape = new() { Positions = 80 };
    private static readonly CellModel Cell = Fixture.Cell("attention", "cell-cubic.json");

    /// <summary>The definitions, spelled out: log-softmax, argmax and KL of every row of every window.</summary>
    [TestCase(null)]
    [TestCase(24)]
    public void ResultsFollowFromTheLogits(int? stride)
    {
        Gpt2Model model = Shape.Load();
        int[] tokens = Shape.Tokens(203);
        var reference = new ReferenceGpt2(model);
        var ideal = new ReferenceGainCell(Cell, GainCellOptions.Ideal);
        EvaluationResult result = new Evaluator { Stride = stride }.Evaluate(tokens,
            [new("softmax", new ReferenceModel(reference, new ReferenceSoftmax())), new("ideal", new ReferenceModel(reference, ideal), "softmax")])[1];

        double loss = 0, divergence = 0;
        int agreed = 0, count = 0, step = stride ?? 80;
        double[] error = new double[Shape.Layers], square = new double[Shape.Layers];
        for (int start = 0, predicted = 0; predicted < tokens.Length - 1; start += step)
        {
            int length = Math.Min(80, tokens.Length - 1 - start);
            double[][] q = Probabilities(reference.Logits(tokens.AsSpan(start, length), ideal)), p = Probabilities(reference.Logits(tokens.AsSpan(start, length), new ReferenceSoftmax()));
            double[][] own = new double[Shape.Layers][], other = new double[Shape.Layers][];
            reference.Hidden(tokens.AsSpan(start, length), ideal, own);
            reference.Hidden(tokens.AsSpan(start, length), new ReferenceSoftmax(), other);
            int first = predicted - start;
            for (int r = first; r < length; r++, count++)
            {
                loss -= Math.Log(q[r][tokens[start + r + 1]]);
                agreed += Array.IndexOf(q[r], q[r].Max()) == Array.IndexOf(p[r], p[r].Max()) ? 1 : 0;
                divergence += p[r].Zip(q[r], (a, b) => a * Math.Log(a / b)).Sum();
            }
            for (var l = 0; l < Shape.Layers; l++)
                for (int i = first * Shape.Width; i < length * Shape.Width; i++)
                {
                    error[l] += Math.Pow(own[l][i] - other[l][i], 2);
                    square[l] += other[l][i] * other[l][i];
                }
            predicted = start + length;
        }
        Comparison comparison = result.Against("softmax")!;
        // The same numbers by other sums of some 10^4 terms in double.
        Assert.Multiple(() =>
        {
            Assert.That(result.Tokens, Is.EqualTo(202).And.EqualTo(count));
            Assert.That(result.Loss, Is.EqualTo(loss / count).Within(1e-11));
            Assert.That(result.Perplexity, Is.EqualTo(Math.Exp(loss / count)).Within(1e-8));
            Assert.That(comparison.Top1Agreement, Is.EqualTo(agreed / (double)count));
            Assert.That(comparison.KlDivergence, Is.EqualTo(divergence / count).Within(1e-11));
            Assert.That(comparison.AttentionErrorByLayer, Is.EqualTo(error.Zip(square, (e, s) => Math.Sqrt(e / s))).Within(1e-11));
        });
    }

    [Test]
    public void TheNumberOfThreadsDoesNotMatterToTheBit()
    {
        Gpt2Model model = Shape.Load();
        int[] tokens = Shape.Tokens(700);
        string[] results = [.. new[] { 1, 2, 5 }.Select(threads =>
            string.Join('\n', new Evaluator { Threads = threads }.Evaluate(tokens,
            [
                new("softmax", new FastModel(model, new SoftmaxAttention())),
                new("gainCell", new FastModel(model, new GainCellAttention(Cell, new GainCellOptions { DecayPerToken = 1e-3 })), "softmax"),
            ]).Select(r => $"{r.Loss:R} {r.Counts} {string.Join(' ', r.Comparisons.Select(c => $"{c.Top1Agreement:R} {c.KlDivergence:R} {string.Join(' ', c.AttentionErrorByLayer)}"))}")))];
        Assert.That(results, Is.All.EqualTo(results[0]));
    }

    [Test]
    public void AModelAgreesWithItself()
    {
        Gpt2Model model = Shape.Load();
        var fast = new FastModel(model, new SoftmaxAttention());
        Comparison same = new Evaluator().Evaluate(Shape.Tokens(100), [new("a", fast), new("b", fast, "a")])[1].Comparisons[0];
        Assert.Multiple(() =>
        {
            Assert.That(same.Top1Agreement, Is.EqualTo(1));
            Assert.That(same.KlDivergence, Is.Zero);
            Assert.That(same.AttentionErrorByLayer, Is.EqualTo(new double[] { 0, 0 }));
        });
    }

    [Test]
    public void ProgressRisesToOneAndCancellationStops()
    {
        var fast = new FastModel(Shape.Load(), new SoftmaxAttention());
        var seen = new List<double>();
        new Evaluator { Threads = 2 }.Evaluate(Shape.Tokens(400), [new("a", fast)], new Sink(seen.Add));
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        Assert.Multiple(() =>
        {
            Assert.That(seen, Is.Ordered.Ascending);
            Assert.That(seen[^1], Is.EqualTo(1).Within(1e-12));
            Assert.That(() => new Evaluator().Evaluate(Shape.Tokens(400), [new("a", fast)], null, cancelled.Token), Throws.InstanceOf<OperationCanceledException>());
        });
    }

    [Test]
    public void TooLittleTextAndForeignTokensAreRefused()
    {
        var fast = new FastModel(Shape.Load(), new SoftmaxAttention());
        Assert.Multiple(() =>
        {
            Assert.That(() => new Evaluator().Evaluate(new[] { 3 }, [new("a", fast)]), Throws.TypeOf<BadInputException>().With.Message.Contains("at least 2"));
            Assert.That(() => new Evaluator().Evaluate(new[] { 3, 4, 99 }, [new("a", fast)]), Throws.TypeOf<BadInputException>().With.Message.Contains("token 99"));
        });
    }

    private static double[][] Probabilities(double[] logits) => [.. logits.Chunk(Shape.Vocabulary).Select(row =>
    {
        double sum = row.Sum(Math.Exp);
        return row.Select(x => Math.Exp(x) / sum).ToArray();
    })];

    private sealed class Sink(Action<double> report) : IProgress<double>
    {
        public void Report(double value) => report(value);
    }
}
