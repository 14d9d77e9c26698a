using AnalogAttention.Circuits;
using AnalogAttention.Circuits.Builders;
using AnalogAttention.Simulation;
using AnalogAttention.Simulation.Analyses;
using AnalogAttention.Simulation.Embedded;

namespace AnalogAttention.Tests.Simulation;

/// <summary>A circuit solved in independent parts gives what it gives as one system of equations.</summary>
public class IndependentPartsTests
{
    private static Circuit Array(int rows, int columns, string extra = "", double reltol = 1e-4, double stopSeconds = 4e-9)
    {
        var random = new Random(11);
        var builder = new ArrayBuilder { StopSeconds = stopSeconds, StepSeconds = 0.1e-9, StartSeconds = 0.5e-9, UseInitialConditions = true };
        builder = builder with { Options = builder.Options.SetItem("reltol", reltol) };
        var deck = builder.Build([.. Enumerable.Range(0, rows).Select(_ =>
            new ArrayRow(random.Next(4) * 1e-9, [.. Enumerable.Range(0, columns).Select(_ => new ArrayCell(0.9 * random.NextDouble()))]))]);
        return DeckReader.Parse(deck.Replace("\n.end\n", $"\n{extra}\n.end\n"), "array.cir");
    }

    private static WaveformSet Whole(Circuit circuit)
    {
        var compiled = new CompiledCircuit(circuit);
        var analysis = new TransientAnalysis(compiled, new NewtonIteration(compiled, default), circuit.Analyses.OfType<Transient>().Single());
        analysis.Start();
        analysis.Run(_ => { });
        return analysis.Recorder.ToWaveforms();
    }

    private static IReadOnlyList<Circuit> Parts(Circuit circuit) => IndependentParts.Of(new CompiledCircuit(circuit), circuit.Analyses.OfType<Transient>().Single().Stop);

    private static double Integral(WaveformSet waves, string name)
    {
        double[] t = waves.Abscissa.Values, y = waves[name];
        return Enumerable.Range(1, t.Length - 1).Sum(k => 0.5 * (y[k] + y[k - 1]) * (t[k] - t[k - 1]));
    }

    // both runs err by their tolerance, 1e-4 of the charges that move: 2e-4 of full scale (1.2 pC) for 64 cells of up to 0.04 pC in 4 ns
    private const double ChargeTolerance = 2e-4 * 1.2e-12;

    [Test]
    public void ARecordThatStartsLateStartsInEveryPartAtTheSameTime()
    {
        // slow ramps beside fast pulses, a step far longer than what is between two of their points
        var deck = "late\n";
        for (var k = 0; k < 40; k++)
            deck += $"va{k} a{k} 0 pwl(0 0 200n 1)\nra{k} a{k} b{k} 1k\ncb{k} b{k} 0 1p\nvp{k} p{k} 0 pulse(0 1 1n 1n 1n 2n 7n)\nrp{k} p{k} q{k} 1k\ncq{k} q{k} 0 1p\n";
        deck += ".tran 20n 200n 105n 20n\n.save v(b0) v(q0)\n.measure tran late find v(b0) at=106n\n.measure tran charge integ v(b0) from=105n to=125n\n.end\n";
        var circuit = DeckReader.Parse(deck, "late.cir");
        Assert.That(Parts(circuit), Has.Count.GreaterThan(1));
        var result = new EmbeddedEngine().Run(circuit);
        // a ramp behind RC = 1 ns lags by 1 ns; 1e-3 is reltol
        Assert.That(result.Analyses[0]["time"][0], Is.EqualTo(105e-9));
        Assert.That(result.Measures["late"], Is.EqualTo(105.0 / 200).Within(1e-3));
        Assert.That(result.Measures["charge"], Is.EqualTo(20e-9 * 114 / 200).Within(1e-3 * 20e-9));
    }

    [Test]
    public void AnArrayOnIdealLinesFallsIntoItsRows()
    {
        var circuit = Array(16, 16);
        var parts = Parts(circuit);
        Assert.That(parts, Has.Count.GreaterThan(1));
        Assert.That(parts.Sum(p => p.Elements.Count(e => e is Mosfet)), Is.EqualTo(circuit.Elements.Count(e => e is Mosfet)));
        var (apart, whole) = (new EmbeddedEngine().Run(circuit).Analyses[0], Whole(circuit));
        for (var c = 1; c <= 16; c++)
            Assert.That(Integral(apart, $"i(vbl{c})"), Is.EqualTo(Integral(whole, $"i(vbl{c})")).Within(ChargeTolerance));
    }

