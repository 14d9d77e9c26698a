using AnalogAttention.Circuits;
using AnalogAttention.Simulation.Embedded;

namespace AnalogAttention.Tests.Simulation;

/// <summary>Options and models of ngspice: what the embedded engine has agrees with it, the rest is refused by name and place.</summary>
public class EmbeddedDialectTests
{
    private static string Refusal(string lines) =>
        Assert.Throws<DeckException>(() => new EmbeddedEngine().Run(DeckReader.Parse($"t\nv1 d 0 1\nr1 d 0 1k\n{lines}\n.op\n.end\n", "deck.cir")))!.Message;

    [TestCase("rshunt=1k")]
    [TestCase("cshunt=1p")]
    [TestCase("scale=1u")]
    [TestCase("xmu=0.3")]
    [TestCase("ramptime=1n")]
    [TestCase("maxord=4 method=gear")]
    public void AnOptionThatWouldChangeTheResultIsRefused(string option) =>
        Assert.That(Refusal($".options {option}"), Does.StartWith("deck.cir:4:10: error N505: ").And.Contain(option.Split('=')[0]).And.Not.Contains("\n"));

    [TestCase("cshunt=0 scale=1 xmu=0.5 maxord=4")]
    [TestCase("seed=3 klu pivtol=1e-13 itl5=0 numdgt=7")]
    public void OptionsThatChangeNothingArePassedOver(string options) =>
        Assert.That(new EmbeddedEngine().Run(DeckReader.Parse($"t\nv1 d 0 1\nr1 d 0 1k\n.options {options}\n.op\n", "deck.cir")).Analyses[0]["i(v1)"][0], Is.EqualTo(-1e-3).Within(1e-12));

    [Test]
    public void AnotherLevelIsRefusedAtItsModelAllAtOnce() =>
        Assert.That(Refusal("m1 d d 0 0 n3\n.model n3 nmos level=3\n.options rshunt=1k").Split(Environment.NewLine), Is.EqualTo(new[]
        {
            "deck.cir:5:8: error N505: model 'n3': the embedded engine has MOS levels 1 and 44, found level=3",
            "deck.cir:6:10: error N505: option 'rshunt' (a resistor from every node to ground) is not supported by the embedded engine",
        }));

    // drain current and the reverse current of both junctions, js counting by area; ngspice 39 takes defas for another defad, so it is told there
    [TestCase("", "")]
    [TestCase("", "w=20u")]
    [TestCase("", "l=3u")]
    [TestCase("", "ad=2n")]
    [TestCase("", "ad=2n as=3n")]
    [TestCase("defw=30u defl=2u", "")]
    [TestCase("defw=30u defl=2u", "w=20u l=5u")]
    [TestCase("defad=4n", "as=3n")]
    [TestCase("defad=4n", "ad=2n as=3n")]
    [TestCase("defad=4n defw=30u defl=2u", "as=1n m=2")]
    [TestCase("defad=4n defas=5n", "", "ad=4n as=5n")]
    [TestCase("defas=5n", "ad=2n", "ad=2n as=5n")]
    public void DefaultsOfTransistorsAreThoseOfNgspice(string options, string instance, string? told = null)
    {
        const double relative = 1e-6, amperes = 1e-16; // both engines stop iterating within these, the latter for each junction
        static string Deck(string options, string instance) => $"t\nvd d 0 2\nvg g 0 1\nvb b 0 -1\nm1 d g 0 b n {instance}\n.model n nmos(vto=0.5 kp=100u js=1m)\n.options gmin=1e-15 abstol={amperes} reltol={relative} {options}\n.dc vg 0 2 0.5\n.end\n";
        var expected = NgspiceReference.Run(told is null ? Deck(options, instance) : Deck("", told));
        var ours = new EmbeddedEngine().Run(DeckReader.Parse(Deck(options, instance), "deck.cir")).Analyses[0];
        foreach (var current in new[] { "i(vd)", "i(vb)" })
            Assert.That(ours[current], Is.EqualTo(expected[current]).Within(relative * expected[current].Max(Math.Abs) + 2 * amperes), current);
    }

    [Test]
    public void DefaultsReachTheLevelWithoutAreas()
    {
        var circuit = DeckReader.Parse("t\nvd d 0 1\nm1 d d 0 0 n\nm2 d d 0 0 n w=1u\n.model n nmos level=44\n.options defw=3u defl=2u defad=1p\n.op\n", "deck.cir");
        Assert.That(circuit.Elements.OfType<Mosfet>().Select(m => string.Join(' ', m.Parameters.OrderBy(p => p.Key).Select(p => FormattableString.Invariant($"{p.Key}={p.Value}")))), Is.EqualTo(new[] { "l=2E-06 w=3E-06", "l=2E-06 w=1E-06" }));
    }
}
