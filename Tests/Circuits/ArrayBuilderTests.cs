using System.Collections.Immutable;
using System.Diagnostics;
using AnalogAttention.Circuits;
using AnalogAttention.Circuits.Builders;

namespace AnalogAttention.Tests.Circuits;

public class ArrayBuilderTests
{
    /// <summary>Cell r, c stores 0.01 (10 r + c) V; row r reads for r ns.</summary>
    private static ArrayRow[] Rows(int rows, int columns) =>
        [.. Enumerable.Range(1, rows).Select(r => new ArrayRow(r * 1e-9, [.. Enumerable.Range(1, columns).Select(c => new ArrayCell(0.01 * (10 * r + c)))]))];

    private static Circuit Read(ArrayBuilder builder, params ArrayRow[] rows) => DeckReader.Parse(builder.Build(rows), "array.cir");

    [Test]
    public void Every_cell_sits_on_the_lines_of_its_row_and_column()
    {
        var circuit = Read(new ArrayBuilder(), Rows(2, 3));
        Assert.Multiple(() =>
        {
            Assert.That(circuit.Find<Mosfet>("x2_3.mn").Nodes, Is.EqualTo(new[] { "bl3", "x2_3.store", "rwlb2", "0" }));
            Assert.That(circuit.Find<Mosfet>("x2_3.mp").Nodes, Is.EqualTo(new[] { "bl3", "x2_3.store", "rwl2", "vdd" }));
            Assert.That(circuit.Find<Mosfet>("x1_2.mwn").Nodes, Is.EqualTo(new[] { "wbl2", "wwl1", "x1_2.store", "0" }));
            Assert.That(circuit.Find<Mosfet>("x1_2.mwp").Nodes, Is.EqualTo(new[] { "wbl2", "wwlb1", "x1_2.store", "vdd" }));
            Assert.That(circuit.Elements.OfType<Mosfet>().Count(), Is.EqualTo(4 * 2 * 3));
            Assert.That(circuit.Elements.OfType<VoltageSource>().Count(), Is.EqualTo(1 + 4 * 2 + 2 * 3), "supply, four per row, two per column");
            Assert.That(circuit.InitialVolts, Has.Count.EqualTo(6).And.ContainKey("x2_3.store").WithValue(0.23));
            Assert.That(circuit.Saved, Is.EqualTo(new[] { "i(vbl1)", "i(vbl2)", "i(vbl3)" }), "not every node");
            Assert.That(circuit.Measures.Select(m => m.Name), Is.EqualTo(new[] { "charge1", "charge2", "charge3" }));
            Assert.That(circuit.Analyses.OfType<Transient>().Single().UseInitialConditions, Is.False);
            Assert.That(circuit.Find<VoltageSource>("vbl2").Waveform.DcValue, Is.EqualTo(-0.45));
            Assert.That(circuit.Find<VoltageSource>("vrwl2").Waveform.ValueAt(1e-9 + 1.9e-9), Is.EqualTo(0.9).Within(1e-12), "row 2 reads for 2 ns");
            Assert.That(circuit.Find<VoltageSource>("vrwl1").Waveform.ValueAt(1e-9 + 1.9e-9), Is.EqualTo(0.45).Within(1e-12), "row 1 for 1 ns");
            Assert.That(circuit.Warnings, Is.Empty);
        });
    }

    [Test]
    public void A_cell_s_own_parameters_come_before_those_of_all()
    {
        var all = ImmutableSortedDictionary<string, double>.Empty.Add("c_store", 2e-15).Add("wn", 1e-7);
        var own = ImmutableSortedDictionary<string, double>.Empty.Add("wn", 3e-7);
        var circuit = Read(new ArrayBuilder { CellParameters = all }, new ArrayRow(0, [new ArrayCell(0.1), new ArrayCell(0.2, own)]));
        Assert.That(circuit.Find<Mosfet>("x1_1.mn").Parameters["w"], Is.EqualTo(1e-7));
        Assert.That(circuit.Find<Mosfet>("x1_2.mn").Parameters["w"], Is.EqualTo(3e-7));
        Assert.That(circuit.Find<Capacitor>("x1_2.cs").Farads, Is.EqualTo(2e-15));
    }

