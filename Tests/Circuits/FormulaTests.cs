using AnalogAttention.Circuits;
using NUnit.Framework;

namespace AnalogAttention.Tests.Circuits;

/// <summary>What a formula of the solution becomes in the flat circuit.</summary>
public class FormulaTests
{
    private static string Text(string formula, string more = "") => Decks.Parse($"b1 a 0 v={formula}\nv1 b 0 1\n{more}").Find<BehaviouralElement>("b1").Formula.ToString();

    [TestCase("v(a)", "v(a)")]
    [TestCase("V(A , B)", "v(a,b)")]
    [TestCase("v(a) v(b)", null, Description = "text after the formula")]
    [TestCase("I(V1)*2k", "i(v1)*2000")]
    [TestCase("{v(a)*2}", "v(a)*2")]
    [TestCase("'v(a)*2'", "v(a)*2")]
    [TestCase("\"v(a)*2\"", "v(a)*2")]
    [TestCase("{2}*v(a)", "2*v(a)")]
    [TestCase("v(a)-(v(b)-1)", "v(a) - (v(b) - 1)")]
    [TestCase("(v(a)-v(b))-1", "v(a) - v(b) - 1")]
    [TestCase("-v(a)^2", "-v(a)^2")]
    [TestCase("(-v(a))^2", "(-v(a))^2")]
    [TestCase("v(a)**-2", "v(a)^(-2)")]
    [TestCase("v(a)/(v(b)*2)", "v(a)/(v(b)*2)")]
    [TestCase("v(a)>1 ? 2 : v(b)<0 ? 3 : 4", "v(a)>1 ? 2 : (v(b)<0 ? 3 : 4)")]
    [TestCase("1<2 ? v(a) : v(b)", "v(a)")]
    [TestCase("pow(v(a),2)+log(v(b))", "v(a)^2 + ln(v(b))")]
    [TestCase("ternary_fcn(v(a),1,2)", "v(a) ? 1 : 2")]
    [TestCase("limit(v(a),3,1)", "min(max(v(a), 1), 3)")]
    [TestCase("sqr(v(a))", "v(a)*v(a)")]
    [TestCase("int(v(a))", "sgn(v(a))*floor(abs(v(a)))")]
    [TestCase("pi*time + temper", "3.141592653589793*time + temper")]
    // ngspice 39: 8, 8, -8 (a parameter keeps its sign, what stands in a formula has |x|^y)
    [TestCase("v(a)*0 + pow(-2,3)", "v(a)*0 + 8")]
    [TestCase("v(a)*0 + (-2)^3", "v(a)*0 + 8")]
    [TestCase("v(a)*0 + pwr(-2,3)", "v(a)*0 + -8")]
    public void Formulas_are_kept_flat_and_folded(string formula, string? expected)
    {
        if (expected is null)
            Assert.That(Decks.Errors($"b1 a 0 v={formula}"), Is.Not.Empty);
        else
            Assert.That(Text(formula), Is.EqualTo(expected));
    }

