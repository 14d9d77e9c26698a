using AnalogAttention.Circuits;
using AnalogAttention.Inference.Attention;
using AnalogAttention.Inference.Gpt2;
using AnalogAttention.Inference.Sampling;
using NUnit.Framework;

namespace AnalogAttention.Tests.Inference;

public class SamplingTests
{
    private static readonly float[] Logits = [MathF.Log(1), MathF.Log(4), MathF.Log(2), MathF.Log(3)];

    [Test]
    public void FrequenciesFollowTheProbabilities()
    {
        const int draws = 20_000;
        foreach ((SamplingOptions options, double[] expected) in new (SamplingOptions, double[])[]
        {
            (new(), [0.1, 0.4, 0.2, 0.3]),
            (new(Temperature: 0.5), [1 / 30.0, 16 / 30.0, 4 / 30.0, 9 / 30.0]),
            (new(TopK: 2), [0, 4 / 7.0, 0, 3 / 7.0]),
            (new(TopP: 0.75), [0, 4 / 9.0, 2 / 9.0, 3 / 9.0]),
            (new(TopP: 0.69), [0, 4 / 7.0, 0, 3 / 7.0]),
        })
        {
            var sampler = new TokenSampler(options with { Seed = 7 });
            var counts = new int[4];
            for (var i = 0; i < draws; i++)
                counts[sampler.Next(Logits)]++;
            // Four standard deviations of a binomial: 4 sqrt(0.25 / 20000) = 0.014.
            Assert.That(counts.Select(c => c / (double)draws), Is.EqualTo(expected).Within(0.014), options.ToString());
            for (var i = 0; i < 4; i++)
                Assert.That(counts[i] == 0, Is.EqualTo(expected[i] == 0), options.ToString());
        }
    }

    [Test]
    public void GreedyTakesTheLowestOfTheMostLikely()
    {
        Assert.Multiple(() =>
        {
            Assert.That(new TokenSampler(SamplingOptions.Greedy).Next(Logits), Is.EqualTo(1));
            Assert.That(new TokenSampler(SamplingOptions.Greedy).Next([1, 3, 3]), Is.EqualTo(1));
            Assert.That(new TokenSampler(new SamplingOptions(TopK: 1)).Next([1, 3, 3]), Is.EqualTo(1));
        });
    }

    [TestCase(-1, null, null, "temperature")]
    [TestCase(double.NaN, null, null, "temperature")]
    [TestCase(1, 0, null, "top-k")]
    [TestCase(1, null, 0.0, "top-p")]
    [TestCase(1, null, 1.5, "top-p")]
    public void OptionsThatMeanNothingAreRefused(double temperature, int? topK, double? topP, string message) =>
        Assert.That(() => new TokenSampler(new SamplingOptions(temperature, topK, topP)), Throws.TypeOf<BadInputException>().With.Message.Contains(message));

    [Test]
    public void ASeedGivesOneTextAndAnotherSeedAnother()
    {
        Gpt2Model model = new RandomGpt2().Load();
        int[] Generate(int seed) => new TextGenerator(model, new SoftmaxAttention(), new SamplingOptions(Seed: seed)).Generate([1, 2, 3], 40);
        int[] first = Generate(1), again = Generate(1), other = Generate(2);
        Assert.Multiple(() =>
        {
            Assert.That(again, Is.EqualTo(first));
            Assert.That(other, Is.Not.EqualTo(first));
        });
    }

    [Test]
    public void GreedyWithStoredKeysEqualsGreedyFromScratch()
    {
        var shape = new RandomGpt2();
        Gpt2Model model = shape.Load();
        foreach (IAttention attention in new IAttention[] { new SoftmaxAttention(), new GainCellAttention(Fixture.Cell("attention", "cell-cubic.json")) })
        {
            List<int> tokens = [.. shape.Tokens(50)];
            int[] generated = new TextGenerator(model, attention, SamplingOptions.Greedy).Generate([.. tokens], 30);
            foreach (int token in generated)
            {
                Assert.That(TokenSampler.MostLikely(model.Logits([.. tokens], attention)[^shape.Vocabulary..]), Is.EqualTo(token));
                tokens.Add(token);
            }
        }
    }

    /// <summary>A context of 160 is full after the prompt of 150 and ten more; then the last 80 tokens are read anew.</summary>
    [Test]
    public void GenerationGoesOnWhereTheContextEnds()
    {
        var shape = new RandomGpt2();
        Gpt2Model model = shape.Load();
        var seen = new List<int>();
        int[] prompt = shape.Tokens(150), generated = new TextGenerator(model, new SoftmaxAttention(), SamplingOptions.Greedy).Generate(prompt, 30, onToken: seen.Add);
        int[] all = [.. prompt, .. generated];
        Assert.Multiple(() =>
        {
            Assert.That(generated, Has.Length.EqualTo(30));
            Assert.That(seen, Is.EqualTo(generated));
            Assert.That(all[161], Is.EqualTo(TokenSampler.MostLikely(model.Logits(all.AsSpan(81, 80), new SoftmaxAttention())[^shape.Vocabulary..])));
        });
    }

    [Test]
    public void AStopTokenEndsTheTextAndAnEmptyPromptIsRefused()
    {
        Gpt2Model model = new RandomGpt2().Load();
        var generator = new TextGenerator(model, new SoftmaxAttention(), new SamplingOptions(Seed: 1));
        int[] free = generator.Generate([1, 2, 3], 20);
        Assert.Multiple(() =>
        {
            Assert.That(generator.Generate([1, 2, 3], 20, stopToken: free[7]), Is.EqualTo(free[..Array.IndexOf(free, free[7])]));
            Assert.That(() => generator.Generate([], 5), Throws.TypeOf<BadInputException>().With.Message.Contains("no tokens"));
        });
    }
}
