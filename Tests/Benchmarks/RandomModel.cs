using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace AnalogAttention.Benchmarks;

/// <summary>A GPT-2 folder with random F32 weights of one of the published sizes.</summary>
internal sealed record RandomModel(string Name, int Layers, int Heads, int Width)
{
    public const int Vocabulary = 50257, Positions = 1024;

    public static RandomModel Small { get; } = new("124M", 12, 12, 768);
    public static RandomModel ExtraLarge { get; } = new("XL", 48, 25, 1600);

    public long Parameters => Tensors().Sum(t => t.Shape.Aggregate(1L, (a, b) => a * b));

    /// <summary>Multiply-adds of the matrices per token, without the head and attention.</summary>
    public long MatrixProducts => 12L * Layers * Width * Width;

    public void Write(string folder)
    {
        File.WriteAllText(Path.Combine(folder, "config.json"), JsonSerializer.Serialize(new
        {
            n_layer = Layers,
            n_head = Heads,
            n_embd = Width,
            n_positions = Positions,
            vocab_size = Vocabulary,
            activation_function = "gelu_new",
            layer_norm_epsilon = 1e-5,
        }));
        var entries = new Dictionary<string, object>();
        long at = 0;
        foreach (var (name, shape, _, _) in Tensors())
        {
            long bytes = 4 * shape.Aggregate(1L, (a, b) => a * b);
            entries.Add(name, new { dtype = "F32", shape, data_offsets = new[] { at, at + bytes } });
            at += bytes;
        }
        using var file = File.Create(Path.Combine(folder, "model.safetensors"));
        var header = JsonSerializer.SerializeToUtf8Bytes(entries);
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        file.Write(length);
        file.Write(header);
        var random = new Random(1);
        var block = new float[1 << 18];
        foreach (var (_, shape, mean, spread) in Tensors())
            for (long left = shape.Aggregate(1L, (a, b) => a * b); left > 0; left -= block.Length)
            {
                var part = block.AsSpan(0, (int)Math.Min(left, block.Length));
                foreach (ref var value in part)
                    value = mean + spread * (2 * random.NextSingle() - 1);
                file.Write(MemoryMarshal.AsBytes(part));
            }
    }

    private IEnumerable<(string Name, long[] Shape, float Mean, float Spread)> Tensors()
    {
        yield return ("wte.weight", [Vocabulary, Width], 0, 0.03f);
        yield return ("wpe.weight", [Positions, Width], 0, 0.03f);
        for (var l = 0; l < Layers; l++)
        {
            foreach (var norm in new[] { "ln_1", "ln_2" })
            {
                yield return ($"h.{l}.{norm}.weight", [Width], 1, 0.1f);
                yield return ($"h.{l}.{norm}.bias", [Width], 0, 0.1f);
            }
            foreach (var (name, inner, columns) in new[] { ("attn.c_attn", Width, 3 * Width), ("attn.c_proj", Width, Width), ("mlp.c_fc", Width, 4 * Width), ("mlp.c_proj", 4 * Width, Width) })
            {
                yield return ($"h.{l}.{name}.weight", [inner, columns], 0, 1 / MathF.Sqrt(inner));
                yield return ($"h.{l}.{name}.bias", [columns], 0, 0.1f);
            }
        }
        yield return ("ln_f.weight", [Width], 1, 0.1f);
        yield return ("ln_f.bias", [Width], 0, 0.1f);
    }
}
