using AnalogAttention.Calibration;
using AnalogAttention.Calibration.Benches;
using AnalogAttention.Circuits;
using AnalogAttention.Simulation.Embedded;
using AnalogAttention.Studies.Sweeps;

namespace AnalogAttention.Tests.Studies.Sweeps;

/// <summary>From transistor mismatch to perplexity.</summary>
public class FidelitySweepTests
{
    private const string Plan = "fidelity: { windows: 1 }\nparameters:\n  avto: [0, 1.8n, 36n]\n  akp: [0, 8n]\nmonte-carlo: { samples: 2, mismatch: all }\n";

    [Test]
    public void PerplexityFollowsTheMismatchOfTheTransistors()
    {
        using var folder = new TemporaryFolder();
        var plan = SweepPlanReader.Read(folder.Write("plan.yaml", Plan));
        var runner = new SweepRunner(plan, new EmbeddedEngine());
        string Table(string name, int jobs, IEnumerable<int> order)
        {
            using var store = new SweepStore(folder.File(name), "a");
            runner.Run(store, [.. order], jobs);
            return SweepRunnerTests.Text(plan, runner, store);
        }
        string table = Table("one", 1, Enumerable.Range(0, plan.Count));
        Assert.That(Table("two", 2, Enumerable.Range(0, plan.Count).Reverse()), Is.EqualTo(table));
        double[] Perplexity(string avto, string akp) => [.. table.Split('\n').Skip(1).Where(l => l.Length > 0).Select(l => l.Split(',')).Where(f => f[4] == avto && f[5] == akp).Select(f => double.Parse(f[6], System.Globalization.CultureInfo.InvariantCulture))];
        double[] none = Perplexity("0", "0"), shipped = Perplexity("1.8E-09", "8E-09"), large = Perplexity("3.6E-08", "8E-09");
        Assert.Multiple(() =>
        {
            Assert.That(none[0], Is.EqualTo(none[1]), "without mismatch all arrays are alike");
            Assert.That(shipped[0], Is.Not.EqualTo(shipped[1]), "two sets of arrays");
            Assert.That(shipped, Is.All.EqualTo(none[0]).Within(0.1 * none[0]));
            Assert.That(large, Is.All.GreaterThan(1.1 * none[0]), "20 times the shipped mismatch");
        });
    }

    [Test]
    public void CellsOfAlteredLibrariesAreThoseOfTheLibraryWrittenSo()
    {
        using var folder = new TemporaryFolder();
        var plan = SweepPlanReader.Read(folder.Write("plan.yaml", "calibrate: { order: 5 }\nparameters:\n  read_n.vto: [0.30089, 0.32]\n  gain_cell.c_store: [4f, 8f]\n"));
        var runner = new SweepRunner(plan, new EmbeddedEngine());
        using var store = new SweepStore(folder.File("store"), "a");
        runner.Run(store, [3, 2, 0, 1], 2);
        SweepCells.Write(folder.File("cells"), runner, store);
        string library = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Netlists", CellDeck.LibraryName));
        foreach (var (index, vto, store8) in new[] { (2, "0.32", "4f") })
        {
            string path = folder.Write($"{index}.lib", library.Replace("vto=0.30089", $"vto={vto}").Replace("c_store=8f", $"c_store={store8}"));
            CellModel written = Calibrator.Run(new CalibrationOptions(new CellDeck(path), 5), new EmbeddedEngine()).Cell, swept = CellFile.Read(folder.File($"cells/{index}.json"));
            Assert.Multiple(() =>
            {
                Assert.That(CellFile.Format(swept with { Name = "", Provenance = null }), Is.EqualTo(CellFile.Format(written with { Name = "", Provenance = null })), $"point {index}");
                Assert.That(swept.Provenance!.Parameters["read_n.vto"], Is.EqualTo(vto));
            });
        }
        var values = runner.Finished(store).Select(f => f.Outcome.Values).ToList();
        Assert.That(values[2]["zero_current"] - values[0]["zero_current"], Is.InRange(0.002, 0.0191), "a share of the shift of one of two devices");
        Assert.That(values[0]["retention_tau"] / values[1]["retention_tau"], Is.InRange(0.45, 0.75), "half the capacitor");
    }

