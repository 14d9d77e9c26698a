using AnalogAttention.Calibration;
using AnalogAttention.Calibration.Benches;
using AnalogAttention.Calibration.Fits;
using AnalogAttention.Reports;
using AnalogAttention.Simulation.Embedded;

namespace AnalogAttention.Tests.Calibration;

public class CalibratorTests
{
    private static CalibrationResult Calibrate(CellDeck? deck = null, int jobs = 2, int? order = null, int storePoints = 10, TransferKind transfer = TransferKind.Polynomial) =>
        Calibrator.Run(new CalibrationOptions(deck ?? new CellDeck(), order, storePoints, jobs) { Input = new InputModel(15e-9, 4), Transfer = transfer, Periphery = "ideal" }, new EmbeddedEngine());

    /// <summary>The product's cell with one piece of its text replaced.</summary>
    internal static string ChangedLibrary(TemporaryFolder folder, string from, string to)
    {
        var text = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Netlists", CellDeck.LibraryName));
        Assert.That(text, Does.Contain(from));
        return folder.Write("changed.lib", text.Replace(from, to));
    }

    [Test]
    public void Same_deck_gives_the_same_bytes_for_any_number_of_jobs() =>
        Assert.That(CellFile.Format(Calibrate(jobs: 1).Cell), Is.EqualTo(CellFile.Format(Calibrate(jobs: 2).Cell)));

    [Test]
    public void Fit_holds_on_reads_it_has_not_seen_and_gains_from_its_order()
    {
        FitQuality cubic = Calibrate(order: 3).Cell.Fit!, quintic = Calibrate(order: 5).Cell.Fit!;
        Assert.Multiple(() =>
        {
            Assert.That(quintic.RSquared, Is.GreaterThan(0.9999));
            Assert.That(quintic.HeldOutRmsAmperes, Is.LessThan(0.25 * cubic.HeldOutRmsAmperes));
            Assert.That(quintic.HeldOutMaxAmperes, Is.LessThan(0.01 * 10e-6)); // 1 % of full scale
        });
    }

    [Test]
    public void Order_chosen_by_cross_validation_holds_on_reads_that_took_no_part_in_the_choice()
    {
        var chosen = Calibrate(storePoints: 25);
        int order = chosen.Cell.Transfer.CoefficientsAmperes!.Count - 1;
        var given = Calibrate(storePoints: 25, order: order).Cell;
        Assert.Multiple(() =>
        {
            Assert.That(order, Is.EqualTo(TransferFit.Choose(chosen.Fitted, 0.45, PolynomialTerms.All).Order));
            Assert.That(chosen.HeldOut.StoreVolts.Intersect(chosen.Fitted.StoreVolts), Is.Empty);
            Assert.That(chosen.Cell.Fit!.HeldOutRmsAmperes, Is.LessThan(30e-9)); // what the shipped cell promises
            Assert.That(given.Transfer.CoefficientsAmperes, Is.EqualTo(chosen.Cell.Transfer.CoefficientsAmperes));
            Assert.That((given.Provenance!.Parameters["order"], given.Provenance.Parameters["orderOrigin"]), Is.EqualTo((chosen.Cell.Provenance!.Parameters["order"], "given")));
            Assert.That(chosen.Cell.Provenance.Parameters["orderOrigin"], Does.Contain("cross-validation"));
        });
    }

    [Test]
    public void Odd_transfer_has_no_even_power_beside_its_constant()
    {
        IReadOnlyList<double> c = Calibrate(transfer: TransferKind.Odd).Cell.Transfer.CoefficientsAmperes!;
        Assert.That(c.Where((_, i) => i > 0 && i % 2 == 0), Is.Not.Empty.And.All.Zero);
        Assert.That(c[^1], Is.Not.Zero);
    }

