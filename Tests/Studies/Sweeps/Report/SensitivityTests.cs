using AnalogAttention.Studies.Sweeps.Report;

namespace AnalogAttention.Tests.Studies.Sweeps.Report;

public class SensitivityTests
{
    // tables of Student's t are given to so many digits
    private const double T1 = 12.7062047, T3 = 3.18244631, TableDigits = 1e-6;

    private static Sensitivity Of(SweepFactor[] factors, params double[] values) =>
        Sensitivity.Of(SampleSweep.Data(factors, new SweepResponse("y", values)), new SweepResponse("y", values));

    /// <summary>Sxx = 10, Syy = 6, Sxy = 6: r = 6 / sqrt(60), and the standard error of a standardised slope is sqrt((1 - r^2) / (n - 2)).</summary>
    [Test]
    public void OneFactorIsTheCorrelation()
    {
        var model = Of([SampleSweep.Factor("x", 1, 2, 3, 4, 5)], 2, 4, 5, 4, 5);
        Assert.That(model.RSquared, Is.EqualTo(0.6).Within(1e-12));
        Assert.That(model.Ranking.Single().Value, Is.EqualTo(Math.Sqrt(0.6)).Within(1e-12));
        Assert.That(model.Ranking.Single().High - model.Ranking.Single().Value, Is.EqualTo(T3 * Math.Sqrt(0.4 / 3)).Within(TableDigits));
        Assert.That(model.Ranking.Single().Value - model.Ranking.Single().Low, Is.EqualTo(T3 * Math.Sqrt(0.4 / 3)).Within(TableDigits));
    }

    /// <summary>y = 3a + 4b + ab on the corners of a square: variances 9, 16 and 1 of 26, one degree of freedom.</summary>
    [Test]
    public void AFactorialSplitsTheVarianceAndRanks()
    {
        var model = Of([SampleSweep.Factor("a", -1, -1, 1, 1), SampleSweep.Drawn("b", -1, 1, -1, 1)], -3 - 4 + 1, -3 + 4 - 1, 3 - 4 - 1, 3 + 4 + 1);
        Assert.That(model.Ranking.Select(c => c.Factor), Is.EqualTo(new[] { "b", "a" }));
        Assert.That(model.Ranking.Select(c => c.Value), Is.EqualTo(new[] { 4 / Math.Sqrt(26), 3 / Math.Sqrt(26) }).Within(1e-12));
        Assert.That(model.RSquared, Is.EqualTo(25.0 / 26).Within(1e-12));
        Assert.That(model.Ranking.Select(c => (c.High - c.Low) / 2), Is.All.EqualTo(T1 / Math.Sqrt(26)).Within(TableDigits));
    }

    [Test]
    public void WhatTellsNothingIsNamedAndLeftOut()
    {
        var model = Of(
        [
            new SweepFactor("corner", "", false, [0, 0, 0, 1, 1, 1], ["slow", "fast"]),
            SampleSweep.Factor("supply", 0.8, 0.8, 0.8, 1, 1, 1), SampleSweep.Factor("fixed", 0.1, 0.1, 0.1, 0.1, 0.1, 0.1),
            SampleSweep.Factor("partly", 1, 2, double.NaN, 3, 4, 5), SampleSweep.Factor("x", 1, 2, 4, 1, 3, 5),
        ], 1, 2, 3, 4, 5, 7);
        Assert.That(model.Ranking.Select(c => c.Factor), Is.EquivalentTo(new[] { "corner: fast", "x" }));
        Assert.That(model.LeftOut.Select(l => (l.Factor, l.Reason.Split(':')[0])), Is.EquivalentTo(new[] { ("supply", "collinear"), ("fixed", "constant"), ("partly", "not every point has a value of it") }));
    }

    [TestCase(new double[] { 1, 1, 1, 1 }, "the response is constant")]
    [TestCase(new[] { 1, 2, double.NaN, double.NaN }, "2 points have a value")]
    [TestCase(new[] { 1, 2, 4, double.NaN }, "2 factors and 3 points")]
    public void WithoutAModelThereIsAReason(double[] values, string why) =>
        Assert.That(Of([SampleSweep.Factor("a", 1, 2, 3, 5), SampleSweep.Factor("b", 1, 0, 3, 1)], values).WhyNone, Does.StartWith(why));

    /// <summary>The response is a multiple of the seventh of 300 factors: the screening keeps it, and the fit finds it alone.</summary>
    [Test]
    public void ManyFactorsAreScreened()
    {
        var random = new Random(3);
        SweepFactor[] factors = [.. Enumerable.Range(0, 300).Select(i => SampleSweep.Drawn($"x{i}", [.. Enumerable.Range(0, 500).Select(_ => random.NextDouble())]))];
        var model = Of(factors, [.. factors[7].Values.Select(v => 1 - 5 * v)]);
        Assert.That(model.Ranking, Has.Count.EqualTo(Sensitivity.MostFactors));
        Assert.That((model.Ranking[0].Factor, model.Ranking[0].Value), Is.EqualTo(("x7", -1.0)).Using<(string, double)>((a, b) => a.Item1 == b.Item1 && Math.Abs(a.Item2 - b.Item2) < 1e-9 ? 0 : 1));
        Assert.That(model.LeftOut.Single().Factor, Is.EqualTo("200 factors"));
    }
}
