using System.Buffers.Binary;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using AnalogAttention.Circuits;

namespace AnalogAttention.Inference.Weights;

/// <summary>
/// An open safetensors file, mapped into memory: 8 bytes of header length, JSON header, raw little-endian tensors. The header is checked on
/// opening; each tensor's bytes are read where they lie, when asked for, and widened to float32.
/// </summary>
public sealed class SafetensorsFile : IDisposable
{
    private const int BlockBytes = 1 << 20;

    private readonly MappedFile _file;
    private readonly long _dataStart;
    private readonly Dictionary<string, TensorEntry> _entries;

    private SafetensorsFile(MappedFile file, long dataStart, Dictionary<string, TensorEntry> entries)
    {
        _file = file;
        _dataStart = dataStart;
        _entries = entries;
    }

    public string Path => _file.Path;

    /// <summary>By the names in the file.</summary>
    public IReadOnlyDictionary<string, TensorEntry> Entries => _entries;

    /// <summary>First byte after the header.</summary>
    internal long DataStart => _dataStart;

    /// <exception cref="BadInputException">Missing, truncated or inconsistent: one line with file and tensor.</exception>
    public static SafetensorsFile Open(string path)
    {
        MappedFile file = MappedFile.Open(path);
        try
        {
            if (file.Length < 8)
                throw new BadInputException($"{path}: {file.Length} bytes is too short for a safetensors file");
            ulong headerLength = BinaryPrimitives.ReadUInt64LittleEndian(file.Bytes(0, 8));
            if (headerLength > SafetensorsHeader.MaximumLength)
                throw new BadInputException($"{path}: safetensors header of {headerLength} bytes, at most {SafetensorsHeader.MaximumLength} are allowed");
            long dataStart = 8 + (long)headerLength;
            if (dataStart > file.Length)
                throw new BadInputException($"{path}: safetensors header of {headerLength} bytes in a file of {file.Length} (truncated?)");
            byte[] json = file.Bytes(8, (int)headerLength).ToArray();
            return new SafetensorsFile(file, dataStart, SafetensorsHeader.Parse(json, file.Length - dataStart, path));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <inheritdoc cref="Read(string, ref float[])"/>
    public float[] Read(string name)
    {
        float[] values = [];
        Read(name, ref values);
        return values;
    }

    /// <summary>All elements in C order, widened exactly to float32.</summary>
    /// <param name="buffer">Receives them; exchanged for a larger one where it is too short.</param>
    /// <exception cref="BadInputException">The tensor is absent, is not F32, F16 or BF16, or holds a NaN or an infinity.</exception>
    public Span<float> Read(string name, ref float[] buffer)
    {
        string where = $"{Path}: tensor '{Excerpt.Of(name)}'";
        if (!_entries.TryGetValue(name, out TensorEntry? entry))
            throw new BadInputException($"{where} is missing");
        if (!Enum.TryParse(entry.TypeName, out TensorType type))
            throw new BadInputException($"{where} is {entry.TypeName}; expected F32, F16 or BF16");
        int size = type == TensorType.F32 ? 4 : 2;
        long count = (entry.End - entry.Begin) / size;
        if (count > Array.MaxLength)
            throw new BadInputException($"{where} has {count} elements, at most {Array.MaxLength} are read");
        if (buffer.Length < count)
            buffer = new float[count];
        Span<float> values = buffer.AsSpan(0, (int)count);
        for (long at = entry.Begin; at < entry.End;)
        {
            ReadOnlySpan<byte> bytes = _file.Bytes(_dataStart + at, (int)Math.Min(BlockBytes, entry.End - at));
            Widen(bytes, type, values.Slice((int)((at - entry.Begin) / size), bytes.Length / size));
            at += bytes.Length;
        }
        GC.KeepAlive(this);                                           // the spans do not hold the mapping
        if (TensorPrimitives.IsFiniteAll<float>(values))
            return values;
        var bad = 0;
        while (float.IsFinite(values[bad]))
            bad++;
        throw new BadInputException($"{where} holds {values[bad]} at element {bad}");
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
}