    [TestCase("+")]
    [TestCase("-")]
    [TestCase("*")]
    [TestCase("/")]
    public void A_chain_is_no_depth(string symbol)
    {
        static string Chain(string symbol, int operands) => string.Join(symbol, Enumerable.Repeat("v(a)", operands));
        var text = Text(Chain(symbol, 2000));
        Assert.That(text.Replace(" ", ""), Is.EqualTo(Chain(symbol, 2000)));
        Assert.That(Text(text), Is.EqualTo(text), "written and read again");
        Element Read(string formula) => Decks.Parse($"b1 a 0 v={formula}").Elements[0];
        var (one, equal, other) = (Read(text), Read(text), Read($"{Chain(symbol, 1999)}{symbol}v(0)"));
        Assert.That(equal, Is.EqualTo(one));
        Assert.That(other, Is.Not.EqualTo(one));
        Assert.That(Decks.Errors($"b1 a 0 v={Chain(symbol, 2001)}").Select(e => e.Code), Is.EqualTo(new[] { "N406" }));
        // chains inside chains
        Assert.That(Decks.Errors($"b1 a 0 v={string.Concat(Enumerable.Repeat($"({Chain(symbol, 500)})*2+(", 90))}1{new string(')', 90)}"), Is.Empty);
    }

    [Test]
    public void A_chain_of_parameters_is_evaluated_from_the_left()
    {
        Assert.That(Decks.Evaluate("1e20-1e20" + string.Concat(Enumerable.Repeat("+a", 1990)), ".param a=1"), Is.EqualTo(1990));
        Assert.That(Decks.Errors($"v1 a 0 {{{string.Join('+', Enumerable.Repeat("1", 2001))}}}").Select(e => e.Code), Is.EqualTo(new[] { "N406" }));
    }

    [Test]
    public void Parameters_functions_and_names_belong_to_the_instance()
    {
        var circuit = Decks.Parse("""
            .param k=3
            .func gain(x) {k*x + off(x)}
            .func off(x) {x > 1 ? k : 0}
            .subckt amp in out k=5
            b1 out 0 v=gain(v(in,mid)) + i(vs)*v(0,out)
            vs mid 0 {k}
            r1 mid 0 1
            .ends
            x1 a q amp
            x2 q z amp k=7
            r9 a 0 1
            """);
        Assert.That(circuit.Find<BehaviouralElement>("x1.b1").Formula.ToString(), Is.EqualTo("5*v(a,x1.mid) + (v(a,x1.mid)>1 ? 5 : 0) + i(v.x1.vs)*v(0,q)"));
        Assert.That(circuit.Find<BehaviouralElement>("x2.b1").Nodes, Is.SupersetOf(new[] { "z", "0", "q", "x2.mid" }));
    }

    [Test]
    public void A_value_that_follows_the_solution_makes_a_behavioural_element()
    {
        var circuit = Decks.Parse(".func f(x) {1+x*v(b)}\nr1 a 0 {f(2)} m=2\nr2 b 0 {2*temper}\nc1 a 0 '1p*(1+v(a))' ic=0.5\nc2 a 0 q='v(a)^2'\ne1 c 0 value={v(a)*2}\ng1 0 c a 0 gain=2m\nr3 c 0 1");
        Assert.That(circuit.Find<BehaviouralElement>("r1") is { Quantity: BehaviouralQuantity.Ohms, Parallel: 2 });
        Assert.That(circuit.Find<Resistor>("r2").Ohms, Is.EqualTo(54));
        Assert.That(circuit.Find<BehaviouralElement>("c1") is { Quantity: BehaviouralQuantity.Farads, InitialVolts: 0.5 });
        Assert.That(circuit.Find<BehaviouralElement>("c2").Quantity, Is.EqualTo(BehaviouralQuantity.Coulombs));
        Assert.That(circuit.Find<BehaviouralElement>("e1").Quantity, Is.EqualTo(BehaviouralQuantity.Volts));
        Assert.That(circuit.Find<VoltageControlledCurrentSource>("g1").Siemens, Is.EqualTo(2e-3));
    }

    [Test]
    public void A_pin_named_from_outside_is_the_node_it_is_connected_to()
    {
        var circuit = Decks.Parse("""
            .subckt cell bl wl
            c1 bl store 1f
            r1 store wl 1
            .ends
            .subckt pair b
            x1 b w cell
            x2 b w cell
            r1 w 0 1
            .ends
            xp line pair
            xq sense other cell
            b1 out 0 v=v(xp.x1.bl,xp.x2.wl)*v(xq.bl)
            r2 xp.x2.bl xp.x1.store 1
            r3 out xq.wl 1
            .ic v(xp.x2.bl)=0.5
            .save v(xq.bl) xp.b
            .meas tran top MAX V(XP.X1.BL) from=0 to=1
            """);
        Assert.That(circuit.Find<BehaviouralElement>("b1").Formula.ToString(), Is.EqualTo("v(line,xp.w)*v(sense)"));
        Assert.That(circuit.Find<Resistor>("r2").Nodes, Is.EqualTo(new[] { "line", "xp.x1.store" }));
        Assert.That(circuit.Find<Resistor>("r3").Nodes, Is.EqualTo(new[] { "out", "other" }));
        Assert.That(circuit.InitialVolts.Keys, Is.EqualTo(new[] { "line" }));
        Assert.That(circuit.Saved, Is.EqualTo(new[] { "v(sense)", "line" }));
        Assert.That(circuit.Measures[0].Definition, Is.EqualTo("MAX v(line) from=0 to=1"));
    }

    [Test]
    public void A_transistor_takes_the_bin_that_holds_it()
    {
        var circuit = Decks.Parse("""
            .model n.1 nmos(vto=0.1 lmin=0.1u lmax=1u wmin=1u wmax=10u)
            .model n.2 nmos(vto=0.2 lmin=1u lmax=10u wmin=1u wmax=10u)
            m1 d g s b n l=0.5u w=2u
            m2 d g s b n l=1u w=2u
            m3 d g s b n.1 l=50u w=2u
            """);
        Assert.That(circuit.Elements.OfType<Mosfet>().Select(m => m.Model), Is.EqualTo(new[] { "n.1", "n.2", "n.1" }));
        Assert.That(circuit.Models["n.2"].Parameters.Keys, Is.EqualTo(new[] { "vto" }));
    }
}
