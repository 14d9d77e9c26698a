using AnalogAttention.Circuits;
using AnalogAttention.Simulation;
using AnalogAttention.Simulation.Embedded;
using AnalogAttention.Simulation.Ngspice;

namespace AnalogAttention.Tests.Simulation;

/// <summary>Linear circuits in both engines at tightened tolerances: 1e-3 of each signal's range at every point of ngspice.</summary>
public class NgspiceComparisonTests
{
    // steps of at most 10 ps, so that straight lines between points err by h^2/8 d2v/dt2 < 3e-4 within the edges
    private static IEnumerable<TestCaseData> Circuits()
    {
        TestCircuit Tight() => new TestCircuit().Option("reltol", 1e-5).Option("abstol", 1e-15).Option("vntol", 1e-9).Option("chgtol", 1e-19);
        (double, double)[] pulses = TestCircuit.Pulses(0, 1, 1e-9, 0.1e-9, 4e-9, 10e-9, 4);
        yield return Case("rc low-pass", Tight().V("v1", "in", "0", pulses).R("r1", "in", "out", 1e3).C("c1", "out", "0", 1e-12).Tran(0.1e-9, 40e-9, maximum: 0.01e-9));
        yield return Case("rc high-pass", Tight().V("v1", "in", "0", pulses).C("c1", "in", "out", 1e-12).R("r1", "out", "0", 1e3).Tran(0.1e-9, 40e-9, maximum: 0.01e-9));
        yield return Case("rc ladder", Ladder(Tight().V("v1", "n0", "0", pulses), 12).Tran(0.1e-9, 40e-9, maximum: 0.01e-9));
        yield return Case("rlc", Tight().V("v1", "in", "0", pulses).R("r1", "in", "a", 50).L("l1", "a", "out", 50e-9).C("c1", "out", "0", 2e-12).R("r2", "out", "0", 1e3).Tran(0.1e-9, 40e-9, maximum: 0.01e-9));
        yield return Case("gear rlc", Tight().Option("method", 2).V("v1", "in", "0", pulses).R("r1", "in", "a", 50).L("l1", "a", "out", 50e-9).C("c1", "out", "0", 2e-12).R("r2", "out", "0", 1e3).Tran(0.1e-9, 40e-9, maximum: 0.01e-9));
        yield return Case("current pulse into c", Tight().I("i1", "0", "a", TestCircuit.Pulses(0, 1e-6, 1e-9, 0.1e-9, 4e-9, 10e-9, 3)).C("c1", "a", "0", 1e-14).R("r1", "a", "0", 1e9).Tran(0.1e-9, 30e-9, maximum: 0.01e-9));
        yield return Case("op-amp integrator", Tight().V("v1", "in", "0", pulses).R("r1", "in", "m", 1e3).C("c1", "m", "out", 10e-12).R("r3", "m", "out", 1e6).E("e1", "out", "0", "0", "m", 1e4).R("r2", "out", "0", 1e3).Tran(0.1e-9, 40e-9, maximum: 0.01e-9));
        yield return Case("gyrator", Tight().V("v1", "in", "0", pulses).R("r1", "in", "a", 1e3).G("g1", "b", "0", "a", "0", -1e-3).G("g2", "a", "0", "b", "0", 1e-3).C("c1", "b", "0", 1e-12).R("r2", "b", "0", 1e5).Tran(0.1e-9, 40e-9, maximum: 0.01e-9));
        yield return Case("current mirror of ideal sources", Tight().V("v1", "in", "0", pulses).V("vs", "in", "a", 0).R("r1", "a", "0", 1e3).F("f1", "0", "b", "vs", 2).C("c1", "b", "0", 1e-12).R("r2", "b", "0", 1e3)
            .H("h1", "h", "0", "vs", 1e3).R("r3", "h", "c", 1e3).C("c2", "c", "0", 2e-12).Tran(0.1e-9, 40e-9, maximum: 0.01e-9));
        yield return Case("released .ic", Ladder(Tight().V("v1", "n0", "0", 1), 5).Ic("n3", 0.2).Tran(0.1e-9, 20e-9, maximum: 0.01e-9));
        yield return Case("delayed start", Tight().V("v1", "in", "0", pulses).R("r1", "in", "out", 1e3).C("c1", "out", "0", 1e-12).Tran(0.1e-9, 40e-9, start: 15e-9, maximum: 0.01e-9));
        yield return Case("dc ladder, nested", Ladder(Tight().V("v1", "n0", "0", 1).V("v2", "n4", "x", 0).R("rx", "x", "0", 100).I("i1", "0", "n2", 0), 5)
            .Dc(new SweepAxis("v1", 0, 2, 0.5), new SweepAxis("i1", 0, 1e-3, 0.25e-3)).Dc(new SweepAxis("i1", -1e-3, 1e-3, 0.5e-3)).Op());

        static TestCaseData Case(string name, TestCircuit circuit) => new TestCaseData(circuit).SetArgDisplayNames(name);
    }

    private static TestCircuit Ladder(TestCircuit circuit, int stages)
    {
        for (var k = 1; k <= stages; k++)
            circuit.R($"r{k}", $"n{k - 1}", $"n{k}", 100 * k).C($"c{k}", $"n{k}", "0", 1e-12 / k);
        return circuit;
    }

    [TestCaseSource(nameof(Circuits))]
    public void AgreesWithNgspice(object deck)
    {
        var circuit = ((TestCircuit)deck).Build();
        NgspiceReference.RequireInstalled();
        var reference = new NgspiceEngine().Run(circuit).Analyses;
        var ours = new EmbeddedEngine().Run(circuit).Analyses;
        for (var k = 0; k < reference.Count; k++)
        {
            Assert.That(ours[k].Columns.Select(c => c.Name), Is.EqualTo(reference[k].Columns.Select(c => c.Name)));
            foreach (var column in reference[k].Columns)
                ElementComparisonTests.Compare(column.Values, ours[k][column.Name], reference[k], ours[k], column.Name);
        }
    }
}
