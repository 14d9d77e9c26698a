using System.Collections.Immutable;
using AnalogAttention.Circuits;
using FsCheck;
using FsCheck.Fluent;
using NUnit.Framework;

namespace AnalogAttention.Tests.Circuits;

public class DeckWriterTests
{
    /// <summary>Everything a circuit says, one line a fact, places left out.</summary>
    private static IEnumerable<string> Facts(Circuit circuit)
    {
        static string Sorted(ImmutableDictionary<string, double> values) => string.Join(' ', values.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => $"{p.Key}={p.Value:R}"));
        static string Waveform(SourceWaveform waveform) => waveform is PwlWaveform pwl ? $"pwl {string.Join(' ', pwl.Points)} dc {pwl.Dc:R} {pwl.RepeatSeconds:R} {pwl.DelaySeconds:R}" : waveform.ToString();
        yield return circuit.Title;
        yield return $"{circuit.TemperatureCelsius:R} {Sorted(circuit.Options)}";
        yield return $"ic {Sorted(circuit.InitialVolts)}";
        yield return $"nodeset {Sorted(circuit.NodeSetVolts)}";
        yield return $"save {string.Join(' ', circuit.Saved)}";
        foreach (var model in circuit.Models.Values.OrderBy(m => m.Name, StringComparer.Ordinal))
            yield return $"{model.Name} {model.Type} {Sorted(model.Parameters)}";
        foreach (var element in circuit.Elements)
        {
            yield return element switch
            {
                Mosfet m => $"mosfet {m.Name} {string.Join(' ', m.Nodes)} {m.Model} {Sorted(m.Parameters)}",
                VoltageSource v => $"v {v.Name} {string.Join(' ', v.Nodes)} {Waveform(v.Waveform)} {v.Ac}",
                CurrentSource i => $"i {i.Name} {string.Join(' ', i.Nodes)} {Waveform(i.Waveform)} {i.Ac}",
                BehaviouralElement b => $"b {b.Name} {b.Positive} {b.Negative} {b.Quantity} {b.Formula} {b.Parallel:R} {b.Tc1:R} {b.Tc2:R} {b.InitialVolts:R}",
                _ => (element with { Span = default }).ToString(),
            };
        }
        foreach (var analysis in circuit.Analyses)
            yield return analysis is DcSweep dc ? $"dc {string.Join(' ', dc.Axes)}" : (analysis with { Span = default }).ToString();
        foreach (var measure in circuit.Measures)
            yield return (measure with { Span = default }).ToString();
    }

    private static void RoundTrips(Circuit circuit)
    {
        var written = DeckWriter.Format(circuit);
        var back = DeckReader.Parse(written, "written.cir");
        Assert.That(Facts(back), Is.EqualTo(Facts(circuit)), written);
        Assert.That(DeckWriter.Format(back), Is.EqualTo(written));
    }

    private static readonly string[] Nodes = ["0", "a", "b2", "net-3", "x1.store", "x1.x2.n"];

    private static readonly Gen<string> Number = ArbMap.Default.GeneratorFor<double>().Where(double.IsFinite).Select(AnalogAttention.Circuits.Language.SpiceNumber.Format);
    private static readonly Gen<string> Positive = Gen.Choose(1, 1_000_000).SelectMany(n => Gen.Choose(-18, 3).Select(e => $"{n}e{e}"));
    private static readonly Gen<string> Node = Gen.Elements(Nodes);

    private static Gen<string> Joined(string separator, params Gen<string>[] parts) => Gen.CollectToArray(parts).Select(p => string.Join(separator, p));

    private static Gen<string> Maybe(Gen<string> inner) => Gen.Frequency((1, Gen.Constant("")), (1, inner));

    private static readonly Gen<string> Pwl = Gen.Choose(1, 40).SelectMany(count =>
        Gen.CollectToArray(Enumerable.Range(0, count).Select(i => Gen.Choose(0, 999).SelectMany(t => Number.Select(v => $"{i}.{t:000}n {v}"))).ToArray()).Select(p => $"pwl({string.Join(' ', p)})")
        .SelectMany(pwl => Maybe(Number.Select(n => $"td={n}")).Select(delay => $"{pwl} {delay}")));

    /// <summary>Formulas of some height, operators and functions in any place.</summary>
    private static Gen<string> Formula(int height) => height == 0
        ? Gen.OneOf(Node.Select(n => $"v({n})"), Joined(",", Node, Node).Select(n => $"v({n})"), Gen.Elements("i(vref)", "i(v.x1.vref)", "i(lref)", "time", "temper", "2*time", "temper-0.5"))
        : Gen.OneOf(
            Gen.CollectToArray([Formula(height - 1), Gen.Elements("+", "-", "*", "/", "^", "**", "<", ">=", "==", "!=", "&&", "||", "%"), Formula(height - 1)]).Select(p => string.Concat(p)),
            Formula(height - 1).Select(f => $"({f})"),
            Formula(height - 1).Select(f => $"-({f})"),
            Formula(height - 1).Select(f => $"!({f})"),
            Gen.Elements("sin", "exp", "ln", "sqrt", "abs", "u", "uramp", "ddt(v(a)) + tanh", "log", "int", "sqr", "nint").SelectMany(name => Formula(height - 1).Select(f => $"{name}({f})")),
            Gen.CollectToArray([Formula(height - 1), Formula(height - 1)]).SelectMany(p => Gen.Elements("min", "max", "pow", "pwr", "atan2").Select(name => $"{name}({p[0]}, {p[1]})")),
            Gen.CollectToArray([Formula(height - 1), Formula(height - 1), Formula(height - 1)]).Select(p => $"({p[0]} ? {p[1]} : {p[2]})"),
            Formula(height - 1).Select(f => $"pwl({f}, -1, 2, 0.5, 3, 4, -1)"),
            Formula(height - 1).Select(f => $"limit({f}, -1, v(b2))"));

    private static readonly Gen<string> AnyFormula = Gen.Choose(0, 4).SelectMany(Formula);

    private static readonly Gen<string> Source = Joined(" ",
        Maybe(Number.Select(n => $"dc {n}")),
        Gen.OneOf(
            Gen.Constant(""),
            Pwl,
            Joined(" ", Gen.Constant("pulse("), Number, Number, Maybe(Joined(" ", Number, Positive, Positive, Positive, Maybe(Positive))), Gen.Constant(")")),
            Joined(" ", Gen.Constant("sin("), Number, Number, Maybe(Joined(" ", Positive, Positive, Maybe(Joined(" ", Number, Number)))), Gen.Constant(")")),
            Joined(" ", Gen.Constant("exp("), Number, Number, Maybe(Joined(" ", Positive, Positive, Maybe(Joined(" ", Positive, Positive)))), Gen.Constant(")"))),
        Maybe(Joined(" ", Gen.Constant("ac"), Number, Number)));

    private static Gen<string> Element(int index) => Gen.OneOf(
        Joined(" ", Gen.Constant($"r{index}"), Node, Node, Positive, Maybe(Number.Select(n => $"tc1={n}")), Maybe(Number.Select(n => $"tc2={n}"))),
        Joined(" ", Gen.Constant($"c.x1.c{index}"), Node, Node, Number, Maybe(Number.Select(n => $"ic={n}"))),
        Joined(" ", Gen.Constant($"l{index}"), Node, Node, Number, Maybe(Number.Select(n => $"ic={n}"))),
        Joined(" ", Gen.Constant($"v.x1.v{index}"), Node, Node, Source),
        Joined(" ", Gen.Constant($"i.{index}"), Node, Node, Source),
        Joined(" ", Gen.Constant($"e{index}"), Node, Node, Node, Node, Number),
        Joined(" ", Gen.Constant($"g.x1.x2.g{index}"), Node, Node, Node, Node, Number),
        Joined(" ", Gen.Constant($"f{index}"), Node, Node, Gen.Elements("vref", "v.x1.vref"), Number),
        Joined(" ", Gen.Constant($"h.x1.h{index}"), Node, Node, Gen.Elements("vref", "x1.vref"), Number),
        Joined(" ", Gen.Constant($"d.x1.d{index}"), Node, Node, Gen.Elements("dx", "dx 3", "dx area=2 m=0.5", "dx off")),
        AnyFormula.SelectMany(f => Gen.Elements($"b{index} a b2 v={f}", $"b.x1.b{index} a x1.store i={f} m=3 tc1=1m tc2=-2u", $"e{index} a b2 vol='{f}'", $"g.x1.x2.g{index} a 0 value={{{f}}} m=2",
            $"r{index} a b2 r='v(a)*0 + {f}' m=2 tc1=1m", $"c.x1.c{index} a b2 c='v(a)+{f}' ic=0.5", $"c{index} a 0 q='{f}' ic=-1", $"e.x1.e{index} a 0 table {{{f}}} = (-1,2) (0 1) 3 4")),
        Joined(" ", Gen.Elements("e", "g").Select(l => $"{l}{index} a b2 poly(2) x1.store 0 b2 a"), Number, Maybe(Joined(" ", Number, Number, Number, Number, Number, Number))),
        Joined(" ", Gen.Elements("f", "h").Select(l => $"{l}.x1.{l}{index} a b2 poly(2) vref x1.vref"), Number, Maybe(Joined(" ", Number, Number, Number))),
        Joined(" ", Gen.Constant($"s{index}"), Node, Node, Node, Node, Gen.Elements("sx", "sx on", "sx off m=2")),
        Joined(" ", Gen.Constant($"w.x1.w{index}"), Node, Node, Gen.Elements("vref", "x1.vref"), Gen.Elements("wx", "wx on m=3")),
        Joined(" ", Gen.Constant($"k{index} lref l.x1.lref"), Gen.Elements("0.5", "-1", "{1/3}")),
        Joined(" ", Gen.Constant($"m{index}"), Node, Node, Node, Node, Gen.Elements("nch", "x1.pch"), Positive.Select(w => $"w={w}"), Positive.Select(l => $"l={l}"), Maybe(Positive.Select(m => $"m={m}"))));

    private static readonly Gen<string> Requests = Joined("\n",
        Maybe(Positive.Select(s => $".tran {s} {s}k")),
        Maybe(Gen.Constant(".op")),
        Maybe(Gen.Elements(".dc vref 0 0.9 0.1 x1.vref 1 -1 -0.25", ".dc temp -20 80 50 rbase 1 2 0.5", ".dc x1.rsweep 1 3 1")),
        Maybe(Number.Select(n => $".ic v(x1.store)={n}")),
        Maybe(Number.Select(n => $".nodeset v(a)={n}")),
        Maybe(Positive.Select(n => $".options reltol={n} method=gear acct temp={n}")),
        Maybe(Gen.Choose(-50, 150).Select(t => $".temp {t}")),
        Maybe(Gen.Constant(".save v(a) v(a,x1.store) i(x1.vref) all")),
        Maybe(Gen.Constant(".meas tran q INTEG i(vref) from=1n to={2*3}")));

    private static readonly Gen<string> Deck = Gen.Choose(0, 12).SelectMany(count =>
        Gen.CollectToArray(Enumerable.Range(0, count).Select(Element).ToArray()).SelectMany(elements => Requests.Select(requests =>
            "r.x1.rsweep a b2 1\nrnode b2 net-3 1\nr.x1.rnode x1.x2.n 0 1\nlref a 0 1u\nl.x1.lref a2 0 1u\n.model dx d is=1f cjo=2p\n.model sx sw vt=0.4 vh=0.1\n.model wx csw it=1m\nrbase a x1.store 1\nvref b2 0 1\nv.x1.vref a 0 2\n.model nch nmos level=44 vto=0.3\n.model x1.pch pmos\n" + string.Join('\n', elements) + "\n" + requests)));

    [Test]
    public void What_is_written_reads_back_as_the_same_circuit() =>
        Prop.ForAll(Deck.ToArbitrary(), deck => RoundTrips(AnalogAttention.Tests.Circuits.Decks.Parse(deck)))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(300));

    private static IEnumerable<string> ProductDecks() => Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "Netlists"), "*.cir").Select(p => Path.GetFileName(p)!).Order();

    [TestCaseSource(nameof(ProductDecks))]
    public void The_product_s_decks_round_trip(string deck)
    {
        var circuit = DeckReader.Read(Path.Combine(AppContext.BaseDirectory, "Netlists", deck));
        Assert.That(circuit.Files[0].Path, Is.EqualTo($"Netlists/{deck}"));
        Assert.That(circuit.Elements, Is.Not.Empty);
        RoundTrips(circuit);
    }

    [Test]
    public void An_expanded_deck_is_written_flat()
    {
        var circuit = AnalogAttention.Tests.Circuits.Decks.Parse("""
            .subckt s d vt=0.3
            .model n nmos level=44 vto={vt}
            m1 d d 0 0 n w=1u
            vs d q 0
            f1 d 0 vs 2
            r1 q 0 1k
            .ends
            x1 a s
            x2 a s vt=0.4
            v1 a 0 pulse(0 1 1n)
            .ic v(x1.q)=0.1
            .tran 1n 10n
            """);
        RoundTrips(circuit);
        var written = DeckWriter.Format(circuit);
        Assert.That(written, Does.Contain("m.x2.m1 a a 0 0 x2.n w=1e-06"));
        Assert.That(written, Does.Contain("f.x1.f1 a 0 v.x1.vs 2"));
        Assert.That(written, Does.Contain("pulse( 0 1 1e-09 1e-09 1e-09 1e-08 1e-08 )"));
    }
}
