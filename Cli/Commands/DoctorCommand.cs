using System.CommandLine;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using AnalogAttention.Reports;
using AnalogAttention.Simulation;
using AnalogAttention.Simulation.Embedded;
using AnalogAttention.Simulation.Ngspice;
using AnalogAttention.Studies;

namespace AnalogAttention.Cli.Commands;

/// <summary><c>doctor</c>: what is installed and what would be used.</summary>
internal static class DoctorCommand
{
    public static Command Create()
    {
        var command = new Command("doctor", "Say what is installed and what would be used.");
        command.SetAction((parsed, _) =>
        {
            var engine = new EmbeddedEngine();
            Terminal.Print(new ReportTable("analog-attention", [new("item"), new("value")],
            [
                new(["version", typeof(Program).Assembly.GetName().Version!.ToString(3)]),
                new(["runtime", $"{RuntimeInformation.FrameworkDescription}, {RuntimeInformation.RuntimeIdentifier}, {Environment.ProcessorCount} cores"]),
                new(["vectors", Vector512.IsHardwareAccelerated ? "512 bit" : Vector256.IsHardwareAccelerated ? "256 bit" : Vector128.IsHardwareAccelerated ? "128 bit" : "scalar"]),
                new(["engine", $"{engine.Name} {engine.Version} (default)"]),
                new(["engine", Ngspice()]),
                new(["charts in reports", ChartLibraries.Embedded is not null ? "embedded" : "not in this build: npm was not there when it was built; reports keep their tables"]),
                new(["embedded models", Directory.Exists(ModelPair.EmbeddedFolder) ? "softmax, gain-cell" : "missing"]),
            ]), parsed.GetValue(CommonOptions.Json));
            return Task.FromResult(ExitCode.Done);
        });
        return command;
    }

    private static string Ngspice()
    {
        try
        {
            var engine = new NgspiceEngine();
            return $"{engine.Name} {engine.Version}, {engine.Location}";
        }
        catch (EngineAbsentException e)
        {
            return $"ngspice: absent ({e.Message})";
        }
    }
}
