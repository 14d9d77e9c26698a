using System.CommandLine;
using AnalogAttention.Calibration.Benches;
using AnalogAttention.Calibration.Golden;
using AnalogAttention.Circuits;
using AnalogAttention.Reports;
using AnalogAttention.Simulation.Embedded;

namespace AnalogAttention.Cli.Commands;

/// <summary><c>check</c>: today's transfer curves against the golden ones.</summary>
internal static class CheckCommand
{
    public static Command Create()
    {
        var names = new Argument<string[]>("names") { Description = $"Curves to check: {string.Join(", ", CellCurves.Names)}. Default: all.", Arity = ArgumentArity.ZeroOrMore };
        var deck = new Option<string?>("--deck") { Description = "Cell library that replaces gain-cell.lib.", HelpName = "LIB" };
        var golden = new Option<string>("--golden") { Description = "Folder of the golden curves.", DefaultValueFactory = _ => Path.Combine("Tests", "Golden"), HelpName = "DIR" };
        var accept = new Option<string?>("--accept") { Description = "Accept today's curves as golden, for this REASON.", HelpName = "REASON" };
        var report = new Option<string>("--report") { Description = "Overlay plots, written only on failure.", DefaultValueFactory = _ => "check.html", HelpName = "FILE" };
        var command = new Command("check", "Compare today's transfer curves with golden ones under per-point bands; exit 1 when one leaves its band.") { names, deck, golden, accept, report };
        command.SetAction((parsed, cancellation) =>
        {
            string[] wanted = parsed.GetValue(names) is { Length: > 0 } given ? given : [.. CellCurves.Names];
            if (wanted.FirstOrDefault(n => !CellCurves.Names.Contains(n)) is { } unknown)
                throw new UsageException($"there is no curve '{unknown}'; there are {string.Join(", ", CellCurves.Names)}");
            var engine = new EmbeddedEngine();
            var cell = new CellDeck(parsed.GetValue(deck));
            var folder = parsed.GetValue(golden)!;
            string FileOf(string name) => Path.Combine(folder, name + ".txt");

            CellCurve[] curves = [.. wanted.Select(name => CellCurves.Measure(name, cell, engine, parsed.GetValue(CommonOptions.Jobs), cancellation))];
            if (parsed.GetValue(accept) is { } reason)
            {
                Directory.CreateDirectory(folder);
                foreach (var curve in curves)
                    WholeFile.WriteText(FileOf(curve.Name), curve.Accepted().Format(reason));
            }
            GoldenComparison[] comparisons = [.. curves.Select(curve => GoldenCurve.Read(FileOf(curve.Name)).Compare(curve.X, curve.Y))];
            Terminal.Print(GoldenReport.Table(comparisons), parsed.GetValue(CommonOptions.Json));
            if (comparisons.All(c => c.Holds))
                return Task.FromResult(ExitCode.Done);
            var path = parsed.GetValue(report)!;
            HtmlReport.Write(GoldenReport.Of(comparisons), path);
            Console.Error.WriteLine($"analog-attention: curves left their bands; overlays in {path}");
            return Task.FromResult(ExitCode.CheckFailed);
        });
        return command;
    }
}
