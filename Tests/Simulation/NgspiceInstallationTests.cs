using System.Diagnostics;
using AnalogAttention.Circuits;
using AnalogAttention.Simulation;
using AnalogAttention.Simulation.Ngspice;

namespace AnalogAttention.Tests.Simulation;

/// <summary>Which ngspice is taken, and what happens where none works or one dies.</summary>
public class NgspiceInstallationTests
{
    private static Circuit Divider => DeckReader.Parse("d\nv1 a 0 2\nr1 a b 1k\nr2 b 0 1k\n.op\n.end\n", "d.cir");

    [Test]
    public void A_library_or_program_that_is_not_there_is_named([Values("/nowhere/libngspice.so", "/nowhere/ngspice")] string path) =>
        Assert.That(() => new NgspiceEngine(path), Throws.TypeOf<EngineAbsentException>().With.Message.Contains(path));

    [Test]
    public void A_library_that_is_another_one_is_refused()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("libngspice.so.0", "no library at all");
        Assert.That(() => new NgspiceEngine(path), Throws.TypeOf<EngineAbsentException>().With.Message.Contains(path));
    }

    [Test, Platform("Linux")]
    public void A_program_that_does_not_do_its_work_is_refused()
    {
        using var folder = new TemporaryFolder();
        var path = Program(folder, "echo '** ngspice-99'");
        Assert.That(() => new NgspiceEngine(path), Throws.TypeOf<EngineAbsentException>().With.Message.Contains("ngspice 99").And.Message.Contains("does not do what is needed"));
    }

    [Test, Platform("Linux")]
    public void What_a_program_writes_to_two_streams_in_turns_is_read_stream_by_stream()
    {
        using var folder = new TemporaryFolder();
        var path = Program(folder, "for k in 1 2 3; do echo complaint $k >&2; sleep 0.02; echo answer $k; sleep 0.02; done");
        Assert.That(new NgspiceProgram(path).Run(".end\n", _ => { }, CancellationToken.None).Printed, Is.EqualTo(new[] { "complaint 1", "complaint 2", "complaint 3", "answer 1", "answer 2", "answer 3" }));
    }

    [Test, Platform("Linux")]
    public void A_host_that_dies_is_replaced()
    {
        NgspiceReference.RequireInstalled();
        var engine = new NgspiceEngine("library");
        engine.Run(Divider);
        var hosts = Children("AnalogAttention.NgspiceHost.dll").ToList();
        Assert.That(hosts, Is.Not.Empty);
        foreach (var host in hosts)
        {
            host.Kill();
            host.WaitForExit();
        }
        Assert.That(engine.Run(Divider).Analyses[0]["v(b)"][0], Is.EqualTo(1).Within(1e-12));
    }

    private static string Program(TemporaryFolder folder, string script)
    {
        var path = folder.Write("ngspice", $"#!/bin/sh\n{script}\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        return path;
    }

    // children of this process alone: its hosts
    private static IEnumerable<Process> Children(string argument) => Process.GetProcesses().Where(p =>
    {
        try
        {
            var parent = File.ReadAllText($"/proc/{p.Id}/stat").Split(')')[^1].Split(' ', StringSplitOptions.RemoveEmptyEntries)[1];
            return parent == Environment.ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture) && File.ReadAllText($"/proc/{p.Id}/cmdline").Contains(argument);
        }
        catch (IOException)
        {
            return false;
        }
    });
}
