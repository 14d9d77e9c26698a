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
    public static void Write(string path, Action<Stream> content) => Beside(path, beside =>
    {
        using (var stream = new BufferedStream(File.Create(beside), 1 << 16))
            content(stream);
        File.Move(beside, path, overwrite: true);
    });

    /// <summary>Finds out, before long work, whether a file can be written there.</summary>
    /// <exception cref="IOException">It cannot.</exception>
    public static void RequirePlace(string path)
    {
        if (path.Length == 0)
            throw new IOException("cannot write a file without a name");
        if (Directory.Exists(path))
            throw new IOException($"{path}: cannot write: it is a folder");
        Beside(path, beside => File.Create(beside).Dispose());
    }

    private static void Beside(string path, Action<string> write)
    {
        var beside = $"{path}.{Guid.NewGuid():N}.partial";
        try
        {
            write(beside);
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
            if (File.Exists(beside))
                File.Delete(beside);
        }
    }
}
