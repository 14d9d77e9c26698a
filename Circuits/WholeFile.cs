namespace AnalogAttention.Circuits;

/// <summary>Files appear whole or not at all: written beside their place, then moved onto it.</summary>
public static class WholeFile
{
    public static void WriteText(string path, string text) => Write(path, stream =>
    {
        using var writer = new StreamWriter(stream, leaveOpen: true);
        writer.Write(text);
    });

    /// <exception cref="IOException">The place cannot be written; nothing is left behind.</exception>
    public static void Write(string path, Action<Stream> content)
    {
        var beside = $"{path}.{Guid.NewGuid():N}.partial";
        try
        {
            using (var stream = new BufferedStream(File.Create(beside), 1 << 16))
                content(stream);
            File.Move(beside, path, overwrite: true);
        }
        catch (DirectoryNotFoundException e)
        {
            throw new IOException($"{path}: cannot write: there is no such folder", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"{path}: cannot write: {e.Message.Replace(beside, path)}", e);
        }
        finally
        {
            File.Delete(beside);
        }
    }
}
