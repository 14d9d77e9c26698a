using AnalogAttention.Circuits;
using AnalogAttention.Simulation;
using AnalogAttention.Simulation.Embedded;
using AnalogAttention.Studies.Sweeps;

namespace AnalogAttention.Tests.Studies.Sweeps;

public class SweepRunnerTests
{
    private const string Deck = "charging\n.param tau=1u v=1\nv1 in 0 pulse(0 {v} 0 1n)\nr1 in out 1k\nc1 out 0 {tau/1k}\n.tran 10n 5u\n.measure tran half when v(out)=0.5\n.measure tran last find v(out) at=5u\n.end\n";
    private const string Plan = "deck: charging.cir\nparameters:\n  tau: { from: 0.5u, to: 2u, points: 6 }\n  v: [1, 2]\ntemperature: [27, 85]\n";

    private static SweepPlan Read(TemporaryFolder folder, string plan = Plan)
    {
        folder.Write("charging.cir", Deck);
        return SweepPlanReader.Read(folder.Write("plan.yaml", plan));
    }

    internal static string Text(SweepPlan plan, SweepRunner runner, SweepStore store)
    {
        using var text = new StringWriter();
        SweepTable.Write(text, plan, runner, store);
        return text.ToString();
    }

    private static string Table(SweepPlan plan, string storeFolder, int jobs, params int[][] parts)
    {
        var runner = new SweepRunner(plan, new EmbeddedEngine { Threads = 1 });
        for (var part = 0; part < parts.Length; part++)
            using (var store = new SweepStore(storeFolder, $"part{part}"))
                runner.Run(store, parts[part], jobs);
        using var all = new SweepStore(storeFolder, "all");
        return SweepRunnerTests.Text(plan, runner, all);
    }

    [Test]
    public void TheTableIsTheSameForAnyNumberOfJobsAndShardsInAnyOrder()
    {
        using var folder = new TemporaryFolder();
        var plan = Read(folder);
        int[] everything = [.. Enumerable.Range(0, plan.Count)];
        string once = Table(plan, folder.File("one"), 1, everything);
        Assert.That(once.Split('\n'), Has.Length.EqualTo(plan.Count + 2));
        Assert.That(Table(plan, folder.File("two"), 2, [.. everything.Reverse()]), Is.EqualTo(once));
        Assert.That(Table(plan, folder.File("three"), 2, [.. everything.Where(i => i % 3 == 1)], [.. everything.Where(i => i % 3 == 0)], [.. everything.Where(i => i % 3 == 2)]), Is.EqualTo(once));
    }

    [Test]
    public void CurvesAreKeptWholeAndAreThoseOfTheEngineWhateverRanBefore()
    {
        using var folder = new TemporaryFolder();
        folder.Write("divider.cir", "divider\n.param r=1k\nv1 in 0 1\nr1 in out {r}\nd1 out 0 dx\n.model dx d is=1e-14\n.dc v1 0 2 0.1\n.end\n");
        var plan = SweepPlanReader.Read(folder.Write("curves.yaml", "deck: divider.cir\nparameters:\n  r: { from: 1, to: 1meg, points: 40, scale: log }\ncurves: [v(out), i(v1)]\n"));
        var runner = new SweepRunner(plan, new EmbeddedEngine { Threads = 1 });
        int[] shuffled = [.. Enumerable.Range(0, plan.Count)];
        new Random(1).Shuffle(shuffled);
        using var store = new SweepStore(folder.File("store"), "a");
        runner.Run(store, shuffled, 2);
        SweepCurves.Write(folder.File("curves.npz"), plan, runner, store);
        var arrays = AnalogAttention.Inference.Arrays.NpzFile.Read(folder.File("curves.npz"));
        Assert.That(arrays.Keys, Is.EqualTo(new[] { "point", "v-sweep", "v(out)", "i(v1)" }));
        Assert.That(arrays["v(out)"].Shape, Is.EqualTo(new[] { 40, 21 }));
        for (var k = 0; k < plan.Count; k++)
        {
            var alone = new EmbeddedEngine().Run(DeckReader.Read(plan.Deck, new DeckReaderOptions { Parameters = System.Collections.Immutable.ImmutableDictionary.CreateRange(plan.At(k).Parameters) })).Analyses[0];
            Assert.That(arrays["v(out)"].Values.AsSpan(k * 21, 21).ToArray(), Is.EqualTo(alone["v(out)"]), $"point {k}");
            Assert.That(arrays["i(v1)"].Values.AsSpan(k * 21, 21).ToArray(), Is.EqualTo(alone["i(v1)"]), $"point {k}");
        }
    }

