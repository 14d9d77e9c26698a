using System.Numerics;
using AnalogAttention.Circuits;
using AnalogAttention.Simulation;
using AnalogAttention.Simulation.Embedded;
using AnalogAttention.Simulation.Ngspice;

namespace AnalogAttention.Tests.Simulation;

/// <summary><c>.ac</c> and <c>.noise</c> against closed forms and against ngspice.</summary>
public class FrequencyTests
{
    private const double Boltzmann = 1.380649e-23, Charge = 1.602176634e-19, Kelvin = 300.15;

    private static IReadOnlyList<WaveformSet> Run(string deck) => new EmbeddedEngine().Run(DeckReader.Parse($"frequency\n{deck}\n.end\n", "frequency.cir")).Analyses;

    [Test]
    public void AnRcIsALowPass()
    {
        var ac = Run("v1 a 0 ac 2 30\nr1 a b 1k\nc1 b 0 1n\n.ac dec 5 1k 10meg")[0];
        for (var k = 0; k < ac.Count; k++)
        {
            var expected = Complex.FromPolarCoordinates(2, Math.PI / 6) / (1 + Complex.ImaginaryOne * 2 * Math.PI * ac["frequency"][k] * 1e-6);
            Assert.That(ac["re(v(b))"][k], Is.EqualTo(expected.Real).Within(1e-12));
            Assert.That(ac["im(v(b))"][k], Is.EqualTo(expected.Imaginary).Within(1e-12));
        }
    }

    [TestCase(".ac dec 1 1 10")]
    [TestCase(".noise v(c) v1 dec 1 1 10")]
    public void ResultsBeyondTheNumbersEndTheRun(string analysis)
    {
        var e = Assert.Throws<ConvergenceException>(() => Run($"v1 a 0 ac 1e200\nr1 a b 1k\nc1 b 0 1n\ng1 c 0 b 0 1e200\nr3 c 0 1\n{analysis}"))!;
        Assert.That(e.Message, Does.Contain("at 1 Hz").And.Contains("too large to be a number"));
        Assert.That(e.Partial!.Analyses, Is.Empty);
    }

    [Test]
    public void ASeriesRlcResonates()
    {
        var ac = Run("v1 a 0 ac 1\nr1 a b 10\nl1 b c 1u\nc1 c 0 1n\n.ac lin 101 1meg 10meg")[0];
        for (var k = 0; k < ac.Count; k++)
        {
            var s = Complex.ImaginaryOne * 2 * Math.PI * ac["frequency"][k];
            var current = 1 / (10 + s * 1e-6 + 1 / (s * 1e-9));
            Assert.That(new Complex(ac["re(i(v1))"][k], ac["im(i(v1))"][k]) + current, Has.Property("Magnitude").LessThan(1e-12));
        }
    }

    [Test]
    public void AFloatingStoreIsFreeAboveZeroHertz()
    {
        // at rest an .ic holds the store; for small signals it is a capacitive divider
        var ac = Run("v1 a 0 dc 0.2 ac 1\nc1 a b 3f\nc2 b 0 1f\n.ic v(b)=0.5\n.ac lin 1 1meg 1meg")[0];
        Assert.That(ac["re(v(b))"][0], Is.EqualTo(0.75).Within(1e-12));
        Assert.That(() => Run("v1 a 0 dc 0.2 ac 1\nc1 a b 3f\nc2 b 0 1f\n.ic v(b)=0.5\n.ac lin 2 0 1meg"), Throws.TypeOf<BadInputException>().With.Message.Contains("v(b)"));
    }

    [Test]
    public void TheNoiseOfAnRcIsKtOverC([Values(1e2, 1e4, 1e6)] double ohms)
    {
        // whatever R: the corner moves with it. 1e-6 to 1e6 corners at 200 points per decade: ends and powers between points err by 1e-6 and 3e-6
        var corner = 1 / (2 * Math.PI * ohms * 8e-15);
        var noise = Run(FormattableString.Invariant($"v1 a 0 0\nr1 a b {ohms}\nc1 b 0 8f\n.noise v(b) v1 dec 200 {corner * 1e-6} {corner * 1e6}"));
        Assert.That(noise[1]["onoise_total"][0], Is.EqualTo(Math.Sqrt(Boltzmann * Kelvin / 8e-15)).Within(1e-3).Percent);
    }

