using System.Text;
using AnalogAttention.Circuits;

namespace AnalogAttention.Studies;

/// <summary>Text to evaluate on.</summary>
public static class TextFile
{
    /// <exception cref="BadInputException">The file is missing, unreadable or not UTF-8.</exception>
    public static string Read(string path)
    {
        try
        {
            return File.ReadAllText(path, new UTF8Encoding(false, throwOnInvalidBytes: true));
        }
        catch (DecoderFallbackException e)
        {
            throw new BadInputException($"{path}: not UTF-8 text: {e.Message}", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException($"{path}: cannot read text: {e.Message}", e);
        }
    }
}
