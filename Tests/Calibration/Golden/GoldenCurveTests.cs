using AnalogAttention.Calibration.Benches;
using AnalogAttention.Calibration.Golden;
using AnalogAttention.Circuits;
using AnalogAttention.Simulation.Embedded;

namespace AnalogAttention.Tests.Calibration.Golden;

public class GoldenCurveTests
{
    private const string Divider = "divider\n.param r=1k v=2\nv1 in 0 {v}\nr1 in out 1k\nr2 out 0 {r}\nc1 out 0 1p\n.dc v1 0 2 0.5 temp 0 50 50\n.end\n";
    private const string Charging = "charging\n.param tau=1u\nv1 in 0 pulse(0 1 0 1n)\nr1 in out 1k\nc1 out 0 {tau/1k}\n.tran 10n 5u\n.measure tran half when v(out)=0.5\n.end\n";

    private static readonly CellDeck Product = new();
    private static readonly EmbeddedEngine Engine = new();

    private static GoldenCurve Curve(double tolerance) =>
        new("c", new GoldenRecipe("a.cir", "v(out)", null, null), "x [V]", "y [A]", [new(0, -1e-6, tolerance), new(1, 0, tolerance), new(2, 2e-6, tolerance)]);

    [Test]
    public void A_recipe_reads_back_as_it_was_written()
    {
        using var folder = new TemporaryFolder();
        var recipe = new GoldenRecipe("a.cir", null, "half", "tau") { Scale = -1, Parameters = [("v", 1e-9), ("r", 3)] };
        var path = folder.Write("c.txt", (Curve(1e-9) with { Recipe = recipe }).Format("first", "tool"));
        var read = GoldenCurve.Read(path);
        Assert.That(read.Recipe with { Parameters = [] }, Is.EqualTo(recipe with { Parameters = [] }));
        Assert.That(read.Recipe.Parameters, Is.EqualTo(recipe.Parameters));
        Assert.That(read.Points, Is.EqualTo(Curve(1e-9).Points));
        Assert.That((read.Name, read.XLabel, read.YLabel), Is.EqualTo(("c", "x [V]", "y [A]")));
    }

    [TestCase(0.9e-9, true)]
    [TestCase(-1.1e-9, false)]
    [TestCase(double.NaN, false)]
    public void A_point_outside_its_band_fails_and_is_named(double shift, bool holds)
    {
        var comparison = Curve(1e-9).Compare([-1e-6, shift, 2e-6]);
        Assert.That((comparison.Holds, comparison.Worst), Is.EqualTo((holds, 1)));
    }

    [TestCase(null, 1)]
    [TestCase(0.0, 0)]
    public void Of_a_nested_sweep_the_outer_value_is_chosen(double? outer, int row)
    {
        using var folder = new TemporaryFolder();
        folder.Write("divider.cir", Divider.Replace("r2 out 0 {r}", "r2 out 0 {r} tc1=0.01"));
        var recipe = new GoldenRecipe("divider.cir", "v(out)", null, null) { Outer = outer };
        double[] x = recipe.OwnAbscissae(folder.Path, Product, Engine, 100);
        Assert.That(x, Is.EqualTo(new[] { 0, 0.5, 1, 1.5, 2 }).Within(1e-12));
        double ratio = 1 + 0.01 * (50 * row - 27);
        Assert.That(recipe.Values(folder.Path, x, Product, Engine, 1)[4], Is.EqualTo(2 * ratio / (1 + ratio)).Within(1e-9));
    }

    [Test]
    public void A_sweep_of_a_measure_runs_once_for_every_value()
    {
        using var folder = new TemporaryFolder();
        folder.Write("charging.cir", Charging);
        var recipe = new GoldenRecipe("charging.cir", null, "half", "tau") { Scale = 2 };
        double[] tau = [0.5e-6, 1e-6, 2e-6];
        var curve = GoldenCurve.Measured("half", recipe, folder.Path, tau, Product, Engine, 2);
        Assert.That((curve.XLabel, curve.YLabel), Is.EqualTo(("tau", "half")));
        for (var i = 0; i < 3; i++)
        {
            // ln 2 tau, later by half of the edge
            double exact = 2 * (Math.Log(2) * tau[i] + 0.5e-9);
            Assert.That(curve.Points[i].Tolerance, Is.GreaterThan(Math.Abs(curve.Points[i].Y - exact)), "the band holds the solver's error");
            Assert.That(curve.Points[i].Tolerance, Is.LessThan(0.01 * exact), "and would not hold one per cent");
        }
        Assert.That(curve.Check(folder.Path, Product, Engine, 1).Ratio, Is.Zero);
    }

