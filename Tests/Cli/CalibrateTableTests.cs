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

    /// <summary>Of nineteen storage voltages and four read voltages; currents in uA.</summary>
    [TestCase("no current", 0, 0, "", "i_out at the highest v_in is the same at every v_store")]
    [TestCase("storage without effect", 0, 10, "", "i_out at the highest v_in is the same at every v_store")]
    [TestCase("the current counted the other way", -40, 0, "--extract", "are its sign and unit right?")]
    public void Currents_that_no_cell_makes_are_one_clear_error_and_no_files(string name, double slope, double common, string option, string message)
    {
        using var folder = new TemporaryFolder();
        var lines = from store in Enumerable.Range(0, 19)
                    from input in Enumerable.Range(0, 4)
                    let x = 0.15 * input
                    select string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{0.05 * store:F3},{0.45 + x:F3},{(slope * (0.05 * store - 0.45) + common) * x:F6}");
        File.WriteAllLines(folder.File("table.csv"), ["V_store [V],V_in [V],I_out [uA]", .. lines]);
        var (code, _, error) = CommandLine.Run(folder.Path, ["calibrate", "-q", "--table", "table.csv", "--out", "cell", .. option.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);
        Assert.That(code, Is.EqualTo(3), name);
        Assert.That(error.Trim(), Does.StartWith("analog-attention: table.csv: ").And.Contain(message).And.Not.Contain("\n"), name);
        Assert.That(Directory.Exists(folder.File("cell")) ? Directory.GetFiles(folder.File("cell")) : [], Is.Empty, name);
    }
}
