using AnalogAttention.Circuits;
using AnalogAttention.Simulation;
using AnalogAttention.Simulation.Embedded;

namespace AnalogAttention.Tests.Simulation;

/// <summary>EKV transistors in circuits: convergence, charge, retention, a column of gain cells.</summary>
public class TransistorCircuitTests
{
    private static double Store(int k) => 0.9 * (k * 37 % 64) / 63;

    private static TestCircuit Devices() => new TestCircuit()
        .Model("n", "nmos", ("level", 44), ("cox", 17.3e-3), ("xj", 20e-9), ("kp", 300e-6), ("vto", 0.45), ("gamma", 0.25), ("phi", 0.9), ("e0", 1e12), ("ucrit", 10e6), ("lambda", 0.3), ("cgso", 0.2e-9), ("cgdo", 0.2e-9))
        .Model("p", "pmos", ("level", 44), ("cox", 17.3e-3), ("xj", 20e-9), ("kp", 110e-6), ("vto", -0.45), ("gamma", 0.25), ("phi", 0.9), ("e0", 1e12), ("ucrit", 10e6), ("lambda", 0.3), ("cgso", 0.2e-9), ("cgdo", 0.2e-9));

    private static TestCircuit Inverter(TestCircuit circuit, string name, string from, string to) => circuit
        .M(name + "n", to, from, "0", "0", "n", 80e-9, 60e-9).M(name + "p", to, from, "vdd", "vdd", "p", 160e-9, 60e-9);

    [Test]
    public void InverterSwitchesAcrossTheSweep()
    {
        var dc = Inverter(Devices().V("vdd", "vdd", "0", 0.9).V("vin", "in", "0", 0), "x", "in", "out").Dc(new SweepAxis("vin", 0, 0.9, 0.01)).Run().Analyses[0];
        double[] v = dc["v(out)"];
        Assert.That(v[0], Is.EqualTo(0.9).Within(1e-3));
        Assert.That(v[^1], Is.EqualTo(0).Within(1e-3));
        Assert.That(v, Is.Ordered.Descending);
        // Kirchhoff at the supply: what leaves vdd returns through ground, and the input carries nothing
        Assert.That(dc["i(vin)"], Is.All.EqualTo(0).Within(1e-18));
    }

    [Test]
    public void ALatchStaysWhereItWasSet([Values(0.0, 0.9)] double set)
    {
        var circuit = Devices().V("vdd", "vdd", "0", 0.9).C("ca", "a", "0", 1e-15).C("cb", "b", "0", 1e-15).Ic("a", set).Ic("b", 0.9 - set);
        var tran = Inverter(Inverter(circuit, "x1", "a", "b"), "x2", "b", "a").Tran(0.1e-9, 20e-9).Run().Analyses[0];
        Assert.That(tran["v(a)"][^1], Is.EqualTo(set).Within(1e-3));
        Assert.That(tran["v(b)"][^1], Is.EqualTo(0.9 - set).Within(1e-3));
    }

    [Test]
    public void ANodeSetChoosesTheStateOfALatch([Values(0.0, 0.9)] double set)
    {
        var op = Inverter(Inverter(Devices().V("vdd", "vdd", "0", 0.9), "x1", "a", "b"), "x2", "b", "a").NodeSet("a", set).Op().Run().Analyses[0];
        Assert.That(op["v(a)"][0], Is.EqualTo(set).Within(1e-3));
    }

    [Test]
    public void AnInitialVoltageYieldsToASource()
    {
        var tran = Inverter(Devices().V("vdd", "vdd", "0", 0.9).V("vin", "in", "0", 0.3), "x", "in", "out").Ic("in", 0.7).Tran(1e-10, 1e-9).Run().Analyses[0];
        Assert.That(tran["v(in)"], Is.All.EqualTo(0.3).Within(1e-12));
    }

    [Test]
    public void ARingOscillatorOscillates()
    {
        var circuit = Devices().V("vdd", "vdd", "0", 0.9);
        for (var k = 0; k < 5; k++)
            Inverter(circuit, $"x{k}", $"n{k}", $"n{(k + 1) % 5}").C($"c{k}", $"n{k}", "0", 1e-15);
        var result = circuit.Ic("n0", 0).Tran(0.02e-9, 10e-9).Measure("first", "trig v(n0) val=0.45 rise=3 targ v(n0) val=0.45 rise=4").Measure("later", "trig v(n0) val=0.45 rise=4 targ v(n0) val=0.45 rise=5").Run();
        Assert.That(result.FailedMeasures, Is.Empty);
        // one period like the next: steps follow the local error, 1 % is ten times reltol
        Assert.That(result.Measures["later"], Is.EqualTo(result.Measures["first"]).Within(1).Percent);
    }