    [Test]
    public void A_changed_deck_leaves_the_band_and_an_unchanged_one_does_not()
    {
        using var folder = new TemporaryFolder();
        folder.Write("charging.cir", Charging);
        var recipe = new GoldenRecipe("charging.cir", "v(out)", null, null);
        var curve = GoldenCurve.Measured("out", recipe, folder.Path, recipe.OwnAbscissae(folder.Path, Product, Engine, 21), Product, Engine, 1);
        Assert.That(curve.Check(folder.Path, Product, Engine, 1).Holds);
        folder.Write("charging.cir", Charging.Replace("r1 in out 1k", "r1 in out 1.01k"));
        Assert.That(curve.Check(folder.Path, Product, Engine, 1).Holds, Is.False);
    }

    [TestCase("v(nowhere)", null, "no analysis has the signal 'v(nowhere)'")]
    [TestCase(null, "quarter", "measure 'quarter' found no value")]
    public void What_the_deck_does_not_have_is_named(string? signal, string? measure, string expected)
    {
        using var folder = new TemporaryFolder();
        folder.Write("charging.cir", Charging);
        var recipe = new GoldenRecipe("charging.cir", signal, measure, measure is null ? null : "tau");
        Assert.That(() => recipe.Values(folder.Path, [1e-6], Product, Engine, 1), Throws.InstanceOf<BadInputException>().With.Message.Contains(expected));
    }

    private const string Header = "# analog-attention golden curve 2\n# bench: a.cir\n# signal: v(out)\n# x: V\n# y: A\n";

    [TestCase("", ":1: expected")]
    [TestCase("# analog-attention golden curve 1\n# x: V\n# y: A\n0 1 1\n", ":1: expected")]
    [TestCase("# analog-attention golden curve 2\n# x: V\n# y: A\n0 1 1\n", "expected '# bench: DECK'")]
    [TestCase(Header + "0 1\n", ":6: expected three numbers")]
    [TestCase(Header + "0 1 nan\n", ":6: expected three numbers")]
    [TestCase(Header + "0 1 0\n", ":6: the tolerance must be positive")]
    [TestCase(Header, "no points")]
    [TestCase(Header + "# outer: high\n0 1 1\n", ":6: 'high' is not a number")]
    [TestCase(Header + "# measure: m\n0 1 1\n", ":3: a curve has a signal or a measure, not both")]
    [TestCase(Header + "# x: A\n0 1 1\n", ":6: 'x' is there twice, first in line 4")]
    [TestCase(Header + "0 1 1\n0.0 2 1\n", ":7: a second point at x = 0.0")]
    [TestCase(Header + "# scale: 0\n0 1 1\n", ":3: a scale of 0 leaves no curve")]
    [TestCase(Header + "# parameters: a=\n0 1 1\n", ":6: 'a=' is not NAME=VALUE")]
    public void Malformed_curves_are_named_with_their_line(string text, string expected)
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("c.txt", text);
        Assert.That(() => GoldenCurve.Read(path), Throws.TypeOf<BadInputException>().With.Message.StartsWith(path).And.Message.Contains(expected));
    }

    [Test]
    public void Bands_are_four_changes_and_never_nothing()
    {
        double[] bands = GoldenBands.Of([1, 2, -4], [1, 2, -4.003]);
        double rms = 0.003 / Math.Sqrt(3);
        Assert.That(bands, Is.EqualTo(new[] { 4 * rms + 4e-7, 4 * rms + 4e-7, 0.012 + 4e-7 }).Within(1e-12));
        Assert.That(GoldenBands.Of([0, 0], [0, 0]), Has.All.Positive);
    }
}
