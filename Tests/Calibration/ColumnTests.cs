using AnalogAttention.Calibration;
using AnalogAttention.Calibration.Benches;
using AnalogAttention.Circuits;
using AnalogAttention.Circuits.Builders;
using AnalogAttention.Simulation.Embedded;

namespace AnalogAttention.Tests.Calibration;

/// <summary>64 cells on one bitline: the dot product of the array, at transistor level.</summary>
public class ColumnTests
{
    [Test]
    public void A_column_of_64_cells_on_an_ideal_bitline_sums_the_charges_of_its_cells()
    {
        var random = new Random(64);
        ArrayRow[] rows = [.. Enumerable.Range(0, 64).Select(_ => new ArrayRow(PulseSeconds: random.Next(16) * 1e-9, [new ArrayCell(random.Next(8) * 0.9 / 7)]))];
        var engine = new EmbeddedEngine();
        var column = engine.Run(DeckReader.Parse(new ArrayBuilder().Build(rows), "column.cir"));

        var deck = new CellDeck();
        double sum = 0, magnitude = 0;
        foreach (var cell in rows.Where(r => r.PulseSeconds > 0).GroupBy(r => (r.PulseSeconds, r.Cells[0].StoreVolts)))
        {
            var (single, _) = PulseBench.Run(deck, engine, [cell.Key.StoreVolts], [cell.Key.PulseSeconds], jobs: 1);
            sum += cell.Count() * single.Coulombs[0, 0];
            magnitude += cell.Count() * Math.Abs(single.Coulombs[0, 0]);
        }
        // both runs hold each cell's current to reltol: 1e-3 (the column's default) of the charges that were summed
        Assert.That(column.Measures["charge1"], Is.EqualTo(sum).Within(1e-3 * magnitude));
    }

    [Test]
    public void The_charge_of_a_column_is_the_cell_models_dot_product()
    {
        var random = new Random(7);
        ArrayRow[] rows = [.. Enumerable.Range(0, 16).Select(_ => new ArrayRow(random.Next(1, 16) * 1e-9, [new ArrayCell(random.NextDouble() * 0.9)]))];
        var engine = new EmbeddedEngine();
        var charge = engine.Run(DeckReader.Parse(new ArrayBuilder().Build(rows), "column.cir")).Measures["charge1"];
        var result = Calibrator.Run(new CalibrationOptions(new CellDeck(), StorePoints: 13, Jobs: 2), engine);
        var dot = rows.Sum(r => result.Cell.Transfer.Amperes(r.Cells[0].StoreVolts) * r.PulseSeconds);
        // the fit's largest held-out error, on every cell, and the column's reltol of 1e-3
        var bound = rows.Length * result.Cell.Fit!.HeldOutMaxAmperes * 15e-9 + 1e-3 * rows.Sum(r => Math.Abs(result.Cell.Transfer.Amperes(r.Cells[0].StoreVolts)) * r.PulseSeconds);
        Assert.That(charge, Is.EqualTo(dot).Within(bound));
    }
}
