using AnalogAttention.Circuits;
using AnalogAttention.Simulation;
using AnalogAttention.Simulation.Devices.Ekv;
using AnalogAttention.Simulation.Embedded;

namespace AnalogAttention.Tests.Simulation;

/// <summary>Numbers that have to come out of whole circuits: the frequency and decay of a tank, the diode law, charge that cannot leave.</summary>
public class ClosedFormTests
{
    private const int Cycles = 10_000;

    private static SimulationResult Run(string deck) => new EmbeddedEngine().Run(Circuit(deck));

    private static Circuit Circuit(string deck) => DeckReader.Parse("closed form\n" + deck + "\n.end\n", "closed-form.cir");

    [Test]
    public void ATankRingsAtItsDampedFrequencyAndDecaysWithItsResistor([Values("trap", "gear")] string method)
    {
        // 1 mA into L || C || R: w0 = 1e6, alpha = 1/2RC = 2.5e4; no sources, so that every step is the maximum one after the first few
        const double alpha = 2.5e4, step = 2e-9;
        var wd = Math.Sqrt(1e12 - alpha * alpha);
        var tran = Run($"c1 a 0 1n ic=1\nl1 a 0 1m ic=0\nr1 a 0 20k\n.options method={method} reltol=1e-9 chgtol=1e-24 abstol=1e-18\n.tran {step:R} 60u 0 {step:R} uic").Analyses[0];
        var crossings = Crossings(tran["time"], tran["v(a)"]);
        var count = crossings.Count - 1;
        Assert.That(count, Is.GreaterThan(15));
        // half periods are those of the damped frequency; the trapezoidal rule slows it by (w h)^2/12, BDF 2 by (w h)^2/3
        var frequency = Math.PI * count / (crossings[^1].Time - crossings[0].Time);
        var slowed = Math.Pow(1e6 * step, 2) / (method == "trap" ? 12 : 3);
        Assert.That(frequency / wd, Is.EqualTo(1 - slowed).Within(slowed), "frequency");
        // slopes at the crossings fall by exp(-alpha t); linear interpolation of a slope errs by (w h)^2/24 and the like in both
        var decay = Math.Log(crossings[0].Slope / crossings[^1].Slope * (count % 2 == 0 ? 1 : -1)) / (crossings[^1].Time - crossings[0].Time);
        Assert.That(decay / alpha, Is.EqualTo(1).Within(1e-4), "decay");
    }

    [Test]
    public void ARampThatEndsBeforeTheFirstStepWouldDelaysTheChargeByHalfOfIt()
    {
        // v = 1/2 after ln 2 tau, later by half of the ramp; the default first step, 1 ns, is as long as the ramp
        var half = Run("v1 in 0 pulse(0 1 0 1n)\nr1 in out 1k\nc1 out 0 1n\n.options reltol=1e-6\n.tran 10n 5u\n.measure tran half when v(out)=0.5").Measures["half"];
        Assert.That(half, Is.EqualTo(1e-6 * Math.Log(2) + 0.5e-9).Within(2e-11)); // of the 0.5 ns a twenty-fifth
    }

    [Test]
    public void AnInductorAcrossASourceRampsFromItsInitialCurrent()
    {
        var tran = Run("v1 a 0 1\nl1 a 0 1u ic=0.1\n.tran 1n 100n uic").Analyses[0];
        // i = 0.1 + v t / L, to rounding: both rules integrate a constant exactly
        Assert.That(-tran["i(v1)"][^1], Is.EqualTo(0.1 + 100e-9 / 1e-6).Within(1e-9));
        Assert.That(() => Run("v1 a 0 1\nl1 a 0 1u ic=0.1\n.tran 1n 100n"), Throws.TypeOf<BadInputException>().With.Message.Contains("loop of voltage sources and inductors"));
    }

