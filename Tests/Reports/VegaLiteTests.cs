using System.Text.Json;
using AnalogAttention.Reports;

namespace AnalogAttention.Tests.Reports;

public class VegaLiteTests
{
    private static JsonElement Spec(Figure figure) => JsonDocument.Parse(VegaLite.Format(figure, ChartTheme.Page)).RootElement;

    private static T Find<T>(string title) where T : Figure => SampleReport.Make().Sections.SelectMany(s => s.Items).OfType<T>().Single(f => f.Title == title);

    [Test]
    public void ResidualPanelSharesTheAbscissaAndItsZoom()
    {
        JsonElement spec = Spec(Find<LineFigure>("Static transfer"));
        JsonElement panels = spec.GetProperty("vconcat"), zoom = spec.GetProperty("params")[0];
        Assert.That(panels.GetArrayLength(), Is.EqualTo(2));
        Assert.That(zoom.GetProperty("bind").GetString(), Is.EqualTo("scales"));
        Assert.That(zoom.GetProperty("views").EnumerateArray().Select(v => v.GetString()), Is.EqualTo(panels.EnumerateArray().Select(p => p.GetProperty("layer")[0].GetProperty("name").GetString())));
        JsonElement points = panels[0].GetProperty("layer").EnumerateArray().First(l => l.GetProperty("mark").GetProperty("type").GetString() == "point").GetProperty("encoding");
        Assert.That(points.GetProperty("y").GetProperty("title").GetString(), Is.EqualTo("I_out [µA]"));
        // Only the lowest panel names the abscissa; 0 to 0.9 V stays in volts.
        Assert.That(points.GetProperty("x").GetProperty("title").ValueKind, Is.EqualTo(JsonValueKind.Null));
        Assert.That(panels[1].GetProperty("layer")[1].GetProperty("encoding").GetProperty("x").GetProperty("title").GetString(), Is.EqualTo("V_in [V]"));
        Assert.That(points.GetProperty("color").GetProperty("scale").GetProperty("domain").GetArrayLength(), Is.EqualTo(5));
        JsonElement band = panels[1].GetProperty("layer")[0];
        Assert.That(band.GetProperty("mark").GetProperty("type").GetString(), Is.EqualTo("area"));
        Assert.That(band.GetProperty("data").GetProperty("values")[0].GetProperty("y2").GetDouble(), Is.EqualTo(15));
    }

    [Test]
    public void LogAxisDropsWhatHasNoLogarithm()
    {
        JsonElement spec = Spec(new LineFigure("f", "c", new Axis("x"), new Axis("y", "A", AxisScale.Log), new Series("s", [0, 1, 2, 3], [1e-9, 0, -1, double.NaN])));
        JsonElement line = spec.GetProperty("layer")[0];
        Assert.That(line.GetProperty("encoding").GetProperty("y").GetProperty("scale").GetProperty("type").GetString(), Is.EqualTo("log"));
        JsonElement[] rows = [.. line.GetProperty("data").GetProperty("values").EnumerateArray()];
        Assert.That(rows[0].GetProperty("y").GetDouble(), Is.EqualTo(1e-9));
        Assert.That(rows.Skip(1).Select(r => r.GetProperty("y").ValueKind), Has.All.EqualTo(JsonValueKind.Null));
    }

    [Test]
    public void HeatMapsMeetHalfWayAndDivergeAroundZero()
    {
        double[,] values = { { 1e-9, -3e-9 }, { 2e-9, 0 } };
        JsonElement spec = Spec(new HeatMapFigure("f", "c", new Axis("x"), [0, 1], new Axis("y"), [0, 10], new HeatMap("residual", "A", values, ColourScale.Diverging)));
        JsonElement[] cells = [.. spec.GetProperty("data").GetProperty("values").EnumerateArray()];
        Assert.That(cells, Has.Length.EqualTo(4));
        Assert.That(new[] { "x", "x2", "y", "y2", "v" }.Select(k => cells[1].GetProperty(k).GetDouble()), Is.EqualTo(new[] { 0.5, 1.5, -5, 5, -3 }));
        Assert.That(spec.GetProperty("encoding").GetProperty("color").GetProperty("scale").GetProperty("domain").EnumerateArray().Select(d => d.GetDouble()), Is.EqualTo(new double[] { -3, 3 }));
    }

    [Test]
    public void BarsAreGroupedInTheGivenOrder()
    {
        JsonElement spec = Spec(Find<BarFigure>("Attention error by layer"));
        JsonElement encoding = spec.GetProperty("layer")[0].GetProperty("encoding");
        Assert.That(encoding.GetProperty("y").GetProperty("sort").ValueKind, Is.EqualTo(JsonValueKind.Null));
        Assert.That(encoding.GetProperty("yOffset").GetProperty("field").GetString(), Is.EqualTo("s"));
        Assert.That(spec.GetProperty("data").GetProperty("values")[4].GetProperty("t").GetString(), Is.EqualTo("0.031"));
    }

    [Test]
    public void StandaloneFigureCarriesPlainColours() =>
        Assert.That(VegaLite.Format(Find<LineFigure>("Static transfer"), ChartTheme.Light), Does.Not.Contain("var(").And.Not.Contain("color-mix"));

    [Test]
    public void DecimationKeepsEveryColumnsExtremes([Values(2001, 20_000, 333_333)] int n)
    {
        Random random = new(n);
        double[] x = [.. Enumerable.Range(0, n).Select(i => i * 1e-12)], y = [.. x.Select(_ => random.NextDouble())];
        y[n / 3] = 50;
        y[n / 3 + 1] = -50;
        y[n / 2] = double.NaN;
        IReadOnlyList<int> kept = Decimation.MinMax(x, y);
        Assert.That(kept, Has.Count.LessThanOrEqualTo(Decimation.MostPoints).And.Count.GreaterThan(1000));
        Assert.That(kept, Is.Ordered.And.Unique);
        Assert.That(new[] { 0, n / 3, n / 3 + 1, n / 2, n - 1 }, Is.SubsetOf(kept));
    }

    [Test]
    public void ShortCurvesAndLoopsAreKeptInOrder()
    {
        double[] x = [.. Enumerable.Range(0, 5000).Select(i => Math.Cos(i * 0.01))], y = [.. Enumerable.Range(0, 5000).Select(i => Math.Sin(i * 0.01))];
        Assert.That(Decimation.MinMax(x[..2000], y[..2000]), Has.Count.EqualTo(2000));
        Assert.That(Decimation.MinMax(x, y), Is.Ordered.And.Count.GreaterThan(1000));
    }

    [Test]
    public void CsvHoldsTheDataWholeInBaseUnits()
    {
        LineFigure read = Find<LineFigure>("One read");
        string[] lines = FigureCsv.Format(read).TrimEnd().Split('\n');
        Assert.That(lines[0], Is.EqualTo("time [s],v(rwl) [V],v(store) [V],i(bl) [A]"));
        Assert.That(lines, Has.Length.EqualTo(1 + 20_000));
        Assert.That(lines[1], Is.EqualTo("0,0.45,0.7,0"));
        string[] family = FigureCsv.Format(Find<LineFigure>("Static transfer")).TrimEnd().Split('\n');
        Assert.That(family[0], Is.EqualTo("panel,curve,from,V_in [V],value,lower,upper,unit"));
        Assert.That(family[^1], Is.EqualTo("residual,\"limit, ±15 nA\",,0.9,,-1.5E-08,1.5E-08,A"));
        Assert.That(FigureCsv.Format(Find<HeatMapFigure>("Residual alone")), Does.StartWith("V_in [V],V_store [V],residual [A]\n0,0,"));
    }
}
