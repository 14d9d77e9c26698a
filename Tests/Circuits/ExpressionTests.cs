using System.Globalization;
using AnalogAttention.Circuits;
using FsCheck;
using FsCheck.Fluent;
using NUnit.Framework;

namespace AnalogAttention.Tests.Circuits;

public class ExpressionTests
{
    // Values printed by ngspice 39 for the same formula (as a .param), 7 digits where not exact.
    [TestCase("-2^2", -4)]
    [TestCase("2^3^2", 64)]
    [TestCase("2**3", 8)]
    [TestCase("2^-1", 0.5)]
    [TestCase("2*-3", -6)]
    [TestCase("5 % 3", 2)]
    [TestCase("6/2/3", 1)]
    [TestCase("1?2:3", 2)]
    [TestCase("1<2==1", 1)]
    [TestCase("1==1&&2>1", 1)]
    [TestCase("!0", 1)]
    [TestCase("1!=2", 1)]
    [TestCase("1<>2", 1)]
    [TestCase("log(10)", 2.302585)]
    [TestCase("ln(10)", 2.302585)]
    [TestCase("log10(10)", 1)]
    [TestCase("int(-2.7)", -2)]
    [TestCase("nint(2.5)", 2)]
    [TestCase("nint(3.5)", 4)]
    [TestCase("pow(-2,3)", -8)]
    [TestCase("pwr(-2,3)", 8)]
    [TestCase("sgn(-4)", -1)]
    [TestCase("floor(-2.5)", -3)]
    [TestCase("cosh(1)", 1.543081)]
    [TestCase("arctan(1)", 0.7853982)]
    [TestCase("max(1,2)", 2)]
    public void Formulas_have_the_values_of_ngspice(string formula, double printed) =>
        Assert.That(Decks.Evaluate(formula), Is.EqualTo(printed).Within(5e-7 * Math.Abs(printed)));

    [TestCase("limit(5,1,3)", 3)]
    [TestCase("limit(5,9,3)", 5)]
    [TestCase("0 ? 1/0 : 4", 4)]
    [TestCase("0 && 1/0", 0)]
    [TestCase("1 || nope", 1)]
    [TestCase("temper", 27)]
    [TestCase("pi", Math.PI)]
    [TestCase("e", Math.E)]
    [TestCase("boltz", 1.380649e-23)]
    [TestCase("echarge", 1.602176634e-19)]
    [TestCase("1meg + 1k", 1.001e6)]
    [TestCase("SQRT(Abs(-9))", 3)]
    [TestCase("atan2(1,-1)", 2.356194490192345)]
    [TestCase("1 ? 0 ? 5 : 6 : 7", 6)]
    public void Formulas_know(string formula, double expected) => Assert.That(Decks.Evaluate(formula), Is.EqualTo(expected));

    /// <summary>A formula with the value C# gives it.</summary>
    private abstract record Tree
    {
        public abstract double Value { get; }

        /// <summary>Binding strength of the outermost operator, as in C# (power: above unary minus).</summary>
        public abstract int Strength { get; }

        public abstract string Text { get; }

        public string In(int least) => Strength >= least ? Text : $"({Text})";
    }

    private sealed record Leaf(double Number) : Tree
    {
        public override double Value => Number;
        public override int Strength => 10;
        public override string Text => Number.ToString("R", CultureInfo.InvariantCulture);
    }

    private sealed record Negative(Tree Inner) : Tree
    {
        public override double Value => -Inner.Value;
        public override int Strength => 7;
        public override string Text => $"-{Inner.In(7)}";
    }

    private sealed record Binary(string Symbol, Tree Left, Tree Right) : Tree
    {
        public override int Strength => Symbol switch { "||" => 1, "&&" => 2, "==" or "!=" => 3, "<" or "<=" or ">" or ">=" => 4, "+" or "-" => 5, "*" or "/" or "%" => 6, _ => 8 };
        public override string Text => $"{Left.In(Strength)} {Symbol} {Right.In(Strength + 1)}";

        public override double Value => Symbol switch
        {
            "+" => Left.Value + Right.Value,
            "-" => Left.Value - Right.Value,
            "*" => Left.Value * Right.Value,
            "/" => Left.Value / Right.Value,
            "%" => Left.Value % Right.Value,
            "^" => Math.Pow(Left.Value, Right.Value),
            "<" => Left.Value < Right.Value ? 1 : 0,
            "<=" => Left.Value <= Right.Value ? 1 : 0,
            ">" => Left.Value > Right.Value ? 1 : 0,
            ">=" => Left.Value >= Right.Value ? 1 : 0,
            "==" => Left.Value == Right.Value ? 1 : 0,
            "!=" => Left.Value != Right.Value ? 1 : 0,
            "&&" => Left.Value != 0 && Right.Value != 0 ? 1 : 0,
            _ => Left.Value != 0 || Right.Value != 0 ? 1 : 0,
        };
    }

