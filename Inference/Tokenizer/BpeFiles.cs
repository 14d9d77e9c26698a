using System.Text;
using System.Text.Json;
using AnalogAttention.Circuits;
using AnalogAttention.Inference.Arrays;
using AnalogAttention.Inference.Weights;

namespace AnalogAttention.Inference.Tokenizer;

/// <summary>Reads <c>vocab.json</c> (token text to id) and <c>merges.txt</c> (one pair a line, in order of rank), and <c>added_tokens.json</c> (text to id) where there is one.</summary>
internal static class BpeFiles
{
    private const int LargestVocabulary = 10_000_000;
    private const long LargestFile = 1_000_000_000;

    public static BpeTokenizer Read(string vocabularyPath, string mergesPath, string addedPath)
    {
        Dictionary<string, int> ids = ReadVocabulary(vocabularyPath);
        var byteTokens = new int[256];
        for (var b = 0; b < 256; b++)
            if (!ids.TryGetValue(ByteAlphabet.Character((byte)b).ToString(), out byteTokens[b]))
                throw new BadInputException($"{vocabularyPath}: the token of byte 0x{b:X2} ('{ByteAlphabet.Character((byte)b)}') is missing");

        Dictionary<string, int> added = File.Exists(addedPath) ? ReadVocabulary(addedPath) : new(StringComparer.Ordinal);
        CheckAdded(addedPath, added, ids);
        var bytes = new byte[ids.Values.Concat(added.Values).Max() + 1][];
        Array.Fill(bytes, []);
        foreach ((string token, int id) in ids)
            bytes[id] = ByteAlphabet.Bytes(token) ?? Encoding.UTF8.GetBytes(token);     // special tokens are plain text
        foreach ((string token, int id) in added)
            bytes[id] = Encoding.UTF8.GetBytes(token);
        if (ids.TryGetValue(BpeTokenizer.EndOfTextToken, out int endOfText))
            added[BpeTokenizer.EndOfTextToken] = endOfText;
        return new BpeTokenizer(byteTokens, bytes, ReadMerges(mergesPath, ids), added);
    }

    /// <summary>An added token may repeat one of the vocabulary, with the same id; else both its text and its id are new.</summary>
    private static void CheckAdded(string path, Dictionary<string, int> added, Dictionary<string, int> ids)
    {
        HashSet<int> used = [.. ids.Values];
        foreach ((string token, int id) in added)
        {
            if (token.Length == 0)
                throw new BadInputException($"{path}: the token of id {id} is empty");
            if (ids.TryGetValue(token, out int known) ? known != id : used.Contains(id))
                throw new BadInputException($"{path}: token '{Excerpt.Of(token)}' or its id {id} is another in the vocabulary");
        }
    }

    private static Dictionary<string, int> ReadVocabulary(string path)
    {
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        var used = new HashSet<int>();
        try
        {
            using JsonDocument document = JsonDocument.Parse(InputFile.ReadAllBytes(path, LargestFile));
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                throw new BadInputException($"{path}: expected a JSON object of tokens and ids");
            foreach (JsonProperty token in document.RootElement.EnumerateObject())
            {
                if (token.Value.ValueKind != JsonValueKind.Number || !token.Value.TryGetInt32(out int id) || id is < 0 or >= LargestVocabulary)
                    throw new BadInputException($"{path}: token '{Excerpt.Of(token.Name)}' has id {Excerpt.Of(token.Value.ToString())}, expected an integer from 0 to {LargestVocabulary - 1}");
                if (!ids.TryAdd(token.Name, id) || !used.Add(id))
                    throw new BadInputException($"{path}: token '{Excerpt.Of(token.Name)}' or its id {id} is there twice");
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new BadInputException($"{path}: not valid JSON: {Excerpt.Of(e.Message)}", e);
        }
        return ids;
    }

    private static BpeMerges ReadMerges(string path, Dictionary<string, int> ids)
    {
        var merges = new BpeMerges();
        string[] lines = InputFile.ReadAllText(path, LargestFile).Split('\n');
        for (var i = 0; i < lines.Length; i++)
        {
            string line = lines[i].TrimEnd('\r');
            if (line.Length == 0 || (i == 0 && line.StartsWith("#version", StringComparison.Ordinal)))
                continue;
            string[] pair = line.Split(' ');
            if (pair.Length != 2)
                throw new BadInputException($"{path}:{i + 1}: expected two tokens and one space, found '{Excerpt.Of(line)}'");
            if (!merges.TryAdd(Id(pair[0]), Id(pair[1]), Id(pair[0] + pair[1])))
                throw new BadInputException($"{path}:{i + 1}: the pair '{Excerpt.Of(line)}' is there twice");

            int Id(string token) => ids.TryGetValue(token, out int id) ? id : throw new BadInputException($"{path}:{i + 1}: '{Excerpt.Of(token)}' is not in the vocabulary");
        }
        return merges;
    }
}
