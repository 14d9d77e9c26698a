using System.ComponentModel;
using System.Diagnostics;
using AnalogAttention.Simulation.Files;

namespace AnalogAttention.Simulation.Ngspice;

/// <summary>The ngspice program in batch mode, a process per analysis: <c>ngspice -n -b -r out.raw deck.cir</c>.</summary>
internal sealed class NgspiceProgram : INgspice
{
    private readonly string _path;

    /// <exception cref="EngineAbsentException">The program does not start.</exception>
    public NgspiceProgram(string path)
    {
        _path = path;
        try
        {
            var words = Execute(Path.GetTempPath(), CancellationToken.None, "--version").SelectMany(line => line.Split(' '));
            Version = words.FirstOrDefault(word => word.StartsWith("ngspice-", StringComparison.Ordinal))?["ngspice-".Length..] ?? "";
        }
        catch (Win32Exception e)
        {
            throw new EngineAbsentException($"the program {path} does not start: {e.Message}");
        }
    }

    public string Version { get; }

    public string Location => $"program {_path}";

    public NgspiceOutput Run(string deck, Action<double> progress, CancellationToken cancellation)
    {
        var folder = Directory.CreateTempSubdirectory("analog-attention-").FullName;
        try
        {
            var end = deck.LastIndexOf(".end", StringComparison.Ordinal);
            File.WriteAllText(Path.Combine(folder, "deck.cir"), deck.Insert(end, ".options acct noinit\n")); // counts of iterations, no listing of nodes
            var printed = Execute(folder, cancellation, "-n", "-b", "-r", "out.raw", "deck.cir");
            return new NgspiceOutput(Plots(Path.Combine(folder, "out.raw")), printed);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static IReadOnlyList<WaveformSet> Plots(string path)
    {
        if (!File.Exists(path))
            return [];
        using var raw = File.OpenRead(path);
        try
        {
            return RawWaveforms.Read(raw, mayBreakOff: true);
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
        {
            return [];
        }
    }

    private List<string> Execute(string folder, CancellationToken cancellation, params string[] arguments)
    {
        var start = new ProcessStartInfo(_path, arguments) { WorkingDirectory = folder, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment.Remove("SPICE_ASCIIRAWFILE");
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        // kept apart: as they arrive, a line of one stream falls between two of the other
        List<string> complaints = [], answers = [];
        process.ErrorDataReceived += (_, received) => Keep(received.Data, complaints);
        process.OutputDataReceived += (_, received) => Keep(received.Data, answers);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        using (cancellation.Register(() => process.Kill(entireProcessTree: true)))
            process.WaitForExit();
        cancellation.ThrowIfCancellationRequested();
        return [.. complaints, .. answers];

        static void Keep(string? line, List<string> lines)
        {
            if (!string.IsNullOrWhiteSpace(line))
                lines.Add(line.TrimEnd());
        }
    }
}