    [Test]
    public void Wires_are_ladders_from_the_drivers_on()
    {
        var circuit = Read(new ArrayBuilder { WordLineWire = new LineWire(2, 3e-16), BitlineWire = new LineWire(5), UseInitialConditions = true }, Rows(2, 3));
        Assert.Multiple(() =>
        {
            Assert.That(circuit.Find<Resistor>("rrwl2_1").Nodes, Is.EqualTo(new[] { "rwl2", "rwl2_1" }));
            Assert.That(circuit.Find<Resistor>("rrwlb2_3").Nodes, Is.EqualTo(new[] { "rwlb2_2", "rwlb2_3" }));
            Assert.That(circuit.Find<Resistor>("rbl3_2").Nodes, Is.EqualTo(new[] { "bl3_1", "bl3_2" }));
            Assert.That(circuit.Find<Capacitor>("cwwl1_2").Farads, Is.EqualTo(3e-16));
            Assert.That(circuit.Elements.Any(e => e.Name == "cbl1_1"), Is.False, "a wire without capacitance has none");
            Assert.That(circuit.Elements.OfType<Resistor>().Count(), Is.EqualTo(2 * 4 * 3 + 3 * 2 * 2));
            Assert.That(circuit.Find<Mosfet>("x2_3.mp").Nodes, Is.EqualTo(new[] { "bl3_2", "x2_3.store", "rwl2_3", "vdd" }));
            Assert.That(circuit.InitialVolts, Contains.Key("rwl2_3").WithValue(0.45).And.ContainKey("wwlb1_1").WithValue(0.9).And.ContainKey("vdd").WithValue(0.9));
            var nodes = circuit.Elements.SelectMany(e => e.Nodes).Distinct().Except(["0"]);
            Assert.That(nodes, Is.EquivalentTo(circuit.InitialVolts.Keys), "with uic no node is without its voltage");
        });
    }

    [TestCase(5e-9)]
    [TestCase(60e-12)]
    [TestCase(50e-12)]
    [TestCase(20e-12)]
    [TestCase(1e-12)]
    public void A_pulse_has_its_width_at_half_of_its_amplitude(double width)
    {
        var circuit = Read(new ArrayBuilder(), new ArrayRow(width, [new ArrayCell(0.5)]));
        var rising = circuit.Find<VoltageSource>("vrwl1").Waveform;
        var mirrored = circuit.Find<VoltageSource>("vrwlb1").Waveform;
        const double half = (0.45 + 0.9) / 2;
        // slope 9 V/ns, times of 1e-8 s to 1 ulp: 2e-14 V, and the width's own rounding
        Assert.That(rising.ValueAt(1e-9), Is.EqualTo(half).Within(1e-12));
        Assert.That(rising.ValueAt(1e-9 + width), Is.EqualTo(half).Within(1e-12));
        Assert.That(rising.ValueAt(1e-9 - 26e-12), Is.EqualTo(0.45));
        Assert.That(rising.ValueAt(1e-9 + width + 26e-12), Is.EqualTo(0.45));
        Assert.That(rising.ValueAt(1e-9 + width / 2), width >= 50e-12 ? Is.EqualTo(0.9).Within(1e-12) : Is.InRange(half, 0.9));
        for (var t = 0.9e-9; t < 7e-9; t += 7e-12)
            Assert.That(rising.ValueAt(t) + mirrored.ValueAt(t), Is.EqualTo(0.9).Within(1e-12));
    }

    [Test]
    public void A_row_without_a_pulse_stays_idle()
    {
        var circuit = Read(new ArrayBuilder(), new ArrayRow(0, [new ArrayCell(0.5)]));
        Assert.That(circuit.Find<VoltageSource>("vrwl1").Waveform, Is.EqualTo(new DcWaveform(0.45)));
        Assert.That(circuit.Find<VoltageSource>("vrwlb1").Waveform, Is.EqualTo(new DcWaveform(0.45)));
    }

