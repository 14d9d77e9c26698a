using System.Text.RegularExpressions;
using AnalogAttention.Reports;
using AnalogAttention.Studies.Sweeps;
using AnalogAttention.Studies.Sweeps.Report;
using AnalogAttention.Tests.Reports;

namespace AnalogAttention.Tests.Studies.Sweeps.Report;

public class SweepReportTests
{
    private static string Html(SweepData data) => System.Net.WebUtility.HtmlDecode(HtmlReport.Format(SweepReport.Of(data, "plan.yaml"), null));

    private static IEnumerable<TestCaseData> Degenerate()
    {
        SweepFactor x = SampleSweep.Factor("x", 1, 2, 3);
        yield return new TestCaseData(new SweepData("s", 4, [], [], [new SweepResponse("y", [])], []), "The table has no point yet").SetArgDisplayNames("no point");
        yield return new TestCaseData(SampleSweep.Data([SampleSweep.Factor("x", 1)], new SweepResponse("y", [2])), "1 points have a value; a model needs three").SetArgDisplayNames("one point");
        yield return new TestCaseData(SampleSweep.Data([SampleSweep.Factor("x", 1, 1, 1)], new SweepResponse("y", [1, 2, 4])), "no factor varies").SetArgDisplayNames("one level");
        yield return new TestCaseData(SampleSweep.Data([new SweepFactor("corner", "", false, [0, 1, 1], ["a", "b"])], new SweepResponse("y", [1, 2, 4])), "0.5714").SetArgDisplayNames("no numeric factor");
        yield return new TestCaseData(SampleSweep.Data([], new SweepResponse("y", [1, 2, 4])), "No factor of the plan has two levels").SetArgDisplayNames("no factor");
        yield return new TestCaseData(SampleSweep.Data([x], new SweepResponse("y", [double.NaN, double.NaN, double.NaN], new Specification("y", 0, 1, ""))), "Every point failed").SetArgDisplayNames("all failed");
        yield return new TestCaseData(SampleSweep.Data([x], new SweepResponse("y", [5, 5, 5])), "y is constant").SetArgDisplayNames("constant response");
        yield return new TestCaseData(new SweepData("s", 3, [0, 1, 2], [x], [], [null, null, null]), "no measures").SetArgDisplayNames("curves alone");
    }

    [TestCaseSource(nameof(Degenerate))]
    public void ADegeneratePlanHasAReportThatSaysSo(SweepData data, string expected) => Assert.That(Html(data), Does.Contain(expected));

    [Test]
    public void FailedPointsAreCountedByErrorWithAnExample()
    {
        string html = Html(SampleSweep.MonteCarlo(400, 3, 1));
        Assert.That(html, Does.Contain("4 of 400 points failed").And.Contain("<td>no convergence</td>").And.Contain("analog-attention sweep plan.yaml --point 96<"));
    }

    /// <summary>Farthest beyond its specification first, by the nearer end; without one both ends of the values.</summary>
    [Test]
    public void WorstCasesAreRanked()
    {
        double[] values = [.. Enumerable.Range(0, 10).Select(i => (double)i)];
        string Numbers(Specification? specification) => string.Join(' ', Regex.Matches(Html(SampleSweep.Data([], new SweepResponse("y", values, specification))), @"--point (\d+)").Select(m => m.Groups[1].Value));
        Assert.That(Numbers(null), Is.EqualTo("0 1 2 9 8 7"));
        Assert.That(Numbers(new Specification("y", 2, 8, "")), Is.EqualTo("0 1 9"));
        Assert.That(Numbers(new Specification("y", null, 20, "")), Is.EqualTo("9 8 7"));
    }

    [Test]
    public void TwentyThousandPointsStayUnderTenMegabytes()
    {
        var report = SweepReport.Of(SampleSweep.MonteCarlo(20_000, 60, 5), "plan.yaml");
        Assert.That(HtmlReport.Format(report, ChartLibraries.Embedded), Has.Length.LessThan(10_000_000));
    }

    [Test, Category("Browser")]
    public void EveryFigureIsDrawnWithoutAConsoleMessage()
    {
        if (Chromium.Program is null)
            Assert.Ignore("chromium is not installed");
        if (ChartLibraries.Embedded is null)
            Assert.Ignore("built without npm: no charts to look at");
        using var folder = new TemporaryFolder();
        var report = SweepReport.Of(SampleSweep.MonteCarlo(500, 4, 2), "plan.yaml");
        HtmlReport.Write(report, folder.File("report.html"));
        var (dom, console) = Chromium.Run(folder.File("report.html"), dark: false, "--dump-dom");
        Assert.That(console, Is.Empty);
        Assert.That(Regex.Count(dom, "<svg[^>]*class=\"marks\""), Is.EqualTo(report.Sections.Sum(s => s.Items.OfType<Figure>().Count())).And.EqualTo(8), "main effects, ranking, histogram and quantiles of two responses");
    }

    [Test]
    public void IntervalsAndEffectsAreInTheCsv()
    {
        var figures = SweepReport.Of(SampleSweep.Data([SampleSweep.Factor("x", 1, 1, 2, 2)], new SweepResponse("y", [1, 3, 5, 7])), "plan.yaml").Sections.SelectMany(s => s.Items).OfType<Figure>().ToArray();
        Assert.That(FigureCsv.Format(figures.OfType<EffectFigure>().Single()), Is.EqualTo($"factor,level,y,lower,upper\nx,1,2,{2 - Math.Sqrt(2):R},{2 + Math.Sqrt(2):R}\nx,2,6,{6 - Math.Sqrt(2):R},{6 + Math.Sqrt(2):R}\n"));
        Assert.That(FigureCsv.Format(figures.OfType<BarFigure>().Single()), Does.StartWith("factor,coefficient,coefficient lower,coefficient upper\nx,0.89"));
    }
}
