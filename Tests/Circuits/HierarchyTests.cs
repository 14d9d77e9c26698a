using System.Collections.Immutable;
using AnalogAttention.Circuits;
using NUnit.Framework;

namespace AnalogAttention.Tests.Circuits;

public class HierarchyTests
{
    [Test]
    public void Instance_values_override_defaults_and_defaults_may_use_each_other()
    {
        // ngspice 39 prints 36 and 64 for the two resistors.
        var circuit = Decks.Parse("""
            .param g=2
            .subckt s a b params: x=1 y={2*x}
            r1 a b {x*g*y}
            .ends
            x1 a 0 s x=3
            x2 a 0 s params: x=4
            """);
        Assert.That(circuit.Find<Resistor>("x1.r1").Ohms, Is.EqualTo(36));
        Assert.That(circuit.Find<Resistor>("x2.r1").Ohms, Is.EqualTo(64));
    }

    [Test]
    public void A_missing_parameter_is_taken_from_where_the_subcircuit_is_used()
    {
        // ngspice 39 prints 5 for both resistors: the caller's g hides the deck's.
        var circuit = Decks.Parse("""
            .param g=1
            .subckt inner a b
            r1 a b {g}
            .ends
            .subckt outer a b params: g=5
            x1 a b inner
            r1 a b {g}
            .ends
            x1 a 0 outer
            """);
        Assert.That(circuit.Find<Resistor>("x1.x1.r1").Ohms, Is.EqualTo(5));
        Assert.That(circuit.Find<Resistor>("x1.r1").Ohms, Is.EqualTo(5));
    }

    [Test]
    public void An_override_is_evaluated_by_the_caller()
    {
        var circuit = Decks.Parse("""
            .param w=7
            .subckt s a w=1
            r1 a 0 {w}
            .ends
            x1 a s w={w+1}
            """);
        Assert.That(circuit.Find<Resistor>("x1.r1").Ohms, Is.EqualTo(8));
    }

    [Test]
    public void Nested_definitions_hide_outer_ones_and_own_parameters_stay_inside()
    {
        var circuit = Decks.Parse("""
            .subckt part a
            r1 a 0 1
            .ends
            .subckt outer a
            .param r={3*2}
            .subckt part a
            r1 a 0 {r}
            .ends part
            x1 a part
            .ends outer
            x1 a outer
            x2 a part
            """);
        Assert.That(circuit.Find<Resistor>("x1.x1.r1").Ohms, Is.EqualTo(6));
        Assert.That(circuit.Find<Resistor>("x2.r1").Ohms, Is.EqualTo(1));
    }

    [Test]
    public void Nodes_of_a_subcircuit_carry_its_path_and_global_ones_do_not()
    {
        var circuit = Decks.Parse("""
            .global vdd
            .subckt s a
            r1 a n 1
            r2 n vdd 1
            r3 n GND 1
            .ends
            x1 in s
            r9 x1.n 0 1k
            v1 vdd 0 1
            """);
        Assert.That(circuit.Elements.SelectMany(e => e.Nodes), Is.EqualTo(new[] { "in", "x1.n", "x1.n", "vdd", "x1.n", "0", "x1.n", "0", "vdd", "0" }));
    }

    [Test]
    public void A_multiplier_reaches_every_element_that_has_one()
    {
        var circuit = Decks.Parse("""
            .model nch nmos
            .subckt s a b
            r1 a b 1k
            c1 a b 1p m=2
            l1 a b 1u
            i1 a b 1m
            g1 a b a b 1m
            v1 a c 1
            f1 a b v1 3
            e1 d b a b 1
            m1 a b a b nch m=3
            .ends
            .subckt t a b
            x1 a b s m=2
            .ends
            x1 a 0 t m=2
            """);
        Assert.That(circuit.Find<Resistor>("x1.x1.r1").Ohms, Is.EqualTo(250));
        Assert.That(circuit.Find<Capacitor>("x1.x1.c1").Farads, Is.EqualTo(8e-12).Within(1).Ulps);
        Assert.That(circuit.Find<Inductor>("x1.x1.l1").Henries, Is.EqualTo(0.25e-6).Within(1).Ulps);
        Assert.That(circuit.Find<CurrentSource>("x1.x1.i1").Waveform.DcValue, Is.EqualTo(4e-3));
        Assert.That(circuit.Find<VoltageControlledCurrentSource>("x1.x1.g1").Siemens, Is.EqualTo(4e-3));
        Assert.That(circuit.Find<VoltageSource>("x1.x1.v1").Waveform.DcValue, Is.EqualTo(1));
        Assert.That(circuit.Find<CurrentControlledCurrentSource>("x1.x1.f1").Gain, Is.EqualTo(12));
        Assert.That(circuit.Find<CurrentControlledCurrentSource>("x1.x1.f1").ControlSource, Is.EqualTo("x1.x1.v1"));
        Assert.That(circuit.Find<VoltageControlledVoltageSource>("x1.x1.e1").Gain, Is.EqualTo(1));
        Assert.That(circuit.Find<Mosfet>("x1.x1.m1").Parameters["m"], Is.EqualTo(12));
    }

