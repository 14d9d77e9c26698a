using System.CommandLine;
using AnalogAttention.Calibration;
using AnalogAttention.Calibration.Benches;
using AnalogAttention.Circuits;
using AnalogAttention.Reports;
using AnalogAttention.Simulation;

namespace AnalogAttention.Cli.Commands;

/// <summary><c>calibrate</c>: deck -> cell.json and report.html.</summary>
internal static class CalibrateCommand
{
    public static Command Create()
    {
        var deck = new Option<string?>("--deck") { Description = "Cell library that replaces gain-cell.lib (same subcircuit and pins).", HelpName = "LIB" };
        var order = new Option<int>("--order") { Description = "Order of the transfer polynomial.", DefaultValueFactory = _ => 5 };
        order.MustLieWithin(1, 11);
        var output = new Option<string>("--out") { Description = "Folder for cell.json and report.html.", Required = true, HelpName = "DIR" };
        var engine = CommonOptions.Engine();
        var command = new Command("calibrate", "Characterise a gain cell at transistor level and fit its behavioural model.") { deck, order, output, engine };
        command.SetAction(async (parsed, cancellation) =>
        {
            var folder = OutputFolder.Create(parsed.GetValue(output)!);
            var options = new CalibrationOptions(new CellDeck(parsed.GetValue(deck)), parsed.GetValue(order), Jobs: parsed.GetValue(CommonOptions.Jobs));
            var result = await Terminal.WithProgress(parsed.GetValue(CommonOptions.Quiet), progress =>
                Calibrator.Run(options, Engines.Create(parsed.GetValue(engine)!), new StageProgress(progress, "Calibrate the cell"), cancellation));
            WholeFile.WriteText(Path.Combine(folder, "cell.json"), CellFile.Format(result.Cell));
            HtmlReport.Write(CalibrationReport.Of(result), Path.Combine(folder, "report.html"));
            Terminal.Print(CalibrationReport.Summary(result), parsed.GetValue(CommonOptions.Json), () => CellFile.Format(result.Cell));
            return ExitCode.Done;
        });
        return command;
    }
}
