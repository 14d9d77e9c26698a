using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;
using AnalogAttention.Circuits;

namespace AnalogAttention.Inference.Arrays;

/// <summary>
/// NumPy's <c>.npy</c> format 1.0 to 3.0 (numpy/lib/format.py): little-endian float32, float64, int32 and int64, C order.
/// </summary>
public static partial class NpyFile
{
    private static ReadOnlySpan<byte> Magic => [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    /// <exception cref="BadInputException">The file is missing, truncated, or holds another element type or order.</exception>
    public static NdArray Read(string path) => Parse(InputFile.ReadAllBytes(path), path);

    /// <summary>Written whole or not at all.</summary>
    public static void Write(string path, NdArray array) => WholeFile.Write(path, stream => stream.Write(Format(array)));

    /// <param name="name">Named in errors.</param>
    internal static NdArray Parse(ReadOnlySpan<byte> bytes, string name)
    {
        if (bytes.Length < 10 || !bytes[..6].SequenceEqual(Magic))
            throw new BadInputException($"{name}: not a .npy array (magic bytes missing)");
        int major = bytes[6];
        int lengthBytes = major == 1 ? 2 : 4;
        if (major is < 1 or > 3 || bytes.Length < 8 + lengthBytes)
            throw new BadInputException($"{name}: .npy version {major} is not known (expected 1 to 3)");
        long headerLength = major == 1 ? BinaryPrimitives.ReadUInt16LittleEndian(bytes[8..]) : BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]);
        long dataStart = 8 + lengthBytes + headerLength;
        if (dataStart > bytes.Length)
            throw new BadInputException($"{name}: .npy header is truncated");
        string header = Encoding.UTF8.GetString(bytes[(8 + lengthBytes)..(int)dataStart]);
        Match match = HeaderPattern().Match(header);
        if (!match.Success)
            throw new BadInputException($"{name}: .npy header not understood: {header.Trim()}");
        string descriptor = match.Groups["descr"].Value;
        if (match.Groups["order"].Value == "True")
            throw new BadInputException($"{name}: Fortran order; expected C order (numpy.ascontiguousarray)");

        var shape = new List<int>();
        long count = 1;
        foreach (string extent in match.Groups["shape"].Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (!int.TryParse(extent, NumberStyles.None, CultureInfo.InvariantCulture, out int n) || (count *= n) > Array.MaxLength)
                throw new BadInputException($"{name}: shape ({match.Groups["shape"].Value}) is not usable");
            shape.Add(n);
        }
        ReadOnlySpan<byte> data = bytes[(int)dataStart..];
        (ElementType type, int size) = descriptor switch
        {
            "<f4" => (ElementType.Float32, 4),
            "<f8" => (ElementType.Float64, 8),
            "<i4" => (ElementType.Int32, 4),
            "<i8" => (ElementType.Int64, 8),
            _ => throw new BadInputException($"{name}: element type '{descriptor}'; expected little-endian float32, float64, int32 or int64"),
        };
        if (data.Length != count * size)
            throw new BadInputException($"{name}: {data.Length} data bytes, expected {count * size} for shape ({string.Join(", ", shape)}) of '{descriptor}'");
        var values = new double[count];
        switch (type)
        {
            case ElementType.Float32: Widen<float>(data, values, static v => v); break;
            case ElementType.Float64: MemoryMarshal.Cast<byte, double>(data).CopyTo(values); break;
            case ElementType.Int32: Widen<int>(data, values, static v => v); break;
            case ElementType.Int64: Widen<long>(data, values, static v => v); break;
        }
        return new NdArray(shape, values, type);
    }

    internal static byte[] Format(NdArray array)
    {
        (string descriptor, int size) = array.Type switch
        {
            ElementType.Float32 => ("<f4", 4),
            ElementType.Float64 => ("<f8", 8),
            ElementType.Int32 => ("<i4", 4),
            _ => ("<i8", 8),
        };
        byte[] header = Header(descriptor, array.Shape);
        var bytes = new byte[header.Length + array.Values.Length * (long)size];
        header.CopyTo(bytes, 0);
        Span<byte> data = bytes.AsSpan(header.Length);
        for (var i = 0; i < array.Values.Length; i++)
        {
            Span<byte> at = data[(i * size)..];
            switch (array.Type)
            {
                case ElementType.Float32: BinaryPrimitives.WriteSingleLittleEndian(at, (float)array.Values[i]); break;
                case ElementType.Float64: BinaryPrimitives.WriteDoubleLittleEndian(at, array.Values[i]); break;
                case ElementType.Int32: BinaryPrimitives.WriteInt32LittleEndian(at, checked((int)array.Values[i])); break;
                default: BinaryPrimitives.WriteInt64LittleEndian(at, checked((long)array.Values[i])); break;
            }
        }
        return bytes;
    }

    /// <summary>What comes before the data of an array in C order.</summary>
    /// <param name="descriptor"><c>&lt;f8</c> for doubles.</param>
    public static byte[] Header(string descriptor, IReadOnlyList<int> shape)
    {
        string sizes = string.Concat(shape.Select(n => n.ToString(CultureInfo.InvariantCulture) + ", ")).TrimEnd();
        if (shape.Count != 1)
            sizes = sizes.TrimEnd(',');
        string header = $"{{'descr': '{descriptor}', 'fortran_order': False, 'shape': ({sizes}), }}";
        var bytes = new byte[(10 + header.Length + 1 + 63) / 64 * 64];                     // the data start on a multiple of 64 bytes
        Magic.CopyTo(bytes);
        bytes[6] = 1;
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(8), (ushort)(bytes.Length - 10));
        Encoding.ASCII.GetBytes(header.PadRight(bytes.Length - 11) + "\n", bytes.AsSpan(10));
        return bytes;
    }

    private static void Widen<T>(ReadOnlySpan<byte> data, double[] values, Func<T, double> widen) where T : struct
    {
        ReadOnlySpan<T> typed = MemoryMarshal.Cast<byte, T>(data);
        for (var i = 0; i < values.Length; i++)
            values[i] = widen(typed[i]);
    }

    [GeneratedRegex(@"^\s*\{\s*'descr':\s*'(?<descr>[^']*)',\s*'fortran_order':\s*(?<order>True|False),\s*'shape':\s*\((?<shape>[0-9, ]*)\),?\s*\}\s*$")]
    private static partial Regex HeaderPattern();
}