    [Test]
    public void APassTransistorSwitchLosesNoCharge()
    {
        // two stores joined by a switch, isolated from the rest but for gate coupling: after 1,000 cycles of the gate the sum
        // of charges on the isolated nodes is what it was, to 1e-9 of what moves (1 fC)
        var circuit = Devices().Option("chgtol", 1e-19).Option("gmin", 0)
            .V("vg", "g", "0", TestCircuit.Pulses(0, 0.9, 1e-9, 0.1e-9, 4e-9, 10e-9, 1000))
            .M("m1", "a", "g", "b", "0", "n", 80e-9, 60e-9).C("ca", "a", "0", 2e-15, 0.4).C("cb", "b", "0", 3e-15, 0.1)
            .Tran(1e-9, 10e-6, uic: true);
        var tran = circuit.Run().Analyses[0];
        var model = circuit.Build();
        var transistor = AnalogAttention.Simulation.Devices.Ekv.EkvTransistor.Create(model.Models["n"], (Mosfet)model.Elements.Single(e => e is Mosfet), 300.15);
        double[] a = tran["v(a)"], b = tran["v(b)"], g = tran["v(g)"];
        double Isolated(int k)
        {
            var state = new AnalogAttention.Simulation.Devices.Ekv.EkvState();
            transistor.Evaluate(a[k], g[k], b[k], 0, ref state);
            return 2e-15 * a[k] + 3e-15 * b[k] + state.Qd + state.Qs;
        }
        Assert.That(a.Max() - a.Min(), Is.GreaterThan(0.05), "it does switch");
        // Newton stops within reltol v + vntol; what it leaves is second order in that and does not add up over the steps
        Assert.That(Isolated(a.Length - 1), Is.EqualTo(Isolated(0)).Within(2e-6 * 1e-15));
    }

    [Test]
    public void RetentionDoesNotDependOnGmin()
    {
        double Left(double gmin) => Devices().Option("gmin", gmin).Option("chgtol", 1e-20).V("vwbl", "wbl", "0", 0).V("vg", "g", "0", 0)
            .M("m1", "wbl", "g", "store", "0", "n", 80e-9, 60e-9).C("c1", "store", "0", 8e-15).Ic("store", 0.9).Tran(1e-5, 1e-3).Run().Analyses[0]["v(store)"][^1];
        var left = Left(1e-12);
        Assert.That(left, Is.LessThan(0.89).And.GreaterThan(0.01), "it leaks");
        Assert.That(Left(1e-11), Is.EqualTo(left));
    }

    [Test]
    public void UicStartsFromTheStoreOfEachCell()
    {
        var tran = GainCellColumn.Build(4, Store, uic: true).Tran(0.1e-9, 20e-9, uic: true).Run().Analyses[0];
        for (var k = 0; k < 4; k++)
        {
            Assert.That(tran[$"v(x{k}.store)"][0], Is.EqualTo(Store(k)).Within(1e-6));
            Assert.That(tran[$"v(rwl{k})"][0], Is.EqualTo(0.45).Within(1e-9), "sources stand at their value");
        }
    }

    [Test]
    public void AColumnOf64CellsIsTheSumOfItsCells()
    {
        double Charge(TestCircuit circuit) => circuit.Tran(0.1e-9, 20e-9).Measure("q", "integ i(vbl)").Option("reltol", 1e-4).Run().Measures["q"];
        var together = Charge(GainCellColumn.Build(64, Store, uic: false));
        // on ideal lines the cells do not see each other; 0.1 % of full scale (1.2 pC) over 64 cells
        var apart = Enumerable.Range(0, 64).AsParallel().Sum(k => Charge(GainCellColumn.Build(1, _ => Store(k), uic: false, pulse: j => 15e-9 * (k + 1) / 64)));
        Assert.That(together, Is.EqualTo(apart).Within(1.2e-15));
        Assert.That(together, Is.EqualTo(-0.27e-12).Within(0.05e-12));
    }

    [Test]
    public void NonConvergenceNamesNodeAndDevice()
    {
        // one iteration is not enough for a transistor that is being switched and such tolerances
        var circuit = Inverter(Devices().V("vdd", "vdd", "0", 0.9).V("vin", "in", "0", (0, 0), (1e-9, 0), (1.001e-9, 0.9)), "x", "in", "out")
            .C("c1", "out", "0", 1e-15).Option("itl1", 1).Option("itl2", 1).Option("itl4", 1).Option("reltol", 1e-13).Option("vntol", 1e-18).Tran(1e-10, 2e-9);
        Assert.That(() => circuit.Run(), Throws.TypeOf<ConvergenceException>().With.Message.Matches(@"no convergence.*v\(out\).*'x[np]'"));
    }

    [Test]
    public void NewtonDoesNotAllocate()
    {
        var compiled = new CompiledCircuit(GainCellColumn.Build(8, Store, uic: false).Build());
        var newton = new AnalogAttention.Simulation.Analyses.NewtonIteration(compiled, default);
        newton.Assemble(new(null, 1));
        newton.Solve(100);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var k = 0; k < 100; k++)
            newton.Solve(100);
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }
}
