using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using AnalogAttention.Circuits;
using AnalogAttention.Simulation;
using AnalogAttention.Studies.Sweeps;
using AnalogAttention.Studies.Sweeps.Report;

namespace AnalogAttention.Cli.Commands;

/// <summary><c>sweep</c>: every point of a plan, kept as it finishes.</summary>
internal static class SweepCommand
{
    private const string Store = "store", Table = "sweep.csv", Curves = "curves.npz", Cells = "cells", Page = "report.html";
    private const int Rehearsals = 3;
    private const double LongestSeconds = 1e6;

    public static Command Create()
    {
        var plan = new Argument<string>("plan") { Description = "Plan (.yaml, .yml; Docs/sweeps.md), or a deck with .step or .mc.", HelpName = "PLAN.yaml|DECK" };
        var output = new Option<string?>("--out") { Description = "Folder for the store of finished points, sweep.csv and report.html.", HelpName = "DIR" };
        var resume = new Option<bool>("--resume") { Description = "Go on with the points that the store of --out does not hold." };
        var shard = new Option<string?>("--shard") { Description = "Only part I of N of the points, 1 of 4 as 1/4; shards share --out or have one each, and a run without --shard merges them into the table.", HelpName = "I/N" };
        var timeout = new Option<double?>("--point-timeout") { Description = "Give a point up after so long; it is a row that says so, and --resume computes it again.", HelpName = "SECONDS" };
        timeout.MustLieBetween(0, LongestSeconds);
        var dry = new Option<bool>("--dry-run") { Description = "Say how many points, how long and how much disk; a few points are run, nothing is written." };
        var single = new Option<int?>("--point") { Description = "Run point N of the plan alone and print its parameters and measures; nothing is written.", HelpName = "N" };
        var strict = new Option<bool>("--strict") { Description = "Exit with 1 where a point failed." };
        var command = new Command("sweep", "Run a deck at every point of a plan, or of its own .step and .mc; finished points survive a kill, failed ones are rows with their error.") { plan, output, resume, shard, timeout, dry, single, strict };
        command.SetAction(async (parsed, cancellation) =>
        {
            var sweep = DeckPlanReader.ReadPlanOrDeck(parsed.GetValue(plan)!);
            var (part, parts) = Shard(parsed.GetValue(shard));
            // points already run side by side
            var runner = new SweepRunner(sweep, Engines.Create(sweep.Engine, threads: 1)) { PointTimeout = parsed.GetValue(timeout) is { } seconds ? TimeSpan.FromSeconds(seconds) : null };
            foreach (var specification in sweep.Specifications)
                specification.Check(runner.Measures);
            if (parsed.GetValue(single) is { } number)
            {
                if (new Option[] { output, resume, shard, dry, strict }.FirstOrDefault(o => parsed.GetResult(o) is { Implicit: false }) is { } other)
                    throw new UsageException($"--point runs one point and writes nothing; {other.Name} does not go with it");
                return SweepPointOutput.Print(sweep, runner, number, parsed.GetValue(CommonOptions.Json), cancellation);
            }
            int[] indices = [.. Enumerable.Range(0, sweep.Count).Where(i => i % parts == part - 1)];
            int jobs = parsed.GetValue(CommonOptions.Jobs);
            if (parsed.GetValue(dry))
                return Rehearse(sweep, runner, indices, jobs, parsed.GetValue(CommonOptions.Json), cancellation);
            var folder = OutputFolder.Create(parsed.GetValue(output) ?? throw new UsageException("sweep needs --out DIR"));
            var storeFolder = Path.Combine(folder, Store);
            string file = parts == 1 ? "points" : $"points-{part}-of-{parts}";
            if (!parsed.GetValue(resume) && SweepStore.HoldsPoints(storeFolder, parts == 1 ? null : file))
                throw new UsageException($"{storeFolder} holds points already; --resume goes on with them");
            using var store = new SweepStore(storeFolder, file);
            foreach (var damaged in store.Damaged)
                Console.Error.WriteLine($"analog-attention: {damaged}: not a point; it is computed again if the plan has it");
            (int Rows, int Failed) Tabulate()
            {
                // shards share a folder: the run that merges them writes the one table
                if (parts > 1)
                    return runner.Finished(store, indices).Aggregate((0, 0), ((int Rows, int Failed) n, (SweepPoint, SweepOutcome Outcome) f) => (n.Rows + 1, n.Failed + (f.Outcome.Error is null ? 0 : 1)));
                var counts = (0, 0);
                WholeFile.Write(Path.Combine(folder, Table), stream =>
                {
                    using var text = new StreamWriter(stream, leaveOpen: true);
                    counts = SweepTable.Write(text, sweep, runner, store);
                });
                if (sweep.Curves.Count > 0)
                    SweepCurves.Write(Path.Combine(folder, Curves), sweep, runner, store);
                if (sweep.AreCells)
                    SweepCells.Write(Path.Combine(folder, Cells), runner, store);
                Reports.HtmlReport.Write(SweepReport.Of(SweepData.From(sweep, runner, store), parsed.GetValue(plan)!), Path.Combine(folder, Page));
                return counts;
            }
            int computed;
            try
            {
                computed = await Terminal.WithProgress(parsed.GetValue(CommonOptions.Quiet), progress => runner.Run(store, indices, jobs, new StageProgress(progress, "Sweep"), cancellation));
            }
            catch (OperationCanceledException)
            {
                Interruption.Undisturbed(Tabulate);
                await Console.Error.WriteLineAsync($"analog-attention: {storeFolder} keeps what was finished; --resume goes on with it");
                throw;
            }
            var (rows, failed) = Tabulate();
            Terminal.Print(new Reports.ReportTable("Sweep", [new("quantity"), new("value")],
                [new(["points of the plan", Count(sweep.Count)]), new(["computed now", Count(computed)]), new([parts == 1 ? "in the table" : "of this shard", Count(rows)]), new(["failed", Count(failed)])]),
                parsed.GetValue(CommonOptions.Json), () => new JsonObject { ["points"] = sweep.Count, ["computed"] = computed, ["rows"] = rows, ["failed"] = failed }.ToJsonString());
            return failed > 0 && parsed.GetValue(strict) ? ExitCode.CheckFailed : ExitCode.Done;
        });
        return command;
    }