    [Test]
    public void Rows_are_written_one_after_another()
    {
        var write = new WritePhase();
        var circuit = Read(new ArrayBuilder { Write = write }, new ArrayRow(1e-9, [new ArrayCell(0.9)]), new ArrayRow(2e-9, [new ArrayCell(0.4)]));
        var slot = 2 * 0.5e-9 + 10e-9 + 50e-12;
        var (gate, other, level) = (circuit.Find<VoltageSource>("vwwl2").Waveform, circuit.Find<VoltageSource>("vwwlb2").Waveform, circuit.Find<VoltageSource>("vwbl1").Waveform);
        Assert.Multiple(() =>
        {
            foreach (var (seconds, open, volts) in new[] { (0, 0, 0.9), (slot / 2, 0, 0.9), (slot + 0.4e-9, 0, 0.9 / 7 * 3), (slot + 5e-9, 1, 0.9 / 7 * 3), (2 * slot - 0.1e-9, 0, 0.9 / 7 * 3), (2 * slot + 1e-9, 0, 0.45) })
            {
                Assert.That(gate.ValueAt(seconds), Is.EqualTo(0.9 * open).Within(1e-12), $"wwl2 at {seconds} s");
                Assert.That(other.ValueAt(seconds), Is.EqualTo(0.9 * (1 - open)).Within(1e-12), $"wwlb2 at {seconds} s");
                Assert.That(level.ValueAt(seconds), Is.EqualTo(volts).Within(1e-12), $"wbl1 at {seconds} s");
            }
            Assert.That(circuit.InitialVolts.Values, Is.All.Zero, "from 0 V");
            Assert.That(circuit.Find<VoltageSource>("vrwl1").Waveform.ValueAt(2 * slot + 1.5e-9), Is.EqualTo(0.9).Within(1e-12), "the read begins behind the write phase");
            Assert.That(circuit.Analyses.OfType<Transient>().Single().Stop, Is.EqualTo(2 * slot + 20e-9).Within(1e-18));
        });
    }

    [TestCase(-0.1, 0)]
    [TestCase(0.06, 0)]
    [TestCase(0.07, 0.9 / 7)]
    [TestCase(0.9, 0.9)]
    [TestCase(1.2, 0.9)]
    public void What_is_written_is_the_nearest_level(double volts, double level) =>
        Assert.That(new WritePhase().Quantised(volts), Is.EqualTo(level).Within(1e-15));

    [Test]
    public void The_caller_may_hold_the_bitlines_drive_the_read_lines_and_put_two_arrays_into_a_deck()
    {
        var keys = new ArrayBuilder { Prefix = "k", HoldBitline = c => [$"rkbl{c} kbl{c} mid 1k", $"bscore{c} score{c} 0 v=v(kbl{c},mid)"], Saved = ["v(score1)"] };
        var values = new ArrayBuilder { Prefix = "v", DriveReadLines = r => [$"evrwl{r} vrwl{r} 0 score{r} 0 1", $"evrwlb{r} vrwlb{r} 0 0 score{r} 1"] };
        var deck = $"two arrays\n.include gain-cell.lib\nvdd vdd 0 0.9\nvmid mid 0 0.45\n{keys.Statements(Rows(3, 2))}{values.Statements(Rows(2, 1))}.tran 50p 20n\n.end\n";
        var circuit = DeckReader.Parse(deck, "two.cir");
        Assert.Multiple(() =>
        {
            Assert.That(circuit.Find<Mosfet>("xk3_2.mn").Nodes, Is.EqualTo(new[] { "kbl2", "xk3_2.store", "krwlb3", "0" }));
            Assert.That(circuit.Find<Mosfet>("xv2_1.mn").Nodes, Is.EqualTo(new[] { "vbl1", "xv2_1.store", "vrwlb2", "0" }));
            Assert.That(circuit.Elements.OfType<VoltageSource>().Select(v => v.Name), Has.None.EqualTo("vkbl1").And.None.EqualTo("vvrwl1").And.Some.EqualTo("vvbl1"));
            Assert.That(circuit.Measures.Select(m => m.Name), Is.EqualTo(new[] { "chargev1" }));
            Assert.That(circuit.Saved, Is.EqualTo(new[] { "v(score1)", "i(vvbl1)" }));
        });
    }

