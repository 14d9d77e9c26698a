using System.Collections.Immutable;
using AnalogAttention.Circuits;
using AnalogAttention.Circuits.Builders;
using NUnit.Framework;

namespace AnalogAttention.Tests.Circuits;

public class ColumnBuilderTests
{
    private string _folder = "";

    [SetUp]
    public void WriteCell()
    {
        _folder = Directory.CreateTempSubdirectory("column").FullName;
        File.WriteAllText(Path.Combine(_folder, "cell-for-tests.lib"), """
            .model n nmos level=44
            .subckt gain_cell wbl wwl wwlb rwl rwlb bl vdd params: c_store=5f
            m1 bl store rwlb 0 n w=100n l=30n
            m2 bl store rwl vdd n w=100n l=30n
            m3 wbl wwl store 0 n
            m4 wbl wwlb store vdd n
            c1 store 0 {c_store}
            .ends
            """);
    }

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    private Circuit Read(ColumnBuilder builder, params ColumnRow[] rows) =>
        DeckReader.Parse((builder with { Library = "cell-for-tests.lib" }).Build(rows), Path.Combine(_folder, "column.cir"));

    [Test]
    public void Every_cell_has_its_lines_its_pulse_and_its_stored_voltage()
    {
        var circuit = Read(
            new ColumnBuilder { CellParameters = ImmutableSortedDictionary<string, double>.Empty.Add("c_store", 2e-15) },
            new ColumnRow(0.1, 5e-9), new ColumnRow(0.9, 0), new ColumnRow(0.5, 20e-12));

        Assert.That(circuit.InitialVolts, Is.EquivalentTo(new Dictionary<string, double> { ["x1.store"] = 0.1, ["x2.store"] = 0.9, ["x3.store"] = 0.5 }));
        Assert.That(circuit.Find<Mosfet>("x3.m2").Nodes, Is.EqualTo(new[] { "bl", "x3.store", "rwl3", "vdd" }));
        Assert.That(circuit.Find<Capacitor>("x1.c1").Farads, Is.EqualTo(2e-15));
        Assert.That(circuit.Options["gmin"], Is.EqualTo(1e-18));
        Assert.That(circuit.Warnings, Is.Empty);

        var hold = circuit.Find<VoltageSource>("vbl");
        Assert.That((hold.Positive, hold.Negative, hold.Waveform.DcValue), Is.EqualTo(("0", "bl", -0.45)));
        Assert.That(circuit.Find<VoltageSource>("vrwl2").Waveform, Is.EqualTo(new DcWaveform(0.45)));
        Assert.That(circuit.Find<VoltageSource>("vrwlb2").Waveform, Is.EqualTo(new DcWaveform(0.45)));
    }

    [Test]
    public void The_product_s_cell_fits_the_builder()
    {
        var circuit = DeckReader.Parse(new ColumnBuilder().Build([.. Enumerable.Range(0, 64).Select(i => new ColumnRow(i / 70.0, i * 0.25e-9))]), "column");
        Assert.That(circuit.InitialVolts, Has.Count.EqualTo(64));
        Assert.That(circuit.Files.Select(f => f.Path), Is.EqualTo(new[] { "column", "Netlists/gain-cell.lib" }));
        Assert.That(circuit.Warnings, Is.Empty);
    }

    [TestCase(5e-9)]
    [TestCase(60e-12)]
    [TestCase(50e-12)]
    [TestCase(20e-12)]
    [TestCase(1e-12)]
    public void A_pulse_has_its_width_at_half_of_its_amplitude(double width)
    {
        var circuit = Read(new ColumnBuilder(), new ColumnRow(0.5, width));
        var rising = circuit.Find<VoltageSource>("vrwl1").Waveform;
        var mirrored = circuit.Find<VoltageSource>("vrwlb1").Waveform;
        const double half = (0.45 + 0.9) / 2;
        // Slope 9 V/ns, times of 1e-8 s to 1 ulp: 2e-14 V, and the width's own rounding.
        Assert.That(rising.ValueAt(1e-9), Is.EqualTo(half).Within(1e-12));
        Assert.That(rising.ValueAt(1e-9 + width), Is.EqualTo(half).Within(1e-12));
        Assert.That(rising.ValueAt(1e-9 - 26e-12), Is.EqualTo(0.45));
        Assert.That(rising.ValueAt(1e-9 + width + 26e-12), Is.EqualTo(0.45));
        Assert.That(rising.ValueAt(1e-9 + width / 2), width >= 50e-12 ? Is.EqualTo(0.9).Within(1e-12) : Is.InRange(half, 0.9));
        for (var t = 0.9e-9; t < 7e-9; t += 7e-12)
            Assert.That(rising.ValueAt(t) + mirrored.ValueAt(t), Is.EqualTo(0.9).Within(1e-12));
    }

    [Test]
    public void A_pulse_that_does_not_fit_is_refused()
    {
        Assert.That(() => new ColumnBuilder().Build([new ColumnRow(0.5, 19e-9)]), Throws.ArgumentException);
        Assert.That(() => new ColumnBuilder().Build([new ColumnRow(0.5, double.NaN)]), Throws.ArgumentException);
        Assert.That(() => new ColumnBuilder().Build([]), Throws.ArgumentException);
    }
}
