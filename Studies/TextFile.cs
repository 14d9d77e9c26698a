using System.Security.Cryptography;
using System.Text;
using AnalogAttention.Circuits;
using AnalogAttention.Inference.Tokenizer;

namespace AnalogAttention.Studies;

/// <summary>Text to evaluate on.</summary>
public static class TextFile
{
    /// <summary>The tokens of a text that is long enough to predict at least one.</summary>
    /// <exception cref="BadInputException">As <see cref="Read"/>; or fewer than two tokens.</exception>
    public static int[] Tokens(string path, BpeTokenizer tokenizer) => tokenizer.Encode(Read(path)) is { Length: >= 2 } tokens
        ? tokens
        : throw new BadInputException($"{path}: too little text: at least two tokens are needed");

    /// <exception cref="BadInputException">The file is missing, unreadable or not UTF-8.</exception>
    public static string Read(string path)
    {
        try
        {
            return Decode(path, File.ReadAllBytes(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException($"{path}: cannot read text: {e.Message}", e);
        }
    }

    /// <summary>Of the text as UTF-8 without a byte order mark, lower-case hexadecimal.</summary>
    public static string Sha256(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    /// <exception cref="BadInputException">The text is not UTF-8.</exception>
    public static string ReadStandardInput()
    {
        using Stream input = Console.OpenStandardInput();
        using var bytes = new MemoryStream();
        input.CopyTo(bytes);
        return Decode("standard input", bytes.ToArray());
    }

    /// <param name="source">Named in the error.</param>
    /// <exception cref="BadInputException">The bytes are not UTF-8.</exception>
    public static string Decode(string source, byte[] bytes)
    {
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes).TrimStart('\uFEFF');
        }
        catch (DecoderFallbackException e)
        {
            throw new BadInputException($"{source}: not UTF-8 text: {e.Message}", e);
        }
    }
}
