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
    public void An_order_too_high_for_the_held_out_error_is_refused() =>
        Assert.That(() => TableCalibrator.Run(Cubic(8), order: 3), Throws.TypeOf<BadInputException>().With.Message.Contains("at least 9"));
}
