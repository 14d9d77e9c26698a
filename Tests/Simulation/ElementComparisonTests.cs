using AnalogAttention.Circuits;
using AnalogAttention.Simulation;
using AnalogAttention.Simulation.Embedded;

namespace AnalogAttention.Tests.Simulation;

/// <summary>Decks of single elements, as text, in both engines at tightened tolerances: 1e-3 of each signal's range at every point of ngspice.</summary>
public class ElementComparisonTests
{
    private const string Tight = "\n.options reltol=1e-6 abstol=1e-15 vntol=1e-9 chgtol=1e-19 trtol=1";

    // ngspice finds the instant a current switch turns to one step (1 ns) only: its load is slow (9 us) and what jumps is not compared.
    // Steps are bounded so that straight lines between points err by less than 3e-4 of the range.
    private static IEnumerable<TestCaseData> Decks()
    {
        yield return Case("diode, forward and reverse", "v1 a 0 0\nr1 a b 10\nd1 b 0 dx area=2\n.model dx d(is=2e-14 n=1.2 rs=3 bv=4 ibv=1m)\n.dc v1 -6 2 0.1");
        yield return Case("diode, hot", "v1 a 0 0\nr1 a b 10\nd1 b 0 dx\n.model dx d(is=2e-14 eg=1.2 xti=2.5)\n.options temp=85\n.dc v1 -1 2 0.05");
        yield return Case("diode, junction charge", "v1 a 0 sin(-1 2 10meg)\nr1 a b 1k\nd1 b 0 dx\n.model dx d(is=1e-14 cjo=2p vj=0.8 m=0.4 fc=0.6 rs=5)\n.tran 0.2n 200n 0 0.1n");
        yield return Case("diode, reverse recovery", "v1 a 0 pulse(2 -2 10n 1n 1n 30n 60n)\nr1 a b 100\nd1 b 0 dx\n.model dx d(is=1e-14 cjo=1p tt=5n)\n.tran 0.1n 60n 0 0.02n");
        yield return Case("diode, warm junction charge", "v1 a 0 sin(-1 2 10meg)\nr1 a b 1k\nd1 b 0 dx area=3\n.model dx d(is=1e-14 cjo=2p vj=0.8 m=0.4 tt=1n tnom=40)\n.options temp=100\n.tran 0.2n 200n 0 0.1n");
        yield return Case("bridge rectifier", "v1 a b sin(0 5 50)\nd1 a p dx\nd2 b p dx\nd3 0 a dx\nd4 0 b dx\nr1 p 0 1k\nc1 p 0 10u\nr2 b 0 1meg\n.model dx d(is=1e-12 rs=0.5)\n.tran 50u 40m 0 20u");
        yield return Case("switch, hysteresis over a sweep", "v1 c 0 0\nv2 a 0 1\nr1 a b 1k\ns1 b 0 c 0 sx\n.model sx sw(vt=1 vh=0.3 ron=10 roff=1meg)\n.dc v1 0 2 0.1");
        yield return Case("switch, on between its thresholds", "v1 c 0 1\nv2 a 0 1\nr1 a b 1k\ns1 b 0 c 0 sx on\ns2 b d c 0 sx\nr2 d 0 1k\n.model sx sw(vt=1 vh=0.3 ron=10 roff=1meg)\n.op");
        yield return Case("switched capacitor", "v1 c 0 pulse(0 1 1u 10n 10n 1u 2u)\nv2 a 0 1\ns1 a b c 0 sx\nc1 b 0 1n\nr1 b 0 1k\n.model sx sw(vt=0.5 vh=0 ron=100 roff=1g)\n.tran 5n 8u 0 1n");
        yield return Case("current switch", "v1 c 0 pulse(0 1 1u 10n 10n 1u 2u)\nr0 c d 1k\nvs d 0 0\nv2 a 0 1\nw1 a b vs wx\nr1 b 0 1k\nc1 b 0 100n\n.save v(b)\n.model wx csw(it=0.5m ih=0.1m ron=100 roff=1g)\n.tran 5n 8u 0 1n");
        yield return Case("transformer", "v1 a 0 sin(0 1 1meg)\nr1 a b 10\nl1 b 0 10u\nl2 c 0 40u\nk1 l1 l2 0.99\nr2 c 0 1k\n.tran 5n 3u 0 2n");
        yield return Case("three windings, one reversed", "v1 a 0 pulse(0 1 10n 1n 1n 1 2)\nr1 a b 50\nl1 b 0 1u\nl2 c 0 2u\nl3 0 d 1u\nk12 l1 l2 0.8\nk13 l1 l3 0.7\nk23 l2 l3 0.6\nr2 c 0 100\nr3 d 0 100\n.tran 1n 200n 0 0.1n");
        yield return Case("level 1, output curves", "vd d 0 0\nvg g 0 0\nvb b 0 -1\nm1 d g 0 b nx w=10u l=2u\n.model nx nmos(vto=0.7 kp=50u gamma=0.5 phi=0.65 lambda=0.02 ld=0.1u rd=20 rs=10)\n.dc vd -1 5 0.25 vg 0 5 1");
        yield return Case("level 1, hot pmos", "vd d 0 0\nvg g 0 -3\nm1 d g 0 0 px w=10u l=2u m=2\n.model px pmos(vto=-0.7 tox=20n gamma=0.5 lambda=0.02 tnom=40)\n.options temp=90\n.dc vd -5 0.4 0.1");
        yield return Case("level 1, inverter, smooth", "vdd p 0 3\nvin g 0 sin(1.5 1.5 50meg)\nm1 o g 0 0 nx w=4u l=1u ad=8p as=8p pd=12u ps=12u\nm2 o g p p px w=8u l=1u ad=16p as=16p pd=20u ps=20u\nc1 o 0 20f\n.model nx nmos(vto=0.6 kp=100u gamma=0.4 lambda=0.03 tox=15n cj=0.3m cjsw=0.2n cgso=0.2n cgdo=0.2n cgbo=0.1n js=1u)\n.model px pmos(vto=-0.7 kp=40u gamma=0.4 lambda=0.03 tox=15n cj=0.3m cjsw=0.2n cgso=0.2n cgdo=0.2n cgbo=0.1n js=1u)\n.tran 0.05n 40n 0 2p");
        // displacement currents jump where the slope of the input does: at that instant either side is right, so only the output is compared
        yield return Case("level 1, inverter", "vdd p 0 3\nvin g 0 pulse(0 3 2n 1n 1n 8n 20n)\nm1 o g 0 0 nx w=4u l=1u ad=8p as=8p pd=12u ps=12u\nm2 o g p p px w=8u l=1u ad=16p as=16p pd=20u ps=20u\nc1 o 0 20f\n.save v(o)\n.model nx nmos(vto=0.6 kp=100u gamma=0.4 lambda=0.03 tox=15n cj=0.3m cjsw=0.2n cgso=0.2n cgdo=0.2n cgbo=0.1n js=1u)\n.model px pmos(vto=-0.7 kp=40u gamma=0.4 lambda=0.03 tox=15n cj=0.3m cjsw=0.2n cgso=0.2n cgdo=0.2n cgbo=0.1n js=1u)\n.tran 0.05n 20n 0 5p");
        yield return Case("resistors, hot", "v1 a 0 0\nr1 a b 1k tc1=2m tc2=-3u\nr2 b 0 r=2k tc1=-1m m=2\n.options temp=90\n.dc v1 -1 2 0.5");
        yield return Case("resistor, cold", "v1 a 0 sin(0 1 1meg)\nr1 a b 1k tc1=5m\nc1 b 0 100p\n.options temp=-40 tnom=10\n.tran 5n 2u 0 2n");
        yield return Case("level 1, source follower", "vdd p 0 3\nvin g 0 sin(1.5 1 50meg)\nm1 p g o 0 nx w=20u l=1u\nr1 o 0 5k\nc1 o 0 50f\n.model nx nmos(vto=0.5 kp=100u gamma=0.4 tox=15n cbd=20f cbs=20f pb=0.9 mj=0.4 cgso=0.2n)\n.tran 0.05n 40n 0 10p");

        yield return Case("capacitance of a formula", "v1 a 0 sin(0 1 1meg)\nr1 a b 1k\nc1 b 0 c='1n*(1+0.5*v(b))' m=2\n.tran 5n 3u 0 2n");
        yield return Case("charge of a formula", "v1 a 0 sin(0 1 1meg)\nr1 a b 1k\nc1 b 0 q='1n*(v(b)+0.25*v(b)^2)' m=2\n.tran 5n 3u 0 2n");
        yield return Case("formula of time", "b1 b 0 v=pwl(time,0,0,1u,1,1.1u,0,3u,2)*(1+0.1*sin(1e7*time))\nr1 b c 1k\nc1 c 0 100p\n.tran 5n 4u 0 2n");
        yield return Case("resistance of time and voltage", "v1 a 0 sin(0 1 1meg)\nr1 a b r='1k*(1+0.5*sin(1e7*time))'\nr2 b 0 r='1k*(1+v(b)^2)'\n.tran 5n 3u 0 2n");
        yield return Case("multiplier", "v1 a 0 pulse(0 1 0.1u 20n 20n 0.4u 1u)\nv2 b 0 sin(0 1 2meg)\ne1 o 0 vol='v(a)*v(b)'\nr1 o c 100\nc1 c 0 1n\nb2 0 d i=1m*tanh(5*v(c))\nr2 d 0 1k\nc2 d 0 20p\n.tran 5n 3u 0 1n");
        yield return Case("repeating source", "v1 a 0 pwl(0.2u 0 1u 1 2u 0.5 3u 1) r=1u td=0.3u\nr1 a b 1k\nc1 b 0 100p\n.tran 10n 10u 0 5n");

        static TestCaseData Case(string name, string deck) => new TestCaseData("elements\n" + deck + Tight + "\n.end\n").SetArgDisplayNames(name);
    }

