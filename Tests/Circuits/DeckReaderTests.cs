using AnalogAttention.Circuits;
using NUnit.Framework;

namespace AnalogAttention.Tests.Circuits;

public class DeckReaderTests
{
    private const string Column = """
        Two cells on a bitline
        .param vread=0.9 width={10n}
        .func half(x) {x/2}
        .model nch nmos level=44 vto=0.303
        + kp=67.6u
        .subckt cell rwl bl params: c_store=5f w=100n
        .model pch pmos(level=44 vto={-0.6} kp={w*1e3})
        mn bl store 0 0 nch w={w} l=30n ; pull-down
        mp bl store rwl rwl pch w={2*w} l=30n
        c1 store 0 {c_store} ic=0.45
        .ends
        x1 r1 bl cell
        x2 r2 bl cell w=200n m=2
        v1 r1 gnd PWL(0 0.45 1n 0.45 1.05n {vread})
        v2 r2 0 dc {half(vread)} ac 1
        vbl bl 0 0.45
        .ic v(x1.store)=0.3 v(x2.store)={vread}
        .save v(x1.store) i(vbl)
        .options gmin=1e-18 method=gear
        .temp 27
        .dc v2 0 0.9 0.1 v1 0 0.9 0.45
        .tran 10p 20n uic
        .measure tran q INTEG i(vbl) from=0 to={width}
        .end
        """;

    [Test]
    public void A_deck_with_subcircuits_becomes_a_flat_circuit()
    {
        var circuit = DeckReader.Parse(Column, "column.cir");

        Assert.That(circuit.Title, Is.EqualTo("Two cells on a bitline"));
        Assert.That(circuit.Elements.Select(e => e.Name), Is.EqualTo(new[] { "x1.mn", "x1.mp", "x1.c1", "x2.mn", "x2.mp", "x2.c1", "v1", "v2", "vbl" }));
        var second = (Mosfet)circuit.Elements[4];
        Assert.That(second.Nodes, Is.EqualTo(new[] { "bl", "x2.store", "r2", "r2" }));
        Assert.That(second.Parameters["w"], Is.EqualTo(400e-9).Within(1e-22));
        Assert.That(second.Parameters["m"], Is.EqualTo(2));
        Assert.That(second.Model, Is.EqualTo("x2.pch"));
        Assert.That(circuit.Models["x2.pch"].Parameters["kp"], Is.EqualTo(2e-4).Within(1e-18));
        Assert.That(((Capacitor)circuit.Elements[5]).Farads, Is.EqualTo(1e-14).Within(1e-28));
        Assert.That(circuit.InitialVolts["x2.store"], Is.EqualTo(0.9));
        Assert.That(((VoltageSource)circuit.Elements[7]).Waveform.DcValue, Is.EqualTo(0.45));
        Assert.That(circuit.Options["method"], Is.EqualTo(SimulatorOptions.Gear));
        Assert.That(circuit.Analyses, Has.Length.EqualTo(2));
        Assert.That(((DcSweep)circuit.Analyses[0]).Axes[1].Count, Is.EqualTo(3));
        Assert.That(circuit.Measures[0].Definition, Is.EqualTo("INTEG i(vbl) from=0 to=1e-08"));
        Assert.That(circuit.Files.Single().Path, Is.EqualTo("column.cir"));
        Assert.That(circuit.Warnings, Is.Empty);
    }
}
