using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace AnalogAttention.Tests.Cli;

/// <summary>The commands of Docs/slurm.md on a Slurm of one machine. On request: <c>--filter TestCategory=Slurm</c>.</summary>
[Platform("Linux"), Explicit("starts Slurm"), Category("Slurm")]
public class SlurmTests
{
    private const int Points = 200;
    private const string Script = "Docs/examples/sweep-array.sbatch";

    private SlurmOnOneMachine? _slurm;
    private TemporaryFolder _folder = null!;

    private SlurmOnOneMachine Slurm => _slurm!;

    [OneTimeSetUp]
    public void StartSlurm() => _slurm = new SlurmOnOneMachine();

    [OneTimeTearDown]
    public void StopSlurm() => _slurm?.Dispose();

    [SetUp]
    public void Open()
    {
        _folder = new TemporaryFolder();
        _folder.Write("charging.cir", "charging\n.param tau=1u v=1\nv1 in 0 pulse(0 {v} 0 1n)\nr1 in out 1k\nc1 out 0 {tau/1k}\n.tran 0.02n 5u\n.measure tran last find v(out) at=5u\n.end\n");
        _folder.Write("plan.yaml", "deck: charging.cir\nparameters:\n  tau: { from: 0.5u, to: 2u, points: 20 }\n  v: { from: 1, to: 2, points: 10 }\n");
        Directory.CreateDirectory(_folder.File("Docs"));
        Directory.CreateSymbolicLink(_folder.File("Docs/examples"), Path.Combine(Repository.Root, "Docs", "examples"));
    }

    [TearDown]
    public void Close() => _folder.Dispose();

    private string Shell(string command)
    {
        var (code, output, error) = Slurm.Run(_folder.Path, command);
        Assert.That(code, Is.Zero, $"{command}\n{output}\n{error}");
        return output;
    }

    private int Rows(string file) => File.Exists(_folder.File("out/store/" + file)) ? File.ReadAllText(_folder.File("out/store/" + file)).Count(c => c == '\n') : 0;

    private void Await(string what, Func<bool> holds, int seconds = 60)
    {
        var clock = Stopwatch.StartNew();
        while (!holds())
        {
            Assert.That(clock.Elapsed.TotalSeconds, Is.LessThan(seconds), $"{what}\n{Slurm.Run(_folder.Path, "squeue; tail -n 20 *.log").Output}");
            Thread.Sleep(50);
        }
    }

    private string Told(string job, string field) => Shell($"scontrol show job {job}").Split((char[]?)null).Single(word => word.StartsWith(field + "=", StringComparison.Ordinal))[(field.Length + 1)..];

    private void AllEnd() => Await("all jobs end", () => Shell("squeue -h").Length == 0, seconds: 400);

    private void TheTableIsThatOfAnUndisturbedRunAndNoFinishedPointWasComputedTwice()
    {
        Assert.That(CommandLine.Run(_folder.Path, "sweep", "plan.yaml", "--out", "here", "--quiet").ExitCode, Is.Zero);
        Assert.That(File.ReadAllBytes(_folder.File("out/sweep.csv")), Is.EqualTo(File.ReadAllBytes(_folder.File("here/sweep.csv"))));
        Assert.That(Directory.GetFiles(_folder.File("out/store"), "*.jsonl").SelectMany(File.ReadLines).Select(row => JsonDocument.Parse(row).RootElement.GetProperty("Key").GetString()), Is.Unique.And.Exactly(Points).Items);
    }

