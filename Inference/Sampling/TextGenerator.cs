using AnalogAttention.Circuits;
using AnalogAttention.Inference.Attention;
using AnalogAttention.Inference.Gpt2;
using AnalogAttention.Inference.Tensors;
using AnalogAttention.Inference.Tokenizer;

namespace AnalogAttention.Inference.Sampling;

/// <summary>Generates text token by token with stored keys and values.</summary>
/// <param name="team">Threads that share the work; null: the caller's alone. The text does not depend on it.</param>
public sealed class TextGenerator(Gpt2Model model, IAttention attention, SamplingOptions options, ThreadTeam? team = null)
{
    /// <summary>
    /// Continues a prompt. When the context is full, the later half of it is read anew and generation goes on: GPT-2's positions end there.
    /// </summary>
    /// <param name="prompt">At least one token; of a longer prompt than the context, the end is read.</param>
    /// <param name="stopToken">Ends the text; it is not returned.</param>
    /// <param name="onToken">Called with every token as it is drawn.</param>
    /// <returns>The new tokens.</returns>
    /// <exception cref="BadInputException">The prompt is empty or holds a token that is not in the vocabulary.</exception>
    public int[] Generate(ReadOnlySpan<int> prompt, int count, int? stopToken = null, Action<int>? onToken = null, CancellationToken cancellation = default)
    {
        if (prompt.IsEmpty)
            throw new BadInputException("the prompt has no tokens");
        var sampler = new TokenSampler(options);
        var logits = new float[model.Config.Vocabulary];
        Gpt2Sequence sequence = model.Open(attention, team: team);
        var context = new List<int>(prompt[Math.Max(0, prompt.Length - sequence.Capacity)..].ToArray());
        var generated = new List<int>();
        sequence.Read([.. context]);
        while (generated.Count < count)
        {
            cancellation.ThrowIfCancellationRequested();
            sequence.LastLogits(logits);
            int token = sampler.Next(logits);
            if (token == stopToken)
                break;
            generated.Add(token);
            context.Add(token);
            onToken?.Invoke(token);
            if (generated.Count == count)
                break;
            if (sequence.Position < sequence.Capacity)
            {
                sequence.Read([token]);
                continue;
            }
            context.RemoveRange(0, context.Count - (sequence.Capacity + 1) / 2);
            sequence.Reset();
            sequence.Read([.. context]);
        }
        return [.. generated];
    }

    /// <summary>As <see cref="Generate(ReadOnlySpan{int}, int, int?, Action{int}?, CancellationToken)"/>, in text.</summary>
    /// <param name="onText">Called with text as it becomes complete.</param>
    /// <returns>The new text.</returns>
    public string Generate(BpeTokenizer tokenizer, string prompt, int count, Action<string>? onText = null, CancellationToken cancellation = default)
    {
        var decoder = new StreamingDecoder(tokenizer);
        int[] tokens = Generate(tokenizer.Encode(prompt), count, tokenizer.EndOfText, token => onText?.Invoke(decoder.Append(token)), cancellation);
        if (onText is not null && decoder.Flush() is { Length: > 0 } rest)
            onText(rest);
        return tokenizer.Decode(tokens);
    }
}
