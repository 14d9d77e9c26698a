using AnalogAttention.Studies.Sweeps.Report;
using FsCheck;
using FsCheck.Fluent;

namespace AnalogAttention.Tests.Studies.Sweeps.Report;

public class SweepStatisticsTests
{
    /// <summary>Deviations -3 -1 -1 -1 0 0 2 4: squares 32, cubes 42; G1 = (42/8) / 4^1.5 sqrt(8 7) / 6.</summary>
    [Test]
    public void MomentsAreThoseOfTheTextbook()
    {
        var statistics = new SampleStatistics([9, 2, 4, double.NaN, 5, 4, 7, 4, 5]);
        Assert.That((statistics.Count, statistics.Mean, statistics.Median), Is.EqualTo((8, 5.0, 4.5)));
        Assert.That(statistics.Sigma, Is.EqualTo(Math.Sqrt(32.0 / 7)).Within(1e-12));
        Assert.That(statistics.Skewness, Is.EqualTo(42.0 / 8 / 8 * Math.Sqrt(56) / 6).Within(1e-12));
    }

    [Test]
    public void NothingAndOneValueHaveStatisticsToo()
    {
        Assert.That(new SampleStatistics([]).Histogram(), Is.Null);
        Assert.That(new SampleStatistics([]).Median, Is.NaN);
        var one = new SampleStatistics([3]);
        Assert.That((one.Mean, one.Sigma, one.Quantile(0.01), one.IsConstant, one.Histogram()), Is.EqualTo((3.0, 0.0, 3.0, true, (HistogramBins?)null)));
    }

    /// <summary>Quartiles 249.75 and 749.25 of 0 ... 999: bins of 2 x 499.5 / 10.</summary>
    [Test]
    public void BinsAreThoseOfFreedmanAndDiaconis()
    {
        var bins = new SampleStatistics(Enumerable.Range(0, 1000).Select(i => (double)i)).Histogram()!;
        Assert.That(bins.Counts, Has.Count.EqualTo(10));
        Assert.That(bins.Counts, Is.All.EqualTo(100));
    }

    [TestCase(0.001, 999, false), TestCase(0.001, 1000, true), TestCase(0.999, 1000, true), TestCase(0.99, 99, false), TestCase(0.99, 100, true)]
    public void AQuantileNeedsPointsBeyondIt(double probability, int count, bool expected) =>
        Assert.That(new SampleStatistics(Enumerable.Range(0, count).Select(i => (double)i)).Reaches(probability), Is.EqualTo(expected));

    [Test]
    public void QuantilesRiseAndMeetTheOrderStatistics() => Check.QuickThrowOnFailure(Prop.ForAll(ArbMap.Default.ArbFor<NonEmptyArray<int>>(), given =>
    {
        double[] sorted = [.. given.Get.Select(v => (double)v).Order()];
        var statistics = new SampleStatistics(given.Get.Select(v => (double)v));
        double[] quantiles = [.. Enumerable.Range(0, 101).Select(p => statistics.Quantile(p / 100.0))];
        // a place i of n - 1 is not exact in binary, and the interpolation as little: 1e-9 of the range
        double rounding = 1e-9 * (1 + sorted[^1] - sorted[0]);
        return quantiles.Zip(quantiles.Skip(1)).All(q => q.Second >= q.First - rounding) && quantiles[0] == sorted[0] && quantiles[^1] == sorted[^1]
            && Enumerable.Range(0, sorted.Length).All(i => Math.Abs(statistics.Quantile(sorted.Length == 1 ? 0.5 : (double)i / (sorted.Length - 1)) - sorted[i]) <= rounding)
            && (statistics.Histogram()?.Counts.Sum() ?? sorted.Length) == sorted.Length;
    }));

    // 8 of 10 and 0 of 10: the intervals that tables of Wilson's formula give, to four digits
    [TestCase(8, 10, 0.4902, 0.9433), TestCase(0, 10, 0, 0.2775), TestCase(10, 10, 0.7225, 1)]
    public void WilsonIntervalsAreThoseOfTables(int passed, int total, double low, double high)
    {
        var interval = new YieldEstimate("", passed, total).Wilson();
        Assert.That(new[] { interval.Low, interval.High }, Is.EqualTo(new[] { low, high }).Within(5e-5));
    }

    /// <summary>Its ends are the p that the score test just does not reject: |passed / n - p| = z sqrt(p (1 - p) / n).</summary>
    [Test]
    public void WilsonEndsSolveTheScoreEquation() => Check.QuickThrowOnFailure(Prop.ForAll(ArbMap.Default.ArbFor<(NonNegativeInt, PositiveInt)>(), given =>
    {
        int total = given.Item2.Get, passed = given.Item1.Get % (total + 1);
        var (low, high) = new YieldEstimate("", passed, total).Wilson();
        double fraction = (double)passed / total;
        bool Solves(double p) => Math.Abs(Math.Abs(fraction - p) - 1.959963984540054 * Math.Sqrt(p * (1 - p) / total)) < 1e-7;      // the root at an end amplifies 1e-16 to 1e-8
        return low >= 0 && high <= 1 && low <= fraction && fraction <= high && Solves(low) && Solves(high);
    }));

    [Test]
    public void FailedPointsCountAsFailingAndCornersAreApart()
    {
        SweepFactor corner = new("corner", "", false, [0, 0, 1, 1, 1], ["slow", "fast"]);
        var data = SampleSweep.Data([corner], new SweepResponse("y", [1, double.NaN, 1, 3, 1], new("y", 0, 2, "")));
        Assert.That(YieldEstimate.Of(data, i => data.Responses[0].Specification!.Holds(data.Responses[0].Values[i])),
            Is.EqualTo(new[] { new YieldEstimate("all points", 3, 5), new YieldEstimate("slow", 1, 2), new YieldEstimate("fast", 2, 3) }));
    }

    [Test]
    public void AMainEffectIsTheMeanOfALevelWithItsSpread()
    {
        var effect = MainEffect.Of(SampleSweep.Factor("x", 2, 1, 2, 1, 1), new SweepResponse("y", [10, 1, 14, 3, double.NaN]))!;
        Assert.That(effect.Levels, Is.EqualTo(new[] { 1.0, 2 }));
        Assert.That(effect.Means, Is.EqualTo(new[] { 2.0, 12 }));
        Assert.That(effect.Sigmas, Is.EqualTo(new[] { Math.Sqrt(2), Math.Sqrt(8) }).Within(1e-12));
        Assert.That(MainEffect.Of(SampleSweep.Factor("x", 2, 1), new SweepResponse("y", [10, double.NaN])), Is.Null, "one level with values has no effect");
        double[] many = [.. Enumerable.Range(0, 1000).Select(i => (double)i)];
        var grouped = MainEffect.Of(SampleSweep.Factor("x", many), new SweepResponse("y", many))!;
        Assert.That(grouped.Levels, Has.Count.EqualTo(MainEffect.MostLevels).And.EqualTo(grouped.Means));
        Assert.That(grouped.Levels[0], Is.EqualTo(12), "the mean of 0 ... 24");
    }
}