    [Test]
    public void ADiodeHasShotNoise()
    {
        // the noise current of 1 mA on the slope resistance Vt/I; gmin is far below
        var noise = Run("i1 0 a 1m\nd1 a 0 dx\n.model dx d(is=1e-14)\n.noise v(a) i1 lin 1 1k 1k")[0];
        var slope = 8.617333262e-5 * Kelvin / (1e-3 + 1e-14);
        Assert.That(noise["onoise_spectrum"][0], Is.EqualTo(slope * Math.Sqrt(2 * Charge * 1e-3)).Within(1e-4).Percent);
        Assert.That(noise["inoise_spectrum"][0], Is.EqualTo(Math.Sqrt(2 * Charge * 1e-3)).Within(1e-4).Percent);
    }

    [Test]
    public void EqualEndsAreOnePointWithoutTotals([Values("lin 4", "dec 4", "oct 4")] string points)
    {
        var sets = Run($"v1 a 0 ac 1\nr1 a b 1k\nc1 b 0 1n\n.ac {points} 5k 5k\n.noise v(b) v1 {points} 5k 5k");
        Assert.That(sets.Select(s => (s.Analysis, s.Count)), Is.EqualTo(new[] { ("ac", 1), ("noise", 1) }));
    }

    [Test]
    public void ParallelDiodesAreTheirSum()
    {
        // in breakdown too, where the current of the card is that of one diode
        const string rest = ".model dx d(is=2e-14 rs=3 bv=6 ibv=1m kf=1e-13 af=1.3)\n.noise v(b) v1 dec 5 1 1meg\n.op";
        var one = Run($"v1 a 0 -6.5\nr1 a b 50\nd1 b 0 dx 2 m=3\n{rest}");
        var three = Run($"v1 a 0 -6.5\nr1 a b 50\nd1 b 0 dx 2\nd2 b 0 dx 2\nd3 b 0 dx 2\n{rest}");
        foreach (var (set, expected) in one.Zip(three))
            foreach (var column in set.Columns)
                Assert.That(column.Values, Is.EqualTo(expected[column.Name]).Within(1e-6).Percent, column.Name);
    }

    [Test]
    public void NoiseBeyondNumbersIsAnError() =>
        Assert.That(() => Run("v1 a 0 ac 1\nr1 a b 1e300\nr2 b 0 1e300\n.noise v(b) v1 dec 1 1k 10k 1"), Throws.TypeOf<ConvergenceException>().With.Message.Contains("too large"));

    [Test]
    public void MeasuresReadComplexSignals()
    {
        var circuit = DeckReader.Parse("""
            measures
            v1 a 0 ac 1
            r1 a b 1k
            c1 b 0 1n
            .ac dec 100 1k 10meg
            .save v(a)
            .measure ac corner when vdb(b)=-3.0103
            .measure ac phase find vp(b) at=159.155k
            .measure ac magnitude find vm(b) at=159.155k
            .measure ac across find vm(a,b) at=159.155k
            .measure ac current max im(v1)
            .end
            """, "measures.cir");
        var values = new EmbeddedEngine().Run(circuit).Measures;
        // straight lines between 100 points a decade: (2.3 %)^2/8 of the curvature, below 1e-4
        Assert.That(values["corner"], Is.EqualTo(159.155e3).Within(0.01).Percent);
        Assert.That(values["phase"], Is.EqualTo(-Math.PI / 4).Within(0.01).Percent);
        Assert.That(values["magnitude"], Is.EqualTo(Math.Sqrt(0.5)).Within(0.01).Percent);
        Assert.That(values["across"], Is.EqualTo(Math.Sqrt(0.5)).Within(0.01).Percent);
        Assert.That(values["current"], Is.EqualTo(1e-3).Within(0.02).Percent);
    }

