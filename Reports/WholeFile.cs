using System.Text;

namespace AnalogAttention.Reports;

/// <summary>Files that exist complete or not at all.</summary>
internal static class WholeFile
{
    /// <exception cref="IOException">Nothing was written; a file that stood there stands unchanged.</exception>
    public static void Write(string path, string text)
    {
        string full = Path.GetFullPath(path);
        string folder = Path.GetDirectoryName(full) ?? throw new IOException($"{path}: not a file name");
        Directory.CreateDirectory(folder);
        string draft = Path.Combine(folder, $".{Path.GetFileName(full)}.{Guid.NewGuid():N}");
        try
        {
            File.WriteAllText(draft, text, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
            File.Move(draft, full, overwrite: true);
        }
        finally
        {
            File.Delete(draft);
        }
    }
}
