using System.Text.RegularExpressions;

namespace AnalogAttention.Tests.Cli;

/// <summary>Every command in README.md and Docs/ runs, as it stands there.</summary>
public partial class DocumentedCommandTests
{
    private const string ToolPrefix = "dotnet run --project Cli -c Release -- ";
    private const string BenchmarksCommand = "dotnet run --project Tests/Benchmarks -c Release";

    [GeneratedRegex(@"^```sh\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex ShellBlock();

    public static IEnumerable<TestCaseData> Documents() =>
        Directory.GetFiles(Path.Combine(Repository.Root, "Docs"), "*.md").Append(Path.Combine(Repository.Root, "README.md")).Order(StringComparer.Ordinal)
            .Where(path => Commands(path).Any())
            .Select(path => new TestCaseData(path).SetArgDisplayNames(Path.GetFileName(path)));

    private static IEnumerable<string> Commands(string path) =>
        ShellBlock().Matches(File.ReadAllText(path).ReplaceLineEndings("\n")).SelectMany(block => block.Groups[1].Value.Split('\n'))
            .Select(line => line.Split(" #")[0].Trim()).Where(line => line.Length > 0);

    [TestCaseSource(nameof(Documents))]
    public void Every_command_runs(string document)
    {
        using var folder = new TemporaryFolder();
        foreach (var shared in new[] { "Netlists", "Tests/Golden", "Calibration/Cells", "Inference/Models", "Docs/examples" })
            Link(folder, shared);
        foreach (var command in Commands(document))
        {
            if (command == "dotnet test -c Release")
                continue; // this very run
            if (command != BenchmarksCommand)
                Assert.That(command, Does.StartWith(ToolPrefix), "a command that no test runs");
            var (code, output, error) = command == BenchmarksCommand ? CommandLine.RunBenchmarks(folder.Path) : CommandLine.Run(folder.Path, [.. Split(command[ToolPrefix.Length..])]);
            Assert.That(code, Is.Zero, $"{command}\n{output}\n{error}");
        }
    }

    private static void Link(TemporaryFolder folder, string path)
    {
        var link = folder.File(path);
        Directory.CreateDirectory(Path.GetDirectoryName(link)!);
        Directory.CreateSymbolicLink(link, Path.Combine(Repository.Root, path));
    }

    /// <summary>Words of a shell line; double quotes group.</summary>
    private static IEnumerable<string> Split(string line) =>
        Regex.Matches(line, "\"([^\"]*)\"|[^ ]+").Select(m => m.Groups[1].Success ? m.Groups[1].Value : m.Value);
}