    private static int Rehearse(SweepPlan sweep, SweepRunner runner, int[] indices, int jobs, bool json, CancellationToken cancellation)
    {
        int[] some = [.. indices.Where((_, i) => i % Math.Max(1, indices.Length / Rehearsals) == 0).Take(Rehearsals)];
        if (some.Length > 0)
            runner.Outcome(sweep.At(some[0]), cancellation);        // compiled code, warm files
        var clock = Stopwatch.StartNew();
        long bytes = 0;
        foreach (var index in some)
            bytes += System.Text.Json.JsonSerializer.Serialize(runner.Outcome(sweep.At(index), cancellation)).Length + 80;
        double seconds = clock.Elapsed.TotalSeconds / Math.Max(1, some.Length) * indices.Length / Math.Min(jobs, Environment.ProcessorCount);
        double disk = (double)bytes / Math.Max(1, some.Length) * indices.Length * 2;        // the store and the table
        Terminal.Print(new Reports.ReportTable("What the sweep would take", [new("quantity"), new("value")],
            [
                new(["points", Count(indices.Length)]),
                new(["about", new Reports.Quantity(seconds, "s", 2)]),
                new(["disk, about", new Reports.Quantity(disk, "B", 2)]),
            ]), json, () => new JsonObject { ["points"] = indices.Length, ["seconds"] = seconds, ["bytes"] = disk }.ToJsonString());
        return ExitCode.Done;
    }

    private static string Count(int value) => value.ToString("n0", CultureInfo.InvariantCulture);

    private static (int Part, int Parts) Shard(string? text) => text is null ? (1, 1)
        : text.Split('/') is [var i, var n] && int.TryParse(i, NumberStyles.None, CultureInfo.InvariantCulture, out int part) && int.TryParse(n, NumberStyles.None, CultureInfo.InvariantCulture, out int parts) && part >= 1 && part <= parts
            ? (part, parts)
            : throw new UsageException($"--shard {text}: expected I/N, as 1/4");
}
