using AnalogAttention.Circuits;
using AnalogAttention.Simulation.Embedded;
using AnalogAttention.Studies.Sweeps;

namespace AnalogAttention.Tests.Studies.Sweeps;

/// <summary>A deck with <c>.step</c> and <c>.mc</c> is the plan that says the same.</summary>
public class DeckPlanTests
{
    private const string Deck = "pair\n.param vg=0.6 vd=0.9\nvd d 0 {vd}\nvg g 0 {vg}\nxa d g cell\nxb d g cell\n.subckt cell d g\nm1 d g 0 0 n w=2u l=0.5u m=4\n.model n nmos level=44 vto=0.4 kp=300u avto=2n akp=10n\n.ends\n.dc vd 0.8 0.9 0.1\n.measure dc current find i(vd) at=0.9\n";
    private const string Stepped = Deck + ".step param vd 0.8 0.9 0.05\n.step temp list 27 85\n.mc 3 seed=4 sampling=latin-hypercube mismatch=xb vg=normal(0.6, 10m, 2)\n.end\n";
    private const string Plan = "deck: pair.cir\nparameters: { vd: { from: 0.8, to: 0.9, step: 0.05 } }\ntemperature: [27, 85]\nmonte-carlo:\n  samples: 3\n  seed: 4\n  sampling: latin-hypercube\n  mismatch: [xb]\n  die: { vg: { distribution: normal, mean: 0.6, sigma: 10m, truncate: 2 } }\n";

    private static string Table(TemporaryFolder folder, SweepPlan plan, string name)
    {
        var runner = new SweepRunner(plan, new EmbeddedEngine { Threads = 1 });
        using var store = new SweepStore(folder.File(name), "a");
        runner.Run(store, [.. Enumerable.Range(0, plan.Count)], 1);
        using var text = new StringWriter();
        SweepTable.Write(text, plan, runner, store);
        return text.ToString();
    }

    [Test]
    public void ItHasTheTableOfThePlan()
    {
        using var folder = new TemporaryFolder();
        folder.Write("pair.cir", Deck + ".end\n");
        string expected = Table(folder, DeckPlanReader.ReadPlanOrDeck(folder.Write("plan.yml", Plan)), "plan");
        Assert.That(expected.Split('\n'), Has.Length.EqualTo(3 * 2 * 3 + 2));
        Assert.That(Table(folder, DeckPlanReader.ReadPlanOrDeck(folder.Write("stepped.cir", Stepped)), "deck"), Is.EqualTo(expected));
    }

    [Test]
    public void SamplesAloneDrawEveryTransistor()
    {
        using var folder = new TemporaryFolder();
        var plan = DeckPlanReader.Read(folder.Write("pair.cir", Deck + ".mc 3\n.end\n"));
        Assert.That((plan.Count, plan.MonteCarlo!.Seed), Is.EqualTo((3, 1L)));
        Assert.That(new SweepRunner(plan, new EmbeddedEngine()).DrawnNames, Is.EqualTo(new[] { "xa.m1.vto", "xa.m1.kp", "xb.m1.vto", "xb.m1.kp" }));
    }

    [TestCase(".mc 0", ":13:1: expected a whole number from 1 to 10000000, found 0")]
    [TestCase(".mc 5 seed=0.5", ":13:1: expected a whole number from 0")]
    [TestCase(".mc 5 sampling=halton", ":13:1: sampling is one of random, latin-hypercube, sobol, not 'halton'")]
    [TestCase(".mc 5 vg=uniform(2,1)", ":13:7: sigma, median and truncate lie above 0, 'from' below 'to'")]
    [TestCase(".step param vg 0 1 1e-6\n.step param vd 0 1 1e-6", "deck.cir: the plan has more than 10000000 points")]
    [TestCase("", "deck.cir: the deck has neither .step nor .mc")]
    public void WhatIsWrongIsNamedWithItsPlace(string lines, string expected)
    {
        using var folder = new TemporaryFolder();
        Assert.That(() => DeckPlanReader.Read(folder.Write("deck.cir", Deck + lines + "\n.end\n")), Throws.InstanceOf<BadInputException>().With.Message.Contains("deck.cir").And.Message.Contains(expected));
    }

    [Test]
    public void APlanOfADeckThatStepsItselfIsRefusedAtTheStep()
    {
        using var folder = new TemporaryFolder();
        folder.Write("pair.cir", Stepped);
        var plan = SweepPlanReader.Read(folder.Write("plan.yaml", Plan));
        Assert.That(() => new SweepRunner(plan, new EmbeddedEngine()), Throws.TypeOf<DeckException>().With.Message.Contains("pair.cir:13:1: error N503").And.Message.Contains("command sweep"));
    }

    [Test]
    public void TheExampleIsWhatTheDocumentShows()
    {
        string document = File.ReadAllText(Path.Combine(Repository.Root, "Docs", "sweeps.md")).ReplaceLineEndings("\n");
        Assert.That(File.ReadAllText(Path.Combine(Repository.Root, "Docs", "examples", "read-current.cir")).ReplaceLineEndings("\n"), Does.Contain(document.Split("```spice\n")[1].Split("```")[0]));
    }
}
