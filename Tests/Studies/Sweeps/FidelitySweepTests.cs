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

    [TestCase("fidelity: { window: 1 }\n", ":1:13: fidelity has model, text and windows; not 'window'")]
    [TestCase("fidelity: { windows: 0 }\n", "1:22: ")]
    [TestCase("fidelity: {}\ndeck: a.cir\n", ":2:1: points of 'fidelity' are evaluations of a model, they have no 'deck'")]
    [TestCase("fidelity: {}\nparameters: { vsupply: 1 }\n", "take the parameters avto and akp, not 'vsupply'")]
    [TestCase("fidelity: {}\nparameters: { avto: -1n }\n", "are not negative")]
    [TestCase("fidelity: {}\nmonte-carlo: { samples: 2, die: { avto: { distribution: uniform, from: 0, to: 1n } } }\n", "mismatch: all")]
    public void PlansThatCannotBeAreNamedWithTheirPlace(string plan, string message)
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("plan.yaml", plan);
        Assert.That(() => SweepPlanReader.Read(path), Throws.TypeOf<BadInputException>().With.Message.StartsWith(path).And.Message.Contains(message));
    }
}
