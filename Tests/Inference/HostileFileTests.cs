using System.Text;
using AnalogAttention.Circuits;
using AnalogAttention.Inference.Gpt2;
using NUnit.Framework;

namespace AnalogAttention.Tests.Inference;

/// <summary>Model folders with one file mutated at random: each loads, or is refused in one line, in little memory.</summary>
public class HostileFileTests
{
    /// <summary>A whole load of the unmutated folder allocates 0.1 MB; no mutation of files of 6 kB may need much more.</summary>
    private const long LargestAllocation = 4 << 20;

    private static readonly RandomGpt2 Shape = new() { Layers = 1, Heads = 1, HeadSize = 4, Positions = 3, Vocabulary = 5, Scalers = false };

    private static readonly string[] Fragments =
    [
        "NaN", "-1", "1e999", "-0", "0", "1", "4", "16", "9223372036854775807", "18446744073709551616", "4294967296,4294967296,4294967296", "1.5", "null", "true", "false", "\"\"", "{}", "[]",
        "\"\\ud800\"", "\\udc00", "\\u0000", "\\n", "\u2028", "\n", "\"h.0.ln_1.bias\":", "\"transformer.wte.weight\":", "\"dtype\":\"F16\",", "\"dtype\":\"I64\",", "\"shape\":[0],", "\"data_offsets\":[0,0],",
        "\"__metadata__\":{\"a\":1},", "[[[[[[[[[[[[[[[[[[[[", "{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":", "../", "/etc/passwd", "model-00001-of-00002.safetensors", "BF16", "F64", "\"n_layer\":10000000,",
        "\"n_inner\":10000000,", "\"scale_attn_weights\":false,", "\"tie_word_embeddings\":false,", "\"activation_function\":\"relu\",", ",", "}", "]", "\ufeff",
    ];

    [TestCase("model.safetensors", 20_000)]
    [TestCase("model.safetensors.index.json", 10_000)]
    [TestCase("model-00002-of-00002.safetensors", 5_000)]
    [TestCase("config.json", 10_000)]
    public void AMutatedFileLoadsOrIsRefusedInOneLine(string name, int mutations)
    {
        using var folder = new TemporaryFolder();
        if (name == "model.safetensors")
            Shape.Save(folder.Path, Shape.Tensors());
        else
            SaveShards(folder.Path);
        Gpt2Model.Load(folder.Path);
        byte[] valid = File.ReadAllBytes(folder.File(name));
        var random = new Random(20);
        int loaded = 0, refused = 0;
        for (var i = 0; i < mutations; i++)
        {
            byte[] bytes = name.EndsWith(".json", StringComparison.Ordinal) ? Mutated(valid, random) : MutatedTensors(valid, random);
            File.WriteAllBytes(folder.File(name), bytes);
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                Gpt2Model.Load(folder.Path);
                loaded++;
            }
            catch (BadInputException e)
            {
                Assert.That(e.Message.Any(char.IsControl), Is.False, $"mutation {i}: {e.Message}");
                refused++;
            }
            catch (Exception e)
            {
                Assert.Fail($"mutation {i}: {e}\n{Convert.ToBase64String(bytes)}");
            }
            Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(LargestAllocation), $"mutation {i}");
        }
        TestContext.Out.WriteLine($"{name}: {loaded} loaded, {refused} refused");
        Assert.Multiple(() =>
        {
            Assert.That(loaded, Is.GreaterThan(mutations / 1000), "mutations that reach the tensors");
            Assert.That(refused, Is.GreaterThan(mutations / 4));
        });
    }

    /// <summary>Header and data apart: the stated header length follows the mutated header nine times of ten.</summary>
    private static byte[] MutatedTensors(byte[] valid, Random random)
    {
        int length = (int)BitConverter.ToInt64(valid);
        byte[] header = valid[8..(8 + length)], data = valid[(8 + length)..];
        if (random.Next(8) == 0)
            data = Mutated(data, random);
        if (random.Next(8) != 0)
            header = Mutated(header, random);
        long stated = random.Next(10) == 0 ? random.NextInt64(long.MinValue, long.MaxValue) >> random.Next(64) : header.Length;
        byte[] all = [.. BitConverter.GetBytes(stated), .. header, .. data];
        return random.Next(20) == 0 ? all[..random.Next(all.Length)] : all;
    }

    private static byte[] Mutated(byte[] valid, Random random)
    {
        List<byte> bytes = [.. valid];
        for (int n = random.Next(1, 4); n > 0 && bytes.Count > 0; n--)
        {
            int at = random.Next(bytes.Count), count = Math.Min(random.Next(1, random.Next(2, 40)), bytes.Count - at);
            switch (random.Next(7))
            {
                case 0:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 2:
                    bytes.RemoveRange(at, count);
                    break;
                case 3:
                    bytes.InsertRange(random.Next(bytes.Count), bytes.GetRange(at, count));
                    break;
                case 4:
                    bytes.InsertRange(at, Encoding.UTF8.GetBytes(Fragments[random.Next(Fragments.Length)]));
                    break;
                default:                                                // a number, a word or a string gives way to a fragment
                    int end = at;
                    while (end < bytes.Count && bytes[end] is not ((byte)',' or (byte)':' or (byte)']' or (byte)'}' or (byte)'['))
                        end++;
                    bytes.RemoveRange(at, end - at);
                    bytes.InsertRange(at, Encoding.UTF8.GetBytes(Fragments[random.Next(Fragments.Length)]));
                    break;
            }
        }
        return [.. bytes];
    }

    private static void SaveShards(string folder) => Shape.SaveShards(folder, Shape.Tensors(), 2);
}
