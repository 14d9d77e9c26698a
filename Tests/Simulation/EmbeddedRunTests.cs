using System.Collections.Immutable;
using AnalogAttention.Circuits;
using AnalogAttention.Simulation;
using AnalogAttention.Simulation.Analyses;
using AnalogAttention.Simulation.Embedded;

namespace AnalogAttention.Tests.Simulation;

/// <summary>Runs that go on with other values, that are cut short, that find rest in another way.</summary>
public class EmbeddedRunTests
{
    private const string Cell = """
        a cell and what drives it
        vdd vdd 0 0.9
        vbl bl 0 0.45
        vin in 0 pwl(0 0.45 1n 0.45 1.1n 0.9 5n 0.9 5.1n 0.45)
        m1 bl store in vdd px w=200n l=200n
        cs store 0 8f
        .model px pmos level=44 cox=17m xj=20n kp=100u vto=-0.4 gamma=0.2 phi=0.5
        .ic v(store)=0.1
        .options gmin=1e-18 chgtol=1e-19
        .tran 0.1n 8n
        .dc vbl 0 0.9 0.1
        .end
        """;

    [Test]
    public void AlteredRunsEqualFreshOnes()
    {
        var circuit = DeckReader.Parse(Cell, "cell.cir");
        var run = new EmbeddedRun(new CompiledCircuit(circuit));
        foreach (var femtofarads in new[] { 4.0, 12, 8 })
        {
            var altered = DeckReader.Parse(Cell.Replace("8f", $"{femtofarads}f").Replace("kp=100u", $"kp={10 * femtofarads}u"), "cell.cir");
            run.Alter(altered);
            var fresh = new EmbeddedEngine().Run(altered).Analyses;
            for (var k = 0; k < 2; k++)
                foreach (var column in run.Run(altered.Analyses[k]).ToWaveforms().Columns)
                    // rounding alone: the pivots may differ
                    Assert.That(column.Values, Is.EqualTo(fresh[k][column.Name]).Within(1e-9 * fresh[k][column.Name].Max(Math.Abs)), column.Name);
        }
    }

    [TestCase("f1 0 q v1 1", "f1 0 q v2 1")]
    [TestCase("b1 q 0 i=i(v1)", "b1 q 0 i=i(v2)")]
    [TestCase("b1 q 0 i=1m", "b1 q 0 i=i(v2)")]
    [TestCase("k1 l1 l2 0.5", "k1 l1 l3 0.5")]
    public void WhatFollowsAnotherCurrentIsNotAltered(string before, string after)
    {
        Circuit Deck(string line) => DeckReader.Parse($"follow\nv1 a 0 1\nr1 a 0 1k\nv2 b 0 2\nr2 b 0 1k\nrq q 0 1k\nl1 a c 1n\nl2 b d 1n\nl3 b e 1n\nrc c 0 1k\nrd d 0 1k\nre e 0 1k\n{line}\n.op\n.end\n", "follow.cir");
        var run = new EmbeddedRun(new CompiledCircuit(Deck(before)));
        Assert.That(() => run.Alter(Deck(after)), Throws.ArgumentException.With.Message.Contains("does not take the place"));
    }

    [Test]
    public void TheExampleOfTheDocumentationRuns()
    {
        var here = Environment.CurrentDirectory;
        Environment.CurrentDirectory = Repository.Root;
        try
        {
            // example
            var circuit = DeckReader.Read("Netlists/gain-cell-pulse.cir");
            var run = new EmbeddedRun(new CompiledCircuit(circuit));
            foreach (var volts in new[] { 0.1, 0.5, 0.9 })
            {
                var options = new DeckReaderOptions { Parameters = ImmutableDictionary<string, double>.Empty.Add("vstore", volts) };
                var altered = DeckReader.Read("Netlists/gain-cell-pulse.cir", options);
                run.Alter(altered);
                var waves = run.Run(altered.Analyses[0]).ToWaveforms();
                Console.WriteLine($"{volts} V: {waves["i(vbl)"].Min()} A");
            }
            // end
        }
        finally
        {
            Environment.CurrentDirectory = here;
        }
        static string Lines(IEnumerable<string> lines) => string.Join('\n', lines.Select(l => l.Trim()));
        var source = File.ReadLines(Path.Combine(Repository.Root, "Tests", "Simulation", "EmbeddedRunTests.cs")).SkipWhile(l => l.Trim() != "// example").Skip(1).TakeWhile(l => l.Trim() != "// end");
        var page = File.ReadLines(Path.Combine(Repository.Root, "Docs", "engines.md")).SkipWhile(l => l != "```csharp").Skip(1).TakeWhile(l => l != "```");
        Assert.That(Lines(page), Is.EqualTo(Lines(source)));
    }

    [Test]
    public void AnotherShapeIsNoAlteration()
    {
        var run = new EmbeddedRun(new CompiledCircuit(DeckReader.Parse(Cell, "cell.cir")));
        Assert.That(() => run.Alter(DeckReader.Parse(Cell.Replace("cs store 0", "cs store bl"), "cell.cir")), Throws.ArgumentException.With.Message.Contains("'cs'"));
        Assert.That(() => run.Alter(DeckReader.Parse(Cell.Replace("cs store 0 8f\n", ""), "cell.cir")), Throws.ArgumentException);
    }

