using AnalogAttention.Calibration;

namespace AnalogAttention.Tests.Cli;

public class CalibrateTableTests
{
    private static readonly string Table = Path.Combine(Repository.Root, "Calibration", "Cells", "example-iv.csv");

    [Test]
    public void A_table_becomes_a_cell_a_report_and_a_library_with_the_same_bytes_for_any_number_of_jobs()
    {
        using var folder = new TemporaryFolder();
        foreach (var (name, jobs) in new[] { ("one", "1"), ("two", "2") })
        {
            var (code, output, error) = CommandLine.Run(folder.Path, "calibrate", "--table", Table, "--extract", "--out", name, "--jobs", jobs);
            Assert.That(code, Is.Zero, error);
            Assert.That(output, Does.Contain("held-out").And.Contain("95 % interval"));
        }
        foreach (var file in new[] { "cell.json", "extracted.lib", "report.html" })
            Assert.That(File.ReadAllBytes(folder.File($"two/{file}")), Is.EqualTo(File.ReadAllBytes(folder.File($"one/{file}"))), file);
        var cell = CellFile.Read(folder.File("one/cell.json"));
        Assert.That((cell.Name, cell.Provenance!.Engine), Is.EqualTo(("example-iv", "none")));
        Assert.That(File.ReadAllText(folder.File("one/report.html")), Does.Contain("Read transistors").And.Contain(".model read_n"));
    }

    [Test]
    public void Without_extraction_there_is_no_library()
    {
        using var folder = new TemporaryFolder();
        var (code, _, error) = CommandLine.Run(folder.Path, "calibrate", "--table", Table, "--order", "3", "--out", "cell");
        Assert.That(code, Is.Zero, error);
        Assert.That(Directory.GetFiles(folder.File("cell")).Select(Path.GetFileName).Order(), Is.EqualTo(new[] { "cell.json", "report.html" }));
        Assert.That(CellFile.Read(folder.File("cell/cell.json")).Transfer.CoefficientsAmperes, Has.Count.EqualTo(4));
    }
}
