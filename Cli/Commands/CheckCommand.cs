using System.CommandLine;
using AnalogAttention.Calibration.Benches;
using AnalogAttention.Calibration.Golden;
using AnalogAttention.Circuits;
using AnalogAttention.Circuits.Language;
using AnalogAttention.Reports;
using AnalogAttention.Simulation;

namespace AnalogAttention.Cli.Commands;

/// <summary><c>check</c>: today's curves of decks against the golden ones.</summary>
internal static class CheckCommand
{
    private const int OwnPoints = 61;

    public static Command Create()
    {
        var names = new Argument<string[]>("names") { Description = "Curves to check. Default: every one in the folder.", Arity = ArgumentArity.ZeroOrMore };
        var deck = new Option<string?>("--deck") { Description = "Cell library that replaces gain-cell.lib.", HelpName = "LIB" };
        var golden = new Option<string>("--golden") { Description = "Folder of the golden curves.", DefaultValueFactory = _ => Path.Combine("Tests", "Golden"), HelpName = "DIR" };
        var accept = new Option<string?>("--accept") { Description = "Accept today's curves as golden, for this REASON.", HelpName = "REASON" };
        var report = new Option<string>("--report") { Description = "Overlay plots, written only on failure.", DefaultValueFactory = _ => "check.html", HelpName = "FILE" };
        var add = new AddOptions();
        var engine = CommonOptions.Engine();
        var command = new Command("check", "Compare today's curves of decks with golden ones under per-point bands; exit 1 when one leaves its band.") { names, deck, golden, accept, report, engine };
        add.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            var folder = parsed.GetValue(golden)!;
            var cell = new CellDeck(parsed.GetValue(deck));
            var solver = Engines.Create(parsed.GetValue(engine)!);
            int jobs = parsed.GetValue(CommonOptions.Jobs);
            string tool = $"analog-attention {typeof(CheckCommand).Assembly.GetName().Version!.ToString(3)}, {solver.Name} {solver.Version}";
            string FileOf(string name) => Path.Combine(folder, name + GoldenCurve.Extension);
            string? reason = parsed.GetValue(accept);
            if (reason is not null && string.IsNullOrWhiteSpace(reason))
                throw new UsageException("--accept: the reason is empty");

            if (add.Name(parsed) is { } added)
            {
                if (parsed.GetValue(names) is { Length: > 0 })
                    throw new UsageException("--add takes one curve; leave out the others");
                if (File.Exists(FileOf(added)) && reason is null)
                    throw new UsageException($"there is a curve '{added}' already; --accept REASON replaces it");
                var (recipe, given) = add.Recipe(parsed, folder);
                double[] x = given ?? recipe.OwnAbscissae(folder, cell, solver, OwnPoints, cancellation);
                var curve = GoldenCurve.Measured(added, recipe, folder, x, cell, solver, jobs, cancellation);
                Directory.CreateDirectory(folder);
                WholeFile.WriteText(FileOf(added), curve.Format(reason ?? "added", tool));
                Terminal.Print(GoldenReport.Table([curve.Compare([.. curve.Points.Select(p => p.Y)])]), parsed.GetValue(CommonOptions.Json));
                return ExitCode.Done;
            }

            if (!Directory.Exists(folder))
                throw new BadInputException($"{folder}: there is no such folder of golden curves");
            string[] there = [.. Directory.EnumerateFiles(folder, "*" + GoldenCurve.Extension).Select(f => Path.GetFileNameWithoutExtension(f)).Order(StringComparer.Ordinal)];
            string[] wanted = parsed.GetValue(names) is { Length: > 0 } some ? some : there;
            if (wanted.FirstOrDefault(n => !there.Contains(n)) is { } unknown)
                throw new UsageException($"there is no curve '{unknown}' in {folder}; there are {string.Join(", ", there)}");
            if (wanted.Length == 0)
                throw new BadInputException($"{folder}: holds no golden curves");
            GoldenCurve[] curves = [.. wanted.Select(name => GoldenCurve.Read(FileOf(name)))];
            var comparisons = await Terminal.WithProgress(parsed.GetValue(CommonOptions.Quiet), progress =>
            {
                var results = new List<GoldenComparison>();
                var stage = new StageProgress(progress, "Check the curves");
                foreach (var curve in curves)
                {
                    var checkedCurve = curve;
                    if (reason is not null)
                        checkedCurve = GoldenCurve.Measured(curve.Name, curve.Recipe, folder, [.. curve.Points.Select(p => p.X)], cell, solver, jobs, cancellation);
                    results.Add(reason is null ? curve.Check(folder, cell, solver, jobs, cancellation) : checkedCurve.Compare([.. checkedCurve.Points.Select(p => p.Y)]));
                    stage.Report(results.Count / (double)curves.Length);
                }
                return results;
            });
            if (reason is not null)
                foreach (var c in comparisons)
                    WholeFile.WriteText(FileOf(c.Golden.Name), c.Golden.Format(reason, tool));
            Terminal.Print(GoldenReport.Table(comparisons), parsed.GetValue(CommonOptions.Json));
            if (comparisons.All(c => c.Holds))
                return ExitCode.Done;
            var path = parsed.GetValue(report)!;
            HtmlReport.Write(GoldenReport.Of(comparisons), path);
            var worst = comparisons.MaxBy(c => c.Ratio)!;
            Console.Error.WriteLine($"analog-attention: {comparisons.Count(c => !c.Holds)} of {comparisons.Count} curves left their bands, {worst.Golden.Name} most; overlays in {path}");
            return ExitCode.CheckFailed;
        });
        return command;
    }

    /// <summary>What a new curve looks at.</summary>
    private sealed class AddOptions
    {
        private readonly Option<string?> _add = new("--add") { Description = "Add a curve of this NAME, measured now.", HelpName = "NAME" };
        private readonly Option<string?> _bench = new("--bench") { Description = "With --add: the deck it comes from; a file, or a bench of the product.", HelpName = "DECK" };
        private readonly Option<string?> _signal = new("--signal") { Description = "With --add: column of the deck's results, as 'i(vbl)' or onoise_spectrum.", HelpName = "NAME" };
        private readonly Option<string?> _measure = new("--measure") { Description = "With --add and --sweep: a .measure of the deck.", HelpName = "NAME" };
        private readonly Option<string?> _sweep = new("--sweep") { Description = "With --add: one run for each value of a parameter, NAME=FROM:TO:STEP or NAME=A,B,C.", HelpName = "NAME=VALUES" };
        private readonly Option<string?> _at = new("--at") { Description = "With --add: abscissae of the run, FROM:TO:STEP or A,B,C; with --sweep the one at which the signal is taken.", HelpName = "VALUES" };
        private readonly Option<string?> _outer = new("--outer") { Description = "With --add: value of the outer axis of a nested .dc, the nearest that was run. Default: the last.", HelpName = "VALUE" };
        private readonly Option<string?> _scale = new("--scale") { Description = "With --add: factor on the values, as -1.", HelpName = "FACTOR" };
        private readonly Option<string[]> _parameters = new("--param") { Description = "With --add: value of a top-level .param of the deck; may be repeated.", HelpName = "NAME=VALUE" };

        private Option[] All => [_add, _bench, _signal, _measure, _sweep, _at, _outer, _scale, _parameters];

        public void AddTo(Command command)
        {
            foreach (var option in All)
                command.Options.Add(option);
        }

        public string? Name(ParseResult parsed)
        {
            var name = parsed.GetValue(_add);
            if (name is null && All.FirstOrDefault(o => parsed.GetResult(o) is { Implicit: false }) is { } stray)
                throw new UsageException($"{stray.Name} needs --add");
            if (name is not null && (name.Length == 0 || name.IndexOfAny(Path.GetInvalidFileNameChars()) >= 0))
                throw new UsageException($"--add '{name}': a curve is a file, and this is no name for one");
            return name;
        }

        /// <summary>The recipe, and its abscissae where they are given.</summary>
        public (GoldenRecipe Recipe, double[]? X) Recipe(ParseResult parsed, string folder)
        {
            var bench = parsed.GetValue(_bench) ?? throw new UsageException("--add needs --bench DECK");
            string? sweep = null;
            double[]? swept = null;
            if (parsed.GetValue(_sweep) is { } text)
            {
                if (text.Split('=', 2) is not [{ Length: > 0 } name, var values])
                    throw new UsageException($"--sweep {text}: expected NAME=FROM:TO:STEP or NAME=A,B,C");
                (sweep, swept) = (name.ToLowerInvariant(), Values("--sweep", values));
            }
            double[]? at = parsed.GetValue(_at) is { } places ? Values("--at", places) : null;
            if (sweep is not null && at is { Length: > 1 })
                throw new UsageException("--at: with --sweep, one abscissa");
            var recipe = new GoldenRecipe(File.Exists(bench) ? Path.GetRelativePath(folder, bench).Replace('\\', '/') : bench, parsed.GetValue(_signal), parsed.GetValue(_measure), sweep)
            {
                At = sweep is null ? null : at?[0],
                Outer = Number(parsed, _outer),
                Scale = Number(parsed, _scale) ?? 1,
                Parameters = [.. (parsed.GetValue(_parameters) ?? []).Select(p => GoldenRecipe.Parameter(p) ?? throw new UsageException($"--param {p}: expected NAME=VALUE"))],
            };
            return recipe.Fault() is { } fault ? throw new UsageException($"{fault} (--signal, --measure, --sweep)") : (recipe, sweep is null ? at : swept);
        }

        private static double? Number(ParseResult parsed, Option<string?> option) => parsed.GetValue(option) is not { } text ? null
            : SpiceNumber.TryParse(text, out var value) ? value : throw new UsageException($"{option.Name} {text}: not a number");

        private static double[] Values(string option, string text)
        {
            double Value(string word) => SpiceNumber.TryParse(word, out var value) ? value : throw new UsageException($"{option} {text}: '{word}' is not a number");
            if (text.Split(':') is [var from, var to, var step])
            {
                double low = Value(from), high = Value(to), by = Value(step);
                if (!(by > 0 && high > low && (high - low) / by <= 10000))
                    throw new UsageException($"{option} {text}: expected FROM below TO and at most 10,000 steps");
                return [.. Enumerable.Range(0, (int)Math.Floor((high - low) / by + 1e-9) + 1).Select(i => low + i * by)];
            }
            double[] values = [.. text.Split(',').Select(Value)];
            return values.Length == 1 || values.Zip(values.Skip(1)).All(p => p.First < p.Second) ? values : throw new UsageException($"{option} {text}: expected rising values");
        }
    }
}