    [Test]
    public void ADeckThatIsNowhereIsNamedWithItsPlaceInThePlan()
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("plan.yaml", "name: x\ndeck: nowhere.cir\nparameters: { r: [1] }\n");
        Assert.That(() => new SweepRunner(SweepPlanReader.Read(path), new EmbeddedEngine()), Throws.TypeOf<BadInputException>().With.Message.EqualTo($"{path}:2:7: there is no deck 'nowhere.cir', neither beside the plan nor among the product's benches"));
    }

    [Test]
    public void AFirstPointWithoutASolutionIsARowToo()
    {
        using var folder = new TemporaryFolder();
        folder.Write("root.cir", "root\n.param low=0\nv1 in 0 1\nb1 out 0 v=sqrt(v(in)+{low})\nr1 out 0 1\n.dc v1 0 2 0.5\n.end\n");
        var plan = SweepPlanReader.Read(folder.Write("root.yaml", "deck: root.cir\nparameters:\n  low: [-1, 1]\ncurves: [v(out)]\n"));
        var runner = new SweepRunner(plan, new EmbeddedEngine { Threads = 1 });
        using var store = new SweepStore(folder.File("store"), "a");
        runner.Run(store, [0, 1], 1);
        SweepOutcome[] outcomes = [.. runner.Finished(store).Select(f => f.Outcome)];
        Assert.Multiple(() =>
        {
            Assert.That(outcomes[0].Error, Does.Contain("dc sweep at v1"));
            Assert.That(outcomes[0].Error, Does.Not.Contain(Path.GetDirectoryName(plan.Deck)), "the same row wherever the deck lies");
            Assert.That(outcomes[1].Curves!["v(out)"][4], Is.EqualTo(Math.Sqrt(3)).Within(1e-12));
        });
    }

    [TestCase("curves: [v(nowhere)]", "has no signal 'v(nowhere)'; there are")]
    [TestCase("curves: [v(out)]", "the time points of a transient differ")]
    public void CurvesThatCannotBeKeptAreRefused(string line, string message)
    {
        using var folder = new TemporaryFolder();
        folder.Write("divider.cir", "divider\nv1 in 0 1\nr1 in 0 1\n.dc v1 0 2 0.1\n.end\n");
        var plan = Read(folder, line.Contains("nowhere") ? $"deck: divider.cir\n{line}\n" : Plan + line + "\n");
        Assert.That(() => new SweepRunner(plan, new EmbeddedEngine()), Throws.TypeOf<BadInputException>().With.Message.Contains(message));
    }

    [Test]
    public void APointIsWhatTheDeckGivesByItself()
    {
        using var folder = new TemporaryFolder();
        var plan = Read(folder);
        var point = plan.At(13);
        var circuit = DeckReader.Read(plan.Deck, new DeckReaderOptions { Parameters = System.Collections.Immutable.ImmutableDictionary.CreateRange(point.Parameters) }) with { TemperatureCelsius = point.Celsius!.Value };
        Assert.That(new SweepRunner(plan, new EmbeddedEngine()).Outcome(point).Values, Is.EqualTo(new EmbeddedEngine().Run(circuit).Measures));
    }

    [Test]
    public void WhatIsFinishedIsNotComputedAgainAndAGrownPlanKeepsIt()
    {
        using var folder = new TemporaryFolder();
        var plan = Read(folder);
        var runner = new SweepRunner(plan, new EmbeddedEngine());
        using var store = new SweepStore(folder.File("store"), "a");
        Assert.That(runner.Run(store, [0, 1, 2], 2), Is.EqualTo(3));
        Assert.That(runner.Run(store, [.. Enumerable.Range(0, plan.Count)], 2), Is.EqualTo(plan.Count - 3));
        var grown = Read(folder, Plan.Replace("[1, 2]", "[1, 2, 3]"));
        Assert.That(new SweepRunner(grown, new EmbeddedEngine()).Run(store, [.. Enumerable.Range(0, grown.Count)], 2), Is.EqualTo(grown.Count - plan.Count));
    }

    [Test]
    public void AChangedDeckIsAnotherSetOfPoints()
    {
        using var folder = new TemporaryFolder();
        var plan = Read(folder);
        string before = new SweepRunner(plan, new EmbeddedEngine()).Key(plan.At(0));
        folder.Write("charging.cir", Deck.Replace("1k", "2k"));
        Assert.That(new SweepRunner(plan, new EmbeddedEngine()).Key(plan.At(0)), Is.Not.EqualTo(before));
    }

    [Test]
    public void AFailedPointIsARowWithItsError()
    {
        using var folder = new TemporaryFolder();
        var plan = Read(folder, "deck: charging.cir\nparameters: { v: [0.4, 1, -1], tau: [1u] }\n");
        int[] everything = [0, 1, 2];
        string[] rows = Table(plan, folder.File("store"), 1, everything).Split('\n');
        Assert.That(rows[1], Does.EndWith("no value: half"));
        Assert.That(rows[2], Does.EndWith(","));
    }

    [TestCase("deck: charging.cir\nparameters: { taw: [1u] }\n", "taw")]
    [TestCase("deck: charging.cir\nmeasures: [third]\n", "no measure 'third'; there are half, last")]
    [TestCase("deck: nowhere.cir\n", "nowhere.cir")]
    public void WhatTheDeckDoesNotHaveIsToldBeforeAnythingRuns(string yaml, string expected)
    {
        using var folder = new TemporaryFolder();
        var plan = Read(folder, yaml);
        Assert.That(() => new SweepRunner(plan, new EmbeddedEngine()), Throws.InstanceOf<BadInputException>().With.Message.Contains(expected));
    }

    private sealed class StuckEngine(bool isStuck) : IEngine
    {
        public string Name => "stuck";
        public string Version => "1";

        public SimulationResult Run(Circuit circuit, IProgress<double>? progress = null, CancellationToken cancellation = default)
        {
            if (isStuck)
                cancellation.WaitHandle.WaitOne();
            cancellation.ThrowIfCancellationRequested();
            return new EmbeddedEngine().Run(circuit, progress, cancellation);
        }
    }

    [Test]
    public void APointThatTimedOutIsComputedAgainAndThenKept()
    {
        using var folder = new TemporaryFolder();
        var plan = Read(folder, "deck: charging.cir\nparameters: { v: [1, 2] }\n");
        using var store = new SweepStore(folder.File("store"), "a");
        var stuck = new SweepRunner(plan, new StuckEngine(isStuck: true)) { PointTimeout = TimeSpan.FromMilliseconds(20) };
        Assert.That((stuck.Run(store, [0, 1], 2), stuck.Run(store, [0, 1], 2)), Is.EqualTo((2, 2)));
        Assert.That(Text(plan, stuck, store).Split("timed out after 0.02 s"), Has.Length.EqualTo(3));
        var moving = new SweepRunner(plan, new StuckEngine(isStuck: false));
        Assert.That((moving.Run(store, [0, 1], 2), moving.Run(store, [0, 1], 2)), Is.EqualTo((2, 0)));
        Assert.That(Text(plan, moving, store), Does.Not.Contain("timed out"));
    }

    [Test]
    public void CancellingIsNoTimeout()
    {
        using var folder = new TemporaryFolder();
        var plan = Read(folder);
        using var store = new SweepStore(folder.File("store"), "a");
        using var cancellation = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
        var stuck = new SweepRunner(plan, new StuckEngine(isStuck: true)) { PointTimeout = TimeSpan.FromMinutes(10) };
        Assert.That(() => stuck.Run(store, [0, 1, 2], 2, cancellation: cancellation.Token), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(store.Count, Is.Zero);
    }
}
