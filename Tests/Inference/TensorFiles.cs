using System.Buffers.Binary;
using System.Text;
using System.Text.Json;

namespace AnalogAttention.Tests.Inference;

internal sealed record TestTensor(long[] Shape, float[] Values);

/// <summary>Writes safetensors files, good and bad.</summary>
internal static class TensorFiles
{
    public static void Write(string path, string header, ReadOnlySpan<byte> data, long? statedHeaderLength = null)
    {
        byte[] text = Encoding.UTF8.GetBytes(header);
        using FileStream stream = File.Create(path);
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, statedHeaderLength ?? text.Length);
        stream.Write(length);
        stream.Write(text);
        stream.Write(data);
    }

    /// <param name="type">F32, F16 or BF16 (by truncation).</param>
    public static void Write(string path, IReadOnlyDictionary<string, TestTensor> tensors, string type = "F32")
    {
        var entries = new Dictionary<string, object>();
        using var data = new MemoryStream();
        foreach ((string name, TestTensor tensor) in tensors)
        {
            long begin = data.Length;
            foreach (float value in tensor.Values)
                data.Write(type switch
                {
                    "F32" => BitConverter.GetBytes(value),
                    "F16" => BitConverter.GetBytes((Half)value),
                    _ => BitConverter.GetBytes((ushort)(BitConverter.SingleToUInt32Bits(value) >> 16)),
                });
            entries.Add(name, new { dtype = type, shape = tensor.Shape, data_offsets = new[] { begin, data.Length } });
        }
        Write(path, JsonSerializer.Serialize(entries), data.ToArray());
    }
}
