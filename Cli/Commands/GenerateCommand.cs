using System.CommandLine;
using AnalogAttention.Circuits;
using AnalogAttention.Inference.Sampling;
using AnalogAttention.Inference.Tensors;
using AnalogAttention.Studies;

namespace AnalogAttention.Cli.Commands;

/// <summary><c>generate</c>: text, streamed to stdout.</summary>
internal static class GenerateCommand
{
    public static Command Create()
    {
        var prompt = new Argument<string>("prompt") { Description = "Text to continue; - reads it from standard input." };
        var model = new Option<string?>("--model") { Description = "GPT-2 folder, or a pair of softmax/ and gain-cell/. Default: the embedded models.", HelpName = "DIR" };
        var count = new Option<int>("--count", "-n") { Description = "Tokens to generate.", DefaultValueFactory = _ => 100 };
        var temperature = new Option<double>("--temperature") { Description = "0 takes the most likely token.", DefaultValueFactory = _ => 0.8 };
        var topK = new Option<int?>("--top-k") { Description = "Draw from the K most likely tokens.", HelpName = "K" };
        var topP = new Option<double?>("--top-p") { Description = "Draw from the fewest tokens that hold probability P.", HelpName = "P" };
        var weights = CommonOptions.Weights();
        count.MustLieWithin(1);
        var command = new Command("generate", "Continue a text.") { prompt, model, count, temperature, topK, topP, weights };
        var attention = AttentionOptions.WithChoice(command);
        command.SetAction((parsed, cancellation) =>
        {
            var pair = parsed.GetValue(model) is { } folder ? ModelPair.Load(folder, parsed.GetValue(weights)) : ModelPair.Embedded(parsed.GetValue(weights));
            var sampling = new SamplingOptions(parsed.GetValue(temperature), parsed.GetValue(topK), parsed.GetValue(topP), parsed.GetValue(CommonOptions.Seed));
            try
            {
                sampling.Check();
            }
            catch (BadInputException e)
            {
                throw new UsageException(e.Message);
            }
            using var team = new ThreadTeam(parsed.GetValue(CommonOptions.Jobs));
            var generator = new TextGenerator(attention.IsGainCell(parsed) ? pair.GainCell : pair.Softmax, attention.Attention(parsed), sampling, team);
            var text = parsed.GetValue(prompt) is "-" ? TextFile.ReadStandardInput().TrimEnd('\r', '\n') : parsed.GetValue(prompt)!;
            Console.Out.Write(text);
            generator.Generate(pair.Tokenizer, text, parsed.GetValue(count), Console.Out.Write, cancellation);
            Console.Out.WriteLine();
            return Task.FromResult(ExitCode.Done);
        });
        return command;
    }
}
