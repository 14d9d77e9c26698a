using System.CommandLine;
using AnalogAttention.Calibration;
using AnalogAttention.Calibration.Benches;
using AnalogAttention.Circuits;
using AnalogAttention.Reports;
using AnalogAttention.Simulation.Embedded;
using AnalogAttention.Studies;

namespace AnalogAttention.Cli.Commands;

/// <summary><c>run</c>: the whole chain on embedded defaults.</summary>
internal static class RunCommand
{
    private const int Windows = 20, QuickWindows = 1, SampleTokens = 80, QuickSampleTokens = 24;

    public static Command Create()
    {
        var deck = new Option<string?>("--deck") { Description = "Cell library that replaces gain-cell.lib (same subcircuit and pins, or mapped by its header).", HelpName = "LIB" };
        var output = new Option<string>("--out") { Description = "Folder for report.html, cell.json and fidelity.json.", DefaultValueFactory = _ => "out", HelpName = "DIR" };
        var model = new Option<string?>("--model") { Description = "Model folder: softmax/ and gain-cell/ inside, or one GPT-2 folder for both. Default: the embedded models.", HelpName = "DIR" };
        var text = new Option<string?>("--text") { Description = "UTF-8 text to evaluate on. Default: the sample that ships with the models.", HelpName = "FILE" };
        var quick = new Option<bool>("--quick") { Description = "One window of text and fewer reads: seconds instead of a minute, coarser numbers." };
        var command = new Command("run", "Simulate the cell, calibrate it, run GPT-2 with it, and report fidelity against ideal math.") { deck, output, model, text, quick };
        command.SetAction(async (parsed, cancellation) =>
        {
            int jobs = parsed.GetValue(CommonOptions.Jobs);
            bool isQuick = parsed.GetValue(quick);
            var folder = OutputFolder.Create(parsed.GetValue(output)!);
            var options = new ChainOptions(
                new CalibrationOptions(new CellDeck(parsed.GetValue(deck)), StorePoints: isQuick ? 13 : 25, Jobs: jobs),
                parsed.GetValue(model), parsed.GetValue(text),
                isQuick ? QuickWindows : Windows, isQuick ? QuickSampleTokens : SampleTokens, parsed.GetValue(CommonOptions.Seed), jobs);
            var result = await Terminal.WithProgress(parsed.GetValue(CommonOptions.Quiet), progress =>
                ChainStudy.Run(options, new EmbeddedEngine(), progress, cancellation));

            WholeFile.WriteText(Path.Combine(folder, "cell.json"), result.CellJson);
            WholeFile.WriteText(Path.Combine(folder, "fidelity.json"), result.FidelityJson);
            HtmlReport.Write(ChainReport.Of(result), Path.Combine(folder, "report.html"));
            if (parsed.GetValue(CommonOptions.Json))
            {
                Console.Out.Write(result.FidelityJson);
                return ExitCode.Done;
            }
            Terminal.Print(CalibrationReport.Summary(result.Calibration));
            Terminal.Print(ChainReport.FidelityTable(result.Fidelity.Variants));
            Terminal.Print(ChainReport.AttentionErrorTable(result.Fidelity));
            Terminal.Print(ChainReport.Samples(result));
            Terminal.Print(ChainReport.Times(result));
            Console.Out.WriteLine($"report: {Path.Combine(folder, "report.html")}");
            return ExitCode.Done;
        });
        return command;
    }
}
