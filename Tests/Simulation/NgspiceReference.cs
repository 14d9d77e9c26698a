using System.Diagnostics;
using System.Globalization;
using AnalogAttention.Simulation;
using AnalogAttention.Simulation.Files;

namespace AnalogAttention.Tests.Simulation;

/// <summary>The installed ngspice program, run apart from the engine that this repository makes of it; tests that need it are skipped where it is absent.</summary>
internal static class NgspiceReference
{
    private static readonly Lazy<string?> _version = new(() =>
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo("ngspice", "--version") { RedirectStandardOutput = true, RedirectStandardError = true });
            var words = process?.StandardOutput.ReadToEnd().Split(' ') ?? [];
            process?.WaitForExit();
            return words.FirstOrDefault(word => word.StartsWith("ngspice-", StringComparison.Ordinal))?["ngspice-".Length..];
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    });

    /// <summary><c>39</c></summary>
    public static string? Version => _version.Value;

    public static void RequireInstalled()
    {
        if (Version is null)
            Assert.Ignore("ngspice is not installed");
    }

    /// <summary>Runs a deck with one analysis.</summary>
    public static WaveformSet Run(string deck) => RunAll(deck)[0];

    /// <summary>Runs a deck; its plots in ngspice's order.</summary>
    public static IReadOnlyList<WaveformSet> RunAll(string deck)
    {
        RequireInstalled();
        var folder = Directory.CreateTempSubdirectory().FullName;
        try
        {
            File.WriteAllText(Path.Combine(folder, "deck.cir"), deck);
            var output = Start(folder, "-b -r out.raw deck.cir");
            Assert.That(File.Exists(Path.Combine(folder, "out.raw")), output);
            using var raw = File.OpenRead(Path.Combine(folder, "out.raw"));
            return RawWaveforms.Read(raw);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>What ngspice itself makes of the <c>.measure</c> of a deck, by name.</summary>
    public static IReadOnlyDictionary<string, double> Measures(string deck)
    {
        RequireInstalled();
        var folder = Directory.CreateTempSubdirectory().FullName;
        try
        {
            File.WriteAllText(Path.Combine(folder, "deck.cir"), deck);
            return System.Text.RegularExpressions.Regex.Matches(Start(folder, "-n -b deck.cir"), @"^(\w+)\s*=\s*([-+]?\d[-+.0-9e]*)", System.Text.RegularExpressions.RegexOptions.Multiline)
                .GroupBy(m => m.Groups[1].Value).ToDictionary(g => g.Key, g => double.Parse(g.Last().Groups[2].Value, CultureInfo.InvariantCulture));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Runs commands without a circuit; returns what they print.</summary>
    public static string Control(string folder, params string[] commands)
    {
        File.WriteAllText(Path.Combine(folder, "control.cir"), $"control\n.control\n{string.Join('\n', commands)}\nquit 0\n.endc\n.end\n");
        return Start(folder, "-b control.cir");
    }

    private static string Start(string folder, string arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("ngspice", arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEndAsync();
        if (!process.WaitForExit(TimeSpan.FromMinutes(1)))
        {
            process.Kill();
            Assert.Fail("ngspice does not come to an end");
        }
        return output.Result + errors.Result;
    }
}
