using AnalogAttention.Circuits;
using AnalogAttention.Simulation.Embedded;
using AnalogAttention.Studies.Sweeps;

namespace AnalogAttention.Tests.Studies.Sweeps;

public class MonteCarloTests
{
    // two instances of one transistor cell; W L m = 2 um * 0.5 um * 4 = 4 um2, so sigma = A / 2 um
    private const string Deck = "pair\n.param vg=0.6\nvd d 0 0.9\nvg g 0 {vg}\nxa d g cell\nxb d g cell\n.subckt cell d g\nm1 d g 0 0 n w=2u l=0.5u m=4\n.model n nmos level=44 vto=0.4 kp=300u avto=2n akp=10n\n.ends\n.dc vd 0.8 0.9 0.1\n.measure dc current find i(vd) at=0.9\n.end\n";
    private const string Plan = "deck: pair.cir\ntemperature: [27, 85]\nmonte-carlo:\n  samples: 5\n  seed: 3\n  mismatch: all\n  die:\n    vg: { distribution: uniform, from: 0.5, to: 0.7 }\n";

    private static SweepPlan Read(TemporaryFolder folder, string plan = Plan)
    {
        folder.Write("pair.cir", Deck);
        return SweepPlanReader.Read(folder.Write("plan.yaml", plan));
    }

    private static MonteCarlo Of(Sampling sampling, int samples, long seed = 1) => new(samples, seed, sampling, [], new Dictionary<string, Distribution>());

    private static IReadOnlyDictionary<string, double> Drawn(SweepPlan plan, int index)
    {
        var runner = new SweepRunner(plan, new EmbeddedEngine());
        var point = plan.At(index);
        var outcome = runner.Outcome(point);
        Assert.That(outcome.Error, Is.Null);
        return runner.Drawn(point, outcome);
    }

    [Test]
    public void EveryTransistorOfEveryInstanceIsADimensionAndTheDieIsOne()
    {
        using var folder = new TemporaryFolder();
        Assert.That(new SweepRunner(Read(folder), new EmbeddedEngine()).DrawnNames, Is.EqualTo(new[] { "xa.m1.vto", "xa.m1.kp", "xb.m1.vto", "xb.m1.kp", "vg" }));
        Assert.That(Drawn(Read(folder), 0).Values, Is.Unique);
        Assert.That(new SweepRunner(Read(folder, Plan.Replace("all", "[XB]")), new EmbeddedEngine()).DrawnNames, Is.EqualTo(new[] { "xb.m1.vto", "xb.m1.kp", "vg" }));
    }

    [Test]
    public void ASampleHasTheSameDrawsAtEveryTemperatureAndWhateverElseIsDrawn()
    {
        using var folder = new TemporaryFolder();
        var all = Read(folder);
        var cold = Drawn(all, 2);
        Assert.That((all.Count, all.At(2).Sample, all.At(7).Sample, all.At(7).Celsius), Is.EqualTo((10, 2, 2, 85.0)));
        Assert.That(Drawn(all, 7), Is.EqualTo(cold));
        Assert.That(Drawn(all, 3)["vg"], Is.Not.EqualTo(cold["vg"]));
        var fewer = Drawn(Read(folder, Plan.Replace("all", "[xb]").Split("  die:")[0]), 2);
        Assert.That(fewer, Is.EqualTo(cold.Where(d => d.Key.StartsWith("xb.", StringComparison.Ordinal)).ToDictionary()));
    }

    [Test]
    public void AShiftIsTheDeviateTimesPelgromsSigmaAndMovesTheCard()
    {
        using var folder = new TemporaryFolder();
        var circuit = DeckReader.Read(Read(folder).Deck);
        var (altered, shifts) = TransistorMismatch.Applied(circuit, [], name => name == "xa.m1.vto" ? 1 : name == "xb.m1.kp" ? -2 : 0);
        // 2 mV um / 2 um and -2 * 1 % um / 2 um; within rounding of the deck's numbers
        Assert.That(shifts["xa.m1.vto"], Is.EqualTo(1e-3).Within(1e-12));
        Assert.That(shifts["xb.m1.kp"], Is.EqualTo(-0.01).Within(1e-12));
        var cards = altered.Elements.OfType<Mosfet>().ToDictionary(m => m.Name, m => altered.Models[m.Model].Parameters);
        Assert.That((cards["xa.m1"]["vto"], cards["xb.m1"]["vto"]), Is.EqualTo((0.4 + shifts["xa.m1.vto"], 0.4)));
        Assert.That((cards["xa.m1"]["kp"], cards["xb.m1"]["kp"]), Is.EqualTo((300e-6, 300e-6 * (1 + shifts["xb.m1.kp"]))).Using<(double, double)>((a, b) => Math.Abs(a.Item1 - b.Item1) < 1e-18 && Math.Abs(a.Item2 - b.Item2) < 1e-18));
    }

