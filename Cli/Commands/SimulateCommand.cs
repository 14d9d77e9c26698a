using System.Collections.Immutable;
using System.CommandLine;
using System.Text.Json;
using AnalogAttention.Circuits;
using AnalogAttention.Circuits.Language;
using AnalogAttention.Simulation;
using AnalogAttention.Simulation.Files;
using AnalogAttention.Simulation.Ngspice;

namespace AnalogAttention.Cli.Commands;

/// <summary><c>simulate</c>: the analyses of a deck, or the deck for another simulator.</summary>
internal static class SimulateCommand
{
    public static Command Create()
    {
        var deck = new Argument<string>("deck") { Description = "SPICE deck." };
        var output = new Option<string?>("--out") { Description = "Waveform file: .csv, .raw or .npz; the second goes to NAME-2, and so on; a .noise takes two, its spectrum and its totals. With --export: the deck.", HelpName = "FILE" };
        var includes = new Option<string[]>("-I") { Description = "Folder to search for .include and .lib files.", HelpName = "DIR" };
        var parameters = new Option<string[]>("--param") { Description = "Alter a top-level .param: NAME=VALUE. Given twice for a name, the last one holds.", HelpName = "NAME=VALUE" };
        var engine = CommonOptions.Engine();
        var export = new Option<string?>("--export") { Description = "Write the deck for another simulator instead of running it: ngspice. To --out (any name), else to stdout.", HelpName = "SIMULATOR" };
        export.AcceptOnlyFromAmong("ngspice");
        var command = new Command("simulate", "Run the analyses in a SPICE deck.") { deck, output, includes, parameters, engine, export };
        command.Validators.Add(result =>
        {
            if (result.GetResult(export) is null && OptionRules.Given(result.GetResult(output)) is { } path && !WaveformFiles.Holds(path))
                result.AddError($"--out {path}: expected a name that ends in .csv, .raw or .npz");
        });
        command.SetAction(async (parsed, cancellation) =>
        {
            bool quiet = parsed.GetValue(CommonOptions.Quiet), json = parsed.GetValue(CommonOptions.Json);
            if ((parsed.GetValue(includes) ?? []).FirstOrDefault(folder => !Directory.Exists(folder)) is { } missing)
                throw new UsageException($"-I {missing}: there is no such folder");
            var circuit = DeckReader.Read(parsed.GetValue(deck)!, new DeckReaderOptions
            {
                IncludeDirectories = [.. parsed.GetValue(includes) ?? []],
                Parameters = ImmutableDictionary<string, double>.Empty.SetItems((parsed.GetValue(parameters) ?? []).Select(Assignment)),
            });
            if (circuit.Analyses.IsEmpty)
                throw new BadInputException($"{parsed.GetValue(deck)}: the deck asks for no analysis: expected .op, .dc, .tran, .ac or .noise");
            if (!quiet)
                foreach (var warning in circuit.Warnings)
                    await Console.Error.WriteLineAsync(warning.ToString());

            if (parsed.GetValue(output) is { } place)
                WholeFile.RequirePlace(place);
            if (parsed.GetValue(export) is not null)
            {
                var text = NgspiceExport.Format(circuit);
                if (parsed.GetValue(output) is { } file)
                    WholeFile.WriteText(file, text);
                else
                    await Console.Out.WriteAsync(text);
                return ExitCode.Done;
            }
            SimulationResult result;
            try
            {
                result = await Terminal.WithProgress(quiet, progress =>
                    Engines.Create(parsed.GetValue(engine)!, parsed.GetValue(CommonOptions.Jobs)).Run(circuit, new StageProgress(progress, "Simulate"), cancellation));
            }
            catch (Exception e) when ((e as ConvergenceException)?.Partial is not null || e is SimulationCancelledException)
            {
                var partial = (e as ConvergenceException)?.Partial ?? ((SimulationCancelledException)e).Partial;
                if (parsed.GetValue(output) is { } kept && partial.Analyses.Count > 0)
                    await Console.Error.WriteLineAsync($"analog-attention: the {partial.Analyses[^1].Count} points until then are in {Interruption.Undisturbed(() => WaveformFiles.Write(kept, partial.Analyses, circuit.Title))[^1]}");
                throw;
            }
            if (parsed.GetValue(output) is { } path)
                WaveformFiles.Write(path, result.Analyses, circuit.Title);
            Print(result, json, quiet);
            return ExitCode.Done;
        });
        return command;
    }

    private static KeyValuePair<string, double> Assignment(string text)
    {
        var parts = text.Split('=', 2);
        return parts.Length == 2 && SpiceNumber.TryParse(parts[1], out var value)
            ? new(parts[0].Trim().ToLowerInvariant(), value)
            : throw new UsageException($"--param {text}: expected NAME=VALUE with a SPICE number");
    }

    private static void Print(SimulationResult result, bool json, bool quiet)
    {
        if (json)
        {
            Console.Out.WriteLine(JsonSerializer.Serialize(new
            {
                analyses = result.Analyses.Select(a => new { kind = a.Analysis, points = a.Count, columns = a.Columns.Select(c => c.Name) }),
                measures = result.Measures,
                failedMeasures = result.FailedMeasures,
                statistics = result.Statistics,
            }, new JsonSerializerOptions { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, WriteIndented = true }));
            return;
        }
        foreach (var (name, value) in result.Measures)
            Console.Out.WriteLine($"{name} = {value:g9}");
        foreach (var name in result.FailedMeasures)
            Console.Error.WriteLine($"analog-attention: no value for measure {name}");
        if (quiet)
            return;
        var s = result.Statistics;
        Console.Error.WriteLine($"{s.Points} points, {s.Iterations} iterations, {s.RejectedSteps} rejected steps; setup {s.SetupSeconds:f3} s, operating point {s.OperatingPointSeconds:f3} s, dc {s.DcSeconds:f3} s, transient {s.TransientSeconds:f3} s, ac and noise {s.FrequencySeconds:f3} s");
    }
}
