using AnalogAttention.Calibration;
using AnalogAttention.Calibration.Benches;
using AnalogAttention.Inference.Attention;
using AnalogAttention.Simulation.Embedded;
using AnalogAttention.Studies;

namespace AnalogAttention.Tests.Studies;

/// <summary>The C# example of Docs/flow.md, compiled and run; the text there is the text here.</summary>
public class LibraryExampleTests
{
    [Test]
    public void Example_runs()
    {
        // example
        var cell = Calibrator.Run(new CalibrationOptions(new CellDeck()), new EmbeddedEngine()).Cell;
        var models = ModelPair.Embedded();
        var attention = new GainCellAttention(cell);

        int[] tokens = models.Tokenizer.Encode("It was a dark night, and the old man");
        float[] logits = models.GainCell.Logits(tokens, attention);

        int[] text = models.Tokenizer.Encode(TextFile.Read(ModelPair.SampleTextPath))[..513];
        var fidelity = FidelityStudy.Run(models, attention, text, jobs: 2);
        Console.WriteLine($"{logits.Length} logits; perplexity {fidelity.GainCell.Perplexity:f2}, {fidelity.PerplexityRatio:f3} x softmax");
        // end
        Assert.That(logits, Has.Length.EqualTo(tokens.Length * models.GainCell.Config.Vocabulary));
        Assert.That(fidelity.PerplexityRatio, Is.InRange(0.9, 1.2)); // 512 tokens: the ratio of the whole text, give or take 10 % of sampling
    }

    [Test]
    public void Example_is_the_one_in_the_documentation()
    {
        static string Lines(IEnumerable<string> lines) => string.Join('\n', lines.Select(l => l.Trim()));
        var source = File.ReadLines(Path.Combine(Repository.Root, "Tests", "Studies", "LibraryExampleTests.cs")).SkipWhile(l => l.Trim() != "// example").Skip(1).TakeWhile(l => l.Trim() != "// end");
        var page = File.ReadLines(Path.Combine(Repository.Root, "Docs", "flow.md")).SkipWhile(l => l != "```csharp").Skip(1).TakeWhile(l => l != "```");
        Assert.That(Lines(page), Is.EqualTo(Lines(source)));
    }
}
