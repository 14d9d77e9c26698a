using AnalogAttention.Calibration;
using AnalogAttention.Calibration.Benches;
using AnalogAttention.Inference.Attention;
using AnalogAttention.Inference.Evaluation;
using AnalogAttention.Inference.Gpt2;
using AnalogAttention.Simulation.Embedded;
using AnalogAttention.Studies;
using AnalogAttention.Studies.Adaptation;

namespace AnalogAttention.Tests.Studies.Adaptation;

/// <summary>The read pair comes back with both thresholds 20 mV high and a write gate that leaks 30 % more (Docs/new-silicon.md).</summary>
public class DesignersCaseTests
{
    private static readonly string Example = Path.Combine(Repository.Root, "Docs", "examples", "new-silicon.lib");

    private static string NewSilicon() => File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Netlists", CellDeck.LibraryName))
        .Replace("vto=0.30089", "vto=0.32089").Replace("vto=-0.42048", "vto=-0.40048").Replace("junction=1f", "junction=1.3f").Replace("vto=0.45 ", "vto=0.4412 ").Replace("vto=-0.45 ", "vto=-0.4412 ");

    [Test]
    public void TheExampleIsTheShippedCellWithTheseNumbersChanged() => Assert.That(File.ReadAllText(Example), Is.EqualTo(NewSilicon()));

    [Test, Explicit("two minutes: two calibrations and two adaptations"), Category("Slow")]
    public void AdaptationWinsBackHalfOfWhatTheShiftCost()
    {
        CellModel Calibrated(string? library) => Calibrator.Run(new CalibrationOptions(new CellDeck(library), Jobs: 2), new EmbeddedEngine()).Cell;
        CellModel made = Calibrated(null), silicon = Calibrated(Example);
        var pair = ModelPair.Embedded();
        int[] tokens = TextFile.Tokens(ModelPair.SampleTextPath, pair.Tokenizer);
        const int windows = 2, context = 512;
        ReadOnlyMemory<int>[] seen = [.. Enumerable.Range(0, windows).Select(n => tokens.AsMemory(n * context, context))];
        var held = tokens.AsMemory(windows * context, 6 * context + 1);
        double Loss(Gpt2Model model, CellModel cell) => new Evaluator().Evaluate(held, [new EvaluationVariant("x", new FastModel(model, new GainCellAttention(cell)))])[0].Loss;

        double volts = silicon.ZeroCurrentVolts!.Value - made.ZeroCurrentVolts!.Value;
        Gpt2Model shifted = ScaleAdaptation.ShiftStorage(pair.GainCell, volts);
        var attention = new GainCellAttention(silicon);
        double before = Loss(pair.GainCell, made), direct = Loss(pair.GainCell, silicon);
        double published = Loss(ScaleAdaptation.Run(pair.GainCell, attention, seen, 2).Model, silicon);
        double both = Loss(ScaleAdaptation.Run(shifted, attention, seen, 2).Model, silicon), moved = Loss(shifted, silicon);
        TestContext.Out.WriteLine(FormattableString.Invariant($"zero current {volts * 1e3:f2} mV higher; loss {before:f4}, direct {direct:f4}, published {published:f4}, shifted {moved:f4}, both {both:f4}"));
        Assert.Multiple(() =>
        {
            Assert.That(volts, Is.EqualTo(0.02).Within(0.001), "both thresholds move it");
            Assert.That(silicon.Retention!.TauSeconds, Is.LessThan(0.95 * made.Retention!.TauSeconds), "it leaks more");
            Assert.That(direct - before, Is.GreaterThan(0.02), "the shift costs something");
            Assert.That(both - before, Is.LessThan(0.5 * (direct - before)));
            Assert.That(moved - before, Is.LessThan(0.5 * (direct - before)));
        });
    }
}
