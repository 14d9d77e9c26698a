using AnalogAttention.Circuits;
using NUnit.Framework;

namespace AnalogAttention.Tests.Circuits;

/// <summary>Each deck has one error, at one place. The title is line 1, so a one-line deck fails on line 2.</summary>
public class MalformedDeckTests
{
    private const string Cell = ".subckt s a b x=1\nr1 a b {x}\n.ends\n";

    // deck, code, line, column
    private static readonly (string Deck, string Code, int Line, int Column)[] Decks =
    [
        // Files
        (".include nowhere.lib", "N101", 2, 10),
        (".lib nowhere.lib tt", "N101", 2, 6),
        (".lib tt\n.param a=1", "N105", 2, 1),
        (".endl", "N209", 2, 1),

        // Syntax
        ("(r1 a b 1)", "N201", 2, 1),
        ("yy a b 1", "N201", 2, 1),
        ("=1", "N201", 2, 1),
        (".foo 1", "N202", 2, 1),
        (".", "N202", 2, 1),
        ("r1 a", "N203", 2, 5),
        ("r1 a b", "N203", 2, 7),
        ("r1 a b m=2", "N203", 2, 11),
        ("r1 a b (1k)", "N203", 2, 8),
        ("c1 a b", "N203", 2, 7),
        ("e1 a 0 b 0", "N203", 2, 11),
        ("f1 a 0", "N203", 2, 7),
        ("m1 d g s b", "N203", 2, 11),
        ("m1 d g s b w=1u", "N203", 2, 12),
        ("v1 a 0 banana", "N203", 2, 8),
        ("v1 a 0 pwl(0 0 1n", "N203", 2, 18),
        ("v1 a 0 pwl(0 0 x 1)", "N203", 2, 16),
        (".param", "N203", 2, 7),
        (".param a", "N203", 2, 9),
        (".param a=", "N203", 2, 10),
        (".func f {1}", "N203", 2, 9),
        (".func 2f(x) {1}", "N203", 2, 7),
        (".model n", "N203", 2, 9),
        (".model n nmos(level=1", "N203", 2, 22),
        (".tran 1n", "N203", 2, 9),
        (".tran 1n 5n 0 1n now", "N203", 2, 18),
        (".dc v1 0 1", "N203", 2, 11),
        (".ic v(a)", "N203", 2, 9),
        (".ic a=1", "N203", 2, 5),
        (".meas tran q", "N203", 2, 13),
        (".meas pz q max v(a)", "N203", 2, 7),
        (".options method=euler", "N203", 2, 17),
        (".include", "N203", 2, 9),
        ("r1 a b 1k5", "N204", 2, 8),
        ("r1 a b abc", "N204", 2, 8),
        ("r1 a b 1e400", "N204", 2, 8),
        ("v1 a 0 {1+}", "N205", 2, 11),
        ("v1 a 0 {}", "N205", 2, 9),
        ("v1 a 0 {(1}", "N205", 2, 11),
        ("v1 a 0 {1 2}", "N205", 2, 11),
        ("v1 a 0 {1?2}", "N205", 2, 12),
        ("v1 a 0 {sin(1}", "N205", 2, 14),
        ("v1 a 0\n+ {2 $ comment", "N206", 3, 3),
        ("v1 a 0 '2", "N206", 2, 8),
        (".include \"cell.lib", "N206", 2, 10),
        (".control\nrun", "N206", 2, 1),
        (".op now", "N207", 2, 5),
        ("v1 a 0 1 2", "N207", 2, 10),
        ("r1 a b 1k )", "N207", 2, 11),
        (".temp 27 30", "N207", 2, 10),
        (".subckt s a\nr1 a 0 1", "N208", 2, 1),
        (".ends", "N209", 2, 1),
        (".subckt s a\n.ends t", "N209", 3, 7),
        ("+ m=2", "N210", 2, 1),
        ("r1 a b 1k foo=2", "N211", 2, 11),
        ("v1 a 0 1\ng1 a 0 a 0 1 q=1", "N211", 3, 14),
        (".model n nmos\nm1 d g s b n width=1u", "N211", 3, 14),
        (".model n nmos\nm1 d g s b n w=1u nf=2", "N211", 3, 19),
        (".model n nmos\nm1 d g s b n dtemp=5", "N211", 3, 14),
        (".model n nmos\nm1 d g s b n delvto=5m", "N211", 3, 14),
        (".model n nmos level=44\nm1 d g s b n w=1u l=1u ad=1p", "N211", 3, 24),
        (".model n nmos level=14\nm1 d g s b n w=1u l=1u rbodymod=1", "N211", 3, 24),
        ("r1 a b 1k m=1 m=2", "N212", 2, 15),
        ("r1 a b 1k r=2", "N212", 2, 11),
        ("v1 a 0 dc 1 dc 2", "N212", 2, 13),
        (".subckt s a a\n.ends", "N212", 2, 13),
        (".subckt s a\n.op\n.ends", "N213", 3, 1),

        ("d1 a 0", "N203", 2, 7),
        ("d1 a", "N203", 2, 5),
        (".model dx d\nd1 a 0 dx volume=2", "N211", 3, 11),
        (".model dx d\nd1 a 0 dx 2 area=2", "N212", 3, 13),
        ("s1 a 0 c 0", "N203", 2, 11),
        (".model sx sw\ns1 a 0 c 0 sx maybe", "N203", 3, 15),
        ("k1 l1", "N203", 2, 6),
        ("l1 a 0 1\nl2 b 0 1\nk1 l1 l2", "N203", 4, 9),
        (".model dx d(is=1f ikf=1)", "N214", 2, 19),
        (".model nx nmos(vto=1 vt0=1)", "N214", 2, 22),
        (".model nx nmos(level=3 vto=1)\n.model ny nmos(theta=1)", "N214", 3, 16),
        (".model sx sw(it=1)", "N214", 2, 14),
        (".model wx csw(vt=1)", "N214", 2, 15),

        // Names
        ("r1 a 0 1\nR1 a 0 2", "N301", 3, 1),
        (Cell + "x1 a 0 s\nx1 a 0 s", "N301", 6, 1),
        (".subckt s a\nr1 a 0 1\nr1 a 0 2\n.ends\nx1 a s\nx2 a s", "N301", 4, 1),
        ("m1 d g s b nch", "N302", 2, 12),
        (".subckt s a\n.model n nmos\n.ends\nm1 d g s b n", "N302", 5, 12),
        (".model d1 d\nm1 d g s b d1", "N303", 3, 12),
        (".model n magic", "N303", 2, 10),
        ("x1 a b nothing", "N304", 2, 8),
        (Cell + "x1 a s", "N305", 5, 1),
        (Cell + "x1 a b c s", "N305", 5, 1),
        ("v1 a 0 {2*unknown}", "N306", 2, 11),
        (".param a={b}", "N306", 2, 11),
        ("r1 a 0 {w(a)}", "N307", 2, 9),
        ("v1 a 0 {max(1)}", "N308", 2, 9),
        ("v1 a 0 pulse(1)", "N308", 2, 8),
        ("v1 a 0 pwl(0 1 2)", "N308", 2, 8),
        (".param a={b} b={c} c={a}", "N309", 2, 23),
        (".temp {temper}", "N309", 2, 8),
        (Cell + "x1 a b s y=2", "N310", 5, 10),
        ("f1 a 0 vx 2", "N311", 2, 8),
        ("i1 a 0 1\nh1 b 0 i1 2", "N311", 3, 8),
        ("c1 a 0 1\n.dc c1 0 1 0.1", "N312", 3, 5),
        ("r1 a 0 {1+v(a)}\n.dc r1 0 1 0.1", "N312", 3, 5),
        ("r1 a 0 1\n.ic v(b)=1", "N313", 3, 7),
        ("r1 a 0 1\n.save v(a) v(b)", "N313", 3, 14),
        ("r1 a 0 1\n.save i(v1)", "N313", 3, 9),
        (".model n nmos\n.model N pmos", "N314", 3, 8),
        (Cell + ".subckt s a\n.ends", "N314", 5, 9),
        (".func f(x) {x}\n.func f(x) {x}", "N314", 3, 7),
        (".subckt s a\nx1 a s\n.ends\nx1 a s", "N315", 3, 6),
        (".subckt s a\nx1 a t\n.ends\n.subckt t a\nx1 a s\n.ends\nx1 a t", "N315", 3, 6),

        ("d1 a 0 dx", "N302", 2, 8),
        (".model dx sw\nd1 a 0 dx", "N303", 3, 8),
        (".model dx d\ns1 a 0 b 0 dx", "N303", 3, 12),
        ("v1 a 0 1\n.model sx sw\nw1 a 0 v1 sx", "N303", 4, 11),
        (".model wx csw\nw1 a 0 v1 wx", "N311", 3, 8),
        ("l1 a 0 1\nk1 l1 l2 0.5", "N317", 3, 7),
        ("l1 a 0 1\nr2 a 0 1\nk1 l1 r2 0.5", "N317", 4, 7),

        // Formulas of the solution
        ("b1 a 0", "N203", 2, 7),
        ("b1 a 0 v", "N203", 2, 9),
        ("b1 a 0 v=", "N203", 2, 10),
        ("b1 a 0 v=1 i=2", "N212", 2, 12),
        ("b1 a 0 v=1 m=2 m=3", "N212", 2, 16),
        ("b1 a 0 tc1=1m", "N203", 2, 14),
        ("b1 a 0 q=v(a)", "N211", 2, 8),
        ("b1 a 0 v=v(a)*", "N205", 2, 15),
        ("b1 a 0 v={v(a)*2", "N206", 2, 10),
        ("b1 a 0 v='v(a)*2", "N206", 2, 10),
        ("b1 a 0 v=v(a b c)", "N203", 2, 16),
        ("b1 a 0 v=v()", "N203", 2, 12),
        ("b1 a 0 v=v(a)+k", "N306", 2, 15),
        ("b1 a 0 v=hertz", "N306", 2, 10),
        ("b1 a 0 v=idt(v(a))", "N307", 2, 10),
        ("b1 a 0 v=sin(v(a),1)", "N308", 2, 10),
        ("b1 a 0 v=pwl(v(a),0,1)", "N308", 2, 10),
        ("b1 a 0 v=pwl(v(a),0,1,1,2,3)", "N308", 2, 10),
        ("b1 a 0 v=pwl(v(a),0,1,v(a),2)", "N318", 2, 23),
        ("b1 a 0 v=pwl(v(a),0,1,-1,2)", "N403", 2, 23),
        ("b1 a 0 v=v(nowhere)", "N313", 2, 12),
        ("r1 a 0 1\nb1 b 0 v=i(r1)", "N311", 3, 12),
        ("b1 b 0 v=i(v1)", "N311", 2, 12),
        ("b1 a 0 v=v(a)/0 + 1/0", "N401", 2, 19),
        ("b1 a 0 v=ddt(ddt(v(a)))", "N205", 2, 10),
        ("b1 a 0 i=v(a) m=0", "N402", 2, 17),
        (".func f(x) {f(x)+1}\nb1 a 0 v=f(v(a))", "N407", 2, 13),
        (".func f(x) {x*x+x*x}\nb1 a 0 v=f(f(f(f(f(f(f(f(f(f(v(a)))))))))))", "N406", 2, 13),
        ("e1 a 0 vol='v(b)' cur=1", "N211", 2, 19),
        ("e1 a 0 vol=1 m=2", "N211", 2, 14),
        ("e1 a 0 poly(0) a 0 1", "N402", 2, 13),
        ("e1 a 0 poly(2) a 0 1", "N203", 2, 21),
        ("g1 a 0 poly(1) (a,0)", "N203", 2, 21),
        ("f1 a 0 poly(1) vx 1", "N311", 2, 16),
        ("e1 a 0 table {v(a)} = (0,1)", "N308", 2, 24),
        ("e1 a 0 table {v(a)} = (0,1) (0,2)", "N403", 2, 30),
        ("e1 a 0 table {v(a)} = (0,1) (1", "N203", 2, 31),
        ("c1 a 0 q='v(a)' c=1", "N211", 2, 17),
        ("c1 a 0 1p q=v(a)", "N212", 2, 11),
        ("v1 a 0 {v(a)}", "N318", 2, 9),
        ("v1 a 0 1\n.tran {i(v1)} 1", "N318", 3, 8),
        (".param k=v(a)", "N318", 2, 10),

        // Values
        ("v1 a 0 pwl(0 0 1n 1) r=0.5n", "N402", 2, 24),
        ("v1 a 0 pwl(0 0 1n 1) r=1n", "N402", 2, 24),
        ("v1 a 0 pwl(0 0 1n 1) r=0 r=0", "N212", 2, 26),
        ("v1 a 0 sin(0 1 1k) r=0", "N203", 2, 20),
        (".model n.1 nmos(lmin=1u lmax=2u)\nm1 d g s b n l=3u w=1u", "N302", 3, 12),
        ("r1 a 0 1\n.save i(r1)", "N313", 3, 9),
        ("r1 a 0 1\n.save nowhere", "N313", 3, 7),
        ("r1 a 0 1\n.save @r1[i]", "N203", 3, 7),
        (".model dx d(is=-1f)", "N402", 2, 16),
        (".model dx d(m=1)", "N402", 2, 15),
        (".model sx sw(ron=0)", "N402", 2, 18),
        (".model dx d\nd1 a 0 dx area=0", "N402", 3, 16),
        ("l1 a 0 1\nl2 b 0 1\nk1 l1 l2 1.5", "N402", 4, 10),
        ("l1 a 0 1\nk1 l1 l1 0.5", "N402", 3, 7),
        ("v1 a 0 {1/0}", "N401", 2, 9),
        ("v1 a 0 {sqrt(-1)}", "N401", 2, 9),
        ("r1 a 0 1 m=0", "N402", 2, 12),
        (".model n nmos\nm1 d g s b n w=-1u", "N402", 3, 16),
        ("v1 a 0 pulse(0 1 0 -1n)", "N402", 2, 20),
        (".temp -300", "N402", 2, 1),
        (".dc temp -300 0 100", "N402", 2, 10),
        (".dc temp 0 -300 -100", "N402", 2, 12),
        (".options reltol=-1", "N402", 2, 10),
        (".options abstol=0", "N402", 2, 10),
        (".options vntol=0", "N402", 2, 10),
        (".options chgtol=-1f", "N402", 2, 10),
        (".options trtol=-1", "N402", 2, 10),
        (".options itl1=0", "N402", 2, 10),
        (".options itl4=1e12", "N402", 2, 10),
        (".options gmin=-1p", "N402", 2, 10),
        (".options maxord=1.5", "N402", 2, 10),
        (".options defw=0", "N402", 2, 10),
        (".options tnom=-300", "N402", 2, 10),
        (".options reltol", "N203", 2, 10),
        (".tran 1e-12 1000", "N406", 2, 7),
        (".tran 1 1000 0 1e-12", "N406", 2, 16),
        (".subckt s 0\n.ends", "N402", 2, 11),
        ("v1 a 0 pwl(0 0 2n 1 1n 0)", "N403", 2, 21),
        ("v1 a 0 pwl(0 0 1n 1 1n 0)", "N403", 2, 21),
        ("v1 a 0 1\n.dc v1 0 1 -0.1", "N404", 3, 12),
        ("v1 a 0 1\n.dc v1 0 1 0", "N404", 3, 12),
        (".tran 0 1n", "N405", 2, 7),
        (".tran 1n 5n 6n", "N405", 2, 13),
        (".tran 1n 5n 0 -1", "N405", 2, 15),

        // Outside this version
        ("e1 a 0 laplace {v(b)} = {1/(1+s)}", "N501", 2, 8),
        ("e1 a 0 and(2) b 0 c 0 -1 1", "N501", 2, 8),
        ("l1 a 0 {1+i(l1)}", "N501", 2, 9),
        ("d1 a 0 dx ic=0.3\n.model dx d", "N501", 2, 11),
        ("m1 d g s b n w=1u off ic=0.3,0.2,0\n.model n nmos", "N501", 2, 23),
        ("q1 c b e qmod", "N502", 2, 1),
        ("j1 d g s jmod", "N502", 2, 1),
        (".ac", "N203", 2, 4),
        (".ac 10 1 1k", "N203", 2, 5),
        (".ac dec 10 1", "N203", 2, 13),
        (".ac dec 10 1 1k 3", "N207", 2, 17),
        (".ac dec 0 1 1k", "N408", 2, 9),
        (".ac dec 1.5 1 1k", "N408", 2, 9),
        (".ac dec 10 0 1k", "N408", 2, 12),
        (".ac oct 10 -1 1k", "N408", 2, 12),
        (".ac lin 10 1k 1", "N408", 2, 15),
        (".ac dec 1meg 1 1k", "N408", 2, 9),
        (".noise v(a) v1 dec 10 1 1k\nr1 a 0 1", "N312", 2, 13),
        ("v1 a 0 1\n.noise v(a) v1 lin 5 0 1k", "N408", 3, 22),
        ("v1 a 0 1\n.noise v(b) v1 dec 10 1 1k", "N313", 3, 10),
        ("v1 a 0 1\n.noise i(v1) v1 dec 10 1 1k", "N203", 3, 8),
        ("v1 a 0 1\n.noise v(a) v1", "N203", 3, 15),
        (".step param a 1 2 1", "N503", 2, 1),
        (".mc 100", "N503", 2, 1),
        ("v1 a 0 sffm(0 1 1k)", "N504", 2, 8),
    ];