    [Test]
    public void ASwitchKeepsTheStateOfItsOperatingPoint()
    {
        // (ngspice 39 takes the off resistance of every switch in .ac)
        var ac = Run("v1 a 0 dc 1 ac 1\ns1 a b a 0 sx\nr1 b 0 1k\n.model sx sw(vt=0.5 ron=50 roff=1g)\n.ac lin 1 1k 1k\n.noise v(b) v1 lin 1 1k 1k");
        Assert.That(ac[0]["re(v(b))"][0], Is.EqualTo(1000.0 / 1050).Within(1e-12));
        Assert.That(ac[1]["onoise_spectrum"][0], Is.EqualTo(Math.Sqrt(4 * Boltzmann * Kelvin * 1000 * 50 / 1050)).Within(1e-9).Percent);
    }

    [Test]
    public void InputNoiseOfASourceResistorIsWhiteWhateverTheGain()
    {
        // (ngspice 39 integrates input noise with the gain of one end of each interval)
        var noise = Run("vg g 0 dc 1.2 ac 1\nrg g gi 1k\nvd p 0 3\nrd p d 1k\nm1 d gi 0 0 nx w=20u l=2u\n.model nx nmos(vto=0.6 kp=80u lambda=0.03 tox=20n)\n.noise v(d) vg dec 5 1 100meg 1");
        Assert.That(noise[1]["inoise_total_rg_thermal"][0], Is.EqualTo(Math.Sqrt(4 * Boltzmann * Kelvin * 1000 * (1e8 - 1))).Within(1e-6).Percent);
    }

    // ngspice has the thermal noise beside a behavioural source, equal but for its 11 digits and its constants of 2006; its flicker noise enters at the
    // gate and moves the charge there too, which is felt near 1 GHz
    [TestCase("nmos", 0.25, 0.9, 0.0)]
    [TestCase("nmos", 0.6, 0.9, 0.2)]
    [TestCase("nmos", 0.9, 0.05, 0.0)]
    [TestCase("nmos", 0.9, -0.1, 0.0)]
    [TestCase("pmos", -0.6, -0.9, 0.0)]
    public void TheExportedTransistorHasTheNoiseOfItsChannel(string type, double gate, double drain, double bulk)
    {
        var sign = type == "pmos" ? "-" : "";
        var circuit = DeckReader.Parse(FormattableString.Invariant($"level 44\nvg g 0 dc {gate} ac 1\nvd d 0 {drain}\nvb b 0 {-bulk}\nh1 o 0 vd 1\nm1 d g 0 b t w=0.5u l=0.1u m=2\n.model t {type} level=44 cox=17.3m xj=20n vto={sign}0.3 gamma=0.3 phi=0.9 kp=300u e0=300meg ucrit=8meg lambda=0.6 kf=1e-24 cgso=0.2n cgdo=0.2n\n.noise v(o) vg dec 2 1 1g 1\n.options reltol=1e-8 abstol=1e-18 vntol=1e-12\n.end\n"), "level44.cir");
        NgspiceReference.RequireInstalled();
        WaveformSet ours = new EmbeddedEngine().Run(circuit).Analyses[0], theirs = new NgspiceEngine().Run(circuit).Analyses[0];
        Assert.That(theirs.Columns.Select(c => c.Name), Is.EqualTo(ours.Columns.Select(c => c.Name)));
        foreach (var column in ours.Columns)
            for (var k = 0; k < ours.Count; k++)
                Assert.That(theirs[column.Name][k], Is.EqualTo(column.Values[k]).Within(column.Name.EndsWith("_id", StringComparison.Ordinal) ? 1e-4 : column.Name.EndsWith("_1overf", StringComparison.Ordinal) ? 2 : 1e-2).Percent, $"{column.Name} at {ours["frequency"][k]} Hz");
    }

    [Test]
    public void FlickerNoiseOfAnotherExponentIsNotExported() =>
        Assert.That(() => NgspiceExport.Format(DeckReader.Parse("x\nvg g 0 1\nvd d 0 1\nr1 d a 1k\nm1 a g 0 0 t w=1u l=1u\n.model t nmos level=44 kf=1e-24 af=0.9\n.noise v(a) vg dec 1 1 10\n.end\n", "x.cir")),
            Throws.TypeOf<BadInputException>().With.Message.StartsWith("x.cir:7:1").And.Message.Contains("af=0.9"));