    [Test]
    public void A_supply_with_resistance_lies_between_the_source_and_all_cells()
    {
        var circuit = Read(new ArrayBuilder { SupplyOhms = 10 }, Rows(1, 1));
        Assert.That(circuit.Find<VoltageSource>("vdd").Nodes, Is.EqualTo(new[] { "supply", "0" }));
        Assert.That(circuit.Find<Resistor>("rsupply").Nodes, Is.EqualTo(new[] { "supply", "vdd" }));
    }

    [Test]
    public void What_makes_no_array_is_refused()
    {
        var builder = new ArrayBuilder();
        Assert.Multiple(() =>
        {
            Assert.That(() => builder.Build([]), Throws.ArgumentException);
            Assert.That(() => builder.Build([new ArrayRow(0, [])]), Throws.ArgumentException);
            Assert.That(() => builder.Build([new ArrayRow(0, [new ArrayCell(0)]), new ArrayRow(0, [])]), Throws.ArgumentException);
            Assert.That(() => builder.Build([new ArrayRow(19.5e-9, [new ArrayCell(0)])]), Throws.ArgumentException);
            Assert.That(() => builder.Build([new ArrayRow(double.NaN, [new ArrayCell(0)])]), Throws.ArgumentException);
            Assert.That(() => (builder with { BitlineWire = new LineWire(0) }).Build(Rows(1, 1)), Throws.ArgumentException);
            Assert.That(() => (builder with { WordLineWire = new LineWire(1, -1e-15) }).Build(Rows(1, 1)), Throws.ArgumentException);
            Assert.That(() => (builder with { WordLineWire = new LineWire(double.PositiveInfinity) }).Build(Rows(1, 1)), Throws.ArgumentException);
            Assert.That(() => builder.Build([null!]), Throws.ArgumentException);
            Assert.That(() => builder.Build([new ArrayRow(0, null!)]), Throws.ArgumentException);
            Assert.That(() => builder.Build([new ArrayRow(0, [new ArrayCell(double.NaN)])]), Throws.ArgumentException);
            foreach (var ohms in new[] { -5, double.NaN, double.PositiveInfinity })
                Assert.That(() => (builder with { SupplyOhms = ohms }).Build(Rows(1, 1)), Throws.ArgumentException, $"{ohms}");
            Assert.That(() => (builder with { EdgeSeconds = 0 }).Build(Rows(1, 1)), Throws.ArgumentException);
            Assert.That(() => (builder with { PeakVolts = double.NaN }).Build(Rows(1, 1)), Throws.ArgumentException);
            Assert.That(() => (builder with { Prefix = "a b" }).Build(Rows(1, 1)), Throws.ArgumentException);
            foreach (var write in new[] { new WritePhase { Levels = 1 }, new WritePhase { GuardSeconds = -1e-9 }, new WritePhase { OpenSeconds = 10e-12 }, new WritePhase { HighVolts = double.NaN } })
                Assert.That(() => (builder with { Write = write }).Build(Rows(1, 1)), Throws.ArgumentException, $"{write}");
        });
    }

    [Test]
    public void An_array_of_64_x_64_cells_is_read_in_seconds()
    {
        var rows = Rows(8, 64);
        rows = [.. Enumerable.Range(0, 64).Select(r => rows[r % 8])];
        Read(new ArrayBuilder(), Rows(8, 8));
        var clock = Stopwatch.StartNew();
        var text = new ArrayBuilder().Build(rows);
        var built = clock.Elapsed.TotalSeconds;
        var circuit = DeckReader.Parse(text, "array.cir");
        TestContext.Out.WriteLine(FormattableString.Invariant($"built in {built:f3} s, read in {clock.Elapsed.TotalSeconds - built:f3} s"));
        Assert.That(circuit.Elements.OfType<Mosfet>().Count(), Is.EqualTo(4 * 4096));
        // well below 1 s on a core of its own; what is guarded against is a cost that grows with the square of the cells
        Assert.That(clock.Elapsed.TotalSeconds, Is.LessThan(5));
    }
}
