using System.Globalization;
using System.Text.RegularExpressions;
using AnalogAttention.Reports;

namespace AnalogAttention.Tests.Reports;

public class HtmlReportTests
{
    private static readonly ChartLibraries Stub = new(["/* charts */"]);

    [Test]
    public void HostileTextStaysText()
    {
        const string hostile = "</script><img src=x onerror=alert(1)>\"'&<!--";
        LineFigure figure = new(hostile, hostile, new Axis(hostile, "V"), new Axis(hostile), new Series(hostile, [0, 1], [1, 2], SeriesStyle.Line, hostile), new Series("b", [0, 1], [2, 1]));
        Report report = new(hostile, hostile, [
            new ReportSection(hostile, hostile, [
                figure, new TextSample(hostile, hostile), new KeyFigures([new KeyFigure(hostile, hostile, hostile)]),
                new BarFigure(hostile, hostile, hostile, [hostile], new Axis("v", hostile), new BarSeries(hostile, [1])),
                new ReportTable(hostile, [new TableColumn(hostile, hostile)], [new TableRow([hostile])])]),
            new ReportSection("two", null, [])]);
        string html = HtmlReport.Format(report, Stub);
        Assert.That(html, Does.Not.Contain("<img").And.Not.Contain("<!--"));
        // Two specifications, the library and the page's own script: no more, and each closed once.
        Assert.That(Regex.Count(html, "<script"), Is.EqualTo(4));
        Assert.That(Regex.Count(html, "</script>"), Is.EqualTo(4));
    }

    [Test]
    public void SameReportSameBytesInAnyCulture()
    {
        string invariant = HtmlReport.Format(SampleReport.Make(), Stub);
        CultureInfo before = CultureInfo.CurrentCulture, comma = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        (comma.NumberFormat.NumberDecimalSeparator, comma.NumberFormat.NegativeSign) = (",", "~");
        try
        {
            CultureInfo.CurrentCulture = comma;
            Assert.That(HtmlReport.Format(SampleReport.Make(), Stub), Is.EqualTo(invariant));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Test]
    public void NothingIsFetched()
    {
        string html = HtmlReport.Format(SampleReport.Make(), Stub);
        // A schema's name is no address to fetch, and base64 may spell anything.
        string rest = Regex.Replace(html.Replace("https://vega.github.io/schema/vega-lite/v6.json", ""), "base64,[^\"]*", "");
        Assert.That(rest, Does.Not.Match(@"https?://|\bsrc(set)?\s*=|@import|\burl\("));
        Assert.That(Regex.Matches(html, "href=\"([^\"]*)\"").Select(m => m.Groups[1].Value), Has.All.Match("^(#section-|data:text/csv)"));
        Assert.That(html, Does.Contain("default-src 'none'"));
    }

    [Test]
    public void WithoutLibrariesFiguresKeepCaptionAndData()
    {
        string html = HtmlReport.Format(SampleReport.Make(), null);
        Assert.That(html, Does.Not.Contain("<script"));
        Assert.That(Regex.Count(html, "charts need npm at build time"), Is.EqualTo(7));
        Assert.That(Regex.Count(html, "download=\"figure-[1-7].csv\""), Is.EqualTo(7));
        Assert.That(html, Does.Contain("<caption>Verdicts</caption>"));
    }

    [Test]
    public void VerdictsAreWordsAndNumbersFollowTheirColumn()
    {
        string html = HtmlReport.Format(SampleReport.Make(), null);
        Assert.That(html, Does.Contain("<td class=\"number\">12.9 nA</td><td class=\"number\">15 nA</td><td><span class=\"verdict pass\">pass</span></td>"));
        Assert.That(html, Does.Contain(">charge [pC]</th>"));
        Assert.That(html, Does.Contain("<td>softmax</td><td class=\"number\">12288</td><td class=\"number\">25.20</td><td class=\"number\">1.200</td>"));
        Assert.That(html, Does.Contain("<td class=\"number\">26.04</td><td class=\"number\">0.061</td>"));
    }

    [Test]
    public void TheTableKeepsItsShape() =>
        Assert.That(() => new ReportTable("t", [new TableColumn("a"), new TableColumn("b")], [new TableRow(["x"])]), Throws.ArgumentException.With.Message.Contains("row 1 has 1 cells for 2 columns"));

    [Test]
    public void FailedWriteLeavesTheOldFile()
    {
        string folder = Directory.CreateTempSubdirectory("report-").FullName;
        try
        {
            string path = Path.Combine(folder, "sub", "report.html");
            HtmlReport.Write(SampleReport.Make(), path);
            byte[] before = File.ReadAllBytes(path);
            Report bad = new("bad", "", [new ReportSection("s", null, [new Unknown()])]);
            Assert.That(() => HtmlReport.Write(bad, path), Throws.ArgumentException);
            Assert.That(File.ReadAllBytes(path), Is.EqualTo(before));
            Directory.CreateDirectory(Path.Combine(folder, "taken"));
            Assert.That(() => HtmlReport.Write(SampleReport.Make(), Path.Combine(folder, "taken")), Throws.InstanceOf<SystemException>());
            Assert.That(Directory.GetFiles(folder, "*", SearchOption.AllDirectories), Is.EqualTo(new[] { path }));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private sealed record Unknown : ReportItem;
}
