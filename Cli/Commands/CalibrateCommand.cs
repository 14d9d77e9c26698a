using System.CommandLine;
using AnalogAttention.Calibration;
using AnalogAttention.Calibration.Benches;
using AnalogAttention.Calibration.Extraction;
using AnalogAttention.Circuits;
using AnalogAttention.Reports;
using AnalogAttention.Simulation;

namespace AnalogAttention.Cli.Commands;

/// <summary><c>calibrate</c>: deck or measured table -> cell.json and report.html; of a table also extracted.lib.</summary>
internal static class CalibrateCommand
{
    public static Command Create()
    {
        var deck = new Option<string?>("--deck") { Description = "Cell library that replaces gain-cell.lib (same subcircuit and pins).", HelpName = "LIB" };
        var order = new Option<int>("--order") { Description = "Order of the transfer polynomial.", DefaultValueFactory = _ => 5 };
        order.MustLieWithin(1, 11);
        var table = new Option<string?>("--table") { Description = "Measured I_out(V_store, V_in) in place of a circuit: csv with the columns V_store [V], V_in [V], I_out [A].", HelpName = "FILE" };
        var extract = new Option<bool>("--extract") { Description = "Extract the read transistors from --table as well: extracted.lib, a cell library." };
        var flicker = new Option<double>("--flicker-low") { Description = "Lowest frequency of flicker noise that counts, hertz: 1 / (time between calibrations of the array).", DefaultValueFactory = _ => 1, HelpName = "HZ" };
        flicker.MustLieBetween(0, 1e6);
        var output = new Option<string>("--out") { Description = "Folder for cell.json, report.html and extracted.lib.", Required = true, HelpName = "DIR" };
        var engine = CommonOptions.Engine();
        var command = new Command("calibrate", "Characterise a gain cell at transistor level and fit its behavioural model.") { deck, table, extract, order, flicker, output, engine };
        command.SetAction(async (parsed, cancellation) =>
        {
            if (parsed.GetValue(table) is { } measured)
            {
                if (parsed.GetValue(deck) is not null || parsed.GetResult(engine) is { Implicit: false })
                    throw new UsageException("--table takes the place of --deck and --engine");
                if (parsed.GetResult(flicker) is { Implicit: false })
                    throw new UsageException("--flicker-low needs a circuit: a table has no noise");
                return await FromTable(measured, parsed.GetValue(order), parsed.GetValue(extract), parsed.GetValue(output)!, parsed, cancellation);
            }
            if (parsed.GetValue(extract))
                throw new UsageException("--extract needs --table");
            var folder = OutputFolder.Create(parsed.GetValue(output)!);
            var options = new CalibrationOptions(new CellDeck(parsed.GetValue(deck)), parsed.GetValue(order), Jobs: parsed.GetValue(CommonOptions.Jobs)) { FlickerLowHertz = parsed.GetValue(flicker) };
            var result = await Terminal.WithProgress(parsed.GetValue(CommonOptions.Quiet), progress =>
                Calibrator.Run(options, Engines.Create(parsed.GetValue(engine)!), new StageProgress(progress, "Calibrate the cell"), cancellation));
            WholeFile.WriteText(Path.Combine(folder, "cell.json"), CellFile.Format(result.Cell));
            HtmlReport.Write(CalibrationReport.Of(result), Path.Combine(folder, "report.html"));
            Terminal.Print(CalibrationReport.Summary(result), parsed.GetValue(CommonOptions.Json), () => CellFile.Format(result.Cell));
            return ExitCode.Done;
        });
        return command;
    }

    private static async Task<int> FromTable(string path, int order, bool extracts, string output, ParseResult parsed, CancellationToken cancellation)
    {
        var folder = OutputFolder.Create(output);
        var table = MeasuredTable.Read(path);
        var cell = TableCalibrator.Run(table, order);
        var extraction = extracts
            ? await Terminal.WithProgress(parsed.GetValue(CommonOptions.Quiet), progress =>
            {
                progress.Report(("Extract the read transistors", 0));
                return DeviceExtraction.Run(table, parsed.GetValue(CommonOptions.Jobs), cancellation: cancellation);
            })
            : null;
        WholeFile.WriteText(Path.Combine(folder, "cell.json"), CellFile.Format(cell));
        if (extraction is not null)
            WholeFile.WriteText(Path.Combine(folder, "extracted.lib"), ExtractedLibrary.Format(table, extraction));
        HtmlReport.Write(TableReport.Of(table, cell, extraction), Path.Combine(folder, "report.html"));
        Terminal.Print(TableReport.Summary(table, cell, extraction), parsed.GetValue(CommonOptions.Json), () => CellFile.Format(cell));
        if (extraction is not null && !parsed.GetValue(CommonOptions.Json))
            Terminal.Print(TableReport.Parameters(extraction));
        return ExitCode.Done;
    }
}
