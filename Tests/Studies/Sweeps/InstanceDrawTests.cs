using System.Collections.Immutable;
using AnalogAttention.Circuits;
using AnalogAttention.Simulation.Embedded;
using AnalogAttention.Studies.Sweeps;

namespace AnalogAttention.Tests.Studies.Sweeps;

/// <summary>Parameters of subcircuits, one draw per physical instance.</summary>
public class InstanceDrawTests
{
    private const string Deck = "dividers\n.param top=1k\nv1 in 0 1\nxa in a leg r=7k\nxb in b pair\n.subckt leg in out r=1k c=1p\nr1 in out {r}\nr2 out 0 {r+1k}\nc1 out 0 {c}\n.ends\n.subckt pair in out\nx1 in out leg\nx2 in out leg\n.ends\n"
        + ".dc v1 1 2 1\n.measure dc va find v(a) at=1\n.measure dc vb find v(b) at=1\n.end\n";
    private const string Plan = "deck: dividers.cir\nmonte-carlo:\n  samples: 8\n  instances:\n    LEG.r: { distribution: uniform, from: 1k, to: 2k }\n";

    private static SweepPlan Read(TemporaryFolder folder, string plan = Plan, string deck = Deck)
    {
        folder.Write("dividers.cir", deck);
        return SweepPlanReader.Read(folder.Write("plan.yaml", plan));
    }

    [Test]
    public void AnOverrideHoldsForItsInstanceAloneOverWhatTheInstanceSays()
    {
        Circuit Of(params (string Path, double Value)[] values) => DeckReader.Parse(Deck, "dividers.cir", new DeckReaderOptions { InstanceParameters = values.ToImmutableDictionary(v => v.Path, v => v.Value) });
        double[] Ohms(Circuit circuit) => [.. circuit.Elements.OfType<Resistor>().Select(r => r.Ohms)];
        Assert.That(Of().Instances.Select(i => $"{i.Path} {i.Subcircuit} {i.Multiplier} {string.Join(' ', i.Parameters)}"), Is.EqualTo(new[] { "xa leg 1 r c", "xb pair 1 ", "xb.x1 leg 1 r c", "xb.x2 leg 1 r c" }));
        Assert.That(Ohms(Of()), Is.EqualTo(new[] { 7e3, 8e3, 1e3, 2e3, 1e3, 2e3 }));
        Assert.That(Ohms(Of(("xa.r", 3e3), ("xb.x2.r", 4e3))), Is.EqualTo(new[] { 3e3, 4e3, 1e3, 2e3, 4e3, 5e3 }));
        Assert.That(() => Of(("xa.r", 3e3), ("xb.r", 4e3), ("xc.r", 1)), Throws.TypeOf<DeckException>().With.Message.Contains("N316").And.Message.Contains("'xb.r', 'xc.r'").And.Message.Not.Contains("'xa.r'"));
    }

    [Test]
    public void EveryInstanceAtEveryDepthIsDrawnByItself()
    {
        using var folder = new TemporaryFolder();
        var plan = Read(folder);
        var runner = new SweepRunner(plan, new EmbeddedEngine());
        Assert.That(runner.DrawnNames, Is.EqualTo(new[] { "xa.r", "xb.x1.r", "xb.x2.r" }));
        var outcome = runner.Outcome(plan.At(5));
        var drawn = runner.Drawn(plan.At(5), outcome);
        Assert.That(drawn.Values.ToArray(), Is.Unique.And.All.InRange(1e3, 2e3));
        double Conductance(string leg, double more) => 1 / (drawn[leg] + more);
        // dividers r over r + 1k; the legs of b lie side by side; gmin of 1e-12 S leaves 1e-9 of it
        Assert.That(outcome.Values["va"], Is.EqualTo((drawn["xa.r"] + 1e3) / (2 * drawn["xa.r"] + 1e3)).Within(1e-6).Percent);
        double up = Conductance("xb.x1.r", 0) + Conductance("xb.x2.r", 0), down = Conductance("xb.x1.r", 1e3) + Conductance("xb.x2.r", 1e3);
        Assert.That(outcome.Values["vb"], Is.EqualTo(up / (up + down)).Within(1e-6).Percent);
    }

    [Test]
    public void ASweepKeepsNothingOfTheSampleBefore()
    {
        using var folder = new TemporaryFolder();
        var plan = Read(folder);
        var runner = new SweepRunner(plan, new EmbeddedEngine { Threads = 1 });
        using var store = new SweepStore(folder.File("store"), "a");
        Assert.That(runner.Run(store, [.. Enumerable.Range(0, plan.Count)], 1), Is.EqualTo(plan.Count), "every sample has a key of its own");
        for (var i = 0; i < plan.Count; i++)
        {
            Assert.That(store.TryGet(runner.Key(plan.At(i)), out var kept));
            Assert.That(kept.Values, Is.EqualTo(runner.Outcome(plan.At(i)).Values));
        }
    }

    [Test]
    public void TheCellsOfTheProductTakeThem()
    {
        using var folder = new TemporaryFolder();
        var plan = SweepPlanReader.Read(folder.Write("plan.yaml", "deck: gain-cell-pulse.cir\nmonte-carlo:\n  samples: 2\n  mismatch: all\n  instances: { gain_cell.c_store: { distribution: normal, mean: 8f, sigma: 0.2f } }\n"));
        var runner = new SweepRunner(plan, new EmbeddedEngine());
        var outcome = runner.Outcome(plan.At(0));
        Assert.That(outcome.Error, Is.Null);
        Assert.That(runner.Drawn(plan.At(0), outcome), Has.Count.EqualTo(9).And.ContainKey("xcell.c_store"));
        Assert.That(outcome.Values["xcell.c_store"], Is.EqualTo(8e-15).Within(1e-15).And.Not.EqualTo(8e-15));
    }

    [Test]
    public void ADeckAsksForThemByTheDottedName()
    {
        using var folder = new TemporaryFolder();
        var plan = DeckPlanReader.Read(folder.Write("own.cir", Deck.Replace(".end\n", ".mc 8 leg.r=uniform(1k, 2k)\n.end\n")));
        var (ours, other) = (new SweepRunner(plan, new EmbeddedEngine()), new SweepRunner(Read(folder), new EmbeddedEngine()));
        Assert.That(ours.Outcome(plan.At(3)).Values, Is.EqualTo(other.Outcome(Read(folder).At(3)).Values));
    }

    [TestCase("LEG.r", "legs.r", "plan.yaml:3:3: instances: the deck has no instance of a subcircuit 'legs'; there are leg, pair")]
    [TestCase("LEG.r", "leg.q", "plan.yaml:3:3: instances: 'leg' has no parameter 'q'; there are c, r")]
    [TestCase("in b pair", "in b pair m=4", "plan.yaml:3:3: instances: 'xb.x1' stands for m = 4 of 'leg', which one draw would make equal: write them out")]
    public void WhatTheDeckCannotGiveIsToldBeforeAnythingRuns(string part, string instead, string expected)
    {
        using var folder = new TemporaryFolder();
        var plan = Read(folder, Plan.Replace(part, instead), Deck.Replace(part, instead));
        Assert.That(() => new SweepRunner(plan, new EmbeddedEngine()), Throws.TypeOf<BadInputException>().With.Message.EndsWith(expected));
    }
}
