using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace AnalogAttention.Tests.Cli;

/// <summary>A Slurm of one node with two cores, of daemons that live in one folder and end with it: no systemd, no cgroups, a key of its own.</summary>
internal sealed class SlurmOnOneMachine : IDisposable
{
    private static readonly string[] Programs = ["munged", "slurmctld", "slurmd", "sbatch"];

    private readonly TemporaryFolder _folder = new();
    private readonly List<Process> _daemons = [];

    /// <summary>The test is skipped where the programs are missing or do not start.</summary>
    public SlurmOnOneMachine()
    {
        string[] missing = [.. Programs.Where(p => Run("", $"command -v {p}").ExitCode != 0)];
        if (missing.Length > 0)
        {
            _folder.Dispose();
            Assert.Ignore($"needs {string.Join(", ", missing)} (apt-get install slurmctld slurmd slurm-client munge)");
        }
        var (controller, node) = (FreePort(), FreePort());
        string At(string name) => _folder.File(name);
        Directory.CreateDirectory(At("state"));
        Directory.CreateDirectory(At("spool"));
        _folder.Write("slurm.conf", string.Create(CultureInfo.InvariantCulture, $"""
            ClusterName=one
            SlurmctldHost={Environment.MachineName}(127.0.0.1)
            SlurmctldPort={controller}
            AuthType=auth/munge
            AuthInfo=socket={At("munge.socket")},cred_expire=5
            SlurmUser={Environment.UserName}
            SlurmdUser={Environment.UserName}
            StateSaveLocation={At("state")}
            SlurmdSpoolDir={At("spool")}
            SlurmctldPidFile={At("slurmctld.pid")}
            SlurmdPidFile={At("slurmd.pid")}
            ProctrackType=proctrack/linuxproc
            TaskPlugin=task/none
            JobAcctGatherType=jobacct_gather/none
            AccountingStorageType=accounting_storage/none
            SelectType=select/cons_tres
            SelectTypeParameters=CR_Core
            SlurmdParameters=config_overrides
            SchedulerParameters=sched_interval=2,bf_interval=2
            ReturnToService=2
            SlurmdTimeout=10
            KillWait=2
            NodeName=n1 NodeHostname={Environment.MachineName} NodeAddr=127.0.0.1 Port={node} CPUs=2
            PartitionName=all Nodes=ALL Default=YES State=UP

            """));
        var key = new byte[128];
        Random.Shared.NextBytes(key);
        File.WriteAllBytes(At("munge.key"), key);
        Run("", $"chmod 711 {_folder.Path} && chmod 400 {At("munge.key")}");      // munged wants its socket reachable, its key not
        Start("munged", $"munged --foreground --key-file={At("munge.key")} --socket={At("munge.socket")} --pid-file={At("munged.pid")} --seed-file={At("munged.seed")} --log-file={At("munged.log")}");
        Await("munged", () => File.Exists(At("munge.socket")));
        Start("slurmctld", "slurmctld -D");
        Start("slurmd", "slurmd -D -N n1");
        Await("slurmctld", () => Run(_folder.Path, "sinfo -h -o %T").Output.Trim() == "idle");
    }

    /// <summary>A command line of bash that finds this Slurm.</summary>
    public (int ExitCode, string Output, string Error) Run(string workingFolder, string command)
    {
        using var process = Process.Start(Bash(workingFolder, command))!;
        var error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }

    private ProcessStartInfo Bash(string workingFolder, string command)
    {
        var start = new ProcessStartInfo("bash", ["-c", command]) { WorkingDirectory = workingFolder, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["SLURM_CONF"] = _folder.File("slurm.conf");
        start.Environment["ANALOG_ATTENTION"] = CommandLine.Tool;
        return start;
    }

    private void Start(string name, string command) => _daemons.Add(Process.Start(Bash(_folder.Path, $"exec {command} > {name}.out 2>&1"))!);

    private void Await(string name, Func<bool> ready)
    {
        var clock = Stopwatch.StartNew();
        while (!ready())
        {
            if (clock.Elapsed.TotalSeconds > 30)
            {
                string said = string.Join('\n', Directory.GetFiles(_folder.Path, "*.out").SelectMany(File.ReadLines).TakeLast(10));
                Dispose();
                Assert.Ignore($"{name} does not start here:\n{said}");
            }
            Thread.Sleep(200);
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public void Dispose()
    {
        if (_daemons.Count == Programs.Length - 1)
            Run(_folder.Path, "scancel --state=PENDING; scancel --state=RUNNING; for i in $(seq 50); do [ -z \"$(squeue -h)\" ] && break; sleep 0.2; done");
        foreach (var daemon in Enumerable.Reverse(_daemons))
        {
            if (!daemon.HasExited)
                Process.Start("kill", ["-TERM", $"{daemon.Id}"])!.WaitForExit();
            if (!daemon.WaitForExit(15_000))
                daemon.Kill();
            daemon.Dispose();
        }
        _folder.Dispose();
    }
}
