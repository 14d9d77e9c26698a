using System.Diagnostics;
using System.Globalization;
using System.Text;
using AnalogAttention.Circuits;
using AnalogAttention.Simulation;
using AnalogAttention.Simulation.Files;

namespace AnalogAttention.Tests.Simulation;

/// <summary>The installed ngspice program as a reference for linear circuits; tests that need it are skipped where it is absent.</summary>
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

    /// <summary>Runs the circuit in batch mode and reads its plots, in the order of the analyses.</summary>
    public static IReadOnlyList<WaveformSet> Run(Circuit circuit)
    {
        RequireInstalled();
        var folder = Directory.CreateTempSubdirectory().FullName;
        try
        {
            var plots = new List<WaveformSet>();
            foreach (var analysis in circuit.Analyses)
            {
                File.WriteAllText(Path.Combine(folder, "deck.cir"), Deck(circuit with { Analyses = [analysis] }));
                Start(folder, "-b -r out.raw deck.cir");
                using var raw = File.OpenRead(Path.Combine(folder, "out.raw"));
                plots.Add(RawWaveforms.Read(raw)[0]);
            }
            return plots;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
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
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return output + errors.Result;
    }

    private static string Deck(Circuit circuit)
    {
        var deck = new StringBuilder("reference\n");
        foreach (var element in circuit.Elements)
            deck.AppendLine(Line(element));
        foreach (var (name, value) in circuit.Options)
            deck.AppendLine(name == "method" ? ".options method=gear" : F($".options {name}={value}"));
        foreach (var (node, volts) in circuit.InitialVolts)
            deck.AppendLine(F($".ic v({node})={volts}"));
        foreach (var analysis in circuit.Analyses)
            deck.AppendLine(analysis switch
            {
                DcSweep dc => ".dc " + string.Join(' ', dc.Axes.Select(a => F($"{a.Source} {a.Start} {a.Stop} {a.Step}"))),
                Transient t => F($".tran {t.Step} {t.Stop} {t.Start} {t.MaximumStep}{(t.UseInitialConditions ? " uic" : "")}"),
                _ => ".op",
            });
        return deck.Append(".end\n").ToString();
    }

    private static string Line(Element element) => element switch
    {
        Resistor e => F($"{e.Name} {e.Positive} {e.Negative} {e.Ohms}"),
        Capacitor e => F($"{e.Name} {e.Positive} {e.Negative} {e.Farads}") + (e.InitialVolts is { } ic ? F($" ic={ic}") : ""),
        Inductor e => F($"{e.Name} {e.Positive} {e.Negative} {e.Henries}") + (e.InitialAmperes is { } ic ? F($" ic={ic}") : ""),
        VoltageSource e => $"{e.Name} {e.Positive} {e.Negative} {Source(e.Waveform)}",
        CurrentSource e => $"{e.Name} {e.Positive} {e.Negative} {Source(e.Waveform)}",
        VoltageControlledVoltageSource e => F($"{e.Name} {e.Positive} {e.Negative} {e.ControlPositive} {e.ControlNegative} {e.Gain}"),
        VoltageControlledCurrentSource e => F($"{e.Name} {e.Positive} {e.Negative} {e.ControlPositive} {e.ControlNegative} {e.Siemens}"),
        CurrentControlledCurrentSource e => F($"{e.Name} {e.Positive} {e.Negative} {e.ControlSource} {e.Gain}"),
        CurrentControlledVoltageSource e => F($"{e.Name} {e.Positive} {e.Negative} {e.ControlSource} {e.Ohms}"),
        _ => throw new ArgumentException(element.Name),
    };

    private static string Source(SourceWaveform waveform) => waveform switch
    {
        DcWaveform dc => F($"dc {dc.Value}"),
        PwlWaveform pwl => "pwl(" + string.Join(' ', pwl.Points.Select(p => F($"{p.Seconds} {p.Value}"))) + ")",
        _ => throw new ArgumentException(waveform.ToString()),
    };

    private static string F(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