    [Test]
    public void ACancelledRunKeepsWhatItHas()
    {
        var circuit = DeckReader.Parse(Cell, "cell.cir");
        using var cancellation = new CancellationTokenSource();
        var whole = new EmbeddedEngine().Run(circuit).Analyses[0];
        var progress = new Watcher(part =>
        {
            if (part > 0.2)
                cancellation.Cancel();
        });
        var cut = Assert.Throws<SimulationCancelledException>(() => new EmbeddedEngine().Run(circuit, progress, cancellation.Token))!.Partial;
        Assert.That(cut.Analyses, Has.Count.EqualTo(1));
        var points = cut.Analyses[0].Count;
        Assert.That(points, Is.GreaterThan(10).And.LessThan(whole.Count));
        Assert.That(cut.Analyses[0]["v(store)"], Is.EqualTo(whole["v(store)"].Take(points)));
    }

    [Test]
    public void AFailedRunKeepsWhatItHas()
    {
        // C dv/dt = 1 mA/V2 v^2 from 1 V: v = 1/(1 - t/us) is infinite at 1 us
        var circuit = DeckReader.Parse("blow-up\nc1 a 0 1n ic=1\nb1 a 0 i=-1m*v(a)*v(a)\n.tran 10n 2u uic\n.end\n", "blow-up.cir");
        var partial = Assert.Throws<ConvergenceException>(() => new EmbeddedEngine().Run(circuit))!.Partial!;
        Assert.That(partial.Analyses[0]["time"][^1], Is.EqualTo(1e-6).Within(2).Percent);
        Assert.That(partial.Analyses[0].Columns.SelectMany(c => c.Values), Has.All.Matches<double>(double.IsFinite));
    }

    private sealed class Watcher(Action<double> watch) : IProgress<double>
    {
        public void Report(double value) => watch(value);
    }

    [TestCase("diode from 5 V\nv1 a 0 5\nr1 a b 10\nd1 b 0 dx\n.model dx d(is=1e-14)\n.op\n.end\n", "b")]
    [TestCase("inverter chain\nvdd p 0 3\nvin i 0 1.2\nm1 a i 0 0 nx w=4u l=1u\nm2 a i p p px w=8u l=1u\nm3 b a 0 0 nx w=4u l=1u\nm4 b a p p px w=8u l=1u\n"
        + ".model nx nmos(vto=0.6 kp=100u lambda=0.03)\n.model px pmos(vto=-0.7 kp=40u lambda=0.03)\n.op\n.end\n", "b")]
    [TestCase("amplifier with a clamp\nv1 i 0 1\nr1 i m 1k\ne1 o 0 0 m 1e5\nr2 o m 100k\nd1 o m dx\nd2 m o dx\n.model dx d(is=1e-14)\n.op\n.end\n", "o")]
    public void APseudoTransientComesToTheSameRest(string deck, string node)
    {
        var circuit = DeckReader.Parse(deck, "rest.cir");
        var compiled = new CompiledCircuit(circuit);
        var newton = new NewtonIteration(compiled, default);
        Assert.That(new StaticSolver(compiled, newton).PseudoTransient(new(null, 1)));
        Assert.That(compiled.Unknowns.TryNode(node, out var unknown));
        Assert.That(newton.State.X[unknown], Is.EqualTo(new EmbeddedEngine().Run(circuit).Analyses[0][$"v({node})"][0]).Within(1e-6));
    }

    [Test]
    public void TooManyCornersAreRefusedBeforeTheyFillTheMemory()
    {
        Assert.That(() => new EmbeddedEngine().Run(DeckReader.Parse("corners\nv1 a 0 pulse(0 1 0 1p 1p 1p 4p)\nr1 a 0 1\n.tran 1 10\n.end\n", "corners.cir")),
            Throws.TypeOf<BadInputException>().With.Message.Contains("corners.cir:4").And.Message.Contains("corners"));
        // a delay far in the past costs nothing
        var early = new EmbeddedEngine().Run(DeckReader.Parse("early\nv1 a 0 pulse(0 1 -1meg 1n 1n 4n 10n)\nr1 a 0 1\n.tran 1n 20n\n.end\n", "early.cir")).Analyses[0];
        Assert.That(early["v(a)"].Max(), Is.EqualTo(1).Within(1e-12));
    }

    [Test]
    public void AMeasureFindsTheLastPoint()
    {
        var circuit = DeckReader.Parse(Cell.Replace(".tran 0.1n 8n", ".tran 0.1n {2*4n}\n.measure tran last find v(store) at=8n"), "cell.cir");
        var result = new EmbeddedEngine().Run(circuit);
        Assert.That(result.Measures["last"], Is.EqualTo(result.Analyses[0]["v(store)"][^1]));
    }
}