    private static IEnumerable<TestCaseData> Decks()
    {
        yield return Case("transformer", "v1 a 0 ac 1\nr1 a b 10\nl1 b 0 10u\nl2 c 0 40u\nk1 l1 l2 0.99\nr2 c 0 1k\nc1 c 0 10p\n.ac dec 10 1k 100meg");
        yield return Case("controlled sources", "v1 a 0 ac 1 45\ni1 0 a ac 1m\nr1 a b 1k\nc1 b 0 1n\ne1 c 0 b 0 -5\nr2 c d 1k\nc2 d b 100p\ng1 0 f d 0 1m\nr3 f 0 2k\nl1 f 0 1m\nvs d x 0\nr4 x 0 1k\nf1 0 y vs 3\nh1 z 0 vs 100\nr5 y 0 50\nr6 z 0 1\n.ac oct 4 100 1meg");
        yield return Case("diode, forward", "v1 a 0 dc 0.7 ac 1\nr1 a b 100\nd1 b 0 dx\n.model dx d(is=1e-14 rs=5 cjo=2p vj=0.8 m=0.4 tt=1n kf=1e-14 af=1.1)\n.ac dec 5 1k 1g\n.noise v(b) v1 dec 5 1 1meg 1");
        foreach (var volts in new[] { -6.5, -0.5, 0.65 })
            yield return Case(FormattableString.Invariant($"parallel diodes, {volts} V"), FormattableString.Invariant($"v1 a 0 dc {volts} ac 1\nr1 a b 50\nd1 b 0 dx area=2 m=3\n")
                + ".model dx d(is=2e-14 n=1.1 cjo=2p vj=0.7 m=0.33 fc=0.4 tt=2n bv=6 ibv=1m kf=1e-13 af=1.3)\n.temp 40\n.ac dec 5 1k 10g\n.noise v(b) v1 dec 5 1 1g 1");
        yield return Case("three coupled inductors", "v1 a 0 ac 1\nr0 a b 1\nl1 b 0 1u\nl2 c 0 2u\nl3 d e 3u\nk1 l1 l2 0.9\nk2 l2 l3 -0.8\nk3 l1 l3 -0.7\nr2 c 0 10\nr3 d e 100\nr4 e c 1k\nr5 d 0 2k\n.ac dec 10 1k 100meg\n.noise v(d,e) v1 dec 5 1k 100meg 1");
        yield return Case("op-amp macro model", "v1 in 0 ac 1\nr1 in m 1k\nr2 m out 10k\ne1 x 0 0 m 1e5\nrx x y 1k\ncx y 0 15.9u\ne2 out 0 y 0 1\n.ac dec 10 1 100meg\n.noise v(out) v1 dec 10 1 100meg 1");
        yield return Case("18 decades, series resonance", "v1 a 0 ac 1\nr1 a b 1\nl1 b c 1m\nc1 c 0 1p\nr2 c 0 1e12\n.ac dec 20 1m 1e15");
        yield return Case("parallel resonance, Q of 3e7", "i1 0 a ac 1\nl1 a 0 1u\nc1 a 0 1n\nr1 a 0 1e9\n.ac lin 301 5.03e6 5.035e6");
        yield return Case("cascade of biased inverters", "vdd p 0 2\nvin i 0 dc 0.95 ac 1\n" + string.Concat(Enumerable.Range(0, 3).Select(k => $"mn{k} o{k} {(k == 0 ? "i" : $"o{k - 1}")} 0 0 nx w=2u l=1u\nmp{k} o{k} {(k == 0 ? "i" : $"o{k - 1}")} p p px w=4u l=1u\nrf{k} o{k} {(k == 0 ? "i" : $"o{k - 1}")} 100k\n"))
            + ".model nx nmos(vto=0.5 kp=100u lambda=0.05 tox=10n cgso=0.2n cgdo=0.2n kf=1e-26)\n.model px pmos(vto=-0.5 kp=50u lambda=0.05 tox=10n cgso=0.2n cgdo=0.2n kf=1e-26)\n.ac dec 5 1k 10g\n.noise v(o2) vin dec 5 1 1g 1");
        yield return Case("diode, reverse, hot", "v1 a 0 dc -2 ac 1\nr1 a b 1meg\nd1 b 0 dx area=2\n.model dx d(is=1e-14 cjo=2p)\n.options temp=85\n.ac dec 5 1k 1g\n.noise v(b) v1 dec 5 1 1meg 1");
        foreach (var (name, gate, drain) in new[] { ("off", -0.3, 2.0), ("saturated", 1.2, 3.0), ("triode", 2.5, 0.3), ("reversed", 1.5, -0.4) })
            yield return Case("level 1, " + name, FormattableString.Invariant($"vg g 0 dc {gate} ac 1\nrg g gi 1k\nvd p 0 {drain}\nrd p d 1k\nvb b 0 -0.5\nm1 d gi 0 b nx w=20u l=2u ad=40p as=40p pd=24u ps=24u nrd=1 nrs=1\n")
                + ".model nx nmos(vto=0.6 kp=80u gamma=0.5 lambda=0.03 tox=20n rsh=10 cj=0.2m cjsw=0.2n cgso=0.2n cgdo=0.3n cgbo=0.1n kf=1e-26 af=1.1)\n.ac dec 5 1k 1g\n.noise v(d) vg dec 5 1 100meg 1");
        yield return Case("level 1, pmos amplifier", "vp p 0 3\nvg g 0 dc 1.8 ac 1\nm1 d g p p px w=20u l=1u\nr1 d 0 10k\nc1 d 0 100f\n.model px pmos(vto=-0.7 kp=40u gamma=0.4 lambda=0.05 tox=15n kf=1e-25)\n.ac dec 5 1k 10g\n.noise v(d) vg dec 4 10 1g 1");
        yield return Case("noise between two nodes, from a current source", "i1 0 a dc 0 ac 1\nr1 a 0 1k\nr2 a b 5k\nc1 b 0 1n\nr3 b c 2k\nr4 c 0 1k\n.options temp=60\n.noise v(b,c) i1 oct 3 10 1meg 1");
        yield return Case("formulas", "v1 a 0 dc 0.4 ac 1\nb1 b 0 v=v(a)^3+tanh(v(a))*i(v1)\nr1 b c 1k\nc1 c 0 c='1n*(1+0.5*v(c))'\nc2 c 0 q='1n*(v(c)+0.3*v(c)^2)'\nr2 a c r='1k*(1+v(a)*v(c))'\n"
            + "g1 0 d poly(2) a 0 c 0 0.1m 1m 2m 0 3m\nr3 d 0 1k\ne1 e 0 vol='exp(v(d))'\nr4 e 0 1k\n.ac dec 3 1k 10meg");

        static TestCaseData Case(string name, string deck) => new TestCaseData("frequency\n" + deck + "\n.options reltol=1e-6 abstol=1e-15 vntol=1e-9\n.end\n").SetArgDisplayNames(name);
    }

