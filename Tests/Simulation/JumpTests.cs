using AnalogAttention.Circuits;
using AnalogAttention.Simulation;
using AnalogAttention.Simulation.Embedded;

namespace AnalogAttention.Tests.Simulation;

/// <summary>Transients at default tolerances in which voltages jump, because nothing stores charge where they do.</summary>
public class JumpTests
{
    private static SimulationResult Run(string deck) => new EmbeddedEngine().Run(DeckReader.Parse("jump\n" + deck + "\n.end\n", "jump.cir"));

    [Test]
    public void ASwitchThatDischargesItsOwnControlOscillates()
    {
        // charged through 1 Mohm from 3 V to 7 V of 10 V: T = RC ln(7/3); discharged in picoseconds. 1e-3 is reltol
        var result = Run("""
            v1 p 0 10
            r1 p a 1meg
            c1 a 0 1n ic=0
            s1 a 0 a 0 sx
            .model sx sw(vt=5 vh=2 ron=1m roff=1g)
            .tran 10u 10m uic
            .measure tran period trig v(a) val=5 rise=2 targ v(a) val=5 rise=8
            """);
        Assert.That(result.Measures["period"] / 6, Is.EqualTo(1e-3 * Math.Log(7.0 / 3)).Within(0.3).Percent);
    }

    [Test]
    public void AnInductorThrowsItsCurrentIntoASharpDiode()
    {
        // n = 0.01 as for an ideal diode: at turn-off its anode jumps from 0 V to the output within no time
        var result = Run("""
            v1 i 0 5
            l1 i s 100u
            s1 s 0 g 0 sx
            d1 s o dx
            c1 o 0 10u
            r1 o 0 100
            vg g 0 pulse(0 1 0 1n 1n 5u 10u)
            .model sx sw(vt=0.5 ron=0.01 roff=1meg)
            .model dx d(is=1e-12 n=0.01)
            .tran 1u 1m
            """);
        Assert.That(result.Analyses[0]["time"][^1], Is.EqualTo(1e-3));
        Assert.That(result.Analyses[0]["v(o)"].Max(), Is.GreaterThan(10), "it boosts");
    }

    [Test]
    public void WithoutAnyStateToJumpToTheTimeIsNamed()
    {
        // open, the switch sees 10 V and closes; closed, it sees 10 mV and opens
        Assert.That(() => Run("v1 p 0 pwl(0 0 1n 0 2n 10)\nr1 p a 1k\ns1 a 0 a 0 sx\n.model sx sw(vt=5 ron=1 roff=1g)\n.tran 0.1n 3n"),
            Throws.TypeOf<ConvergenceException>().With.Message.Matches(@"^transient at 1\.[45]\S*e-09 s: no convergence"));
    }
}