    [Test]
    public void AnArrayWithACancelledAndAKilledTaskThatAreRequeuedMergesIntoTheSameTable()
    {
        string document = File.ReadAllText(Path.Combine(Repository.Root, "Docs", "slurm.md")).ReplaceLineEndings("\n");
        string array = Shell(document.Split("```bash\n")[1].Split("```")[0] + "echo $array").Trim().Split('\n')[^1];
        Await("two tasks are at work", () => Rows("points-1-of-4.jsonl") >= 3 && Rows("points-2-of-4.jsonl") >= 3);

        Shell($"scancel --signal=KILL {array}_1");
        Await("the first is gone", () => Told($"{array}_1", "JobState") == "CANCELLED");
        int cancelledAt = Rows("points-1-of-4.jsonl");
        string second = Told($"{array}_2", "JobId");
        Shell($"kill -9 $(scontrol listpids {second} n1 | awk 'NR > 1 {{ print $1 }}')");
        Await("the second is gone", () => Told($"{array}_2", "JobState") is "FAILED" or "CANCELLED" or "NODE_FAIL");
        int killedAt = Rows("points-2-of-4.jsonl");
        Assert.That((cancelledAt, killedAt), Is.EqualTo((Math.Min(cancelledAt, Points / 4 - 1), Math.Min(killedAt, Points / 4 - 1))), "both were in the middle");
        Shell($"scontrol requeue {array}_1 && scontrol requeue {array}_2");
        Assert.That(File.Exists(_folder.File("out/sweep.csv")), Is.False);

        AllEnd();
        Assert.That(Told($"{array}_1", "Restarts") + Told($"{array}_2", "Restarts"), Is.EqualTo("11"));
        Assert.That(Enumerable.Range(1, 4).Select(i => Rows(string.Create(CultureInfo.InvariantCulture, $"points-{i}-of-4.jsonl"))), Has.All.EqualTo(Points / 4));
        TheTableIsThatOfAnUndisturbedRunAndNoFinishedPointWasComputedTwice();
    }

    [Test]
    public void AJobThatIsToldOfItsTimeLimitTakesAnotherTurn()
    {
        string job = Shell($"sbatch --parsable {Script} plan.yaml out").Trim();
        Await("it is at work", () => Rows("points.jsonl") >= 3);
        Shell($"scancel --batch --signal=USR1 {job}");        // what --signal=B:USR1 sends
        Await("it is queued again", () => Told(job, "Restarts") == "1");
        Assert.That(Rows("points.jsonl"), Is.InRange(3, Points - 1));
        AllEnd();
        Assert.That(Told(job, "ExitCode"), Is.EqualTo("0:0"));
        TheTableIsThatOfAnUndisturbedRunAndNoFinishedPointWasComputedTwice();
    }

    [Test]
    public void AJobThatIsCancelledKeepsItsPointsAndStaysCancelled()
    {
        string job = Shell($"sbatch --parsable {Script} plan.yaml out").Trim();
        Await("it is at work", () => Rows("points.jsonl") >= 3);
        Shell($"scancel {job}");
        AllEnd();
        Assert.That((Told(job, "JobState"), Told(job, "Restarts"), Told(job, "ExitCode")), Is.EqualTo(("CANCELLED", "0", "130:0")));
        Assert.That(File.ReadAllLines(_folder.File("out/sweep.csv")), Has.Length.EqualTo(1 + Rows("points.jsonl")));
        Assert.That(File.ReadAllText(_folder.File($"sweep-{job}.log")), Does.Contain("out/store keeps what was finished"));
    }

    [Test]
    public void ANodeThatFailsHasItsTaskDoneAgainElsewhere()
    {
        string job = Shell($"sbatch --parsable --array=2-2 {Script} plan.yaml out").Trim();
        Await("it is at work", () => Rows("points-2-of-2.jsonl") >= 3);
        Shell("scontrol update nodename=n1 state=down reason=test");
        Await("it is queued again", () => Told($"{job}_2", "Restarts") == "1");
        int keptAt = Rows("points-2-of-2.jsonl");
        // it may have come back by itself, or not be down yet
        Shell("for k in $(seq 30); do scontrol update nodename=n1 state=resume 2>/dev/null && break; scontrol show node n1 | grep -qE 'State=(IDLE|MIXED|ALLOCATED)( |$)' && break; sleep 1; done");
        AllEnd();
        Assert.That((Told($"{job}_2", "JobState"), Rows("points-2-of-2.jsonl")), Is.EqualTo(("COMPLETED", Points / 2)));
        Assert.That(keptAt, Is.LessThan(Points / 2));
        Shell($"bash {Script} plan.yaml out");
        TheTableIsThatOfAnUndisturbedRunAndNoFinishedPointWasComputedTwice();
    }
}
