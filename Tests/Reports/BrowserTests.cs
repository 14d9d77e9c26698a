using System.Text.RegularExpressions;
using AnalogAttention.Reports;

namespace AnalogAttention.Tests.Reports;

[Category("Browser")]
public class BrowserTests
{
    private static readonly string Folder = Path.Combine(TestContext.CurrentContext.WorkDirectory, "report-pages");
    private static readonly string Page = Path.Combine(Folder, "report.html");

    [OneTimeSetUp]
    public void WritePage()
    {
        if (Chromium.Program is null)
            Assert.Ignore("chromium is not installed");
        if (ChartLibraries.Embedded is null)
            Assert.Ignore("built without npm: no charts to look at");
        HtmlReport.Write(SampleReport.Make(), Page);
    }

    [Test]
    public void EveryFigureIsDrawnWithoutAConsoleMessage()
    {
        (string dom, string[] console) = Chromium.Run(Page, dark: false, "--dump-dom");
        int figures = SampleReport.Make().Sections.Sum(s => s.Items.OfType<Figure>().Count());
        Assert.Multiple(() =>
        {
            Assert.That(console, Is.Empty);
            Assert.That(Regex.Count(dom, "<svg[^>]*class=\"marks\""), Is.EqualTo(figures));
            Assert.That(Regex.Count(dom, "drawing as svg</a>"), Is.EqualTo(figures));
            Assert.That(dom, Does.Contain("data-charts=\"drawn\""));
        });
    }

    /// <summary>The pictures are for the eye; the test holds that both were taken, whole, and differ.</summary>
    [Test]
    public void LightAndDarkPagesAreTaken()
    {
        string light = Path.Combine(Folder, "light.png"), dark = Path.Combine(Folder, "dark.png");
        Chromium.Run(Page, dark: false, $"--screenshot={light}", "--window-size=1100,4600", "--hide-scrollbars");
        Chromium.Run(Page, dark: true, $"--screenshot={dark}", "--window-size=1100,4600", "--hide-scrollbars");
        // A blank page of this size compresses to under 30 kB.
        Assert.That(new FileInfo(light), Has.Length.GreaterThan(100_000));
        Assert.That(File.ReadAllBytes(dark), Is.Not.EqualTo(File.ReadAllBytes(light)));
    }
}