    [Test]
    public void TheMeasureIsThatOfTheAlteredDeckWrittenByHand()
    {
        using var folder = new TemporaryFolder();
        var plan = Read(folder, Plan.Split("  die:")[0].Replace("temperature: [27, 85]\n", ""));
        var runner = new SweepRunner(plan, new EmbeddedEngine());
        var outcome = runner.Outcome(plan.At(1));
        string Card(string x) => FormattableString.Invariant($".model n{x} nmos level=44 vto={0.4 + outcome.Values[$"x{x}.m1.vto"]:R} kp={300e-6 * (1 + outcome.Values[$"x{x}.m1.kp"]):R}\nm{x} d g 0 0 n{x} w=2u l=0.5u m=4\n");
        string byHand = folder.Write("hand.cir", Deck.Split("xa d g")[0] + Card("a") + Card("b") + ".dc" + Deck.Split(".dc")[1]);
        // the engine's own reltol is 1e-3 of a Newton step at the last iteration, which converges quadratically
        Assert.That(outcome.Values["current"], Is.EqualTo(new EmbeddedEngine().Run(DeckReader.Read(byHand)).Measures["current"]).Within(1e-6).Percent);
        Assert.That(outcome.Values["current"], Is.Not.EqualTo(new EmbeddedEngine().Run(DeckReader.Read(plan.Deck)).Measures["current"]).Within(0.01).Percent);
    }

    [Test]
    public void TheTableIsTheSameForAnyNumberOfJobsAndOrderAndCarriesTheDraws()
    {
        using var folder = new TemporaryFolder();
        var plan = Read(folder);
        string Table(string name, int jobs, IEnumerable<int> indices)
        {
            var runner = new SweepRunner(plan, new EmbeddedEngine { Threads = 1 });
            using var store = new SweepStore(folder.File(name), "a");
            runner.Run(store, [.. indices], jobs);
            return SweepRunnerTests.Text(plan, runner, store);
        }
        string once = Table("one", 1, Enumerable.Range(0, plan.Count));
        Assert.That(once.Split('\n')[0], Is.EqualTo("point,corner,temperature [C],sample,xa.m1.vto [V],xa.m1.kp,xb.m1.vto [V],xb.m1.kp,vg,current,error"));
        Assert.That(once.Split('\n'), Has.Length.EqualTo(plan.Count + 2));
        Assert.That(Table("four", 4, Enumerable.Range(0, plan.Count).Reverse()), Is.EqualTo(once));
    }

