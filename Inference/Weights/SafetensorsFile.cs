using System.Buffers.Binary;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using AnalogAttention.Circuits;
using AnalogAttention.Inference.Arrays;
using Microsoft.Win32.SafeHandles;

namespace AnalogAttention.Inference.Weights;

/// <summary>
/// An open safetensors file: 8 bytes of header length, JSON header, raw little-endian tensors. The header is checked on opening;
/// each tensor's bytes are read once, when asked for, and widened to float32.
/// </summary>
public sealed class SafetensorsFile : IDisposable
{
    private const int BlockBytes = 1 << 20;

    private readonly SafeFileHandle _file;
    private readonly long _dataStart;
    private readonly Dictionary<string, TensorEntry> _entries;

    private SafetensorsFile(string path, SafeFileHandle file, long dataStart, Dictionary<string, TensorEntry> entries)
    {
        Path = path;
        _file = file;
        _dataStart = dataStart;
        _entries = entries;
    }

    public string Path { get; }

    /// <summary>By the names in the file.</summary>
    public IReadOnlyDictionary<string, TensorEntry> Entries => _entries;

    /// <exception cref="BadInputException">Missing, truncated or inconsistent: one line with file and tensor.</exception>
    public static SafetensorsFile Open(string path)
    {
        SafeFileHandle file = InputFile.Read(path, static p => File.OpenHandle(p, FileMode.Open, FileAccess.Read, FileShare.Read, FileOptions.RandomAccess));
        try
        {
            long length = RandomAccess.GetLength(file);
            Span<byte> prefix = stackalloc byte[8];
            if (length < 8)
                throw new BadInputException($"{path}: {length} bytes is too short for a safetensors file");
            ReadExactly(file, prefix, 0, path);
            ulong headerLength = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
            if (headerLength > SafetensorsHeader.MaximumLength)
                throw new BadInputException($"{path}: safetensors header of {headerLength} bytes, at most {SafetensorsHeader.MaximumLength} are allowed");
            long dataStart = 8 + (long)headerLength;
            if (dataStart > length)
                throw new BadInputException($"{path}: safetensors header of {headerLength} bytes in a file of {length} (truncated?)");
            var json = new byte[headerLength];
            ReadExactly(file, json, 8, path);
            return new SafetensorsFile(path, file, dataStart, SafetensorsHeader.Parse(json, length - dataStart, path));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>All elements in C order, widened exactly to float32.</summary>
    /// <exception cref="BadInputException">The tensor is absent, is not F32, F16 or BF16, or holds a NaN or an infinity.</exception>
    public float[] Read(string name)
    {
        if (!_entries.TryGetValue(name, out TensorEntry? entry))
            throw new BadInputException($"{Path}: tensor '{name}' is missing");
        if (!Enum.TryParse(entry.TypeName, out TensorType type))
            throw new BadInputException($"{Path}: tensor '{name}' is {entry.TypeName}; expected F32, F16 or BF16");
        int size = type == TensorType.F32 ? 4 : 2;
        long count = (entry.End - entry.Begin) / size;
        if (count > Array.MaxLength)
            throw new BadInputException($"{Path}: tensor '{name}' has {count} elements, at most {Array.MaxLength} are read");
        var values = new float[count];
        var block = new byte[Math.Min(BlockBytes, entry.End - entry.Begin)];
        for (long at = entry.Begin; at < entry.End;)
        {
            Span<byte> bytes = block.AsSpan(0, (int)Math.Min(block.Length, entry.End - at));
            ReadExactly(_file, bytes, _dataStart + at, Path);
            Widen(bytes, type, values.AsSpan((int)((at - entry.Begin) / size), bytes.Length / size));
            at += bytes.Length;
        }
        if (TensorPrimitives.IsFiniteAll<float>(values))
            return values;
        throw new BadInputException($"{Path}: tensor '{name}' holds {values.First(v => !float.IsFinite(v))} at element {Array.FindIndex(values, v => !float.IsFinite(v))}");
    }

    public void Dispose() => _file.Dispose();

    private static void Widen(ReadOnlySpan<byte> bytes, TensorType type, Span<float> values)
    {
        switch (type)
        {
            case TensorType.F32:
                MemoryMarshal.Cast<byte, float>(bytes).CopyTo(values);
                break;
            case TensorType.F16:
                TensorPrimitives.ConvertToSingle(MemoryMarshal.Cast<byte, Half>(bytes), values);
                break;
            case TensorType.BF16:                                     // the upper half of a float32
                ReadOnlySpan<ushort> upper = MemoryMarshal.Cast<byte, ushort>(bytes);
                Span<uint> bits = MemoryMarshal.Cast<float, uint>(values);
                for (var i = 0; i < upper.Length; i++)
                    bits[i] = (uint)upper[i] << 16;
                break;
        }
    }

    private static void ReadExactly(SafeFileHandle file, Span<byte> bytes, long at, string path)
    {
        while (bytes.Length > 0)
        {
            int read;
            try
            {
                read = RandomAccess.Read(file, bytes, at);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new BadInputException($"{path}: cannot be read: {e.Message}", e);
            }
            if (read == 0)
                throw new BadInputException($"{path}: ends at byte {at} (truncated while being read)");
            bytes = bytes[read..];
            at += read;
        }
    }
}
