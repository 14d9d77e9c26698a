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
        int agreed = 0, amongFive = 0, count = 0, step = stride ?? 80;
        double[,] headError = new double[Shape.Layers, Shape.Heads], headSquare = new double[Shape.Layers, Shape.Heads];
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
                int likely = Array.IndexOf(p[r], p[r].Max());
                amongFive += q[r].Order().TakeLast(5).Contains(q[r][likely]) ? 1 : 0;
                divergence += p[r].Zip(q[r], (a, b) => a * Math.Log(a / b)).Sum();
            }
            for (var l = 0; l < Shape.Layers; l++)
                for (int i = first * Shape.Width; i < length * Shape.Width; i++)
                {
                    error[l] += Math.Pow(own[l][i] - other[l][i], 2);
                    square[l] += other[l][i] * other[l][i];
                    headError[l, i % Shape.Width / Shape.HeadSize] += Math.Pow(own[l][i] - other[l][i], 2);
                    headSquare[l, i % Shape.Width / Shape.HeadSize] += other[l][i] * other[l][i];
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
            Assert.That(comparison.Top5Agreement, Is.EqualTo(amongFive / (double)count));
            for (var l = 0; l < Shape.Layers; l++)
                Assert.That(comparison.AttentionErrorByHead[l], Is.EqualTo(Enumerable.Range(0, Shape.Heads).Select(h => Math.Sqrt(headError[l, h] / headSquare[l, h]))).Within(1e-11));
            Assert.That(comparison.KlDivergence, Is.EqualTo(divergence / count).Within(1e-11));
            Assert.That(comparison.AttentionErrorByLayer, Is.EqualTo(error.Zip(square, (e, s) => Math.Sqrt(e / s))).Within(1e-11));
        });
    }

    /// <summary>Spelled out: greedy tokens of the word, and its probability, from the logits.</summary>
    [Test]
    public void LastWordsFollowFromTheLogits()
    {
        Gpt2Model model = Shape.Load();
        var attention = new SoftmaxAttention();
        var random = new Random(3);
        LastWordExample[] examples = [.. Enumerable.Range(0, 40).Select(n =>
        {
            int[] tokens = [.. Enumerable.Range(0, random.Next(2, 120)).Select(_ => random.Next(Shape.Vocabulary))];
            int word = random.Next(1, Math.Min(4, tokens.Length));
            int[] read = tokens[Math.Max(0, tokens.Length - 81)..];
            // half of them end as the model goes on
            for (var t = read.Length - word; n % 2 == 0 && t < read.Length; t++)
            {
                float[] logits = model.Logits(read.AsSpan(0, t), attention)[^Shape.Vocabulary..];
                read[t] = tokens[tokens.Length - read.Length + t] = Array.IndexOf(logits, logits.Max());
            }
            return new LastWordExample(tokens, tokens.Length - word);
        })];
        var right = 0;
        double sum = 0;
        foreach (LastWordExample example in examples)
        {
            int[] tokens = [.. example.Tokens.Skip(Math.Max(0, example.Tokens.Count - 81))];
            int word = example.Tokens.Count - example.Given;
            double[][] p = Probabilities(Array.ConvertAll(model.Logits(tokens.AsSpan(0, tokens.Length - 1), attention), static v => (double)v));
            var isRight = true;
            for (var t = tokens.Length - word; t < tokens.Length; t++)
            {
                isRight &= Array.IndexOf(p[t - 1], p[t - 1].Max()) == tokens[t];
                sum += Math.Log(p[t - 1][tokens[t]]);
            }
            right += isRight ? 1 : 0;
        }
        LastWordResult one = LastWord.Evaluate("softmax", new FastModel(model, attention), examples, threads: 1), two = LastWord.Evaluate("softmax", new FastModel(model, attention), examples, threads: 3);
        Assert.Multiple(() =>
        {
            Assert.That(right, Is.InRange(20, 39));
            Assert.That(one.Accuracy, Is.EqualTo(right / 40.0));
            Assert.That(one.Perplexity, Is.EqualTo(Math.Exp(-sum / 40)).Within(1e-9 * one.Perplexity), "the same numbers by other sums");
            Assert.That(two, Is.EqualTo(one), "to the bit");
        });
    }

    [Test]
    public void ALastWordThatDoesNotFitIsRefused()
    {
        ISequenceModel model = new FastModel(Shape.Load(), new SoftmaxAttention());
        Assert.That(() => LastWord.Evaluate("m", model, [], 1), Throws.TypeOf<BadInputException>());
        Assert.That(() => LastWord.Evaluate("m", model, [new([.. Enumerable.Repeat(1, 100)], 10)], 1), Throws.TypeOf<BadInputException>().With.Message.Contains("does not fit"));
        Assert.That(() => LastWord.Evaluate("m", model, [new([1, 61], 1)], 1), Throws.TypeOf<BadInputException>().With.Message.Contains("token 61"));
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
