using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using AnalogAttention.Calibration;
using AnalogAttention.Calibration.Benches;
using AnalogAttention.Calibration.Export;
using AnalogAttention.Calibration.Extraction;
using AnalogAttention.Calibration.Fits;
using AnalogAttention.Circuits;
using AnalogAttention.Reports;
using AnalogAttention.Simulation;

namespace AnalogAttention.Cli.Commands;

/// <summary><c>calibrate</c>: deck or measured table -> cell.json and report.html; of a table also extracted.lib.</summary>
internal static class CalibrateCommand
{
    public static Command Create()
    {
        var deck = new Option<string?>("--deck") { Description = "Cell library that replaces gain-cell.lib (same subcircuit and pins, or mapped by its header or options).", HelpName = "LIB" };
        var mapping = new CellOptions();
        var order = new Option<int?>("--order")
        {
            Description = "Order of the transfer polynomial, 1 to 11; auto chooses it by cross-validation. [default: auto]",
            HelpName = "auto|N",
            CustomParser = argument => argument.Tokens.Single().Value is "auto" ? null : Order(argument),
        };
        var transfer = new Option<string>("--transfer") { Description = "Transfer of the cell file: polynomial, odd (with a constant) or monotone table, which has no retention.", DefaultValueFactory = _ => "polynomial" };
        transfer.AcceptOnlyFromAmong([.. Enum.GetNames<TransferKind>().Select(k => k.ToLowerInvariant())]);
        var table = new Option<string?>("--table") { Description = "Measured I_out(V_store, V_in) in place of a circuit: csv with the columns V_store [V], V_in [V], I_out [A].", HelpName = "FILE" };
        var extract = new Option<bool>("--extract") { Description = "Extract the read transistors from --table as well: extracted.lib, a cell library." };
        var periphery = new Option<string?>("--periphery") { Description = "Section of periphery.lib for the charge-to-pulse transfer: transistor or ideal. Default: transistor, with ngspice ideal, as it takes minutes for each conversion." };
        periphery.AcceptOnlyFromAmong("transistor", "ideal");
        var flicker = new Option<double>("--flicker-low") { Description = "Lowest frequency of flicker noise that counts, hertz: 1 / (time between calibrations of the array).", DefaultValueFactory = _ => 1, HelpName = "HZ" };
        flicker.MustLieBetween(0, 1e6);
        var export = new Option<string?>("--export") { Description = "pytorch: also writes gain_cell.py, the cell as a module to train models with.", HelpName = "pytorch" };
        export.AcceptOnlyFromAmong("pytorch");
        var output = new Option<string>("--out") { Description = "Folder for cell.json, report.html, extracted.lib and gain_cell.py.", Required = true, HelpName = "DIR" };
        var engine = CommonOptions.Engine();
        var command = new Command("calibrate", "Characterise a gain cell at transistor level and fit its behavioural model.") { deck, table, extract, order, transfer, periphery, flicker, export, output, engine };
        mapping.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            if (parsed.GetValue(table) is { } measured)
            {
                if (parsed.GetValue(deck) is not null || parsed.GetResult(engine) is { Implicit: false } || mapping.AreGiven(parsed))
                    throw new UsageException("--table takes the place of --deck and its options, and of --engine");
                if (parsed.GetResult(transfer) is { Implicit: false })
                    throw new UsageException("--transfer needs a deck: a cell of --table is a polynomial");
                if (parsed.GetResult(periphery) is { Implicit: false })
                    throw new UsageException("--periphery needs a circuit: a table has none");
                if (parsed.GetResult(flicker) is { Implicit: false })
                    throw new UsageException("--flicker-low needs a circuit: a table has no noise");
                return await FromTable(measured, parsed.GetValue(order), parsed.GetValue(extract), parsed.GetValue(export), parsed.GetValue(output)!, parsed, cancellation);
            }
            if (parsed.GetValue(extract))
                throw new UsageException("--extract needs --table");
            var kind = Enum.Parse<TransferKind>(parsed.GetValue(transfer)!, ignoreCase: true);
            if (kind == TransferKind.Table && parsed.GetResult(order) is { Implicit: false })
                throw new UsageException("--order needs a polynomial: a transfer table has none");
            var library = parsed.GetValue(deck);
            var cell = new CellDeck(library, mapping.Mapping(parsed, library));
            var folder = OutputFolder.Create(parsed.GetValue(output)!);
            var options = new CalibrationOptions(cell, parsed.GetValue(order), Jobs: parsed.GetValue(CommonOptions.Jobs))
            {
                Transfer = kind,
                FlickerLowHertz = parsed.GetValue(flicker),
                Periphery = parsed.GetValue(periphery) ?? (parsed.GetValue(engine) == Engines.Default ? "transistor" : "ideal"),
                Peer = Engines.PeerOf(parsed.GetValue(engine)!),
            };
            var result = await Terminal.WithProgress(parsed.GetValue(CommonOptions.Quiet), progress =>
                Calibrator.Run(options, Engines.Create(parsed.GetValue(engine)!), new StageProgress(progress, "Calibrate the cell"), cancellation));
            var report = CalibrationReport.Of(result);
            WriteCell(folder, result.Cell, parsed.GetValue(export));
            HtmlReport.Write(report, Path.Combine(folder, "report.html"));
            Terminal.Print(CalibrationReport.Summary(result), parsed.GetValue(CommonOptions.Json), () => CellFile.Format(result.Cell));
            return ExitCode.Done;
        });
        return command;
    }

    private static int? Order(ArgumentResult argument)
    {
        if (int.TryParse(argument.Tokens.Single().Value, NumberStyles.None, CultureInfo.InvariantCulture, out var order) && order is >= TransferFit.LeastOrder and <= TransferFit.MostOrder)
            return order;
        argument.AddError($"--order must be auto, or lie between {TransferFit.LeastOrder} and {TransferFit.MostOrder}; got '{argument.Tokens.Single().Value}'");
        return null;
    }

    private static void WriteCell(string folder, CellModel cell, string? export)
    {
        WholeFile.WriteText(Path.Combine(folder, "cell.json"), CellFile.Format(cell));
        if (export is not null)
            WholeFile.WriteText(Path.Combine(folder, PyTorchModule.FileName), PyTorchModule.Format(cell));
    }

    private static async Task<int> FromTable(string path, int? order, bool extracts, string? export, string output, ParseResult parsed, CancellationToken cancellation)
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
        WriteCell(folder, cell, export);
        if (extraction is not null)
            WholeFile.WriteText(Path.Combine(folder, "extracted.lib"), ExtractedLibrary.Format(table, extraction));
        HtmlReport.Write(TableReport.Of(table, cell, extraction), Path.Combine(folder, "report.html"));
        Terminal.Print(TableReport.Summary(table, cell, extraction), parsed.GetValue(CommonOptions.Json), () => CellFile.Format(cell));
        if (extraction is not null && !parsed.GetValue(CommonOptions.Json))
            Terminal.Print(TableReport.Parameters(extraction));
        return ExitCode.Done;
    }
}
