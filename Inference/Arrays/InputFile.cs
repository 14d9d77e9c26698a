using AnalogAttention.Circuits;

namespace AnalogAttention.Inference.Arrays;

/// <summary>Whole-file reads whose failures are <see cref="BadInputException"/>s that name the file.</summary>
internal static class InputFile
{
    public static byte[] ReadAllBytes(string path, long longest = long.MaxValue) => Read(path, p => File.ReadAllBytes(NoLonger(p, longest)));

    public static string ReadAllText(string path, long longest = long.MaxValue) => Read(path, p => File.ReadAllText(NoLonger(p, longest)));

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

    private static string NoLonger(string path, long longest) =>
        new FileInfo(path).Length is var length && length <= longest ? path : throw new BadInputException($"{path}: {length} bytes, at most {longest} are read");
}
