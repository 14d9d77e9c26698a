using AnalogAttention.Calibration;
using AnalogAttention.Calibration.Benches;
using AnalogAttention.Calibration.Extraction;
using AnalogAttention.Circuits;

namespace AnalogAttention.Tests.Calibration.Extraction;

public class TableCalibratorTests
{
    /// <summary>The published cubic as a table, scaled by the read voltage.</summary>
    private static MeasuredTable Cubic(int stores)
    {
        var transfer = PublishedCell.Load().Transfer;
        double[] store = [.. Enumerable.Range(0, stores).Select(i => 0.9 * i / (stores - 1))];
        var amperes = new double[2, stores];
        for (var i = 0; i < stores; i++)
            amperes[1, i] = transfer.Amperes(store[i]);
        return new MeasuredTable("cubic.csv", new string('a', 64), new TransferTable(store, [0.45, 0.9], amperes));
    }

    [Test]
    public void A_polynomial_in_a_table_comes_back_with_its_provenance()
    {
        var cell = TableCalibrator.Run(Cubic(21), order: 3);
        var published = PublishedCell.Load().Transfer.CoefficientsAmperes!;
        Assert.Multiple(() =>
        {
            Assert.That(cell.Transfer.CoefficientsAmperes, Is.EqualTo(published).Within(1e-15)); // least squares of microamperes in double precision
            Assert.That(cell.Fit!.HeldOutMaxAmperes, Is.LessThan(1e-15));
            Assert.That(cell.Provenance!.Engine, Is.EqualTo("none"));
            Assert.That(cell.Provenance.Files, Is.EqualTo(new[] { new ProvenanceFile("cubic.csv", new string('a', 64)) }));
            Assert.That(CellFile.Format(CellFile.Parse(CellFile.Format(cell), "cell.json")), Is.EqualTo(CellFile.Format(cell)));
        });
    }

    [Test]
    public void Order_is_chosen_where_none_is_given()
    {
        var cell = TableCalibrator.Run(Cubic(21));
        var published = PublishedCell.Load().Transfer;
        Assert.Multiple(() =>
        {
            Assert.That(cell.Transfer.CoefficientsAmperes!.Count - 1, Is.GreaterThanOrEqualTo(3));
            Assert.That(Enumerable.Range(0, 91).Select(i => cell.Transfer.Amperes(0.01 * i) - published.Amperes(0.01 * i)), Has.All.EqualTo(0).Within(1e-15)); // exact data: any order from 3 up is the cubic
            Assert.That(cell.Provenance!.Parameters["orderOrigin"], Does.Contain("cross-validation"));
        });
    }

    [Test]
    public void A_table_too_short_to_choose_an_order_is_refused() =>
        Assert.That(() => TableCalibrator.Run(Cubic(8)), Throws.TypeOf<BadInputException>().With.Message.Contains("choose the order").And.Message.Contains("at least 9"));

    [Test]
    public void An_order_too_high_for_the_held_out_error_is_refused() =>
        Assert.That(() => TableCalibrator.Run(Cubic(8), order: 3), Throws.TypeOf<BadInputException>().With.Message.Contains("at least 9"));
}