    [Test]
    public void A_diode_follows_its_law()
    {
        // exact but for the tolerance of Newton's iteration (1e-3 of reltol) and gmin, 1e-12 S in parallel
        var circuit = DeckReader.Parse("law\ni1 0 a 0\nd1 a 0 dx\n.model dx d(is=1e-14 n=1.5)\n.options gmin=0\n.dc i1 1u 1m 10u\n.end\n", "law.cir");
        var points = new EmbeddedEngine().Run(circuit).Analyses[0];
        const double thermalVolts = 8.617333262e-5 * 300.15;
        Assert.That(points["v(a)"], Is.EqualTo(points["i-sweep"].Select(i => 1.5 * thermalVolts * Math.Log(1 + i / 1e-14))).Within(1e-6));
    }

    [Test]
    public void A_perfect_transformer_transforms_by_the_root_of_its_inductances()
    {
        // coupling 1, nothing else on either side: v2/v1 = sqrt(L2/L1) to rounding of the fluxes
        var circuit = DeckReader.Parse("ratio\nv1 a 0 sin(0 1 1meg)\nr1 a b 1\nl1 b 0 1m\nl2 c 0 9m\nk1 l1 l2 1\nr2 c 0 10k\n.tran 10n 2u\n.end\n", "ratio.cir");
        var waves = new EmbeddedEngine().Run(circuit).Analyses[0];
        Assert.That(waves["v(b)"].Max(), Is.GreaterThan(0.9));
        Assert.That(waves["v(c)"].Skip(1), Is.EqualTo(waves["v(b)"].Skip(1).Select(v => 3 * v)).Within(1e-6));
    }