    [Test]
    public void AKeyFollowsTheDrawsAndNotTheNumberOfSamples()
    {
        using var folder = new TemporaryFolder();
        string Key(string text, int index) => Read(folder, text) is var plan ? new SweepRunner(plan, new EmbeddedEngine()).Key(plan.At(index)) : "";
        Assert.That(Key(Plan.Replace("samples: 5", "samples: 50"), 4), Is.EqualTo(Key(Plan, 4)));
        Assert.That(Key(Plan.Replace("seed: 3", "seed: 4"), 4), Is.Not.EqualTo(Key(Plan, 4)));
        Assert.That(Key(Plan, 3), Is.Not.EqualTo(Key(Plan, 4)));
    }

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(7)]
    [TestCase(64)]
    [TestCase(1000)]
    public void ALatinHypercubeHasOneSampleInEveryStratum(int samples)
    {
        var draws = Of(Sampling.LatinHypercube, samples);
        Assert.That(Enumerable.Range(0, samples).Select(i => (int)(draws.Probability("a", i) * samples)).Order(), Is.EqualTo(Enumerable.Range(0, samples)));
    }

    [TestCase(Sampling.Random)]
    [TestCase(Sampling.LatinHypercube)]
    public void DimensionsAreUniformAndUncorrelated(Sampling sampling)
    {
        const int Samples = 10_000;
        var draws = Of(sampling, Samples);
        double[] a = [.. Enumerable.Range(0, Samples).Select(i => draws.Probability("xa.m1.vto", i))], b = [.. Enumerable.Range(0, Samples).Select(i => draws.Probability("xb.m1.vto", i))];
        // four standard errors: of the mean sqrt(1/12 n), of a correlation and of neighbours' correlation 1 / sqrt(n)
        Assert.That(a.Average(), Is.EqualTo(0.5).Within(4 * Math.Sqrt(1 / 12.0 / Samples)));
        double Correlation(IEnumerable<double> x, IEnumerable<double> y) => MathNet.Numerics.Statistics.Correlation.Pearson(x, y);
        Assert.That(Correlation(a, b), Is.EqualTo(0).Within(4 / Math.Sqrt(Samples)));
        Assert.That(Correlation(a[1..], a[..^1]), Is.EqualTo(0).Within(4 / Math.Sqrt(Samples)));
    }

    [Test]
    public void ADistributionHasItsQuantiles()
    {
        // Phi(1) = 0.8413447460685429, Phi^-1(0.975) = 1.959963984540054 (Abramowitz, Stegun, table 26.1); MathNet's inverse holds 1e-9
        Assert.That(new NormalDistribution(8, 0.2).At(0.8413447460685429), Is.EqualTo(8.2).Within(1e-8));
        Assert.That(new LognormalDistribution(3, 0.5).At(0.975), Is.EqualTo(3 * Math.Exp(0.5 * 1.959963984540054)).Within(1e-8));
        Assert.That(new UniformDistribution(0.85, 0.95).At(0.25), Is.EqualTo(0.875).Within(1e-15));
        var truncated = new NormalDistribution(0, 1, 2);
        Assert.That((truncated.At(double.Epsilon), truncated.At(double.BitDecrement(1)), truncated.At(0.5)), Is.EqualTo((-2.0, 2.0, 0.0)).Using<(double A, double B, double C)>((x, y) => Math.Abs(x.A - y.A) < 1e-8 && Math.Abs(x.B - y.B) < 1e-8 && Math.Abs(x.C - y.C) < 1e-8));
    }

    [TestCase("{ mismatch: all }", ":2:14: monte-carlo needs 'samples'")]
    [TestCase("{ samples: 5 }", ":2:14: monte-carlo draws nothing")]
    [TestCase("{ samples: 2.5, mismatch: all }", ":2:25: expected a whole number")]
    [TestCase("{ samples: 5, mismatch: some }", ":2:38: mismatch is 'all' or a list")]
    [TestCase("{ samples: 5, sampling: halton, mismatch: all }", ":2:38: sampling is one of random, latin-hypercube, sobol, not 'halton'")]
    [TestCase("{ samples: 5, dice: {} }", ":2:28: monte-carlo has samples")]
    [TestCase("{ samples: 5, instances: {} }", ":2:14: monte-carlo draws nothing")]
    [TestCase("{ samples: 5, instances: { c_store: { distribution: uniform, from: 1, to: 2 } } }", ":2:41: 'c_store': expected SUBCIRCUIT.PARAMETER")]
    [TestCase("{ samples: 5, die: { vg: { distribution: beta } } }", "not 'beta'")]
    [TestCase("{ samples: 5, die: { vg: { distribution: normal, mean: 1 } } }", "needs 'sigma'")]
    [TestCase("{ samples: 5, die: { vg: { distribution: uniform, from: 1, to: 1 } } }", "'from' below 'to'")]
    [TestCase("{ samples: 5, die: { vg: { distribution: uniform, from: 1, to: 2, truncate: 3 } } }", "has no 'truncate'")]
    [TestCase("{ samples: 5, die: { vg: { distribution: uniform, from: 1, to: 2 } } }\nparameters: { vg: 1 }", "'vg' is both swept and drawn")]
    public void WhatIsWrongWithAPlanIsNamedWithItsLine(string drawn, string expected)
    {
        using var folder = new TemporaryFolder();
        Assert.That(() => Read(folder, $"deck: pair.cir\nmonte-carlo: {drawn}\n"), Throws.TypeOf<BadInputException>().With.Message.Contains("plan.yaml").And.Message.Contains(expected));
    }

    [TestCase("vto=0.4 ", "", "all", "mismatch needs 'vto'")]
    [TestCase("avto=2n akp=10n", "", "all", "there is no transistor with AVTO or AKP")]
    [TestCase("", "", "[xc]", "'xc' has no transistor")]
    public void WhatTheDeckCannotGiveIsToldBeforeAnythingRuns(string removed, string put, string mismatch, string expected)
    {
        using var folder = new TemporaryFolder();
        var plan = Read(folder, Plan.Replace("all", mismatch));
        if (removed.Length > 0)
            folder.Write("pair.cir", Deck.Replace(removed, put));
        Assert.That(() => new SweepRunner(plan, new EmbeddedEngine()), Throws.TypeOf<BadInputException>().With.Message.Contains(expected));
    }

    [Test]
    public void TheDocumentedPlanDrawsTheTransistorsOfTheCell()
    {
        using var folder = new TemporaryFolder();
        string document = File.ReadAllText(Path.Combine(Repository.Root, "Docs", "sweeps.md")).ReplaceLineEndings("\n");
        var plan = SweepPlanReader.Read(folder.Write("plan.yaml", document.Split("```yaml\n")[2].Split("```")[0]));
        // two parameters of four transistors, the capacitor of the cell, and the supply
        Assert.That(new SweepRunner(plan, new EmbeddedEngine()).DrawnNames, Has.Count.EqualTo(10).And.Contains("xcell.c_store").And.Contains("xcell.mn.vto").And.Contains("vsupply"));
    }
}