    // both linearise at the same point, to reltol of the operating point
    [TestCaseSource(nameof(Decks))]
    public void AgreesWithNgspice(string deck)
    {
        var ours = new EmbeddedEngine().Run(DeckReader.Parse(deck, "frequency.cir")).Analyses;
        var reference = NgspiceReference.RunAll(deck);
        Assert.That(ours.Select(s => s.Analysis), Is.EqualTo(reference.Select(s => s.Analysis)));
        foreach (var (set, expected) in ours.Zip(reference))
        {
            Assert.That(set.Count, Is.EqualTo(expected.Count));
            // ngspice integrates input noise with the gain of one end of each interval
            foreach (var column in set.Columns.Where(c => !c.Name.StartsWith("inoise_total", StringComparison.Ordinal)))
            {
                var values = expected[column.Name];
                var scale = column.Name.StartsWith("re(", StringComparison.Ordinal) || column.Name.StartsWith("im(", StringComparison.Ordinal)
                    ? Enumerable.Range(0, set.Count).Max(k => double.Hypot(expected["re(" + column.Name[3..]][k], expected["im(" + column.Name[3..]][k]))
                    : values.Max(Math.Abs);
                Assert.That(column.Values, Is.EqualTo(values).Within(1e-5 * scale), $"{set.Analysis} {column.Name}");
            }
        }
    }
}
