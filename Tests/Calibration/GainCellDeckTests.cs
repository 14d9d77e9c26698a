using System.Globalization;
using AnalogAttention.Calibration.Benches;
using AnalogAttention.Circuits;
using AnalogAttention.Simulation.Embedded;

namespace AnalogAttention.Tests.Calibration;

/// <summary>The gain cell of Netlists/, simulated at transistor level.</summary>
public class GainCellDeckTests
{
    [Test]
    public void Simulated_transfer_reproduces_the_authors_table()
    {
        var rows = File.ReadLines(Repository.SharedData("gain-cell-iv.csv")).Skip(1)
            .Select(line => line.Split(',').Select(f => double.Parse(f, CultureInfo.InvariantCulture)).ToArray()).ToList();
        var circuit = new CellDeck().Read(TransferBench.Deck);
        var bench = circuit.Analyses.OfType<DcSweep>().Single();
        var errors = new List<double>();
        foreach (var column in rows.GroupBy(r => r[0])) // the table's storage voltages are not evenly spaced: one sweep of the read line each
        {
            var sweep = bench with { Axes = [new SweepAxis(bench.Axes[0].Source, column.Key, column.Key, 1), bench.Axes[1]] };
            var bitline = new EmbeddedEngine().Run(circuit with { Analyses = [sweep] }).Analyses.Single()["i(vbl)"];
            Assert.That(column.Select(r => r[1]), Is.EqualTo(Enumerable.Range(0, bitline.Length).Select(bench.Axes[1].At)).Within(1e-9));
            errors.AddRange(column.Select((r, i) => -bitline[i] - r[2]));
        }
        double squares = errors.Sum(e => e * e), mean = rows.Average(r => r[2]), total = rows.Sum(r => (r[2] - mean) * (r[2] - mean));
        Assert.Multiple(() =>
        {
            Assert.That(rows, Has.Count.EqualTo(676));
            Assert.That(Math.Sqrt(squares / errors.Count), Is.LessThanOrEqualTo(15e-9));
            Assert.That(1 - squares / total, Is.GreaterThanOrEqualTo(0.9999));
        });
    }

    [Test]
    public void No_current_at_the_idle_read_level_whatever_is_stored()
    {
        var (table, _) = TransferBench.Run(new CellDeck(), new EmbeddedEngine());
        for (var column = 0; column < table.StoreVolts.Length; column++)
            Assert.That(table.Amperes[0, column], Is.Zero.Within(1e-15), $"V_store = {table.StoreVolts[column]}"); // the bench's abstol
    }

    [Test]
    public void Every_level_is_written_within_a_tenth_of_a_storage_step_in_10_ns([Values(0, 0.9)] double from, [Range(0, 7)] int level)
    {
        double volts = 0.9 * level / 7, tenth = 0.9 / 7 / 10;
        var result = new EmbeddedEngine().Run(new CellDeck().Read("gain-cell-write.cir", ("level", volts), ("from", from)));
        Assert.Multiple(() =>
        {
            Assert.That(result.Measures["written"], Is.EqualTo(volts).Within(tenth), "before the gate closes");
            Assert.That(result.Measures["settled"], Is.EqualTo(volts).Within(tenth), "charge injection included");
        });
    }

    [Test]
    public void Charge_grows_with_the_pulse_and_a_read_leaves_the_cell_as_it_was()
    {
        var (table, _) = PulseBench.Run(new CellDeck(), new EmbeddedEngine(), [0, 0.9], [1e-9, 7e-9, 15e-9], jobs: 1);
        Assert.Multiple(() =>
        {
            for (var row = 0; row < 3; row++)
            {
                Assert.That(table.Coulombs[row, 0] / table.PulseSeconds[row], Is.InRange(-10.2e-6, -9e-6));
                Assert.That(table.Coulombs[row, 1] / table.PulseSeconds[row], Is.InRange(9e-6, 10.1e-6));
                Assert.That(table.DisturbVolts[row, 1], Is.Zero.Within(1e-5)); // vntol and reltol of the bench: 0.9 V x 1e-4 at most, no path to the node
            }
        });
    }
}
