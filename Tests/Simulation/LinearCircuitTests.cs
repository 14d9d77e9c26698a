using AnalogAttention.Circuits;
using AnalogAttention.Simulation;

namespace AnalogAttention.Tests.Simulation;

/// <summary>Circuits with a closed form.</summary>
public class LinearCircuitTests
{
    [Test]
    public void DividerWithControlledSources()
    {
        var op = new TestCircuit()
            .V("v1", "in", "0", 10).R("r1", "in", "a", 1e3).R("r2", "a", "0", 1e3)
            .E("e1", "e", "0", "a", "0", 2).R("r3", "e", "0", 1e3)
            .G("g1", "g", "0", "a", "0", 1e-3).R("r4", "g", "0", 2e3)
            .F("f1", "f", "0", "v1", 3).R("r5", "f", "0", 1e3)
            .H("h1", "h", "0", "v1", 500).R("r6", "h", "0", 1e3)
            .I("i1", "x", "0", 1e-3).R("r7", "x", "0", 1e3)
            .Op().Run().Analyses[0];
        // exact rational values; 1e-12 is rounding of a well-scaled 14 x 14 system
        Assert.Multiple(() =>
        {
            Assert.That(op["v(a)"][0], Is.EqualTo(5).Within(1e-12));
            Assert.That(op["i(v1)"][0], Is.EqualTo(-5e-3).Within(1e-15));
            Assert.That(op["v(e)"][0], Is.EqualTo(10).Within(1e-12));
            Assert.That(op["i(e1)"][0], Is.EqualTo(-10e-3).Within(1e-15));
            Assert.That(op["v(g)"][0], Is.EqualTo(-10).Within(1e-12));
            Assert.That(op["v(f)"][0], Is.EqualTo(15).Within(1e-12));
            Assert.That(op["v(h)"][0], Is.EqualTo(-2.5).Within(1e-12));
            Assert.That(op["v(x)"][0], Is.EqualTo(-1).Within(1e-12));
        });
    }

    [Test]
    public void RcStepFollowsTheExponential([Values("trap", "gear")] string method)
    {
        // 1 V ramp in 1 ps, then tau = 1 ns
        var circuit = new TestCircuit().V("v1", "in", "0", (0, 0), (1e-12, 1)).R("r1", "in", "out", 1e3).C("c1", "out", "0", 1e-12).Tran(0.1e-9, 10e-9);
        if (method == "gear")
            circuit.Option("method", 2);
        var tran = circuit.Run().Analyses[0];
        double[] t = tran["time"], v = tran["v(out)"];
        // each step may err by about trtol reltol of the charge, damped with tau: 7e-3 is the bound, the edge adds 1e-3
        for (var k = 0; k < t.Length; k++)
            Assert.That(v[k], Is.EqualTo(t[k] < 1e-12 ? 0 : 1 - Math.Exp(-(t[k] - 0.5e-12) / 1e-9)).Within(8e-3), $"t = {t[k]}");
    }

    [Test]
    public void TighterTolerancesGiveASmallerError()
    {
        double Error(double relTol)
        {
            var tran = new TestCircuit().C("c1", "out", "0", 1e-12, 1).R("r1", "out", "0", 1e3)
                .Option("reltol", relTol).Option("chgtol", 1e-20).Tran(1e-9, 5e-9, uic: true, maximum: 5e-9).Run().Analyses[0];
            return tran["time"].Zip(tran["v(out)"], (t, v) => Math.Abs(v - Math.Exp(-t / 1e-9))).Max();
        }
        // the second-order rule: reltol 100 times smaller allows steps 10 times smaller
        Assert.That(Error(1e-5), Is.LessThan(0.1 * Error(1e-3)).And.GreaterThan(0));
    }