    [Test]
    public void A_switch_keeps_its_state_between_its_thresholds()
    {
        var circuit = DeckReader.Parse("memory\nv1 c 0 pwl(0 0 1m 2 2m 0)\nv2 a 0 1\nr1 a b 1k\ns1 b 0 c 0 sx\n.model sx sw(vt=1 vh=0.5 ron=1 roff=1g)\n.tran 10u 2m\n.end\n", "memory.cir");
        var waves = new EmbeddedEngine().Run(circuit).Analyses[0];
        // rises through 1.5 V at 0.75 ms, falls through 0.5 V at 1.75 ms; steps approach to 1e-4 V of 2 V/ms
        var on = waves["time"].Zip(waves["v(b)"]).Where(p => p.Second < 0.5).Select(p => p.First).ToList();
        Assert.That(on[0], Is.EqualTo(0.75e-3).Within(1e-6));
        Assert.That(on[^1], Is.EqualTo(1.75e-3).Within(1e-6));
    }

    [TestCaseSource(nameof(Decks))]
    public void AgreesWithNgspice(string deck)
    {
        var circuit = DeckReader.Parse(deck, "elements.cir");
        var ours = new EmbeddedEngine().Run(circuit).Analyses[0];
        var reference = NgspiceReference.Run(deck);
        foreach (var column in ours.Columns.Where(c => c != ours.Abscissa))
            Compare(reference[column.Name], column.Values, reference, ours, column.Name);
    }

    // 1e-5 of the range: rounding of a parameter may move a step, within ngspice's own reltol of 1e-6 a step
    [TestCaseSource(nameof(Decks))]
    public void WhatIsWrittenIsTheSameCircuitToNgspice(string deck)
    {
        var written = DeckWriter.Format(DeckReader.Parse(deck, "elements.cir"));
        Assert.That(DeckWriter.Format(DeckReader.Parse(written, "written.cir")), Is.EqualTo(written));
        var (expected, actual) = (NgspiceReference.Run(deck), NgspiceReference.Run(written));
        foreach (var column in expected.Columns.Where(c => c != expected.Abscissa && !c.Name.Contains('#')))
            Assert.That(actual[column.Name][^1], Is.EqualTo(column.Values[^1]).Within(1e-5 * (column.Values.Max() - column.Values.Min()) + 1e-9 * Math.Abs(column.Values[^1])), column.Name);
    }

    /// <summary>1e-3 of the signal's range at every point of the reference.</summary>
    internal static void Compare(double[] expected, double[] actual, WaveformSet reference, WaveformSet ours, string name)
    {
        var range = expected.Max() - expected.Min();
        var tolerance = 1e-3 * (range > 0 ? range : Math.Abs(expected[0])) + 1e-12;
        if (reference.Analysis != "tran")
        {
            Assert.That(actual, Is.EqualTo(expected).Within(tolerance), name);
            return;
        }
        double[] t = reference["time"], tau = ours["time"];
        double worst = 0, where = 0;
        for (var k = 0; k < t.Length; k++)
        {
            var found = Array.BinarySearch(tau, t[k]);
            var at = Math.Clamp(found < 0 ? ~found : found, 1, tau.Length - 1);
            var miss = Math.Abs(actual[at - 1] + (actual[at] - actual[at - 1]) * (t[k] - tau[at - 1]) / (tau[at] - tau[at - 1]) - expected[k]);
            if (!(miss <= worst))
                (worst, where) = (miss, t[k]);
        }
        Assert.That(worst, Is.LessThanOrEqualTo(tolerance), $"{name}, range {range}, worst at {where}");
    }
}
