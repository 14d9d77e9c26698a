using AnalogAttention.Calibration;
using AnalogAttention.Calibration.Benches;
using AnalogAttention.Simulation.Embedded;

namespace AnalogAttention.Tests.Calibration;

public class CalibratorTests
{
    private static CalibrationResult Calibrate(CellDeck? deck = null, int jobs = 2, int order = 5) =>
        Calibrator.Run(new CalibrationOptions(deck ?? new CellDeck(), order, StorePoints: 10, Jobs: jobs) { Input = new InputModel(15e-9, 4) }, new EmbeddedEngine());

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
    public void Provenance_names_every_file_with_its_hash()
    {
        var provenance = Calibrate().Cell.Provenance!;
        Assert.That(provenance.Files.Select(f => f.Path), Is.EqualTo(new[]
        {
            "Netlists/comparator-noise.cir", "Netlists/gain-cell-noise.cir", "Netlists/gain-cell-pulse.cir", "Netlists/gain-cell-transfer.cir", "Netlists/gain-cell.lib", "Netlists/periphery.lib",
        }));
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