    [Test]
    public void SeriesRlcRings()
    {
        // uic: C charged to 1 V into R L; alpha = R/2L = 1e8, w0 = 1e9
        var tran = new TestCircuit().C("c1", "a", "0", 1e-12, 1).L("l1", "a", "b", 1e-6).R("r1", "b", "0", 200)
            .Option("reltol", 1e-6).Option("chgtol", 1e-20).Option("abstol", 1e-15).Tran(1e-9, 20e-9, uic: true).Run().Analyses[0];
        double alpha = 1e8, wd = Math.Sqrt(1e18 - alpha * alpha);
        double[] t = tran["time"], v = tran["v(a)"], i = tran["i(l1)"];
        Assert.That(i[0], Is.EqualTo(0).Within(1e-12));
        // truncation formula with the charge tolerance: (w h)^3 = 72 trtol reltol, w h = 0.08; the phase errs by (w h)^2/12 = 5.3e-4
        // per radian, and w t exp(-alpha t) is at most 3.7
        for (var k = 0; k < t.Length; k++)
            Assert.That(v[k], Is.EqualTo(Math.Exp(-alpha * t[k]) * (Math.Cos(wd * t[k]) + alpha / wd * Math.Sin(wd * t[k]))).Within(2e-3));
    }

    [Test]
    public void EveryBreakpointIsATimePoint()
    {
        var pulses = TestCircuit.Pulses(0, 1, 1e-9, 50e-12, 3e-9, 7.7e-9, 5);
        var tran = new TestCircuit().V("v1", "in", "0", pulses).R("r1", "in", "out", 1e3).C("c1", "out", "0", 1e-13).Tran(1e-9, 40e-9).Run().Analyses[0];
        Assert.That(pulses.Select(p => p.Item1), Is.SubsetOf(tran["time"]));
        Assert.That(tran["time"][^1], Is.EqualTo(40e-9));
        Assert.That(tran["time"], Is.Ordered.Ascending);
    }

    [Test]
    public void NestedSweepHasTheFirstAxisInside()
    {
        var dc = new TestCircuit().V("v1", "a", "0", 0).V("v2", "b", "0", 0).I("i1", "0", "c", 0).R("r1", "a", "c", 1).R("r2", "b", "c", 1)
            .Dc(new SweepAxis("v1", 0, 2, 1), new SweepAxis("v2", 10, 30, 10), new SweepAxis("i1", 0, 1, 1)).Run().Analyses[0];
        Assert.That(dc.Abscissa.Name, Is.EqualTo("v-sweep"));
        Assert.That(dc["v-sweep"], Is.EqualTo(Enumerable.Range(0, 18).Select(k => (double)(k % 3))));
        Assert.That(dc["v(b)"], Is.EqualTo(Enumerable.Range(0, 18).Select(k => 10.0 + 10 * (k / 3 % 3))));
        Assert.That(dc["v(c)"], Is.EqualTo(Enumerable.Range(0, 18).Select(k => (k % 3 + 10.0 + 10 * (k / 3 % 3) + k / 9) / 2)).Within(1e-12));
    }

    [Test]
    public void InitialVoltageIsHeldAndThenReleased()
    {
        var tran = new TestCircuit().V("v1", "in", "0", 1).R("r1", "in", "out", 1e3).C("c1", "out", "0", 1e-12).Ic("out", 0.25).Tran(1e-10, 10e-9).Run().Analyses[0];
        Assert.That(tran["v(out)"][0], Is.EqualTo(0.25).Within(1e-9));
        Assert.That(tran["v(out)"][^1], Is.EqualTo(1).Within(1e-3));
    }

    [Test]
    public void StoreBehindATinyConductanceIgnoresGmin()
    {
        // 1e20 ohm is 1e-20 S beside a driver of 1 S
        SimulationResult Run(double gmin) => new TestCircuit().V("v1", "in", "0", 0.7).R("r1", "in", "a", 1).R("r2", "a", "store", 1e20).C("c1", "store", "0", 5e-15)
            .R("r3", "a", "0", 1).Option("gmin", gmin).Op().Tran(1, 1e5).Run();
        foreach (var gmin in (double[])[0, 1e-12, 1e-11])
        {
            Assert.That(Run(gmin).Analyses[0]["v(store)"][0], Is.EqualTo(0.35).Within(1e-12));
            Assert.That(Run(gmin).Analyses[1]["v(store)"][^1], Is.EqualTo(0.35).Within(1e-12));
        }
    }

