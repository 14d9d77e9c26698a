using System.IO.Compression;
using AnalogAttention.Circuits;

namespace AnalogAttention.Inference.Arrays;

/// <summary>NumPy's <c>.npz</c>: a zip of <c>.npy</c> members. Same arrays in the same order, same bytes.</summary>
public static class NpzFile
{
    /// <summary>Of every member: the zip format's earliest.</summary>
    public static readonly DateTimeOffset Epoch = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly uint[] ChecksumTable = [.. Enumerable.Range(0, 256).Select(n => Enumerable.Range(0, 8).Aggregate((uint)n, (c, _) => (c & 1) == 1 ? 0xEDB88320 ^ c >> 1 : c >> 1))];

    /// <returns>Arrays by name, without the <c>.npy</c> ending.</returns>
    /// <exception cref="BadInputException">The file is missing, is no zip, or a member is not a readable array.</exception>
    public static IReadOnlyDictionary<string, NdArray> Read(string path)
    {
        using var memory = new MemoryStream(InputFile.ReadAllBytes(path));
        try
        {
            using var zip = new ZipArchive(memory, ZipArchiveMode.Read);
            var arrays = new Dictionary<string, NdArray>(StringComparer.Ordinal);
            foreach (ZipArchiveEntry entry in zip.Entries)
            {
                if (entry.Length > Array.MaxLength)
                    throw new BadInputException($"{path}({entry.FullName}): larger than 2 GB");
                using Stream member = entry.Open();
                using var copy = new MemoryStream();
                member.CopyTo(copy);
                ReadOnlySpan<byte> bytes = copy.GetBuffer().AsSpan(0, (int)copy.Length);
                if (Checksum(bytes) != entry.Crc32)
                    throw new BadInputException($"{path}({entry.FullName}): damaged: its checksum is not that of its bytes");
                string name = entry.FullName.EndsWith(".npy", StringComparison.Ordinal) ? entry.FullName[..^4] : entry.FullName;
                if (!arrays.TryAdd(name, NpyFile.Parse(bytes, $"{path}({name})")))
                    throw new BadInputException($"{path}({name}): the array is there twice");
            }
            return arrays;
        }
        catch (InvalidDataException e)
        {
            throw new BadInputException($"{path}: not a .npz file: {e.Message}", e);
        }
    }

    /// <summary>CRC-32 of ISO 3309, as zip has it; the runtime reads it and leaves it at that.</summary>
    private static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte b in bytes)
            crc = ChecksumTable[(byte)(crc ^ b)] ^ crc >> 8;
        return ~crc;
    }

    /// <summary>Stored without compression, as numpy.savez does. Written whole or not at all.</summary>
    public static void Write(string path, params IEnumerable<(string Name, NdArray Array)> arrays) => WholeFile.Write(path, stream =>
    {
        using var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true);
        foreach ((string name, NdArray array) in arrays)
        {
            ZipArchiveEntry entry = zip.CreateEntry(name + ".npy", CompressionLevel.NoCompression);
            entry.LastWriteTime = Epoch;
            using Stream member = entry.Open();
            member.Write(NpyFile.Format(array));
        }
    });
}