    [Test]
    public void APrivateNodeTouchedFromOutsideStaysExactInAnArrayOf64By64()
    {
        // two cells of other rows and columns joined by a resistor, one driven by a source, one probed by a formula that loads a fourth
        const string outside = """
            rjoin x3_5.store x40_60.store 20k
            idrive 0 x17_2.store pwl(0 0 1n 0 1.1n 2u 3n 2u)
            bprobe 0 x50_9.store i='1u*tanh(v(x9_9.store)/0.1)'
            .save v(x3_5.store) v(x40_60.store) v(x17_2.store) v(x50_9.store) v(x9_9.store)
            """;
        var circuit = Array(64, 64, outside);
        Assert.That(Parts(circuit), Has.Count.GreaterThan(1));
        var (apart, whole) = (new EmbeddedEngine().Run(circuit).Analyses[0], Whole(circuit));
        for (var c = 1; c <= 64; c++)
            Assert.That(Integral(apart, $"i(vbl{c})"), Is.EqualTo(Integral(whole, $"i(vbl{c})")).Within(ChargeTolerance), $"bitline {c}");
        foreach (var node in new[] { "x3_5", "x40_60", "x17_2", "x50_9", "x9_9" })
        {
            var name = $"v({node}.store)";
            // the mean over the run, to a thousandth of a storage step
            Assert.That(Integral(apart, name), Is.EqualTo(Integral(whole, name)).Within(0.9 / 7 * 1e-3 * 4e-9), name);
        }
        Assert.That(whole["v(x17_2.store)"][^1] - whole["v(x17_2.store)"][0], Is.GreaterThan(0.1), "the source charges its cell");
    }

    [Test]
    public void NumberOfThreadsChangesNoBit()
    {
        var circuit = Array(16, 16);
        var (one, two) = (new EmbeddedEngine { Threads = 1 }.Run(circuit).Analyses[0], new EmbeddedEngine { Threads = 3 }.Run(circuit).Analyses[0]);
        Assert.That(two.Columns.Select(c => c.Name), Is.EqualTo(one.Columns.Select(c => c.Name)));
        foreach (var (a, b) in one.Columns.Zip(two.Columns))
            Assert.That(a.Values.AsSpan().SequenceEqual(b.Values), a.Name);
    }

    [Test]
    public void ASourceWhoseCurrentControlsSomethingJoinsWhatItFeeds()
    {
        // 80 RC cells on v1; the current of v1 drives one of 80 cells on v2: only those of v2 that it does not reach stay apart
        var deck = "sensed\nv1 a 0 pulse(0 1 1n 1n 1n 5n 20n)\nv2 b 0 pulse(0 1 2n 1n 1n 5n 20n)\nf1 0 m1 v1 0.5\n"
            + string.Concat(Enumerable.Range(0, 80).Select(k => $"r{k} a n{k} {k + 1}k\nc{k} n{k} 0 1p\nrr{k} b m{k} {k + 1}k\ncc{k} m{k} 0 1p\n"))
            + ".options reltol=1e-5\n.tran 0.1n 10n\n.end\n";
        var circuit = DeckReader.Parse(deck, "sensed.cir");
        Assert.That(Parts(circuit), Has.Count.GreaterThan(1));
        var (apart, whole) = (new EmbeddedEngine().Run(circuit).Analyses[0], Whole(circuit));
        foreach (var name in new[] { "v(m1)", "v(m2)", "v(n7)", "i(v1)", "i(v2)" })
            Assert.That(Integral(apart, name), Is.EqualTo(Integral(whole, name)).Within(1e-4 * whole[name].Max(Math.Abs) * 10e-9), name);
    }

    [Test]
    public void ACancelledRunKeepsAllPartsUpToOneTime()
    {
        var circuit = Array(16, 16, ".save v(x1_1.store) v(x16_16.store)");
        using var cancellation = new CancellationTokenSource();
        var progress = new Immediate(part =>
        {
            if (part > 0.4)
                cancellation.Cancel();
        });
        var cut = Assert.Throws<SimulationCancelledException>(() => new EmbeddedEngine().Run(circuit, progress, cancellation.Token))!.Partial.Analyses[0];
        Assert.That(cut.Abscissa.Values[^1], Is.InRange(1e-9, 3.9e-9));
        var whole = new EmbeddedEngine().Run(circuit).Analyses[0];
        var same = whole.Abscissa.Values.ToList().FindIndex(t => t >= cut.Abscissa.Values[cut.Count / 2]);
        Assert.That(cut["v(x16_16.store)"][cut.Count / 2], Is.EqualTo(whole["v(x16_16.store)"][same]).Within(1e-3));
    }

    private sealed class Immediate(Action<double> report) : IProgress<double>
    {
        public void Report(double value) => report(value);
    }
}
