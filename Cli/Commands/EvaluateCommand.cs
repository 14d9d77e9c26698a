using System.CommandLine;
using AnalogAttention.Calibration;
using AnalogAttention.Calibration.Benches;
using AnalogAttention.Circuits;
using AnalogAttention.Inference.Attention;
using AnalogAttention.Inference.Evaluation;
using AnalogAttention.Simulation;
using AnalogAttention.Studies;
using AnalogAttention.Studies.Budget;

namespace AnalogAttention.Cli.Commands;

/// <summary><c>evaluate</c>: loss, perplexity and fidelity on a text, or the last words of passages.</summary>
internal static class EvaluateCommand
{
    public static Command Create()
    {
        var model = new Option<string?>("--model") { Description = "GPT-2 folder, or a pair of softmax/ and gain-cell/. Default: the embedded models.", HelpName = "DIR" };
        var text = new Option<string?>("--text") { Description = "UTF-8 text. Default: the sample that ships with the embedded models.", HelpName = "FILE" };
        var windows = new Option<int?>("--windows") { Description = "Context windows to read. Default: the whole text.", HelpName = "N" };
        var stride = new Option<int?>("--stride") { Description = "Tokens from one window to the next; only those not predicted before count. Default: the context length.", HelpName = "N" };
        var lastWord = new Option<string?>("--last-word") { Description = "Predict the last word of passages instead: a JSON object with 'text' per line, as LAMBADA.", HelpName = "FILE.jsonl" };
        var heads = new Option<bool>("--heads") { Description = "Every head in place of the losses: spread, saturation, effective bits. Needs --attention gain-cell." };
        var workload = new Option<string?>("--workload") { Description = "Writes how often each level is stored and each pulse sent, in place of the losses. Needs --attention gain-cell.", HelpName = "FILE.json" };
        var budget = new Option<bool>("--budget") { Description = "What each effect of the cell costs, in place of the losses: one after another, each alone, each left out. Needs --attention gain-cell and a cell file of calibrate; --without leaves effects out throughout." };
        var chips = new Option<int>("--chips") { Description = "Chips that --budget draws.", HelpName = "N", DefaultValueFactory = _ => 4 };
        var sensitivities = new Option<bool>("--sensitivities") { Description = "What each number of the cell library does to the loss, deck to cell to loss, in place of the losses. Minutes." };
        var numbers = new Option<string?>("--numbers") { Description = "The numbers that --sensitivities raises. Default: all.", HelpName = "gain_cell.c_store,read_n.vto,..." };
        var deck = new Option<string?>("--deck") { Description = "Cell library of --sensitivities. Default: the product's.", HelpName = "LIB" };
        var output = new Option<string?>("--out") { Description = "Folder for the files of --budget (budget.json, report.html) or --sensitivities (sensitivities.json, report.html).", HelpName = "DIR" };
        var weights = CommonOptions.Weights();
        chips.MustLieWithin(1);
        windows.MustLieWithin(1);
        stride.MustLieWithin(1);
        var command = new Command("evaluate", "Loss, perplexity and agreement of a model on a text.") { model, text, windows, stride, lastWord, heads, workload, budget, chips, sensitivities, numbers, deck, output, weights };
        var attention = AttentionOptions.WithChoice(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            if (parsed.GetValue(lastWord) is not null && (parsed.GetValue(text) ?? (object?)parsed.GetValue(windows) ?? parsed.GetValue(stride)) is not null)
                throw new UsageException("--last-word takes the place of --text, --windows and --stride");
            bool studiesHeads = parsed.GetValue(heads) || parsed.GetValue(workload) is not null;
            if (studiesHeads && !attention.IsGainCell(parsed))
                throw new UsageException("--heads and --workload need --attention gain-cell");
            if (studiesHeads && (parsed.GetValue(lastWord) ?? (object?)parsed.GetValue(stride)) is not null)
                throw new UsageException("--heads and --workload read whole windows: --stride and --last-word do not go with them");
            if (parsed.GetValue(workload) is { } place)
                WholeFile.RequirePlace(place);
            bool budgets = parsed.GetValue(budget);
            if (budgets && (!attention.IsGainCell(parsed) || studiesHeads || parsed.GetValue(lastWord) is not null || parsed.GetValue(stride) is not null))
                throw new UsageException("--budget needs --attention gain-cell, and none of --heads, --workload, --last-word and --stride");
            bool ranks = parsed.GetValue(sensitivities);
            if (ranks && (budgets || studiesHeads || parsed.GetValue(lastWord) is not null || parsed.GetValue(stride) is not null || !attention.IsPlain(parsed)))
                throw new UsageException("--sensitivities calibrates its cells itself: of the other switches it takes --model, --text, --windows, --deck and --out");
            if (!budgets && parsed.GetResult(chips) is { Implicit: false } || !budgets && !ranks && parsed.GetValue(output) is not null || !ranks && (parsed.GetValue(deck) ?? parsed.GetValue(numbers)) is not null)
                throw new UsageException("--chips belongs to --budget, --deck and --numbers to --sensitivities, --out to either");
            var pair = parsed.GetValue(model) is { } folder ? ModelPair.Load(folder, parsed.GetValue(weights)) : ModelPair.Embedded(parsed.GetValue(weights));
            int jobs = parsed.GetValue(CommonOptions.Jobs);
            bool isQuiet = parsed.GetValue(CommonOptions.Quiet), asJson = parsed.GetValue(CommonOptions.Json);
            if (parsed.GetValue(lastWord) is { } passages)
            {
                var examples = LastWordFile.Read(passages, pair.Tokenizer);
                (string Name, ISequenceModel Model)[] variants = attention.IsGainCell(parsed)
                    ? [(FidelityResult.SoftmaxName, new FastModel(pair.Softmax, new SoftmaxAttention())), (FidelityResult.GainCellName, new FastModel(pair.GainCell, attention.GainCell(parsed)))]
                    : [(FidelityResult.SoftmaxName, new FastModel(pair.Softmax, attention.Attention(parsed)))];
                var words = await Terminal.WithProgress(isQuiet, progress => variants.Select(v => LastWord.Evaluate(v.Name, v.Model, examples, jobs, new StageProgress(progress, $"Last words, {v.Name}"), cancellation)).ToList());
                Terminal.Print(ChainReport.LastWordTable(words), asJson, () => FidelityFile.LastWords(words).ToJsonString(FidelityFile.Options) + "\n");
                return ExitCode.Done;
            }
            var path = parsed.GetValue(text) ?? ModelPair.SampleTextPath;
            int[] tokens = TextFile.Tokens(path, pair.Tokenizer);
            int context = pair.GainCell.Config.Positions;
            if (ranks)
            {
                string? folderOut = parsed.GetValue(output) is { } wantedFolder ? OutputFolder.Create(wantedFolder) : null;
                if (parsed.GetValue(windows) is { } only)
                    tokens = tokens[..(int)Math.Min(tokens.Length, (long)only * context + 1)];
                var cells = new CellDeck(parsed.GetValue(deck));
                var ranked = await Terminal.WithProgress(isQuiet, progress => SensitivityStudy.Run(pair, cells, Engines.Create("embedded", threads: 1), tokens, parsed.GetValue(numbers)?.ToLowerInvariant().Split(',', StringSplitOptions.TrimEntries), parsed.GetValue(CommonOptions.Seed), jobs, new StageProgress(progress, "Sensitivities"), cancellation));
                if (folderOut is not null)
                {
                    WholeFile.WriteText(Path.Combine(folderOut, "sensitivities.json"), SensitivityReport.Format(ranked));
                    Reports.HtmlReport.Write(SensitivityReport.Of(ranked, Path.GetFileNameWithoutExtension(parsed.GetValue(deck) ?? CellDeck.LibraryName), pair.Name, tokens.Length - 1), Path.Combine(folderOut, "report.html"));
                }
                Terminal.Print(SensitivityReport.Table(ranked), asJson, () => SensitivityReport.Format(ranked));
                return ExitCode.Done;
            }
            if (budgets)
            {
                var cell = attention.GainCell(parsed);
                string? reports = parsed.GetValue(output) is { } wanted ? OutputFolder.Create(wanted) : null;
                if (parsed.GetValue(windows) is { } read)
                    tokens = tokens[..(int)Math.Min(tokens.Length, (long)read * context + 1)];
                long seed = parsed.GetValue(CommonOptions.Seed);
                var costs = await Terminal.WithProgress(isQuiet, progress => BudgetStudy.Run(pair, cell.Cell, tokens, attention.LeftOut(parsed), parsed.GetValue(chips), seed, jobs, cell.Options.Window, new StageProgress(progress, "Error budget"), cancellation));
                string file = BudgetFile.Format(costs, TextFile.Sha256(CellFile.Format(cell.Cell)), TextFile.Sha256(TextFile.Read(path)), seed);
                if (reports is not null)
                {
                    WholeFile.WriteText(Path.Combine(reports, "budget.json"), file);
                    Reports.HtmlReport.Write(BudgetReport.Of(costs), Path.Combine(reports, "report.html"));
                }
                Terminal.Print(BudgetReport.Table(costs), asJson, () => file);
                return ExitCode.Done;
            }
            if (studiesHeads)
            {
                var cell = attention.GainCell(parsed);
                if (parsed.GetValue(windows) is { } most)
                    tokens = tokens[..(int)Math.Min(tokens.Length, (long)most * context)];
                var study = await Terminal.WithProgress(isQuiet, progress => HeadStudy.Run(pair.GainCell, cell, tokens, jobs, new StageProgress(progress, "Look at every head"), cancellation));
                string counted = study.Workload.Format(cell.Cell, pair.Name, TextFile.Sha256(TextFile.Read(path)), study.Tokens);
                if (parsed.GetValue(workload) is { } file)
                    WholeFile.WriteText(file, counted);
                if (parsed.GetValue(heads))
                    Terminal.Print(HeadReport.Table(study), asJson, () => HeadReport.Json(study).ToJsonString(FidelityFile.Options) + "\n");
                else if (asJson)
                    Console.Out.Write(counted);
                if (parsed.GetValue(workload) is not null && !asJson)
                    foreach (var table in HeadReport.WorkloadTables(study.Workload, cell.Cell))
                        Terminal.Print(table);
                return ExitCode.Done;
            }
            int step = Math.Min(parsed.GetValue(stride) ?? context, context);
            if (parsed.GetValue(windows) is { } count)
                tokens = tokens[..(int)Math.Min(tokens.Length, (count - 1L) * step + context + 1)];
            var gainCell = attention.IsGainCell(parsed) ? attention.GainCell(parsed) : null;
            var results = await Terminal.WithProgress(isQuiet, progress => gainCell is null
                ? new Evaluator { Threads = jobs, Stride = step }.Evaluate(tokens,
                    [new EvaluationVariant(FidelityResult.SoftmaxName, new FastModel(pair.Softmax, attention.Attention(parsed)))], new StageProgress(progress, "Evaluate"), cancellation)
                : FidelityStudy.Run(pair, gainCell, tokens, jobs, step, new StageProgress(progress, "Evaluate"), cancellation).Variants);
            Terminal.Print(ChainReport.FidelityTable(results), asJson, () => FidelityFile.Variants(results).ToJsonString(FidelityFile.Options) + "\n");
            return ExitCode.Done;
        });
        return command;
    }
}
