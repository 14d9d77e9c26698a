using AnalogAttention.Calibration;
using AnalogAttention.Calibration.Benches;
using AnalogAttention.Simulation.Embedded;
using AnalogAttention.Studies;

namespace AnalogAttention.Tests.Studies;

public class ColumnSumTests
{
    private static readonly CellDeck Product = new();
    private static readonly EmbeddedEngine Engine = new();
    private static readonly Lazy<(ModelPair Models, int[] Tokens, CellModel Cell)> Workload = new(() =>
    {
        var models = ModelPair.Embedded();
        int[] tokens = models.Tokenizer.Encode(File.ReadAllText(ModelPair.SampleTextPath)).Take(200).ToArray();
        return (models, tokens, Calibrator.Run(new CalibrationOptions(Product, Jobs: 2) { Periphery = "ideal" }, Engine).Cell);
    });

    private static ColumnSumResult Run(CellModel cell) => ColumnSumStudy.Run(Workload.Value.Models.GainCell, cell, Product, Engine, Workload.Value.Tokens, 2);

    [Test]
    public void Shipped_fit_keeps_the_columns_of_the_embedded_model_within_half_a_step()
    {
        var result = Run(Workload.Value.Cell);
        Assert.Multiple(() =>
        {
            Assert.That(result.Outputs.Columns, Is.EqualTo(8 * 4 * 64 * Enumerable.Range(0, 25).Sum(i => i * 8 / 64 + 1)));
            Assert.That(result.Outputs.Rms, Is.LessThan(0.25));
            Assert.That(result.Outputs.Max, Is.LessThan(0.5));
            Assert.That(result.Outputs.Max, Is.LessThan(result.Coherent(Workload.Value.Cell)));
        });
    }

    [Test]
    public void A_cell_with_five_percent_too_much_gain_is_caught()
    {
        var cell = Workload.Value.Cell;
        var wrong = cell with { Transfer = cell.Transfer with { CoefficientsAmperes = [.. cell.Transfer.CoefficientsAmperes!.Select(c => 1.05 * c)] } };
        Assert.That(Run(wrong).Outputs.Max, Is.GreaterThan(0.5));
    }
}