    private static IEnumerable<TestCaseData> Cases() =>
        Decks.Select((d, i) => new TestCaseData(d.Deck, d.Code, d.Line, d.Column).SetArgDisplayNames($"{i}: {d.Deck.Split('\n')[^1]}"));

    [TestCaseSource(nameof(Cases))]
    public void A_bad_deck_gives_one_diagnostic_at_its_place(string deck, string code, int line, int column)
    {
        var errors = AnalogAttention.Tests.Circuits.Decks.Errors(deck);
        Assert.That(errors.Select(e => (e.Code, e.Span.File, e.Span.Line, e.Span.Column)), Is.EqualTo(new[] { (code, "deck.cir", line, column) }), string.Join('\n', errors));
    }

    [Test]
    public void All_errors_come_at_once_in_file_order()
    {
        var errors = AnalogAttention.Tests.Circuits.Decks.Errors("""
            r1 a 0
            c1 a 0 {nope}
            m1 a b c d nch
            .foo
            x1 a cell
            v1 a 0 1
            """);
        Assert.That(errors.Select(e => (e.Span.Line, e.Code)), Is.EqualTo(new[] { (2, "N203"), (3, "N306"), (4, "N302"), (5, "N202"), (6, "N304") }));
    }

    [Test]
    public void All_bad_options_come_at_once() =>
        Assert.That(AnalogAttention.Tests.Circuits.Decks.Errors(".options reltol=-1 abstol=0\n+ itl1=0 trtol=-1").Select(e => (e.Code, e.Span.Line, e.Span.Column)),
            Is.EqualTo(new[] { ("N402", 2, 10), ("N402", 2, 20), ("N402", 3, 3), ("N402", 3, 10) }));