    [Test]
    public void Models_of_a_subcircuit_are_shared_by_instances_that_agree()
    {
        var circuit = Decks.Parse("""
            .subckt s d vt=0.3
            .model n nmos vto={vt}
            m1 d d 0 0 n
            .ends
            x1 a s
            x2 a s vt=0.4
            x3 a s
            """);
        Assert.That(circuit.Elements.Cast<Mosfet>().Select(m => m.Model), Is.EqualTo(new[] { "x1.n", "x2.n", "x1.n" }));
        Assert.That(circuit.Models["x2.n"].Parameters["vto"], Is.EqualTo(0.4));
    }

    [Test]
    public void Top_parameters_can_be_overridden_and_derived_ones_follow()
    {
        var options = new DeckReaderOptions { Parameters = ImmutableDictionary<string, double>.Empty.Add("Vread", 0.7) };
        var circuit = Decks.Parse(".param half={vread/2} vread=0.9\nv1 a 0 {half}\n", options);
        Assert.That(circuit.Find<VoltageSource>("v1").Waveform.DcValue, Is.EqualTo(0.35));
        Assert.That(Decks.Errors("v1 a 0 1", options with { Parameters = options.Parameters.Add("c", 1) }).Single().ToString(),
            Is.EqualTo("deck.cir: error N316: the deck has no .param 'Vread', 'c' to override"));
        Assert.That(() => DeckReader.Parse("t\n.include nowhere\n", ""), Throws.InstanceOf<DeckException>());
    }

    [Test]
    public void Initial_voltages_and_temperature_are_read()
    {
        var circuit = Decks.Parse("""
            .subckt s a
            c1 n 0 1p ic=0.2
            r1 a n 1k
            .ic v(n)={temper/100}
            .ends
            x1 a s
            v1 a 0 1
            .nodeset v(a)=1 v(x1.n) = 0.5
            .options temp=40 reltol=1e-4 acct
            .temp {25*2}
            """);
        Assert.That(circuit.InitialVolts["x1.n"], Is.EqualTo(0.5));
        Assert.That(circuit.NodeSetVolts["x1.n"], Is.EqualTo(0.5));
        Assert.That(circuit.TemperatureCelsius, Is.EqualTo(50));
        Assert.That(circuit.Options["reltol"], Is.EqualTo(1e-4));
        Assert.That(circuit.Options["acct"], Is.EqualTo(1));
        Assert.That(circuit.Find<Capacitor>("x1.c1").InitialVolts, Is.EqualTo(0.2));
    }

    [Test]
    public void What_would_expand_without_bound_is_refused()
    {
        var doubling = string.Join('\n', Enumerable.Range(0, 40).Select(i => $".subckt s{i} a\nx1 a s{i + 1}\nx2 a s{i + 1}\n.ends"));
        Assert.That(Decks.Errors($"{doubling}\n.subckt s40 a\nr1 a 0 1\n.ends\nx1 a s0").Single().Code, Is.EqualTo("N406"));
        var chain = string.Join('\n', Enumerable.Range(0, 3000).Select(i => $".subckt s{i} a\nx1 a s{i + 1}\n.ends"));
        Assert.That(Decks.Errors($"{chain}\n.subckt s3000 a\nr1 a 0 1\n.ends\nx1 a s0").Single().Code, Is.EqualTo("N407"));
        var nested = string.Concat(Enumerable.Range(0, 3000).Select(i => $".subckt s{i} a\n"));
        Assert.That(Decks.Errors(nested).Select(e => e.Code), Does.Contain("N407"));
    }
}
