using AnalogAttention.Calibration;
using AnalogAttention.Calibration.Benches;
using AnalogAttention.Circuits;
using AnalogAttention.Inference.Attention;
using AnalogAttention.Inference.Evaluation;
using AnalogAttention.Simulation.Embedded;
using AnalogAttention.Studies;
using AnalogAttention.Studies.Budget;

namespace AnalogAttention.Tests.Studies;

/// <summary>From a number of the deck to the loss.</summary>
public class SensitivityTests
{
    private static readonly ModelPair Pair = ModelPair.Embedded();
    private static readonly int[] Tokens = TextFile.Tokens(ModelPair.SampleTextPath, Pair.Tokenizer)[..1025];

    [Test]
    public void ChangesAreThoseOfTheLibraryWrittenSo()
    {
        using var folder = new TemporaryFolder();
        var found = SensitivityStudy.Run(Pair, new CellDeck(), new EmbeddedEngine { Threads = 1 }, Tokens, ["read_n.xj", "read_n.vto"], 3, 2);
        Assert.That(found.Select(s => s.Name), Is.EqualTo(new[] { "read_n.vto", "read_n.xj" }), "the larger first");
        Assert.That(found[1].IsIdle, Is.True, "a depth that no equation in use asks for");

        string library = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Netlists", CellDeck.LibraryName));
        double Loss(string? path, int? order)
        {
            CellModel cell = Calibrator.Run(new CalibrationOptions(new CellDeck(path), order, Jobs: 2), new EmbeddedEngine()).Cell;
            var options = new GainCellOptions { Seed = 3 }.With("mismatch").With("write-noise").With("leak");
            return new Evaluator().Evaluate(Tokens, [new EvaluationVariant("x", new FastModel(Pair.GainCell, new GainCellAttention(cell, options)))])[0].Loss;
        }
        double expected = Loss(folder.Write("up.lib", library.Replace("vto=0.30089", "vto=0.31089")), 9) - Loss(null, 9);
        Assert.That(found[0].Change!.Nats, Is.EqualTo(expected).Within(1e-9));
        Assert.That(Math.Abs(expected), Is.GreaterThan(1e-4));
    }

    [Test]
    public void NumbersThatAreNotThereAreNamed() =>
        Assert.That(() => SensitivityStudy.Run(Pair, new CellDeck(), new EmbeddedEngine(), Tokens, ["read_n.vt"], 1, 1), Throws.TypeOf<BadInputException>().With.Message.StartsWith("gain-cell.lib states no 'read_n.vt'; it states gain_cell.c_store"));
}