    [Test]
    public void AShiftOfAllTransistorsIsADrawOfTheDie()
    {
        using var folder = new TemporaryFolder();
        var plan = SweepPlanReader.Read(folder.Write("plan.yaml", "fidelity: { windows: 1 }\nmonte-carlo:\n  samples: 2\n  die: { read_n.vto: { distribution: normal, mean: 0.30089, sigma: 20m } }\n"));
        var runner = new SweepRunner(plan, new EmbeddedEngine());
        using var store = new SweepStore(folder.File("store"), "a");
        runner.Run(store, [0, 1], 2);
        string[] lines = SweepRunnerTests.Text(plan, runner, store).Split('\n');
        Assert.That(lines[0], Does.StartWith("point,corner,temperature [C],sample,read_n.vto [V],perplexity,"));
        var values = runner.Finished(store).Select(f => f.Outcome.Values).ToList();
        Assert.That(values[0]["perplexity"], Is.Not.EqualTo(values[1]["perplexity"]));
    }

    [TestCase("parameters: { read_n.vtoo: [1] }\n", ":2:15: gain-cell.lib states no 'read_n.vtoo'")]
    [TestCase("monte-carlo: { samples: 1, die: { cell.wn: { distribution: uniform, from: 0, to: 1n } } }\n", ":2:35: gain-cell.lib states no 'cell.wn'")]
    public void NumbersThatTheLibraryLacksAreNamedWithTheirPlace(string line, string message)
    {
        using var folder = new TemporaryFolder();
        var plan = SweepPlanReader.Read(folder.Write("plan.yaml", "calibrate: {}\n" + line));
        Assert.That(() => new SweepRunner(plan, new EmbeddedEngine()), Throws.TypeOf<BadInputException>().With.Message.Contains(message));
    }

    [TestCase("fidelity: { window: 1 }\n", ":1:13: fidelity has model, text and windows; not 'window'")]
    [TestCase("fidelity: { windows: 0 }\n", "1:22: ")]
    [TestCase("fidelity: {}\ndeck: a.cir\n", ":2:1: points of 'fidelity' are evaluations of a model, they have no 'deck'")]
    [TestCase("fidelity: {}\nparameters: { vsupply: 1 }\n", ":2:15: parameters of 'fidelity' are numbers of the library, as gain_cell.c_store or read_n.vto, and avto and akp of all its transistors; not 'vsupply'")]
    [TestCase("calibrate: {}\nparameters: { avto: 1n }\n", ":2:15: parameters of 'calibrate' are numbers of the library, as gain_cell.c_store or read_n.vto; not 'avto'")]
    [TestCase("calibrate: { order: 99 }\n", ":1:21: ")]
    [TestCase("calibrate: {}\ndeck: a.cir\n", ":2:1: points of 'calibrate' are calibrations of the cell, they have no 'deck'")]
    [TestCase("calibrate: {}\ncorners: { hot: { temperature: 85 } }\n", "corner 'hot' of 'calibrate' has a temperature")]
    [TestCase("calibrate: {}\nmonte-carlo: { samples: 2, mismatch: all }\n", "'die' alone")]
    [TestCase("fidelity: {}\nparameters: { avto: -1n }\n", "are not negative")]
    [TestCase("fidelity: {}\nmonte-carlo: { samples: 2, instances: { gain_cell.wn: { distribution: uniform, from: 70n, to: 90n } } }\n", "no 'instances'")]
    public void PlansThatCannotBeAreNamedWithTheirPlace(string plan, string message)
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("plan.yaml", plan);
        Assert.That(() => SweepPlanReader.Read(path), Throws.TypeOf<BadInputException>().With.Message.StartsWith(path).And.Message.Contains(message));
    }
}