    [Test]
    public void Table_transfer_is_a_cell_file_without_retention()
    {
        var cell = Calibrate(transfer: TransferKind.Table).Cell;
        Assert.Multiple(() =>
        {
            Assert.That(cell.Transfer.CurrentsAmperes, Has.Count.EqualTo(10).And.Ordered);
            Assert.That(cell.Retention, Is.Null);
            Assert.That(cell.Fit!.Covariance, Has.Count.EqualTo(10));
            Assert.That(CellFile.Format(CellFile.Parse(CellFile.Format(cell), "cell.json")), Is.EqualTo(CellFile.Format(cell)));
        });
    }

    [TestCase(TransferKind.Polynomial)]
    [TestCase(TransferKind.Table)]
    public void Report_compares_every_model_on_held_out_reads(TransferKind transfer)
    {
        var result = Calibrate(transfer: transfer);
        var section = CalibrationReport.Sections(result).Single(s => s.Title == "Which model fits");
        var table = section.Items.OfType<ReportTable>().Single();
        var figure = section.Items.OfType<LineFigure>().Single();
        string[] models = [.. table.Rows.Select(r => r.Cells[0].ToString()!)];
        Assert.Multiple(() =>
        {
            foreach (var kind in new[] { "polynomial, order 3", "odd polynomial", "monotone table", "(t - t0)", "g a table", "surface" })
                Assert.That(models, Has.Exactly(1).Contains(kind));
            Assert.That(figure.Panels.Single().Series.Select(s => s.X.Count).Distinct(), Is.EqualTo(new[] { TransferFit.Choose(result.Fitted, 0.45, PolynomialTerms.All).Scores.Count }));
        });
    }

    [Test]
    public void Provenance_names_every_file_with_its_hash()
    {
        var provenance = Calibrate().Cell.Provenance!;
        string[] expected =
        [
            "charge-to-pulse-bench.inc", "charge-to-pulse.cir", "comparator-noise.cir", "gain-cell-bitline.cir", "gain-cell-capacitance.cir", "gain-cell-leakage.cir", "gain-cell-leakage.inc",
            "gain-cell-noise.cir", "gain-cell-pulse.cir", "gain-cell-retention.cir", "gain-cell-transfer.cir", "gain-cell-write.cir", "gain-cell.lib", "periphery.lib",
            "signed-charge-to-pulse-bench.inc", "signed-charge-to-pulse.cir",
        ];
        Assert.That(provenance.Files.Select(f => f.Path), Is.EqualTo(expected.Select(name => "Netlists/" + name)));
        Assert.That(provenance.Files.Select(f => f.Sha256), Has.All.Match("^[0-9a-f]{64}$"));
    }

    [Test]
    public void Wider_read_transistors_carry_proportionally_more_static_current()
    {
        using var folder = new TemporaryFolder();
        var wider = Calibrate(new CellDeck(ChangedLibrary(folder, "wn=80n ln=400n wp=200n", "wn=120n ln=400n wp=300n")));
        var nominal = Calibrate();
        // I is proportional to W in the model; weta is 0 in both read models
        Assert.That(wider.Static.FullRead[^1], Is.EqualTo(1.5 * nominal.Static.FullRead[^1]).Within(1e-6 * nominal.Static.FullRead[^1]));
        Assert.That(wider.Cell.Transfer.Amperes(0.9), Is.GreaterThan(1.35 * nominal.Cell.Transfer.Amperes(0.9))); // larger gates couple more of the pulse into the store
    }

    [Test]
    public void Higher_threshold_of_the_read_nmos_moves_the_zero_current_voltage_up()
    {
        using var folder = new TemporaryFolder();
        var shifted = Calibrate(new CellDeck(ChangedLibrary(folder, "vto=0.30089", "vto=0.35089")));
        Assert.That(shifted.ZeroCurrentVolts, Is.GreaterThan(Calibrate().ZeroCurrentVolts!.Value + 0.01));
        Assert.That(shifted.Cell.Transfer.Amperes(0.9), Is.LessThan(Calibrate().Cell.Transfer.Amperes(0.9)));
    }
}
