using AnalogAttention.Calibration;

namespace AnalogAttention.Tests.Cli;

public class CalibrateMappingTests
{
    private static readonly string Library = Path.Combine(Repository.Root, "Netlists", "two-transistor-cell.lib");

    private static string[] Calibrate(params string[] options) => ["calibrate", "--out", "cell", "--quiet", .. options];

    [Test]
    public void Options_hold_over_the_header()
    {
        using var folder = new TemporaryFolder();
        var (code, _, error) = CommandLine.Run(folder.Path, Calibrate("--deck", Library, "--storage", "0.4,0.8,4", "--offset", "0.5"));
        Assert.That(code, Is.Zero, error);
        var cell = CellFile.Read(folder.File("cell/cell.json"));
        Assert.That((cell.Storage, cell.Transfer.OffsetVolts), Is.EqualTo((new StorageModel(0.4, 0.8, 4), 0.5)));
        Assert.That(cell.Validity!.StoreVolts, Is.EqualTo(new[] { 0.4, 0.8 }));
    }

    [TestCase(2, "--pins: expected KEY=VALUE, found 'wbl'", "--deck", "LIB", "--pins", "wbl")]
    [TestCase(2, "--pins: expected a voltage for pin 'out'", "--deck", "LIB", "--pins", "out=up")]
    [TestCase(2, "--storage: ", "--deck", "LIB", "--storage", "0.3")]
    [TestCase(2, "--storage: ", "--storage", "0.3,0.9,1")]
    [TestCase(2, "--offset must be a voltage", "--offset", "NaN")]
    [TestCase(2, "--cell, --pins and --store need --deck", "--cell", "mine")]
    [TestCase(2, "--table takes the place", "--table", "t.csv", "--store", "n")]
    [TestCase(3, "LIB:2:3: there is no subcircuit 'mine' (the library has two_transistor_cell, gain_cell_leakage)", "--deck", "LIB", "--cell", "mine")]
    [TestCase(3, "LIB:2:3: error N313: there is no node 'n' in subcircuit 'two_transistor_cell'", "--deck", "LIB", "--store", "n")]
    [TestCase(3, "LIB:2:3: 'two_transistor_cell' has no pin 'x'", "--deck", "LIB", "--pins", "wbl=x")]
    public void What_is_wrong_is_one_line_and_nothing_is_written(int expected, string complaint, params string[] options)
    {
        using var folder = new TemporaryFolder();
        var (code, output, error) = CommandLine.Run(folder.Path, Calibrate([.. options.Select(o => o.Replace("LIB", Library))]));
        Assert.That((code, output), Is.EqualTo((expected, "")), error);
        Assert.That(CommandLine.Complaints(error), Has.Length.EqualTo(1).And.One.Contains(complaint.Replace("LIB", Library)));
        Assert.That(Directory.GetFiles(folder.Path, "*", SearchOption.AllDirectories), Is.Empty);
    }
}
