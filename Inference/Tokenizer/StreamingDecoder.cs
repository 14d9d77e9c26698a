using System.Text;

namespace AnalogAttention.Inference.Tokenizer;

/// <summary>Text from tokens as they come: a character split over tokens appears with the token that completes it.</summary>
public sealed class StreamingDecoder(BpeTokenizer tokenizer)
{
    private readonly Decoder _utf8 = Encoding.UTF8.GetDecoder();

    /// <returns>The characters that are complete by now; may be empty.</returns>
    public string Append(int token) => Convert(tokenizer.BytesOf(token), flush: false);

    /// <returns>U+FFFD for an incomplete character at the end, else nothing.</returns>
    public string Flush() => Convert([], flush: true);

    private string Convert(ReadOnlySpan<byte> bytes, bool flush)
    {
        var characters = new char[Encoding.UTF8.GetMaxCharCount(bytes.Length)];
        int count = _utf8.GetChars(bytes, characters, flush);
        return new string(characters, 0, count);
    }
}
