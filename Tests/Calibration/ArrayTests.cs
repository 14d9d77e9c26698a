using AnalogAttention.Calibration.Benches;
using AnalogAttention.Circuits;
using AnalogAttention.Circuits.Builders;
using AnalogAttention.Simulation;
using AnalogAttention.Simulation.Embedded;
using AnalogAttention.Simulation.Ngspice;
using AnalogAttention.Tests.Simulation;

namespace AnalogAttention.Tests.Calibration;

/// <summary>Arrays of gain cells at transistor level.</summary>
public class ArrayTests
{
    private const double RelTol = 1e-5;

    private static readonly ArrayBuilder Tight = new() { Options = new ArrayBuilder().Options.Add("reltol", RelTol) };

    private static ArrayRow[] RandomRows(int seed, int rows, int columns)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, rows).Select(_ => new ArrayRow(15e-9 * random.NextDouble(), [.. Enumerable.Range(0, columns).Select(_ => new ArrayCell(0.9 * random.NextDouble()))]))];
    }

    private static SimulationResult Run(ArrayBuilder builder, ArrayRow[] rows) => new EmbeddedEngine().Run(DeckReader.Parse(builder.Build(rows), "array.cir"));

    private static double[] Charges(SimulationResult result, int columns) => [.. Enumerable.Range(1, columns).Select(c => result.Measures[$"charge{c}"])];

    /// <summary>Sum of |I| t over a column, of the order of 10 uA per cell.</summary>
    private static double Magnitude(ArrayRow[] rows) => rows.Sum(row => row.PulseSeconds * 10e-6);

    [Test]
    public void On_ideal_lines_an_array_is_its_columns([Values] bool uic)
    {
        var rows = RandomRows(44, 4, 4);
        var charges = Charges(Run(Tight with { UseInitialConditions = uic }, rows), 4);
        for (var c = 0; c < 4; c++)
        {
            ArrayRow[] column = [.. rows.Select(row => row with { Cells = [row.Cells[c]] })];
            var alone = Charges(Run(new ArrayBuilder { Options = Tight.Options }, column), 1)[0];
            // two runs with steps of their own, each true to reltol of the charges that were summed
            Assert.That(charges[c], Is.EqualTo(alone).Within(2 * RelTol * Magnitude(rows)), $"column {c + 1}");
        }
    }

    [Test]
    public void Thinner_wires_come_closer_to_ideal_lines()
    {
        var rows = RandomRows(45, 4, 3);
        double[] ideal = Charges(Run(Tight, rows), 3), errors = [.. new[] { 100.0, 10.0, 1.0 }.Select(Error)];
        double Error(double scale)
        {
            var wire = new LineWire(OhmsPerCell: scale, FaradsPerCell: scale * 1e-17);
            return Charges(Run(Tight with { WordLineWire = wire, BitlineWire = wire }, rows), 3).Zip(ideal).Max(p => Math.Abs(p.First - p.Second));
        }
        Assert.That(errors[0], Is.GreaterThan(100 * RelTol * Magnitude(rows)), "wires of 100 ohm are felt");
        // the drop is R times a current: first order; what is left of it at 1 ohm is of the order of the tolerances
        Assert.That(errors[1] / errors[0], Is.EqualTo(0.1).Within(0.02));
        Assert.That(errors[2], Is.LessThan(0.02 * errors[0] + 2 * RelTol * Magnitude(rows)));
    }

    [Test]
    public void What_is_written_is_what_a_single_write_leaves()
    {
        double[,] volts = { { 0, 0.9, 0.3 }, { 0.9, 0.13, 0.64 }, { 0.5, 0.4, 0 } };
        ArrayRow[] rows = [.. Enumerable.Range(0, 3).Select(r => new ArrayRow(0, [.. Enumerable.Range(0, 3).Select(c => new ArrayCell(volts[r, c]))]))];
        var builder = new ArrayBuilder { Write = new WritePhase(), StopSeconds = 2e-9, Options = new ArrayBuilder().Options.Add("reltol", 1e-4), Saved = [.. from r in Enumerable.Range(1, 3) from c in Enumerable.Range(1, 3) select $"v(x{r}_{c}.store)"] };
        var waves = Run(builder, rows).Analyses.Single();
        for (var r = 0; r < 3; r++)
            for (var c = 0; c < 3; c++)
            {
                var level = builder.Write!.Quantised(volts[r, c]);
                var stored = waves[$"v(x{r + 1}_{c + 1}.store)"][^1];
                var single = new EmbeddedEngine().Run(new CellDeck().Read("gain-cell-write.cir", ("level", level))).Measures["settled"];
                Assert.That(stored, Is.EqualTo(level).Within(0.1 * builder.Write.StepVolts), $"cell {r + 1}, {c + 1}: a tenth of a step, as the library states");
                Assert.That(stored, Is.EqualTo(single).Within(2e-4), $"cell {r + 1}, {c + 1}: charge injection of a single write; reltol of both runs on 0.9 V");
            }
    }

    [Test]
    public void Energies_are_those_of_sources_and_add_up_to_what_is_lost()
    {
        ArrayRow[] rows = [new(10e-9, [new ArrayCell(0.9), new ArrayCell(0.1)]), new(5e-9, [new ArrayCell(0.3), new ArrayCell(0.7)])];
        var measures = Run(Tight with { Write = new WritePhase(), MeasureEnergies = true }, rows).Measures;
        string[] lines = ["vdd", "bl1", "bl2", "wbl1", "wbl2", .. from r in new[] { 1, 2 } from line in new[] { "rwl", "rwlb", "wwl", "wwlb" } select $"{line}{r}"];
        Assert.That(measures.Keys.Where(name => name.StartsWith("energy", StringComparison.Ordinal)), Is.EquivalentTo(lines.Select(line => "energy" + line)));
        for (var c = 1; c <= 2; c++)
            Assert.That(measures[$"energybl{c}"], Is.EqualTo(0.45 * measures[$"charge{c}"]).Within(1e-9 * Magnitude(rows)), "the bitline stands at 0.45 V");
        // a read ends where it began, so what the sources deliver is heat: 0.45 V times I_NMOS + I_PMOS, which is at least |I_out| and at
        // most the 10.2 uA of a device that is fully on
        var heat = lines.Sum(line => measures["energy" + line]);
        Assert.That(heat, Is.InRange(0.45 * (Math.Abs(measures["charge1"]) + Math.Abs(measures["charge2"])), 0.45 * 10.2e-6 * rows.Sum(row => row.Cells.Count * (row.PulseSeconds + 50e-12))));
        Assert.That(lines.Sum(line => measures["writeenergy" + line]), Is.GreaterThan(0), "charging the stores costs energy");
    }

    [Test]
    public void The_column_deck_is_the_sum_of_its_rows()
    {
        var circuit = DeckReader.Read(Path.Combine(Repository.Root, "Netlists", "column.cir"));
        var charge = new EmbeddedEngine().Run(circuit).Measures["charge"];
        (double Volts, double Seconds)[] cells = [(0, 2e-9), (0.9, 15e-9), (0.3, 7e-9), (0.6, 10e-9), (0.15, 5e-9), (0.75, 1e-9), (0.45, 12e-9), (0.5, 8e-9)];
        ArrayRow[] rows = [.. cells.Select(c => new ArrayRow(c.Seconds, [new ArrayCell(c.Volts)]))];
        var built = Charges(Run(new ArrayBuilder(), rows), 1)[0];
        Assert.That(charge, Is.EqualTo(built).Within(1e-3 * rows.Sum(r => r.PulseSeconds * 10e-6)), "reltol of both runs");
        Assert.That(circuit.Warnings, Is.Empty);
    }

    [Test]
    public void The_array_deck_writes_its_levels_and_reads_what_the_builder_s_array_reads()
    {
        int[,] codes = { { 0, 7, 3, 4 }, { 7, 1, 5, 2 }, { 2, 6, 0, 7 }, { 5, 3, 7, 1 } };
        double[] pulses = [15e-9, 6e-9, 11e-9, 3e-9];
        var circuit = DeckReader.Read(Path.Combine(Repository.Root, "Netlists", "array.cir"));
        var result = new EmbeddedEngine().Run(circuit);
        Assert.That(circuit.Warnings, Is.Empty);
        Assert.That(result.FailedMeasures, Is.Empty);
        for (var r = 0; r < 4; r++)
            for (var c = 0; c < 4; c++)
                Assert.That(result.Measures[$"store{r + 1}_{c + 1}"], Is.EqualTo(0.9 / 7 * codes[r, c]).Within(0.1 * 0.9 / 7));
        Assert.That(Math.Abs(result.Measures["injected4_4"]), Is.InRange(1e-4, 0.1 * 0.9 / 7), "the closing gate is seen, and stays below a tenth of a step");
        ArrayRow[] rows = [.. pulses.Select((width, r) => new ArrayRow(width, [.. Enumerable.Range(0, 4).Select(c => new ArrayCell(0.9 / 7 * codes[r, c]))]))];
        var built = Charges(Run(new ArrayBuilder { Write = new WritePhase() }, rows), 4);
        Assert.That(Charges(result, 4), Is.EqualTo(built).Within(1e-3 * Magnitude(rows)), "reltol of both runs");
    }

    [Test]
    public void The_array_deck_agrees_with_ngspice()
    {
        // level 1 transistors, which ngspice has: as behavioural sources 64 of them would take it minutes
        var folder = Path.Combine(Repository.Root, "Tests", "Benchmarks");
        var deck = File.ReadAllText(Path.Combine(Repository.Root, "Netlists", "array.cir")).Replace(" gain_cell\n", " gain_cell_4t\n").Replace("gain-cell.lib", "gain-cell-level1.lib")
            .Replace(".tran", ".options reltol=1e-5 abstol=1e-14 vntol=1e-8 trtol=1\n.tran");
        Agree(DeckReader.Parse(deck, Path.Combine(folder, "array.cir")));
    }

    [Test]
    public void Wires_supply_and_initial_conditions_agree_with_ngspice()
    {
        var builder = new ArrayBuilder
        {
            Library = "gain-cell-level1.lib",
            UseInitialConditions = true,
            SupplyOhms = 100,
            WordLineWire = new LineWire(50, 1e-15),
            BitlineWire = new LineWire(20, 1e-15),
            Options = new ArrayBuilder().Options.Add("reltol", 1e-6).Add("abstol", 1e-15).Add("vntol", 1e-9).Add("trtol", 1),
            Saved = ["v(vdd)", "v(rwl2_3)", "v(bl1_4)", "v(x4_3.store)"],
        };
        Agree(DeckReader.Parse(builder.Build(RandomRows(46, 4, 3)), Path.Combine(Repository.Root, "Tests", "Benchmarks", "array.cir")));
    }

    // each signal within 1e-4 of its range at every point of ngspice, each measure within 1e-4 of the largest of its kind
    private static void Agree(Circuit circuit)
    {
        NgspiceReference.RequireInstalled();
        var ours = new EmbeddedEngine().Run(circuit);
        var theirs = new NgspiceEngine().Run(circuit);
        Assert.That(ours.FailedMeasures.Concat(theirs.FailedMeasures), Is.Empty);
        Assert.Multiple(() =>
        {
            foreach (var kind in ours.Measures.GroupBy(m => new string([.. m.Key.TakeWhile(char.IsLetter)])))
            {
                var scale = kind.Max(m => Math.Abs(m.Value));
                foreach (var (name, value) in kind)
                    Assert.That(value, Is.EqualTo(theirs.Measures[name]).Within(1e-4 * scale), name);
            }
            var (wave, reference) = (ours.Analyses.Single(), theirs.Analyses.Single());
            foreach (var column in reference.Columns.Skip(1).Where(c => c.Unit == "V"))
            {
                var range = column.Values.Max() - column.Values.Min();
                var worst = reference.Abscissa.Values.Select((t, k) => Math.Abs(At(wave, column.Name, t) - column.Values[k])).Max();
                Assert.That(worst, Is.LessThan(1e-3 * range + 1e-6), column.Name);
            }
        });
    }

    private static double At(WaveformSet set, string name, double time)
    {
        double[] t = set.Abscissa.Values, y = set[name];
        var k = Array.BinarySearch(t, time);
        if (k >= 0)
            return y[k];
        k = Math.Clamp(~k, 1, t.Length - 1);
        return y[k - 1] + (y[k] - y[k - 1]) * (time - t[k - 1]) / (t[k] - t[k - 1]);
    }
}
