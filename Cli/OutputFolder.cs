namespace AnalogAttention.Cli;

/// <summary>Where a command writes its files.</summary>
internal static class OutputFolder
{
    /// <exception cref="IOException">The folder cannot be made or written (exit code 5), found before any long work.</exception>
    public static string Create(string folder)
    {
        Directory.CreateDirectory(folder);
        var probe = Path.Combine(folder, $".{Guid.NewGuid():N}.probe");
        try
        {
            File.WriteAllBytes(probe, []);
            File.Delete(probe);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"{folder}: cannot write there: {e.Message.Replace(probe, folder)}", e);
        }
        return folder;
    }
}
