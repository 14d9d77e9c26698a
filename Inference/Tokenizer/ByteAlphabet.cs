namespace AnalogAttention.Inference.Tokenizer;

/// <summary>
/// GPT-2's printable character for every byte: the byte itself where it prints (! to ~, U+00A1 to U+00AC, U+00AE to U+00FF), else U+0100 and
/// onwards in order (openai/gpt-2, encoder.py, bytes_to_unicode).
/// </summary>
internal static class ByteAlphabet
{
    private static readonly char[] OfByte = new char[256];
    private static readonly Dictionary<char, byte> ToByte = [];

    static ByteAlphabet()
    {
        var next = 256;
        for (var b = 0; b < 256; b++)
        {
            OfByte[b] = b is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF) ? (char)b : (char)next++;
            ToByte.Add(OfByte[b], (byte)b);
        }
    }

    public static char Character(byte b) => OfByte[b];

    /// <summary>Null where a character stands for no byte.</summary>
    public static byte[]? Bytes(string token)
    {
        var bytes = new byte[token.Length];
        for (var i = 0; i < bytes.Length; i++)
            if (!ToByte.TryGetValue(token[i], out bytes[i]))
                return null;
        return bytes;
    }
}
