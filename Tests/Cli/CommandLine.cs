using System.Diagnostics;

namespace AnalogAttention.Tests.Cli;

/// <summary>The built tool, run as a process of its own.</summary>
internal static class CommandLine
{
    public static string Tool { get; } = Path.Combine(AppContext.BaseDirectory, "analog-attention.dll");

    public static (int ExitCode, string Output, string Error) Run(string workingFolder, params string[] arguments) => Run(workingFolder, [], arguments);

    public static (int ExitCode, string Output, string Error) Run(string workingFolder, Dictionary<string, string> environment, params string[] arguments) =>
        Run("analog-attention.dll", workingFolder, environment, arguments);

    /// <summary>The benchmark program.</summary>
    public static (int ExitCode, string Output, string Error) RunBenchmarks(string workingFolder) => Run("AnalogAttention.Benchmarks.dll", workingFolder, [], []);

    /// <summary>The built tool, still running.</summary>
    public static Process Start(string workingFolder, params string[] arguments) => Start("analog-attention.dll", workingFolder, [], arguments);

    private static Process Start(string assembly, string workingFolder, Dictionary<string, string> environment, string[] arguments)
    {
        string[] command = ["dotnet", Path.Combine(AppContext.BaseDirectory, assembly), .. arguments];
        if (IgnoresInterrupts)
            command = ["env", "--default-signal=INT", .. command];
        var start = new ProcessStartInfo(command[0], command[1..]) { WorkingDirectory = workingFolder, RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        start.Environment["NO_COLOR"] = "1";
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        var process = Process.Start(start)!;
        process.StandardInput.Close();
        return process;
    }

    private static (int ExitCode, string Output, string Error) Run(string assembly, string workingFolder, Dictionary<string, string> environment, string[] arguments)
    {
        using var process = Start(assembly, workingFolder, environment, arguments);
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }

    /// <summary>A shell's background jobs ignore SIGINT, and so does what they start.</summary>
    private static bool IgnoresInterrupts { get; } = OperatingSystem.IsLinux() && File.ReadLines("/proc/self/status").FirstOrDefault(l => l.StartsWith("SigIgn:", StringComparison.Ordinal)) is { } mask
        && (Convert.ToUInt64(mask[7..].Trim(), 16) & 2) != 0;

    /// <summary>The message lines on stderr, without progress.</summary>
    public static string[] Complaints(string error) =>
        [.. error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => line.StartsWith("analog-attention:", StringComparison.Ordinal) || line.Contains(": error "))];
}
