using System.Text.Json.Nodes;
using AnalogAttention.Tests.Calibration;
using AnalogAttention.Tests.Cli;

namespace AnalogAttention.Tests.Studies;

/// <summary>The main job, run as a user runs it.</summary>
public class ChainTests
{
    private static readonly string[] Variants = ["softmax", "gainCellIdeal", "gainCell"];

    private static (string Cell, string Fidelity, string Report, string Output) RunChain(string folder, params string[] arguments)
    {
        var (code, output, error) = CommandLine.Run(folder, ["run", "--quick", "--out", "o", .. arguments]);
        Assert.That(code, Is.Zero, error);
        string Read(string name) => File.ReadAllText(Path.Combine(folder, "o", name));
        return (Read("cell.json"), Read("fidelity.json"), Read("report.html"), output);
    }

    private static double Loss(string fidelity, string variant) => (double)JsonNode.Parse(fidelity)!["variants"]![variant]!["loss"]!;

    [Test]
    public void Equal_runs_give_equal_bytes_for_any_number_of_jobs()
    {
        using TemporaryFolder first = new(), second = new();
        var (cell, fidelity, report, output) = RunChain(first.Path, "--jobs", "1");
        var again = RunChain(second.Path, "--jobs", "2");
        Assert.Multiple(() =>
        {
            Assert.That(again.Cell, Is.EqualTo(cell));
            Assert.That(again.Fidelity, Is.EqualTo(fidelity));
            foreach (var variant in Variants)
                Assert.That(Loss(fidelity, variant), Is.InRange(2, 4.5), variant); // a trained model: far below ln 4096 = 8.3
            Assert.That(report, Does.StartWith("<!DOCTYPE html>").And.Contain("Fidelity").And.Contain("Spread from circuit to circuit"));
            Assert.That(output, Does.Contain("exact softmax").And.Contain("fit error"));
        });
    }

    [Test]
    public void A_changed_width_or_threshold_changes_the_cell_and_costs_fidelity()
    {
        using TemporaryFolder nominal = new(), wide = new(), shifted = new();
        var reference = RunChain(nominal.Path);
        CalibratorTests.ChangedLibrary(wide, "wn=80n ln=400n wp=200n", "wn=120n ln=400n wp=300n");
        CalibratorTests.ChangedLibrary(shifted, "vto=0.30089", "vto=0.35089");
        foreach (var folder in new[] { wide, shifted })
        {
            var changed = RunChain(folder.Path, "--deck", "changed.lib");
            Assert.Multiple(() =>
            {
                Assert.That(changed.Cell, Is.Not.EqualTo(reference.Cell));
                Assert.That(Loss(changed.Fidelity, "softmax"), Is.EqualTo(Loss(reference.Fidelity, "softmax")), "softmax has no cell");
                Assert.That(Loss(changed.Fidelity, "gainCell"), Is.GreaterThan(Loss(reference.Fidelity, "gainCell") + 0.01), "the model was tuned for the nominal cell");
            });
        }
    }
}
