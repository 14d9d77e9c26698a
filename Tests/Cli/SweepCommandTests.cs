using System.Text.Json;

namespace AnalogAttention.Tests.Cli;

[Platform(Exclude = "Win")]
public class SweepCommandTests
{
    private const string Deck = "charging\n.param tau=1u v=1\nv1 in 0 pulse(0 {v} 0 1n)\nr1 in out 1k\nc1 out 0 {tau/1k}\n.tran 2n 5u\n.measure tran last find v(out) at=5u\n.end\n";
    private const string Plan = "deck: charging.cir\nparameters:\n  tau: { from: 0.5u, to: 2u, points: 40 }\n  v: { from: 1, to: 2, points: 20 }\n";

    private static TemporaryFolder Prepared()
    {
        var folder = new TemporaryFolder();
        folder.Write("charging.cir", Deck);
        folder.Write("plan.yaml", Plan);
        return folder;
    }

    private static string[] Keys(string store) => [.. File.ReadAllLines(store).Select(line => JsonDocument.Parse(line).RootElement.GetProperty("Key").GetString()!)];

    [Test]
    public void KilledTwentyTimesTheTableIsTheSameAndNothingIsComputedTwice()
    {
        using var folder = Prepared();
        Assert.That(CommandLine.Run(folder.Path, "sweep", "plan.yaml", "--out", "undisturbed", "--quiet", "--jobs", "2").ExitCode, Is.Zero);
        var random = new Random(1);
        long Length() => File.Exists(folder.File("killed/store/points.jsonl")) ? new FileInfo(folder.File("killed/store/points.jsonl")).Length : 0;
        int kills = 0;
        while (kills < 20)
        {
            // somewhere in the next thirty rows, and somewhere within a row
            long until = Length() + random.Next(30 * 130);
            using var process = CommandLine.Start(folder.Path, "sweep", "plan.yaml", "--out", "killed", "--resume", "--quiet", "--jobs", "2");
            while (!process.HasExited && Length() < until)
                Thread.Sleep(1);
            if (process.HasExited)
                break;
            process.Kill();
            process.WaitForExit();
            kills++;
        }
        Assert.That(kills, Is.EqualTo(20), "the sweep is long enough for all of them");
        Assert.That(CommandLine.Run(folder.Path, "sweep", "plan.yaml", "--out", "killed", "--resume", "--quiet").ExitCode, Is.Zero);
        Assert.That(File.ReadAllBytes(folder.File("killed/sweep.csv")), Is.EqualTo(File.ReadAllBytes(folder.File("undisturbed/sweep.csv"))));
        Assert.That(Keys(folder.File("killed/store/points.jsonl")), Is.Unique.And.Length.EqualTo(800));
    }

    [Test]
    public void ShardsMergeByCopyingTheirStoresTogether()
    {
        using var folder = Prepared();
        Assert.That(CommandLine.Run(folder.Path, "sweep", "plan.yaml", "--out", "whole", "--quiet").ExitCode, Is.Zero);
        Directory.CreateDirectory(folder.File("merged/store"));
        foreach (var part in new[] { "2/3", "1/3", "3/3" })
        {
            Assert.That(CommandLine.Run(folder.Path, "sweep", "plan.yaml", "--out", $"part{part[0]}", "--shard", part, "--quiet").ExitCode, Is.Zero);
            foreach (var file in Directory.GetFiles(folder.File($"part{part[0]}/store")))
                File.Copy(file, folder.File("merged/store/" + Path.GetFileName(file)));
        }
        var (exit, output, _) = CommandLine.Run(folder.Path, "sweep", "plan.yaml", "--out", "merged", "--resume", "--json", "--quiet");
        Assert.That(exit, Is.Zero);
        Assert.That(JsonDocument.Parse(output).RootElement.GetProperty("computed").GetInt32(), Is.Zero);
        Assert.That(File.ReadAllBytes(folder.File("merged/sweep.csv")), Is.EqualTo(File.ReadAllBytes(folder.File("whole/sweep.csv"))));
    }

    [Test]
    public void ShardsShareAFolderFromTheStart()
    {
        using var folder = new TemporaryFolder();
        folder.Write("rc.cir", "divider\n.param r=1k\nv1 a 0 1\nr1 a b {r}\nr2 b 0 1k\n.op\n.measure op out find v(b)\n.end\n".Replace(".op\n.measure op out find v(b)", ".dc v1 0 1 1\n.measure dc out find v(b) at=1"));
        folder.Write("p.yaml", "deck: rc.cir\nparameters:\n  r: [1k, 2k, 3k, 4k]\n");
        foreach (var part in new[] { "1/2", "2/2" })
            Assert.That(CommandLine.Run(folder.Path, "sweep", "p.yaml", "--out", "o", "--shard", part, "--quiet").ExitCode, Is.Zero, part);
        var (again, _, error) = CommandLine.Run(folder.Path, "sweep", "p.yaml", "--out", "o", "--shard", "2/2", "--quiet");
        Assert.That(again, Is.EqualTo(2), "its own points are there");
        Assert.That(error, Does.Contain("--resume goes on with them"));
        Assert.That(CommandLine.Run(folder.Path, "sweep", "p.yaml", "--out", "o", "--quiet").ExitCode, Is.EqualTo(2), "so are all");
    }

