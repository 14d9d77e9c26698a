using System.CommandLine;
using AnalogAttention.Inference.Attention;
using AnalogAttention.Inference.Evaluation;
using AnalogAttention.Studies;

namespace AnalogAttention.Cli.Commands;

/// <summary><c>evaluate</c>: loss, perplexity and fidelity on a text.</summary>
internal static class EvaluateCommand
{
    public static Command Create()
    {
        var model = new Option<string?>("--model") { Description = "GPT-2 folder, or a pair of softmax/ and gain-cell/. Default: the embedded models.", HelpName = "DIR" };
        var text = new Option<string?>("--text") { Description = "UTF-8 text. Default: the sample that ships with the embedded models.", HelpName = "FILE" };
        var windows = new Option<int?>("--windows") { Description = "Context windows to read. Default: the whole text.", HelpName = "N" };
        var weights = CommonOptions.Weights();
        windows.MustLieWithin(1);
        var command = new Command("evaluate", "Loss, perplexity and agreement of a model on a text.") { model, text, windows, weights };
        var attention = AttentionOptions.WithChoice(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            var pair = parsed.GetValue(model) is { } folder ? ModelPair.Load(folder, parsed.GetValue(weights)) : ModelPair.Embedded(parsed.GetValue(weights));
            int[] tokens = TextFile.Tokens(parsed.GetValue(text) ?? ModelPair.SampleTextPath, pair.Tokenizer);
            if (parsed.GetValue(windows) is { } count)
                tokens = tokens[..Math.Min(tokens.Length, count * pair.GainCell.Config.Positions + 1)];
            int jobs = parsed.GetValue(CommonOptions.Jobs);
            var gainCell = attention.IsGainCell(parsed) ? attention.GainCell(parsed) : null;
            var results = await Terminal.WithProgress(parsed.GetValue(CommonOptions.Quiet), progress => gainCell is null
                ? new Evaluator { Threads = jobs }.Evaluate(tokens,
                    [new EvaluationVariant(FidelityResult.SoftmaxName, new FastModel(pair.Softmax, attention.Attention(parsed)))], new StageProgress(progress, "Evaluate"), cancellation)
                : FidelityStudy.Run(pair, gainCell, tokens, jobs, new StageProgress(progress, "Evaluate"), cancellation).Variants);
            Terminal.Print(ChainReport.FidelityTable(results), parsed.GetValue(CommonOptions.Json), () => FidelityFile.Variants(results).ToJsonString(FidelityFile.Options) + "\n");
            return ExitCode.Done;
        });
        return command;
    }
}
