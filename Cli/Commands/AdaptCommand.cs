using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using AnalogAttention.Calibration;
using AnalogAttention.Circuits;
using AnalogAttention.Inference.Attention;
using AnalogAttention.Inference.Evaluation;
using AnalogAttention.Inference.Gpt2;
using AnalogAttention.Reports;
using AnalogAttention.Studies;
using AnalogAttention.Studies.Adaptation;

namespace AnalogAttention.Cli.Commands;

/// <summary><c>adapt</c>: scales for another cell, without training.</summary>
internal static class AdaptCommand
{
    private const string Softmax = "softmax", GainCell = "gain-cell";

    public static Command Create()
    {
        var model = new Option<string?>("--model") { Description = "GPT-2 folder with target moments, or a pair of softmax/ and gain-cell/. Default: the embedded models.", HelpName = "DIR" };
        var cell = new Option<string>("--cell") { Description = "Cell file that the scales are for.", HelpName = "FILE", Required = true };
        var text = new Option<string?>("--text") { Description = "UTF-8 text. Default: the sample that ships with the embedded models.", HelpName = "FILE" };
        var windows = new Option<int>("--windows") { Description = "Context windows whose moments count; losses are those of as many windows after them, twice over.", HelpName = "N", DefaultValueFactory = _ => 4 };
        var shift = new Option<bool>("--shift-storage") { Description = "Keys and values move with the cell's zero-current voltage first." };
        var output = new Option<string>("--out") { Description = "Folder to write; it must not exist, or be empty.", HelpName = "DIR", Required = true };
        windows.MustLieWithin(1);
        var command = new Command("adapt", "Adapt a model's scales to a cell without training: per head the moments of q, k, v and output come to their targets.") { model, cell, text, windows, shift, output };
        command.SetAction(async (parsed, cancellation) =>
        {
            CellModel target = CellFile.Read(parsed.GetValue(cell)!);
            string folder = parsed.GetValue(model) ?? ModelPair.EmbeddedFolder, to = parsed.GetValue(output)!;
            if (Directory.Exists(to) && Directory.EnumerateFileSystemEntries(to).Any())
                throw new UsageException($"--out {to} holds something already");
            var pair = parsed.GetValue(model) is { } given ? ModelPair.Load(given) : ModelPair.Embedded();
            bool isPair = Directory.Exists(Path.Combine(folder, GainCell));
            string from = isPair ? Path.Combine(folder, GainCell) : folder;
            ScaleAdaptation.RequireTargets(pair.GainCell, from);
            double? moved = null;
            if (parsed.GetValue(shift))
            {
                CellModel made = AdaptedFolder.CellOf(from) ?? throw new BadInputException($"{Path.Combine(from, "config.json")}: does not say which cell the model was made for ('gain_cell'): --shift-storage needs its zero-current voltage");
                moved = (target.ZeroCurrentVolts ?? throw new BadInputException($"{parsed.GetValue(cell)}: the cell's current never changes sign: there is no zero-current voltage"))
                    - (made.ZeroCurrentVolts ?? throw new BadInputException($"{Path.Combine(from, "config.json")}: the current of the model's cell never changes sign"));
            }
            int[] tokens = TextFile.Tokens(parsed.GetValue(text) ?? ModelPair.SampleTextPath, pair.Tokenizer);
            int context = pair.GainCell.Config.Positions, count = parsed.GetValue(windows), jobs = parsed.GetValue(CommonOptions.Jobs);
            if (tokens.Length < (count + 1) * context + 1)
                throw new BadInputException($"{parsed.GetValue(text) ?? ModelPair.SampleTextPath}: {tokens.Length} tokens, {(count + 1) * context + 1} are needed: {count} windows of {context} to adapt on, and one to evaluate");
            ReadOnlyMemory<int>[] adapted = [.. Enumerable.Range(0, count).Select(n => new ReadOnlyMemory<int>(tokens, n * context, context))];
            var held = tokens.AsMemory(count * context, Math.Min(tokens.Length - count * context, 2 * count * context + 1));
            var attention = new GainCellAttention(target);

            var (result, losses) = await Terminal.WithProgress(parsed.GetValue(CommonOptions.Quiet), progress =>
            {
                Gpt2Model start = moved is { } volts ? ScaleAdaptation.ShiftStorage(pair.GainCell, volts) : pair.GainCell;
                var adaptation = ScaleAdaptation.Run(start, attention, adapted, jobs, new StageProgress(progress, "Adapt"), cancellation);
                EvaluationVariant Variant(string name, Gpt2Model gpt2, IAttention with) => new(name, new FastModel(gpt2, with));
                EvaluationVariant[] variants =
                [
                    .. isPair ? [Variant("exact softmax", pair.Softmax, new SoftmaxAttention())] : Array.Empty<EvaluationVariant>(),
                    Variant("on the cell as it is", pair.GainCell, attention),
                    .. moved is null ? [] : new[] { Variant("storage shifted", start, attention) },
                    Variant(moved is null ? "adapted" : "storage shifted, adapted", adaptation.Model, attention),
                ];
                return (adaptation, new Evaluator { Threads = jobs }.Evaluate(held, variants, new StageProgress(progress, "Evaluate"), cancellation));
            });
            Write(folder, isPair, to, result.Model, target);

            Reports.TableColumn Right(string title) => new(title, Alignment: ColumnAlignment.Right);
            Terminal.Print(new ReportTable(FormattableString.Invariant($"{losses[0].Tokens:n0} tokens after those that were adapted on; {result.Errors.Count} iterations, moments within {result.Errors[^1]:g2}{(moved is { } v ? FormattableString.Invariant($", storage shifted by {1e3 * v:f1} mV") : "")}"),
                [new("model"), Right("loss"), Right("perplexity")],
                [.. losses.Select(l => new TableRow([l.Name, l.Loss.ToString("f4", CultureInfo.InvariantCulture), l.Perplexity.ToString("f3", CultureInfo.InvariantCulture)]))]),
                parsed.GetValue(CommonOptions.Json), () => new JsonObject
                {
                    ["iterations"] = result.Errors.Count,
                    ["largestMomentError"] = result.Errors[^1],
                    ["headsKept"] = result.HeadsKept,
                    ["storageShiftVolts"] = moved,
                    ["tokens"] = losses[0].Tokens,
                    ["variants"] = new JsonObject(losses.Select(l => KeyValuePair.Create<string, JsonNode?>(l.Name, new JsonObject { ["loss"] = l.Loss, ["perplexity"] = l.Perplexity }))),
                }.ToJsonString(FidelityFile.Options) + "\n");
            return ExitCode.Done;
        });
        return command;
    }

    /// <summary>Whole or not at all: beside its place first.</summary>
    private static void Write(string from, bool isPair, string to, Gpt2Model model, CellModel cell)
    {
        string parent = Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(to)))!;
        OutputFolder.Create(parent);
        string beside = Path.Combine(parent, $".{Guid.NewGuid():N}.adapt");
        try
        {
            if (isPair)
            {
                Directory.CreateDirectory(Path.Combine(beside, Softmax));
                foreach (string file in Directory.EnumerateFiles(Path.Combine(from, Softmax)))
                    File.Copy(file, Path.Combine(beside, Softmax, Path.GetFileName(file)));
            }
            AdaptedFolder.Write(isPair ? Path.Combine(from, GainCell) : from, isPair ? Path.Combine(beside, GainCell) : beside, model.Weights.Scalers, cell);
            if (Directory.Exists(to))
                Directory.Delete(to);
            Directory.Move(beside, to);
        }
        finally
        {
            if (Directory.Exists(beside))
                Directory.Delete(beside, recursive: true);
        }
    }
}
