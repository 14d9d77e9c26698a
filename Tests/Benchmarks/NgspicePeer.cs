using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using AnalogAttention.Circuits;
using AnalogAttention.Simulation;
using AnalogAttention.Simulation.Files;
using AnalogAttention.Simulation.Ngspice;

namespace AnalogAttention.Benchmarks;

/// <summary>Bitline charges of one ngspice run, in column order, and what it says about itself.</summary>
/// <param name="Seconds">Of the transient alone.</param>
internal sealed record PeerRun(double[] Coulombs, double Seconds, int Points, int Iterations);

/// <summary>
/// The ngspice program on the exported deck, in batch mode. Its seconds are what it prints under <c>.options acct</c> as transient analysis
/// time: processor time of the user (getrusage), without reading and expanding the deck.
/// </summary>
internal static partial class NgspicePeer
{
    private static readonly string TruthFolder = Path.Combine(Path.GetTempPath(), "analog-attention-benchmarks");

    /// <summary><c>ngspice-39</c>; null where it is not installed.</summary>
    public static string? Version { get; } = FindVersion();

    public static PeerRun Run(Circuit circuit) => Execute(Deck(circuit));

    /// <summary>Slow, and the same for the same deck: kept in the folder of temporary files under the deck's SHA-256.</summary>
    public static PeerRun RunTruth(Circuit circuit, double reltol)
    {
        var deck = Deck(circuit with { Options = circuit.Options.SetItem("reltol", reltol) });
        Directory.CreateDirectory(TruthFolder);
        var path = Path.Combine(TruthFolder, Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(Version + deck))) + ".txt");
        if (File.Exists(path))
        {
            var kept = File.ReadAllLines(path).Select(line => double.Parse(line, CultureInfo.InvariantCulture)).ToArray();
            return new PeerRun(kept[3..], kept[0], (int)kept[1], (int)kept[2]);
        }
        var run = Execute(deck);
        File.WriteAllLines(path, new[] { run.Seconds, run.Points, run.Iterations }.Concat(run.Coulombs).Select(value => value.ToString("r", CultureInfo.InvariantCulture)));
        return run;
    }

    private static string Deck(Circuit circuit)
    {
        var deck = NgspiceExport.Format(circuit with { Measures = [] });
        return deck.Insert(deck.LastIndexOf(".end", StringComparison.Ordinal), ".options acct noinit\n");
    }

    private static PeerRun Execute(string deck)
    {
        var folder = Directory.CreateTempSubdirectory("analog-attention-").FullName;
        try
        {
            File.WriteAllText(Path.Combine(folder, "deck.cir"), deck);
            var printed = Start(folder, "-n", "-b", "-r", "out.raw", "deck.cir");
            using var raw = File.OpenRead(Path.Combine(folder, "out.raw"));
            var waves = RawWaveforms.Read(raw).Single();
            var charges = waves.Columns.Where(c => c.Name.StartsWith("i(vbl", StringComparison.Ordinal))
                .OrderBy(c => int.Parse(c.Name["i(vbl".Length..^1], CultureInfo.InvariantCulture))
                .Select(c => Charge(waves.Abscissa.Values, c.Values));
            return new PeerRun([.. charges], Number(printed, TransientTime()), waves.Count, (int)Number(printed, Iterations()));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string Start(string folder, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("ngspice", arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return output + errors.Result;
    }

    private static double Number(string printed, Regex line) => line.Match(printed) is { Success: true } match
        ? double.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture)
        : throw new InvalidOperationException("ngspice prints no statistics: " + printed[^Math.Min(400, printed.Length)..]);

    private static double Charge(double[] seconds, double[] amperes)
    {
        double sum = 0;
        for (var k = 1; k < seconds.Length; k++)
            sum += 0.5 * (amperes[k] + amperes[k - 1]) * (seconds[k] - seconds[k - 1]);
        return sum;
    }

    private static string? FindVersion()
    {
        try
        {
            return Start(Path.GetTempPath(), "--version").Split(' ').FirstOrDefault(word => word.StartsWith("ngspice-", StringComparison.Ordinal));
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }

    [GeneratedRegex(@"Transient analysis time = (\S+)")]
    private static partial Regex TransientTime();

    [GeneratedRegex(@"Total iterations = (\d+)")]
    private static partial Regex Iterations();
}
