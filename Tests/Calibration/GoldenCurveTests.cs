using AnalogAttention.Calibration.Golden;
using AnalogAttention.Circuits;

namespace AnalogAttention.Tests.Calibration;

public class GoldenCurveTests
{
    private static readonly CellCurve Curve = new("c", "x [V]", "y [A]", [0, 1, 2], [-1e-6, 0, 2e-6]);

    [Test]
    public void An_accepted_curve_reads_back_and_holds()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("c.txt", Curve.Accepted().Format("first"));
        var comparison = GoldenCurve.Read(path).Compare(Curve.X, Curve.Y);
        Assert.That((comparison.Holds, comparison.Ratio), Is.EqualTo((true, 0.0)));
    }

    [TestCase(1.9e-9, true)]
    [TestCase(-2.1e-9, false)]
    public void A_point_outside_its_band_fails_and_is_named(double shift, bool holds)
    {
        var comparison = Curve.Accepted().Compare(Curve.X, [-1e-6, shift, 2e-6]); // band: 1e-3 of 2 uA
        Assert.That((comparison.Holds, comparison.Worst), Is.EqualTo((holds, 1)));
    }

    [Test]
    public void Other_abscissae_are_refused() =>
        Assert.That(() => Curve.Accepted().Compare([0, 1, 2.5], Curve.Y), Throws.TypeOf<BadInputException>());

    [TestCase("", ":1:")]
    [TestCase("# analog-attention golden curve 1\n# x: V\n# y: A\n0 1\n", ":4:")]
    [TestCase("# analog-attention golden curve 1\n# x: V\n# y: A\n0 1 nan\n", ":4:")]
    [TestCase("# analog-attention golden curve 1\n# x: V\n# y: A\n", "no points")]
    public void Malformed_curves_are_named_with_their_line(string text, string expected)
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("c.txt", text);
        Assert.That(() => GoldenCurve.Read(path), Throws.TypeOf<BadInputException>().With.Message.Contains(expected));
    }
}
