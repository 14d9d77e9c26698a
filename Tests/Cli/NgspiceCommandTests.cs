using AnalogAttention.Simulation.Files;
using AnalogAttention.Tests.Simulation;

namespace AnalogAttention.Tests.Cli;

/// <summary><c>simulate --engine ngspice</c>, <c>--export ngspice</c> and what <c>doctor</c> says about it.</summary>
public class NgspiceCommandTests
{
    private static string Deck(string name) => Path.Combine(Repository.Root, "Netlists", name);

    [Test]
    public void Both_engines_write_the_same_columns()
    {
        NgspiceReference.RequireInstalled();
        using var folder = new TemporaryFolder();
        foreach (var engine in new[] { "embedded", "ngspice" })
        {
            var (code, output, error) = CommandLine.Run(folder.Path, "simulate", Deck("gain-cell-pulse.cir"), "--engine", engine, "--out", $"{engine}.csv");
            Assert.That(code, Is.Zero, error);
            Assert.That(output, Does.Contain("bitline_charge = -1.428"));
        }
        Assert.That(File.ReadLines(folder.File("ngspice.csv")).First(), Is.EqualTo(File.ReadLines(folder.File("embedded.csv")).First()));
    }

    [Test]
    public void An_exported_deck_runs_in_a_stock_ngspice_from_anywhere()
    {
        NgspiceReference.RequireInstalled();
        using var folder = new TemporaryFolder();
        var (code, _, error) = CommandLine.Run(folder.Path, "simulate", Deck("gain-cell-write.cir"), "--param", "level=0.5", "--export", "ngspice", "--out", "write.spice");
        Assert.That(code, Is.Zero, error);
        var text = File.ReadAllText(folder.File("write.spice"));
        Assert.That(text, Does.Not.Contain(".include"));
        Assert.That(NgspiceReference.Run(text)["v(xcell.store)"][^1], Is.EqualTo(0.5).Within(0.01));
        Assert.That(CommandLine.Run(folder.Path, "simulate", Deck("gain-cell-write.cir"), "--param", "level=0.5", "--export", "ngspice").Output, Is.EqualTo(text));
    }

    [Test]
    public void Where_ngspice_is_absent_the_exit_code_is_5_and_doctor_says_so()
    {
        using var folder = new TemporaryFolder();
        var nowhere = new Dictionary<string, string> { ["ANALOG_ATTENTION_NGSPICE"] = "/nowhere/ngspice" };
        var (code, output, error) = CommandLine.Run(folder.Path, nowhere, "simulate", Deck("gain-cell-pulse.cir"), "--engine", "ngspice", "--quiet");
        Assert.That((code, output), Is.EqualTo((5, "")));
        Assert.That(CommandLine.Complaints(error), Has.Length.EqualTo(1).And.One.Contains("/nowhere/ngspice"));
        Assert.That(CommandLine.Run(folder.Path, nowhere, "doctor", "--json").Output, Does.Contain("ngspice: absent"));
    }

    [TestCase("library", "libngspice")]
    [TestCase("program", "program ngspice")]
    public void Doctor_names_what_would_be_used(string choice, string expected)
    {
        NgspiceReference.RequireInstalled();
        using var folder = new TemporaryFolder();
        var (code, output, error) = CommandLine.Run(folder.Path, new Dictionary<string, string> { ["ANALOG_ATTENTION_NGSPICE"] = choice }, "doctor", "--json");
        Assert.That(code, Is.Zero, error);
        Assert.That(output, Does.Contain($"ngspice {NgspiceReference.Version}").And.Contain(expected));
    }

    [Test]
    public void A_waveform_file_of_the_embedded_engine_loads_in_ngspice()
    {
        NgspiceReference.RequireInstalled();
        using var folder = new TemporaryFolder();
        var (code, _, error) = CommandLine.Run(folder.Path, "simulate", Deck("gain-cell-write.cir"), "--out", "write.raw");
        Assert.That(code, Is.Zero, error);
        var last = WaveformFiles.Read(folder.File("write.raw"))["v(xcell.store)"][^1];
        var printed = NgspiceReference.Control(folder.Path, $"load {folder.File("write.raw")}", "set numdgt=9", "let n = length(time) - 1", "print v(xcell.store)[n]");
        Assert.That(printed, Does.Contain(last.ToString("e9", System.Globalization.CultureInfo.InvariantCulture)[..11]));
    }
}
