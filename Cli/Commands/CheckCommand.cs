using System.CommandLine;
using AnalogAttention.Calibration.Benches;
using AnalogAttention.Calibration.Golden;
using AnalogAttention.Circuits;
using AnalogAttention.Simulation.Embedded;
using Spectre.Console;

namespace AnalogAttention.Cli.Commands;

/// <summary><c>check</c>: today's transfer curves against the golden ones.</summary>
internal static class CheckCommand
{
    public static Command Create()
    {
        var names = new Argument<string[]>("names") { Description = $"Curves to check: {string.Join(", ", CellCurves.Names)}. Default: all.", Arity = ArgumentArity.ZeroOrMore };
        var deck = new Option<string?>("--deck") { Description = "Cell library that replaces gain-cell.lib." };
        var golden = new Option<string>("--golden") { Description = "Folder of the golden curves.", DefaultValueFactory = _ => Path.Combine("Tests", "Golden") };
        var accept = new Option<string?>("--accept") { Description = "Accept today's curves as golden, for this REASON.", HelpName = "REASON" };
        var command = new Command("check", "Compare today's transfer curves with golden ones under per-point bands; exit 1 when one leaves its band.") { names, deck, golden, accept };
        command.SetAction((parsed, cancellation) =>
        {
            string[] wanted = parsed.GetValue(names) is { Length: > 0 } given ? given : [.. CellCurves.Names];
            if (wanted.FirstOrDefault(n => !CellCurves.Names.Contains(n)) is { } unknown)
                throw new UsageException($"there is no curve '{unknown}'; there are {string.Join(", ", CellCurves.Names)}");
            var engine = new EmbeddedEngine();
            var cell = new CellDeck(parsed.GetValue(deck));
            var folder = parsed.GetValue(golden)!;
            var table = new Table().AddColumns("curve", "points", "worst at", "measured", "golden", "band", "of band", "verdict");
            var holds = true;
            foreach (var name in wanted)
            {
                var path = Path.Combine(folder, name + ".txt");
                var curve = CellCurves.Measure(name, cell, engine, parsed.GetValue(CommonOptions.Jobs), cancellation);
                if (parsed.GetValue(accept) is { } reason)
                {
                    Directory.CreateDirectory(folder);
                    WholeFile.WriteText(path, curve.Accepted().Format(reason));
                }
                var comparison = GoldenCurve.Read(path).Compare(curve.X, curve.Y);
                var point = comparison.Golden.Points[comparison.Worst];
                holds &= comparison.Holds;
                table.AddRow(name, $"{curve.X.Length}", $"{point.X:g4}", $"{curve.Y[comparison.Worst]:g6}", $"{point.Y:g6}", $"{point.Tolerance:g2}", $"{comparison.Ratio:p0}", comparison.Holds ? "ok" : "FAILED");
            }
            Terminal.Out.Write(table);
            return Task.FromResult(holds ? ExitCode.Done : ExitCode.CheckFailed);
        });
        return command;
    }
}