    /// <summary>The charges that meet at t = 0 flow in no time: nothing follows that current, at no stored voltage.</summary>
    [Test]
    public void ACurrentThatIsFollowedStartsWithoutWhatChargesItsNeighbours([Values("f1 0 q vbl 1", "b1 0 q i=i(vbl)", "h1 q 0 vbl 1k")] string follower, [Range(0.70, 0.82, 0.01)] double store)
    {
        var tran = Run($"""
            .model n nmos level=1 vto=0.3 kp=300u gamma=0.2 phi=0.8 lambda=0.1 tox=2n cgso=0.2n cgdo=0.2n
            .model p pmos level=1 vto=-0.3 kp=100u gamma=0.2 phi=0.8 lambda=0.1 tox=2n cgso=0.2n cgdo=0.2n
            vdd vdd 0 0.9
            vbl bl 0 0.45
            vr r 0 0.45
            mn bl store x 0 n w=0.2u l=0.2u
            mp x store r vdd p w=0.3u l=0.1u
            cs store 0 4f
            cx x 0 0.3f
            rbl bl 0 10k
            {follower}
            {(follower[0] == 'h' ? "" : "rq q 0 1k")}
            .ic v(store)={store} v(x)=0.45 v(vdd)=0.9 v(bl)=0.45 v(r)=0.45
            .tran 50p 5n uic
            """).Analyses[0];
        // the resistor's 45 uA and what the transistors conduct; never amperes
        Assert.That(-tran["i(vbl)"][0], Is.InRange(20e-6, 200e-6));
        for (var k = 0; k < tran.Count; k++)
            Assert.That(tran["v(q)"][k], Is.EqualTo(1e3 * tran["i(vbl)"][k]).Within(1e-6), $"point {k}");
    }

    private static List<(double Time, double Slope)> Crossings(double[] t, double[] v)
    {
        var found = new List<(double, double)>();
        for (var k = 1; k < t.Length; k++)
            if (v[k - 1] * v[k] < 0)
            {
                var slope = (v[k] - v[k - 1]) / (t[k] - t[k - 1]);
                found.Add((t[k] - v[k] / slope, slope));
            }
        return found;
    }

    [Test]
    public void ADiodeFollowsItsLawOverElevenDecades([Values(-40.0, 27.0, 125.0)] double celsius)
    {
        // v = n Vt ln(1 + i/(A Is)) + i Rs/A; Is(T) = Is (T/Tnom)^(xti/n) exp((T/Tnom - 1) Eg/(n Vt)) (SPICE level 1)
        const double area = 2.5, isat = 1e-16, n = 1.2, rs = 4, eg = 1.11, xti = 3;
        double kelvin = celsius + 273.15, vt = 8.617333262e-5 * kelvin, ratio = kelvin / 300.15;
        var hot = area * isat * Math.Pow(ratio, xti / n) * Math.Exp((ratio - 1) * eg / (n * vt));
        for (var decade = -12; decade <= -1; decade++)
        {
            var amperes = Math.Pow(10, decade);
            var op = Run(FormattableString.Invariant($"i1 0 a {amperes:R}\nd1 a 0 dx {area}\n.model dx d(is={isat} n={n} rs={rs})\n.options gmin=0 temp={celsius}\n.op")).Analyses[0];
            // at rest Newton leaves at most a thousandth of reltol v + vntol, 1e-6 of v; it converges quadratically, so far less
            Assert.That(op["v(a)"][0], Is.EqualTo(n * vt * Math.Log(1 + amperes / hot) + amperes * rs / area).Within(1e-7), $"{amperes} A");
        }
    }

