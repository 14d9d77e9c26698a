using System.Diagnostics;
using System.Text.Json;

namespace AnalogAttention.Tests.Cli;

/// <summary>A sweep that cannot go on says why in one line, and loses nothing that was finished.</summary>
[Platform("Linux")]
public class SweepFailureTests
{
    private const string Plan = "deck: charging.cir\nparameters:\n  tau: { from: 0.5u, to: 2u, points: 40 }\n  v: { from: 1, to: 2, points: 10 }\n";
    private const int Points = 400;

    private TemporaryFolder _folder = null!;

    [SetUp]
    public void Open()
    {
        _folder = new TemporaryFolder();
        _folder.Write("charging.cir", "charging\n.param tau=1u v=1\nv1 in 0 pulse(0 {v} 0 1n)\nr1 in out 1k\nc1 out 0 {tau/1k}\n.tran 2n 5u\n.measure tran last find v(out) at=5u\n.end\n");
        _folder.Write("plan.yaml", Plan);
    }

    [TearDown]
    public void Close() => _folder.Dispose();

    private static void Complains(int exitCode, string mentions, (int ExitCode, string Output, string Error) run)
    {
        Assert.That(run.ExitCode, Is.EqualTo(exitCode), run.Error);
        Assert.That(run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries), Has.Length.EqualTo(1).And.One.Contains(mentions));
    }

    private (int ExitCode, string Output, string Error) Sweep(string output, params string[] more) => CommandLine.Run(_folder.Path, ["sweep", "plan.yaml", "--out", output, "--quiet", "--json", .. more]);

    /// <summary>The same, as a command of a shell without root's right to read and write everything.</summary>
    private (int ExitCode, string Output, string Error) Unprivileged(string output, string? before = null)
    {
        bool isRoot = Environment.UserName == "root";
        var shell = new ProcessStartInfo("sh", ["-c", (before is null ? "" : before + " && ") + $"exec {(isRoot ? "setpriv --bounding-set=-dac_override,-dac_read_search" : "")} dotnet '{CommandLine.Tool}' sweep plan.yaml --out {output} --quiet --resume"])
        { WorkingDirectory = _folder.Path, RedirectStandardOutput = true, RedirectStandardError = true };
        return Finish(shell);
    }

    private static (int ExitCode, string Output, string Error) Finish(ProcessStartInfo start)
    {
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }

    private static bool Succeeds(string program, params string[] arguments)
    {
        try
        {
            return Finish(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true }).ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    private static int Computed((int ExitCode, string Output, string Error) run)
    {
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        return JsonDocument.Parse(run.Output).RootElement.GetProperty("computed").GetInt32();
    }

    private void IsWhole(string output)
    {
        Assert.That(Computed(Sweep("undisturbed")), Is.EqualTo(Points));
        Assert.That(File.ReadAllBytes(_folder.File(output + "/sweep.csv")), Is.EqualTo(File.ReadAllBytes(_folder.File("undisturbed/sweep.csv"))));
    }

    [Test]
    public void AFullDiskKeepsWhatFitted()
    {
        string[] apart = Environment.UserName == "root" ? ["-m"] : ["-r", "-m"];
        Directory.CreateDirectory(_folder.File("small"));
        Assume.That(Succeeds("unshare", [.. apart, "mount", "-t", "tmpfs", "none", _folder.File("small")]), "needs the right to mount a small file system");
        // the small file system is gone with the shell that mounted it
        var run = Finish(new ProcessStartInfo("unshare", [.. apart, "sh", "-c", $"mount -t tmpfs -o size=16k none small && dotnet '{CommandLine.Tool}' sweep plan.yaml --out small --quiet; code=$?; cp -r small kept; exit $code"])
        { WorkingDirectory = _folder.Path, RedirectStandardOutput = true, RedirectStandardError = true });
        Complains(5, "small/store/points.jsonl: cannot keep a point: No space left on device", run);
        string[] rows = File.ReadAllLines(_folder.File("kept/store/points.jsonl"));
        Assert.That(rows, Has.Length.InRange(1, Points - 1).And.All.EndsWith("}"));
        Assert.That(File.ReadAllText(_folder.File("kept/store/points.jsonl")), Does.EndWith("\n"), "no part of a row is left");
        Assert.That(File.Exists(_folder.File("kept/sweep.csv")), Is.False);
        Assert.That(Computed(Sweep("kept", "--resume")), Is.EqualTo(Points - rows.Length));
        IsWhole("kept");
    }

    [TestCase("mkdir o && chmod 555 o", "o: cannot write there")]
    [TestCase("mkdir -p o/store && chmod 555 o/store", "o/store/points.jsonl: cannot write the store")]
    [TestCase("mkdir -p o/store && touch o/store/points.jsonl && chmod 444 o/store/points.jsonl", "o/store/points.jsonl: cannot write the store")]
    [TestCase("mkdir -p o/store && touch o/store/other.jsonl && chmod 000 o/store/other.jsonl", "o/store/other.jsonl: cannot read the store")]
    public void APlaceWithoutPermissionIsNamed(string prepare, string complaint)
    {
        Assume.That(Environment.UserName != "root" || Succeeds("setpriv", "--bounding-set=-dac_override,-dac_read_search", "true"), "needs setpriv, to be refused as root");
        Complains(5, complaint, Unprivileged("o", prepare));
        Assert.That(File.Exists(_folder.File("o/sweep.csv")), Is.False);
    }

    [Test]
    public void ADamagedRowIsNamedAndComputedAgain()
    {
        Sweep("o");
        string[] rows = File.ReadAllLines(_folder.File("o/store/points.jsonl"));
        rows[7] = "\0\0\0\0";
        rows[100] = rows[100][..50];
        _folder.Write("o/store/points.jsonl", string.Join('\n', rows) + "\n");
        var run = Sweep("o", "--resume");
        Assert.That(run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries), Has.Length.EqualTo(2).And.Some.Contains("points.jsonl:8: not a point").And.Some.Contains("points.jsonl:101: not a point"));
        Assert.That(Computed(run), Is.EqualTo(2));
        IsWhole("o");
    }

    [TestCase("deck: charging.cir\nparameters:\n  tau: 1u\n  taw: 1u\n", "plan.yaml:4:3: ")]
    [TestCase("deck: charging.cir\npaired:\n- { tau: [1u], Taw: [1u] }\n", "plan.yaml:3:16: ")]
    [TestCase("deck: charging.cir\ncorners:\n  slow: { v: 1 }\n  fast: { taw: 2u }\n", "plan.yaml:4:11: ")]
    public void AParameterThatTheDeckDoesNotHaveIsNamedWithItsPlace(string plan, string place)
    {
        _folder.Write("plan.yaml", plan);
        var run = Sweep("o");
        Complains(3, place, run);
        Assert.That(run.Error, Does.Contain("charging.cir has no parameter 'taw'"));
        Assert.That(Directory.Exists(_folder.File("o")), Is.False);
    }

    [Test]
    public void TwoSweepsDoNotWriteOnePartOfAStoreAndAllPartsShareIt()
    {
        _folder.Write("charging.cir", File.ReadAllText(_folder.File("charging.cir")).Replace(".tran 2n", ".tran 0.02n"));
        using var first = CommandLine.Start(_folder.Path, "sweep", "plan.yaml", "--out", "o", "--shard", "1/2", "--quiet", "--jobs", "1");
        while (!first.HasExited && !File.Exists(_folder.File("o/store/points-1-of-2.jsonl")))
            Thread.Sleep(1);
        Complains(5, "points-1-of-2.jsonl: another sweep is writing this part of the points", Sweep("o", "--shard", "1/2", "--resume"));
        Assert.That(Computed(Sweep("o", "--shard", "200/200", "--resume")), Is.EqualTo(2));
        Assert.That(first.HasExited, Is.False, "the first sweep is long enough for both");
        first.Kill();
        first.WaitForExit();
        _folder.Write("plan.yaml", "deck: charging.cir\nparameters: { tau: [0.5u] }\n");
        Assert.That(Computed(Sweep("o", "--shard", "1/2", "--resume")), Is.EqualTo(1), "a kill frees the part");
        Assert.That(File.Exists(_folder.File("o/sweep.csv")), Is.False, "the table is for the run that merges");
    }

    [Test]
    public void APointThatRunsPastItsTimeIsARowAndIsComputedAgain()
    {
        _folder.Write("charging.cir", File.ReadAllText(_folder.File("charging.cir")).Replace("v=1", "v=1 step=2n").Replace(".tran 2n 5u", ".tran {step} 5u 0 {step}"));
        _folder.Write("plan.yaml", "deck: charging.cir\nparameters: { step: [2n, 0.01p] }\n");       // 2,500 steps and 5e8
        var run = Sweep("o", "--point-timeout", "1.5");
        Assert.That(Computed(run), Is.EqualTo(2));
        Assert.That(JsonDocument.Parse(run.Output).RootElement.GetProperty("failed").GetInt32(), Is.EqualTo(1));
        Assert.That(File.ReadAllLines(_folder.File("o/sweep.csv"))[2], Does.EndWith(",timed out after 1.5 s"));
        Assert.That(Computed(Sweep("o", "--resume", "--point-timeout", "0.5")), Is.EqualTo(1));
        Assert.That(Sweep("o", "--resume", "--point-timeout", "0").ExitCode, Is.EqualTo(2));
    }
}