    [TestCase(2, "--shard 4/3: expected I/N", "sweep", "plan.yaml", "--out", "o", "--shard", "4/3")]
    [TestCase(2, "sweep needs --out DIR", "sweep", "plan.yaml")]
    [TestCase(2, "--point 800: the plan has points 0 to 799", "sweep", "plan.yaml", "--point", "800")]
    [TestCase(2, "--point -1: the plan has points 0 to 799", "sweep", "plan.yaml", "--point", "-1")]
    [TestCase(2, "--strict does not go with it", "sweep", "plan.yaml", "--point", "1", "--strict")]
    [TestCase(3, "plan2.yaml", "sweep", "plan2.yaml", "--out", "o")]
    public void WhatIsWrongIsOneLine(int expected, string complaint, params string[] arguments)
    {
        using var folder = Prepared();
        var (exit, _, error) = CommandLine.Run(folder.Path, arguments);
        Assert.That(exit, Is.EqualTo(expected));
        Assert.That(CommandLine.Complaints(error), Has.Length.EqualTo(1).And.One.Contains(complaint));
        Assert.That(Directory.Exists(folder.File("o")), Is.False);
    }

    [Test]
    public void FailedPointsAreRowsAndStrictSaysSo()
    {
        using var folder = Prepared();
        folder.Write("charging.cir", Deck.Replace("find v(out) at=5u", "when v(out)=1.5"));
        var (exit, output, _) = CommandLine.Run(folder.Path, "sweep", "plan.yaml", "--out", "o", "--strict", "--quiet", "--json");
        Assert.That(exit, Is.EqualTo(1));
        var result = JsonDocument.Parse(output).RootElement;
        Assert.That(result.GetProperty("rows").GetInt32(), Is.EqualTo(800));
        Assert.That(result.GetProperty("failed").GetInt32(), Is.InRange(1, 799));
        Assert.That(CommandLine.Run(folder.Path, "sweep", "plan.yaml", "--out", "o", "--resume", "--quiet").ExitCode, Is.Zero);
    }

    [Test]
    public void ASpecificationOfAnUnknownMeasureIsNamedWithItsLineBeforeAPointIsRun()
    {
        using var folder = Prepared();
        folder.Write("plan.yaml", Plan + "specification:\n  first: { min: 0 }\n");
        var (exit, _, error) = CommandLine.Run(folder.Path, "sweep", "plan.yaml", "--out", "o", "--quiet");
        Assert.That(exit, Is.EqualTo(3));
        Assert.That(CommandLine.Complaints(error), Has.Length.EqualTo(1).And.One.Contains("plan.yaml:6:3: the sweep has no measure 'first'; there are last"));
        Assert.That(Directory.Exists(folder.File("o")), Is.False);
    }

    /// <summary>The commands of the report, read as a shell reads them, give the rows of the table.</summary>
    [Test]
    public void ThePrintedCommandRunsThePointAgain()
    {
        using var folder = Prepared();
        folder.Write("a plan's.yaml", Plan.Replace("points: 40", "points: 4").Replace("points: 20", "points: 3") + "specification: { last: { max: 1.5 } }\n");
        Assert.That(CommandLine.Run(folder.Path, "sweep", "a plan's.yaml", "--out", "o", "--quiet").ExitCode, Is.Zero);
        string page = System.Net.WebUtility.HtmlDecode(File.ReadAllText(folder.File("o/report.html")));
        string[] table = File.ReadAllLines(folder.File("o/sweep.csv"));
        var commands = System.Text.RegularExpressions.Regex.Matches(page, "<td>analog-attention (sweep .*?)</td>").Select(m => m.Groups[1].Value).ToArray();
        Assert.That(commands, Has.Length.EqualTo(3));
        using var shell = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("sh", ["-c", $"printf '%s\\n' {commands[0]}"]) { RedirectStandardOutput = true })!;
        string[] words = shell.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var (exit, output, _) = CommandLine.Run(folder.Path, [.. words, "--json"]);
        Assert.That(exit, Is.Zero);
        var result = JsonDocument.Parse(output).RootElement;
        string[] row = table[1 + result.GetProperty("point").GetInt32()].Split(',');
        var values = result.GetProperty("values");
        Assert.That(new[] { "tau", "v", "last" }.Select(n => values.GetProperty(n).GetDouble()), Is.EqualTo(row[3..6].Select(c => double.Parse(c, System.Globalization.CultureInfo.InvariantCulture))));
        Assert.That(values.GetProperty("last").GetDouble(), Is.EqualTo(table.Skip(1).Max(r => double.Parse(r.Split(',')[5], System.Globalization.CultureInfo.InvariantCulture))), "the farthest beyond its specification comes first");
    }
}
