using System.Buffers;
using System.Text;
using AnalogAttention.Circuits;

namespace AnalogAttention.Inference.Tokenizer;

/// <summary>GPT-2's byte-level byte-pair encoding. Immutable; every text and every byte sequence has an encoding, and decoding gives it back.</summary>
public sealed class BpeTokenizer
{
    public const string EndOfTextToken = "<|endoftext|>";
    private const int CachedWords = 1 << 16;

    private readonly int[] _byteTokens;
    private readonly byte[][] _bytes;
    private readonly BpeMerges _merges;
    private readonly (string Text, int Token)[] _special;
    private readonly SearchValues<string> _specialTexts;

    /// <param name="byteTokens">The token of every single byte.</param>
    /// <param name="bytes">The bytes of every token, by id; empty where an id is not used.</param>
    /// <param name="special">Tokens that a text is searched for before it is split into words; none is empty.</param>
    internal BpeTokenizer(int[] byteTokens, byte[][] bytes, BpeMerges merges, IReadOnlyDictionary<string, int> special)
    {
        _byteTokens = byteTokens;
        _bytes = bytes;
        _merges = merges;
        _special = [.. special.Select(s => (s.Key, s.Value)).OrderByDescending(s => s.Key.Length)];
        _specialTexts = SearchValues.Create([.. special.Keys], StringComparison.Ordinal);
        EndOfText = special.TryGetValue(EndOfTextToken, out int end) ? end : null;
    }

    /// <summary>One more than the largest token.</summary>
    public int Vocabulary => _bytes.Length;

    /// <summary>The token of <c>&lt;|endoftext|&gt;</c>, if there is one.</summary>
    public int? EndOfText { get; }

    /// <param name="folder">Holds <c>vocab.json</c> and <c>merges.txt</c>, perhaps <c>added_tokens.json</c>.</param>
    /// <exception cref="BadInputException">One is missing or not what GPT-2 has: one line with file and place.</exception>
    public static BpeTokenizer Load(string folder) =>
        BpeFiles.Read(Path.Combine(folder, "vocab.json"), Path.Combine(folder, "merges.txt"), Path.Combine(folder, "added_tokens.json"));

    /// <param name="specialTokens">Take <c>&lt;|endoftext|&gt;</c> and added tokens in the text for themselves, the longest where several begin; else for their characters.</param>
    /// <returns>Lone surrogates in the text are encoded as U+FFFD.</returns>
    public int[] Encode(ReadOnlySpan<char> text, bool specialTokens = true)
    {
        var tokens = new List<int>(text.Length / 3 + 1);
        var cache = new Dictionary<string, int[]>(StringComparer.Ordinal);
        Dictionary<string, int[]>.AlternateLookup<ReadOnlySpan<char>> cached = cache.GetAlternateLookup<ReadOnlySpan<char>>();
        while (!text.IsEmpty)
        {
            int special = specialTokens ? text.IndexOfAny(_specialTexts) : -1;
            ReadOnlySpan<char> plain = special >= 0 ? text[..special] : text;
            while (!plain.IsEmpty)
            {
                ReadOnlySpan<char> word = plain[..PreTokenizer.WordLength(plain)];
                if (!cached.TryGetValue(word, out int[]? known))
                {
                    known = EncodeWord(word);
                    if (cache.Count < CachedWords)
                        cache.Add(word.ToString(), known);
                }
                tokens.AddRange(known);
                plain = plain[word.Length..];
            }
            if (special < 0)
                break;
            text = text[special..];
            (string found, int token) = LongestSpecial(text);
            tokens.Add(token);
            text = text[found.Length..];
        }
        return [.. tokens];
    }

    /// <summary>Byte sequences that are no UTF-8 become U+FFFD.</summary>
    /// <exception cref="BadInputException">A token is not in the vocabulary.</exception>
    public string Decode(ReadOnlySpan<int> tokens)
    {
        var decoder = new StreamingDecoder(this);
        var text = new StringBuilder();
        foreach (int token in tokens)
            text.Append(decoder.Append(token));
        return text.Append(decoder.Flush()).ToString();
    }

    /// <exception cref="BadInputException">The token is not in the vocabulary.</exception>
    public ReadOnlySpan<byte> BytesOf(int token) =>
        (uint)token < (uint)_bytes.Length ? _bytes[token] : throw new BadInputException($"token {token} is not in the vocabulary of {_bytes.Length}");

    private (string Text, int Token) LongestSpecial(ReadOnlySpan<char> text)
    {
        foreach ((string Text, int Token) special in _special)
            if (text.StartsWith(special.Text, StringComparison.Ordinal))
                return special;
        throw new InvalidOperationException("no special token begins here");
    }

    private int[] EncodeWord(ReadOnlySpan<char> word)
    {
        byte[] utf8 = new byte[Encoding.UTF8.GetMaxByteCount(word.Length)];
        int length = Encoding.UTF8.GetBytes(word, utf8);
        int[] symbols = [.. utf8.Take(length).Select(b => _byteTokens[b])];
        var tokens = new List<int>(length);
        _merges.Apply(symbols, tokens);
        return [.. tokens];
    }
}
