using AnalogAttention.Circuits;

namespace AnalogAttention.Tests.Circuits;

/// <summary><c>.connect</c>: a node inside an instance is a node outside.</summary>
public class ConnectTests
{
    private const string Parts = """
        .subckt inner a
        r1 a n 1k
        c1 n 0 1p
        .ic v(n)=0.2
        .ends
        .subckt outer a
        x2 a inner
        .ends
        """;

    [TestCase("x1 in inner\n.connect kept x1.n", "v(kept)", "x1.n")]
    [TestCase("x1 in outer\n.connect kept x1.x2.n", "v(kept)", "x1.x2.n")]
    [TestCase(".subckt wrap a\n.connect kept x1.n\nx1 a inner\n.ends\nx5 in wrap", "v(x5.kept)", "x5.x1.n")]
    public void A_node_inside_is_the_one_outside_under_either_name(string use, string saved, string inside)
    {
        var circuit = Decks.Parse($"{Parts}\nv1 in 0 1\nr9 {inside} 0 1k\n{use}\n.save v({inside})");
        var node = saved[2..^1];
        Assert.Multiple(() =>
        {
            Assert.That(circuit.Elements.OfType<Capacitor>().Single().Positive, Is.EqualTo(node));
            Assert.That(circuit.Find<Resistor>("r9").Positive, Is.EqualTo(node));
            Assert.That(circuit.InitialVolts, Has.Count.EqualTo(1).And.ContainKey(node));
            Assert.That(circuit.Saved, Is.EqualTo(new[] { saved }));
        });
    }

    [TestCase(".connect kept x1.lost", "N313", "there is no node 'lost' in subcircuit 'inner'")]
    [TestCase(".connect kept x9.n", "N313", "there is no instance 'x9'")]
    [TestCase(".connect kept x1.a", "N402", "it is a pin or global")]
    [TestCase(".connect kept n", "N203", "expected a node inside an instance")]
    [TestCase(".connect a x1.n\n.connect b x1.n", "N212", "connected twice")]
    [TestCase(".connect kept", "N203", "")]
    public void What_cannot_be_connected_is_an_error(string statement, string code, string message)
    {
        var errors = Decks.Errors($"{Parts}\nv1 in 0 1\nx1 in inner\n{statement}");
        Assert.That(errors.Single().Code, Is.EqualTo(code));
        Assert.That(errors.Single().Message, Does.Contain(message));
    }
}