    [TestCase(".options interp=0")]
    [TestCase(".options reltol=1e-4 nomod noacct rshunt=1e12 seed=3")]
    public void What_changes_nothing_or_is_known_says_nothing(string lines) =>
        Assert.That(AnalogAttention.Tests.Circuits.Decks.Parse("r1 a 0 1\n" + lines).Warnings, Is.Empty);

    [TestCase(new byte[] { 0xff, 0xfe })]
    [TestCase(new byte[] { })]
    public void A_deck_in_UTF_16_is_one_error(byte[] mark)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File("wide.cir"), [.. mark, .. System.Text.Encoding.Unicode.GetBytes("wide\nv1 a 0 1\nr1 a 0 1k\n.op\n.end\n")]);
        folder.Write("deck.cir", "t\n.include wide.cir\n.op\n");
        Assert.That(Assert.Throws<DeckException>(() => DeckReader.Read(folder.File("wide.cir")))!.Diagnostics.Select(d => (d.Code, d.Message)), Is.EqualTo(new[] { ("N106", "not UTF-8 text") }));
        Assert.That(Assert.Throws<DeckException>(() => DeckReader.Read(folder.File("deck.cir")))!.Diagnostics.Select(d => (d.Code, d.Span.Line, d.Span.Column)), Is.EqualTo(new[] { ("N106", 2, 10) }));
    }

    [Test]
    public void The_message_names_file_place_and_what_was_expected()
    {
        var e = Assert.Throws<DeckException>(() => DeckReader.Parse("t\nr1 a b\n", "bench/read.cir"))!;
        Assert.That(e.Message, Is.EqualTo("bench/read.cir:2:7: error N203: expected a resistance, found the end of the statement"));
    }

    [TestCase(".print tran v(a)", "N601")]
    [TestCase(".plot tran v(a)", "N601")]
    [TestCase(".probe v(a)", "N601")]
    [TestCase(".control\nrun\nfoo (((\n.endc", "N601")]
    [TestCase(".options banana=3", "N602")]
    [TestCase(".options interp", "N601")]
    [TestCase(".options autostop", "N601")]
    [TestCase(".options acct=1", "N601")]
    [TestCase("r9 a 0 0", "N603")]
    [TestCase(".param a=1\n.param a=2", "N604")]
    [TestCase(".model q1 npn(bf=100)", "N605")]
    public void What_is_not_used_is_a_warning(string lines, string code)
    {
        var circuit = AnalogAttention.Tests.Circuits.Decks.Parse("r1 a 0 1\n" + lines);
        Assert.That(circuit.Warnings.Select(w => w.Code), Is.EqualTo(new[] { code }));
    }

    [Test]
    public void A_resistance_of_zero_is_a_milliohm() =>
        // ngspice 39: "resistance to low, set to 1 mOhm"; smaller ones stay as they are.
        Assert.That(AnalogAttention.Tests.Circuits.Decks.Parse("r1 a 0 0\nr2 a 0 1u\nr3 a 0 -1k").Elements.Cast<Resistor>().Select(r => r.Ohms), Is.EqualTo(new[] { 1e-3, 1e-6, -1e3 }));
}
