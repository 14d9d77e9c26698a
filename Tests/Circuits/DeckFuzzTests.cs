using System.Diagnostics;
using System.Text;
using AnalogAttention.Circuits;
using NUnit.Framework;

namespace AnalogAttention.Tests.Circuits;

public class DeckFuzzTests
{
    private const string Seed = """
        Everything the dialect has
        * comment
        .param vread=0.9 w='2*3' k = {vread > 0.5 ? 1meg : 2.5e-3}
        .func half(x) {x/2}
        .global vdd
        .model nch nmos(level=44 vto=0.3 kp={67.6u})
        .subckt cell a b params: c=5f n=1 $ trailing
        .subckt inner p
        r1 p 0 {c*1e15}
        .ends inner
        .model pch pmos
        + vto=-0.6
        m1 b store a vdd pch w={n*1u} l=30n m=2
        m2 b store 0 0 nch w=1u l=30n
        c1 store 0 {c} ic=0.45
        x1 store inner
        .ic v(store)={half(vread)}
        .ends
        x1 r1 bl cell
        x2 r2 bl cell c=2f m=3
        v1 r1 gnd dc 0.3 PWL(0 0.45 1n 0.45 1.05n {vread}) ac 1 90
        v2 r2 0 pulse(0 1 1n 0 0 0 5n)
        v3 vdd 0 sin(0.5 0.1 1g 1n 0 30)
        i1 0 bl exp(0 1u 1n 1n 5n 1n) m=2
        e1 q 0 r1 r2 2
        g1 q 0 r1 r2 1m m=2
        f1 q 0 v1 2
        h1 z 0 v1 1k
        b1 q z i=half(v(r1,r2))*(v(x1.store)>0.4 ? 1 : -1) + 1n*ddt(v(q)) m=2
        b2 y 0 v={pwl(time,0,0,1n,{k}) + i(v1)^2} tc1=1m
        e2 y2 0 poly(2) r1 0 r2 0 0 1 2 3
        g2 y2 0 table {v(x1.b)} = (0,0) (1 {k})
        r3 y2 0 r='1k*(1+sqr(v(y2)))'
        c2 y2 0 q='1f*tanh(v(y2))' ic=0.1
        v4 r3 0 pwl(0 0 1n 1) r=0 td=1n
        d1 r3 0 dx off
        .model dx d(is=1f)
        l1 q z 1u ic=1m
        .nodeset v(bl)=0.45
        .save v(x1.store) i(v1) all
        .options reltol=1e-4 gmin=1e-18 method=gear
        .temp 27
        .op
        .dc v2 0 0.9 0.1 v1 0.9 0 -0.45
        .tran 10p 20n 0 1n uic
        .measure tran q INTEG i(v1) from=0 to={5n*2}
        .print tran v(q)
        .control
        run
        .endc
        .lib tt
        .param z=1
        .endl
        .end
        """;

    private static readonly string[] Fragments =
    [
        "{", "}", "(", ")", "'", "\"", "=", ",", "+", "\n+", "\n", " ", "$", ";", "*", "-", "^", "**", "?", ":", "1e999", "-1", "0", "1e-400", "nan", "gnd", "x1.", ".", "..",
        ".subckt s a\n", ".ends\n", ".include ", ".lib ", ".endl\n", ".param a={a}\n", ".func f(x) {f(x)}\n", ".end\n", ".control\n", "\0", "\u00e9", "\ud800", "\t", "m=", "params:",
        "{((((((((((((((((((((", "x9 a b cell\n", ".func g(x) {g(x)+g(x)+g(x)}\n", "g(g(", "ddt(", "i(", "poly(3)", "table", "r='", "half(half(", "1?2:", "10000000000", "v(", ".model n nmos(", "pwl(", "pulse(", "\r\n", "\r",
    ];

    [Test]
    public void No_mutation_does_worse_than_a_diagnostic()
    {
        var random = new Random(20250401);
        Assert.That(DeckReader.Parse(Seed, "seed.cir").Elements, Has.Length.GreaterThan(15));
        var (accepted, refused) = (0, 0);
        for (var i = 0; i < 2000; i++)
        {
            var deck = Mutate(random);
            var watch = Stopwatch.StartNew();
            try
            {
                DeckReader.Parse(deck, "fuzz.cir");
                accepted++;
            }
            catch (DeckException e)
            {
                refused++;
                Assert.That(e.Diagnostics.Where(d => d.Severity == DiagnosticSeverity.Error), Is.Not.Empty);
                Assert.That(e.Diagnostics.Select(d => d.Span.File), Is.All.Not.Empty);
            }
            catch (Exception e)
            {
                Assert.Fail($"{e}\n{deck}");
            }
            Assert.That(watch.Elapsed.TotalSeconds, Is.LessThan(2), deck);
        }
        // Both outcomes must occur, or the mutations test nothing.
        Assert.That(accepted, Is.GreaterThan(20));
        Assert.That(refused, Is.GreaterThan(500));
    }

    private static string Mutate(Random random)
    {
        var deck = new StringBuilder(Seed);
        for (var count = random.Next(1, 6); count > 0; count--)
        {
            var at = random.Next(deck.Length);
            var length = Math.Min(random.Next(1, 30), deck.Length - at);
            switch (random.Next(6))
            {
                case 0:
                    deck.Remove(at, length);
                    break;
                case 1:
                    deck.Insert(at, Fragments[random.Next(Fragments.Length)]);
                    break;
                case 2:
                    deck.Insert(random.Next(deck.Length), deck.ToString(at, length));
                    break;
                case 3:
                    deck[at] = (char)random.Next(1, 256);
                    break;
                case 4:
                    deck.Insert(at, string.Concat(Enumerable.Repeat(Fragments[random.Next(Fragments.Length)], random.Next(2, 300))));
                    break;
                default:
                    var lines = deck.ToString().Split('\n');
                    var (a, b) = (random.Next(lines.Length), random.Next(lines.Length));
                    (lines[a], lines[b]) = (lines[b], lines[a]);
                    deck.Clear().AppendJoin('\n', lines);
                    break;
            }
            if (deck.Length == 0)
                deck.Append('x');
        }
        return deck.ToString();
    }
}
