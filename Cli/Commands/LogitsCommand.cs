using System.CommandLine;
using System.Text.Json;
using AnalogAttention.Circuits;
using AnalogAttention.Inference.Arrays;
using AnalogAttention.Inference.Gpt2;
using AnalogAttention.Inference.Tensors;
using AnalogAttention.Studies;

namespace AnalogAttention.Cli.Commands;

/// <summary><c>logits</c>: raw logits of a token sequence.</summary>
internal static class LogitsCommand
{
    public static Command Create()
    {
        var model = new Option<string>("--model") { Description = "Hugging Face GPT-2 folder.", Required = true, HelpName = "DIR" };
        var tokens = new Option<string?>("--tokens") { Description = "Token ids.", HelpName = "1,2,3" };
        var tokensFile = new Option<string?>("--tokens-file") { Description = "JSON list of token ids.", HelpName = "FILE" };
        var output = new Option<string>("--out") { Description = "npy for the logits, float32, shape (T, vocabulary).", Required = true, HelpName = "FILE" };
        var weights = CommonOptions.Weights();
        var command = new Command("logits", "Raw logits of a sequence of tokens.") { model, tokens, tokensFile, output, weights };
        var attention = AttentionOptions.WithChoice(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            int[] ids = (parsed.GetValue(tokens), parsed.GetValue(tokensFile)) switch
            {
                ({ } list, null) => FromList(list),
                (null, { } file) => FromFile(file),
                _ => throw new UsageException("give either --tokens or --tokens-file"),
            };
            WholeFile.RequirePlace(parsed.GetValue(output)!);
            var loaded = Gpt2Model.Load(parsed.GetValue(model)!, parsed.GetValue(weights));
            using var team = new ThreadTeam(parsed.GetValue(CommonOptions.Jobs));
            var chosen = attention.Attention(parsed);
            var logits = await Terminal.WithProgress(parsed.GetValue(CommonOptions.Quiet) || Console.IsErrorRedirected,
                progress => loaded.Logits(ids, chosen, team, new StageProgress(progress, "Logits"), cancellation));
            NpyFile.Write(parsed.GetValue(output)!, NdArray.FromSingles([ids.Length, loaded.Config.Vocabulary], logits));
            return ExitCode.Done;
        });
        return command;
    }

    private static int[] FromList(string list) =>
        [.. list.Split(',').Select(t => int.TryParse(t, out var id) ? id : throw new UsageException($"--tokens {list}: '{t}' is not a token id"))];

    private static int[] FromFile(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<int[]>(TextFile.Read(path)) is { Length: > 0 } ids
                ? ids
                : throw new BadInputException($"{path}: expected a JSON list of at least one token id");
        }
        catch (JsonException e)
        {
            throw new BadInputException($"{path}:{e.LineNumber + 1}:{e.BytePositionInLine + 1}: expected a JSON list of token ids", e);
        }
    }
}
