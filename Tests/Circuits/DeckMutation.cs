using System.Text;

namespace AnalogAttention.Tests.Circuits;

/// <summary>Decks with random damage: the one below, and every deck of the repository that is no longer than a few pages.</summary>
internal sealed class DeckMutation
{
    private const int LongestSeed = 20_000;

    private readonly (string Path, string Text)[] _seeds =
    [
        ("seed.cir", Seed),
        .. new[] { "Tests", "Netlists", "Docs" }.Select(folder => Path.Combine(Repository.Root, folder)).Where(Directory.Exists)
            .SelectMany(folder => Directory.EnumerateFiles(folder, "*.cir", SearchOption.AllDirectories))
            .Where(path => !path.Contains($"{Path.DirectorySeparatorChar}bin{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal).Select(path => (path, File.ReadAllText(path))).Where(deck => deck.Item2.Length < LongestSeed),
    ];

    public const string Seed = """
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

    public int Count => _seeds.Length;

    /// <summary>A damaged deck, and the path that its includes are looked up beside.</summary>
    public (string Path, string Deck) Next(Random random)
    {
        // half of all from the deck that has everything
        var (path, text) = _seeds[random.Next(2) == 0 ? 0 : random.Next(_seeds.Length)];
        var deck = new StringBuilder(text);
        for (var count = random.Next(1, 6); count > 0; count--)
            Damage(deck, random);
        return (path, deck.ToString());
    }

    private void Damage(StringBuilder deck, Random random)
    {
        var at = random.Next(deck.Length);
        var length = Math.Min(random.Next(1, 30), deck.Length - at);
        switch (random.Next(8))
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
            case 5:
                SwapWords(deck, random);
                break;
            case 6:
                var other = _seeds[random.Next(_seeds.Length)].Text.Split('\n');
                deck.Append('\n').Append(other[random.Next(other.Length)]).Append('\n');
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

    // stays within the language more often than damage to single characters: the circuit behind it is damaged instead
    private static void SwapWords(StringBuilder deck, Random random)
    {
        var lines = deck.ToString().Split('\n');
        var line = random.Next(1, Math.Max(2, lines.Length));
        if (line >= lines.Length)
            return;
        var words = lines[line].Split(' ');
        words[random.Next(words.Length)] = random.Next(3) == 0 ? Values[random.Next(Values.Length)] : words[random.Next(words.Length)];
        lines[line] = string.Join(' ', words);
        deck.Clear().AppendJoin('\n', lines);
    }

    private static readonly string[] Values =
        ["0", "-1", "1e-30", "1e30", "1e-300", "1e300", "1n", "1meg", "1", "2147483648", "1e18", "0.5", "nan", "inf", "0/0", "{1/3}", "m=1000000", "uic", "off", "all"];
}
