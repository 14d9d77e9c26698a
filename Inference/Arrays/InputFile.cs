using AnalogAttention.Circuits;

namespace AnalogAttention.Inference.Arrays;

/// <summary>Whole-file reads whose failures are <see cref="BadInputException"/>s that name the file.</summary>
internal static class InputFile
{
    public static byte[] ReadAllBytes(string path) => Read(path, File.ReadAllBytes);

    public static string ReadAllText(string path) => Read(path, File.ReadAllText);

    public static T Read<T>(string path, Func<string, T> read)
    {
        try
        {
            return read(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new BadInputException($"{path}: no such file", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException($"{path}: cannot be read: {e.Message}", e);
        }
    }
}
