using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;

namespace AnalogAttention.Simulation.Files;

/// <summary>NumPy archive: one little-endian float64 vector per column under its name, abscissa first, stored uncompressed.</summary>
public static partial class NpzWaveforms
{
    private static readonly byte[] _magic = [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y', 1, 0];

    public static void Write(Stream stream, WaveformSet set)
    {
        using var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true);
        foreach (var column in set.Columns)
        {
            var entry = archive.CreateEntry(column.Name + ".npy", CompressionLevel.NoCompression);
            entry.LastWriteTime = new DateTimeOffset(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);
            using var target = entry.Open();
            var header = FormattableString.Invariant($"{{'descr': '<f8', 'fortran_order': False, 'shape': ({column.Values.Length},), }}");
            // magic, length and header together fill a multiple of 64 bytes (NEP 1)
            header = header.PadRight((_magic.Length + 2 + header.Length + 1 + 63) / 64 * 64 - _magic.Length - 2 - 1) + "\n";
            target.Write(_magic);
            target.Write([(byte)header.Length, (byte)(header.Length >> 8)]);
            target.Write(Encoding.ASCII.GetBytes(header));
            target.Write(MemoryMarshal.AsBytes(column.Values.AsSpan()));
        }
    }

    /// <exception cref="InvalidDataException">Not an archive of float64 vectors.</exception>
    public static WaveformSet Read(Stream stream)
    {
        using var archive = new ZipArchive(stream, ZipArchiveMode.Read, leaveOpen: true);
        var columns = archive.Entries.Select(ReadColumn).ToList();
        return columns.Count > 0
            ? new WaveformSet(WaveformFiles.AnalysisOf(columns), columns)
            : throw new InvalidDataException("the archive is empty");
    }

    private static Waveform ReadColumn(ZipArchiveEntry entry)
    {
        var name = entry.FullName.EndsWith(".npy", StringComparison.Ordinal) ? entry.FullName[..^4] : entry.FullName;
        using var source = entry.Open();
        var start = new byte[10];
        source.ReadExactly(start);
        if (!start.AsSpan(0, 6).SequenceEqual(_magic.AsSpan(0, 6)) || start[6] != 1)
            throw new InvalidDataException($"'{entry.FullName}' is no .npy of version 1");
        var text = new byte[start[8] | start[9] << 8];
        source.ReadExactly(text);
        var header = Encoding.ASCII.GetString(text);
        var shape = Shape().Match(header);
        if (!header.Contains("'<f8'", StringComparison.Ordinal) || !shape.Success)
            throw new InvalidDataException($"'{entry.FullName}' is no vector of little-endian float64");
        var values = new double[int.Parse(shape.Groups[1].ValueSpan, System.Globalization.CultureInfo.InvariantCulture)];
        source.ReadExactly(MemoryMarshal.AsBytes(values.AsSpan()));
        return new Waveform(name, WaveformFiles.UnitOf(name), values);
    }

    [GeneratedRegex(@"'shape':\s*\((\d+),\)")]
    private static partial Regex Shape();
}