    private sealed record Choice(Tree If, Tree Then, Tree Else) : Tree
    {
        public override double Value => If.Value != 0 ? Then.Value : Else.Value;
        public override int Strength => 0;
        public override string Text => $"{If.In(1)} ? {Then.In(0)} : {Else.In(0)}";
    }

    private sealed record Called(string Function, Tree Argument) : Tree
    {
        public override double Value => Function switch { "abs" => Math.Abs(Argument.Value), "tanh" => Math.Tanh(Argument.Value), _ => Math.Sqrt(Argument.Value) };
        public override int Strength => 10;
        public override string Text => $"{Function}({Argument.Text})";
    }

    private static Gen<Tree> Trees(int depth)
    {
        // Numbers of few digits make equality and zero happen.
        var leaf = Gen.Choose(0, 40).Select(n => (Tree)new Leaf(n / 4.0));
        if (depth == 0)
            return leaf;
        var inner = Trees(depth - 1);
        return Gen.Frequency(
            (2, leaf),
            (1, inner.Select(t => (Tree)new Negative(t))),
            (6, from s in Gen.Elements("+", "-", "*", "/", "%", "^", "<", "<=", ">", ">=", "==", "!=", "&&", "||")
                from l in inner
                from r in inner
                select (Tree)new Binary(s, l, r)),
            (1, from i in inner from t in inner from e in inner select (Tree)new Choice(i, t, e)),
            (1, from f in Gen.Elements("abs", "tanh", "sqrt") from a in inner select (Tree)new Called(f, a)));
    }

    [Test]
    public void Any_formula_has_the_value_of_the_same_arithmetic_in_CSharp() =>
        Prop.ForAll(Trees(4).ToArbitrary(), tree =>
        {
            if (double.IsFinite(tree.Value))
                return Decks.Evaluate(tree.Text).Equals(tree.Value + 0.0);
            return Decks.Errors($"v1 a 0 {{{tree.Text}}}").Single().Code == "N401";
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1500));

    [Test]
    public void Functions_take_arguments_and_see_the_caller_s_parameters()
    {
        Assert.That(Decks.Evaluate("f(2,3)", ".func f(x,y) {x*y+k}\n.param k=3"), Is.EqualTo(9));
        Assert.That(Decks.Evaluate("f(g(2))", ".func f(x) = {x+1}\n.func g(x) 'f(x)*10'"), Is.EqualTo(31));
        // ngspice 39 prints 10: k is looked up where f is called.
        var circuit = Decks.Parse(".param k=3\n.func f(x) {x*k}\n.subckt s a params: k=5\nr1 a 0 {f(2)}\n.ends\nx1 a s\n");
        Assert.That(circuit.Find<Resistor>("x1.r1").Ohms, Is.EqualTo(10));
    }

    [Test]
    public void An_assigned_formula_needs_no_braces()
    {
        var circuit = Decks.Parse(".param k=3 w = 2 * k l=4\nr1 a 0 r=k m=l\nr2 a 0 'w'\nr3 a 0 {w}\n");
        Assert.That(circuit.Find<Resistor>("r1").Ohms, Is.EqualTo(0.75));
        Assert.That(circuit.Find<Resistor>("r2").Ohms, Is.EqualTo(6));
        Assert.That(circuit.Find<Resistor>("r3").Ohms, Is.EqualTo(6));
    }

    [Test]
    public void A_deep_formula_is_refused_not_a_crash()
    {
        Assert.That(Decks.Errors($"v1 a 0 {{{new string('(', 5000)}1{new string(')', 5000)}}}").Single().Code, Is.EqualTo("N407"));
        Assert.That(Decks.Errors($"v1 a 0 {{{new string('-', 5000)}1}}").Single().Code, Is.EqualTo("N407"));
        Assert.That(Decks.Errors($"v1 a 0 {{1{string.Concat(Enumerable.Repeat("+1", 5000))}}}").Single().Code, Is.EqualTo("N406"));
        var chain = string.Join('\n', Enumerable.Range(0, 5000).Select(i => $".param p{i}={{p{i + 1}}}"));
        Assert.That(Decks.Errors($"{chain}\n.param p5000=1\nv1 a 0 {{p0}}").Select(e => e.Code).Distinct(), Is.EqualTo(new[] { "N407" }));
        var doubling = string.Join('\n', Enumerable.Range(0, 40).Select(i => $".func f{i}(x) {{f{i + 1}(x)+f{i + 1}(x)}}"));
        Assert.That(Decks.Errors($"{doubling}\n.func f40(x) {{x}}\nv1 a 0 {{f0(1)}}").Single().Code, Is.EqualTo("N406"));
    }
}