    [Test]
    public void IdealSwitchesMoveChargeAndLoseNone()
    {
        // a flying capacitor, its back plate driven, takes charge from c1 to c3 in turns with the switches; nothing leads to ground
        // but capacitors: c1 v(a) + c2 (v(b) - v(d)) + c3 v(c) is what it was
        var tran = Run($"""
            vp p 0 pulse(0 1 1n 0.1n 0.1n 3.8n 10n)
            vq q 0 pulse(0 1 6n 0.1n 0.1n 3.8n 10n)
            vd d 0 pulse(0 0.3 5n 0.1n 0.1n 4.9n 10n)
            s1 a b p 0 sx
            s2 b c q 0 sx
            c1 a 0 4f ic=0.8
            c2 b d 1f
            c3 c 0 2f ic=-0.2
            .model sx sw(vt=0.5 ron=100k roff=1e14)
            .options chgtol=1e-19 trtol=100
            .tran 5n {Cycles * 10}n 0 5n uic
            .save v(a) v(b) v(c) v(d)
            """).Analyses[0];
        double[] a = tran["v(a)"], b = tran["v(b)"], c = tran["v(c)"], d = tran["v(d)"];
        double Isolated(int k) => 4e-15 * a[k] + 1e-15 * (b[k] - d[k]) + 2e-15 * c[k];
        RequireConserved(Isolated, a.Length, moved: 3e-16);
        Assert.That(a[..100].Max() - a[^1], Is.GreaterThan(0.1), "charge has moved");
        Assert.That(b[^2000..].Max() - b[^2000..].Min(), Is.GreaterThan(0.05), "it still moves at the end");
    }

    [Test]
    public void EkvSwitchesMoveChargeAndLoseNone()
    {
        // the same with transistors: their channel and overlap charges are part of the sum
        var circuit = Circuit($"""
            vp p 0 pulse(0 0.9 1n 0.1n 0.1n 3.8n 10n)
            vq q 0 pulse(0 0.9 6n 0.1n 0.1n 3.8n 10n)
            vd d 0 pulse(0 0.3 5n 0.1n 0.1n 4.9n 10n)
            m1 a p b 0 nx w=80n l=60n
            m2 b q c 0 nx w=80n l=60n
            c1 a 0 4f ic=0.3
            c2 b d 1f ic=0.1
            c3 c 0 2f ic=0.05
            .model nx nmos(level=44 cox=17.3m xj=20n kp=300u vto=0.35 gamma=0.25 phi=0.9 e0=500meg ucrit=10meg lambda=0.3 leta=0.05 weta=0.05 cgso=0.2n cgdo=0.2n)
            .options chgtol=1e-19 gmin=0 reltol=1e-5 vntol=1e-9 trtol=1000
            .tran 5n {Cycles * 10}n 0 5n uic
            .save v(a) v(b) v(c) v(d) v(p) v(q)
            """);
        var tran = new EmbeddedEngine().Run(circuit).Analyses[0];
        double[] a = tran["v(a)"], b = tran["v(b)"], c = tran["v(c)"], d = tran["v(d)"], p = tran["v(p)"], q = tran["v(q)"];
        var transistor = EkvTransistor.Create(circuit.Models["nx"], (Mosfet)circuit.Elements.First(e => e is Mosfet), 300.15);
        EkvState left = new(), right = new();
        double Isolated(int k)
        {
            transistor.Evaluate(a[k], p[k], b[k], 0, ref left);
            transistor.Evaluate(b[k], q[k], c[k], 0, ref right);
            return 4e-15 * a[k] + 1e-15 * (b[k] - d[k]) + 2e-15 * c[k] + left.Qd + left.Qs + right.Qd + right.Qs;
        }
        // Newton at tightened tolerances, steps not (trtol): what Newton leaves is second order in its last step and is not added up over the steps
        RequireConserved(Isolated, a.Length, moved: 3e-16);
        Assert.That(b[^2000..].Max() - b[^2000..].Min(), Is.GreaterThan(0.05), "it still moves at the end");
    }

    // 1e-9 of the charge that moves in a cycle (0.3 V on the flying capacitor of 1 fF), at every point of all cycles
    private static void RequireConserved(Func<int, double> coulombs, int points, double moved)
    {
        double first = coulombs(0), worst = 0;
        for (var k = 0; k < points; k++)
            worst = Math.Max(worst, Math.Abs(coulombs(k) - first));
        TestContext.Out.WriteLine($"{points} points, {worst / moved:g3} of the charge that moves in a cycle");
        Assert.That(points, Is.GreaterThan(8 * Cycles));
        Assert.That(worst, Is.LessThan(1e-9 * moved));
    }
}
