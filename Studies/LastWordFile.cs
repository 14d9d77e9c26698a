using System.Text.Json;
using AnalogAttention.Circuits;
using AnalogAttention.Inference.Evaluation;
using AnalogAttention.Inference.Tokenizer;

namespace AnalogAttention.Studies;

/// <summary>Passages as LAMBADA comes: one JSON object per line with a member <c>text</c>; what follows its last space is the word to predict.</summary>
public static class LastWordFile
{
    /// <exception cref="BadInputException">The file is missing or no UTF-8, or a line is no such object, with its place.</exception>
    public static IReadOnlyList<LastWordExample> Read(string path, BpeTokenizer tokenizer)
    {
        var examples = new List<LastWordExample>();
        string[] lines = TextFile.Read(path).Split('\n');
        for (var n = 0; n < lines.Length; n++)
            if (lines[n].Trim() is { Length: > 0 } line)
                examples.Add(Example(line, $"{path}:{n + 1}", tokenizer));
        return examples.Count > 0 ? examples : throw new BadInputException($"{path}: no examples; expected one JSON object with 'text' per line");
    }

    private static LastWordExample Example(string line, string place, BpeTokenizer tokenizer)
    {
        string text;
        try
        {
            using JsonDocument document = JsonDocument.Parse(line);
            text = document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("text", out JsonElement member) && member.ValueKind == JsonValueKind.String
                ? member.GetString()!.TrimEnd()
                : throw new BadInputException($"{place}: expected an object with a string 'text'");
        }
        catch (JsonException e)
        {
            throw new BadInputException($"{place}:{e.BytePositionInLine + 1}: not a JSON object", e);
        }
        int space = text.LastIndexOf(' ');
        if (space <= 0)
            throw new BadInputException($"{place}: the text is a single word");
        // the space belongs to the word, as in GPT-2's tokens
        int[] given = tokenizer.Encode(text.AsSpan(0, space)), word = tokenizer.Encode(text.AsSpan(space));
        return given.Length > 0 ? new LastWordExample([.. given, .. word], given.Length) : throw new BadInputException($"{place}: the text is a single word");
    }
}
