using System.Diagnostics;
using AnalogAttention.Simulation.Files;

namespace AnalogAttention.Tests.Cli;

[Platform(Exclude = "Win")]
public class InterruptionTests
{
    [TestCase(1)]
    [TestCase(2)]
    [TestCase(5)]
    public void Signals_in_quick_succession_keep_the_points_until_then(int signals)
    {
        using var folder = new TemporaryFolder();
        // a long line, in many steps: the first hundredth of the run is reported after some points
        var line = string.Join('\n', Enumerable.Range(0, 2000).Select(k => $"r{k} n{k} n{k + 1} 1\nc{k} n{k + 1} 0 1p"));
        folder.Write("long.cir", $"long\nv1 n0 0 sin(0 1 1meg)\n{line}\n.save v(n1)\n.tran 1n 100u\n.end\n");
        using var process = CommandLine.Start(folder.Path, "simulate", "long.cir", "--out", "long.csv");
        var lines = new List<string>();
        while (process.StandardError.ReadLine() is { } said && said != "Simulate")
            lines.Add(said);
        for (var k = 0; k < signals; k++)
        {
            Process.Start("kill", ["-INT", $"{process.Id}"])!.WaitForExit();
            Thread.Sleep(20);
        }
        var rest = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.That(process.ExitCode, Is.EqualTo(130), string.Join('\n', lines) + rest);
        Assert.That(rest, Does.Contain("points until then are in long.csv").And.Contain("analog-attention: cancelled"));
        Assert.That(WaveformFiles.Read(folder.File("long.csv")).Count, Is.GreaterThan(10));
        Assert.That(Directory.GetFiles(folder.Path), Has.Length.EqualTo(2));
    }

    [TestCase("-INT")]
    [TestCase("-TERM")]
    public void ASweepThatIsAskedToEndKeepsItsPoints(string signal)
    {
        using var folder = new TemporaryFolder();
        folder.Write("r.cir", "r\n.param r=1k\nv1 a 0 sin(0 1 1meg)\nr1 a b {r}\nc1 b 0 1n\n.tran 1n 20u\n.measure tran top max v(b)\n.end\n");
        folder.Write("plan.yaml", "deck: r.cir\nparameters: { r: { from: 1k, to: 2k, points: 5000 } }\n");
        using var process = CommandLine.Start(folder.Path, "sweep", "plan.yaml", "--out", "o", "--jobs", "1");
        while (!process.HasExited && !(File.Exists(folder.File("o/store/points.jsonl")) && new FileInfo(folder.File("o/store/points.jsonl")).Length > 1000))
            Thread.Sleep(5);
        Process.Start("kill", [signal, $"{process.Id}"])!.WaitForExit();
        string said = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.That(process.ExitCode, Is.EqualTo(130), said);
        Assert.That(said, Does.Contain("analog-attention: o/store keeps what was finished; --resume goes on with it").And.EndWith("analog-attention: cancelled\n"));
        int kept = File.ReadAllLines(folder.File("o/store/points.jsonl")).Length;
        Assert.That(kept, Is.InRange(8, 4999));
        Assert.That(File.ReadAllLines(folder.File("o/sweep.csv")), Has.Length.EqualTo(1 + kept));
    }
}