    [Test]
    public void SwitchedChargeIsConservedOver10000Cycles()
    {
        // pulses through c1 pump charge back and forth between two isolated nodes; the sum on c2, c3 and c1's plate may not drift
        var circuit = new TestCircuit().V("v1", "in", "0", TestCircuit.Pulses(0, 1, 1e-9, 0.1e-9, 4e-9, 10e-9, 10_000))
            .C("c1", "in", "a", 1e-15).C("c2", "a", "0", 1e-15).R("r1", "a", "b", 1e5).C("c3", "b", "0", 3e-15)
            .Option("chgtol", 1e-19).Tran(1e-9, 100e-6, uic: true, maximum: 5e-9).Save("v(in)", "v(a)", "v(b)").Run();
        var tran = circuit.Analyses[0];
        double[] vin = tran["v(in)"], a = tran["v(a)"], b = tran["v(b)"];
        for (var k = 0; k < a.Length; k += 97)
            // the charge on the isolated plates is 0 at all times; 1e-9 of the femtocoulomb that moves
            Assert.That(1e-15 * (a[k] - vin[k]) + 1e-15 * a[k] + 3e-15 * b[k], Is.EqualTo(0).Within(1e-9 * 1e-15));
        Assert.That(a.Max(), Is.GreaterThan(0.15), "it does switch");
    }

    [Test]
    public void FloatingNodesAndLoopsAreNamed()
    {
        var floating = new TestCircuit().V("v1", "in", "0", 1).C("c1", "in", "lost", 1e-12).C("c2", "lost", "0", 1e-12).Op();
        Assert.That(() => floating.Run(), Throws.TypeOf<BadInputException>().With.Message.Contains("'lost'"));
        Assert.That(floating.Ic("lost", 0.3).Run().Analyses[0]["v(lost)"][0], Is.EqualTo(0.3).Within(1e-9));

        var loop = new TestCircuit().V("v1", "a", "0", 1).V("v2", "b", "a", 1).L("l1", "b", "0", 1e-9).R("r1", "a", "0", 1).Op();
        Assert.That(() => loop.Run(), Throws.TypeOf<BadInputException>().With.Message.Contains("'v2', 'v1', 'l1'"));

        var cutset = new TestCircuit().I("i1", "0", "a", 1e-3).G("g1", "a", "0", "b", "0", 1).R("r1", "b", "0", 1).Op();
        Assert.That(() => cutset.Run(), Throws.TypeOf<BadInputException>().With.Message.Contains("'a'"));

        var control = new TestCircuit().F("f1", "a", "0", "vx", 2).R("r1", "a", "0", 1).Op();
        Assert.That(() => control.Run(), Throws.TypeOf<BadInputException>().With.Message.Contains("vx"));
    }

    [Test]
    public void CancellationStopsARun()
    {
        using var cancellation = new CancellationTokenSource();
        var circuit = new TestCircuit().V("v1", "in", "0", 1).R("r1", "in", "out", 1e3).C("c1", "out", "0", 1e-12).Tran(1e-9, 1).Build();
        var progress = new Stopper(cancellation);
        cancellation.CancelAfter(50);
        Assert.That(() => new AnalogAttention.Simulation.Embedded.EmbeddedEngine().Run(circuit, progress, cancellation.Token), Throws.InstanceOf<OperationCanceledException>());
    }

    private sealed class Stopper(CancellationTokenSource cancellation) : IProgress<double>
    {
        public void Report(double value)
        {
            if (value > 0)
                cancellation.Cancel();
        }
    }
}
