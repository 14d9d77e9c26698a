using System.Text.Json;
using AnalogAttention.Inference.Gpt2;

namespace AnalogAttention.Tests.Inference;

/// <summary>Small GPT-2s with random weights, as the files a user would bring.</summary>
internal sealed record RandomGpt2
{
    public int Layers { get; init; } = 2;
    public int Heads { get; init; } = 2;
    public int HeadSize { get; init; } = 8;
    public int Positions { get; init; } = 160;
    public int Vocabulary { get; init; } = 61;
    public string Activation { get; init; } = "gelu_new";
    public int? Window { get; init; }
    public bool Scalers { get; init; } = true;
    public int Seed { get; init; } = 1;

    public int Width => Heads * HeadSize;

    public Gpt2Model Load()
    {
        using var folder = new TemporaryFolder();
        Save(folder.Path, Tensors());
        return Gpt2Model.Load(folder.Path);
    }

    public void Save(string folder, IReadOnlyDictionary<string, TestTensor> tensors, string type = "F32")
    {
        TensorFiles.Write(Path.Combine(folder, "model.safetensors"), tensors, type);
        File.WriteAllText(Path.Combine(folder, "config.json"), Config());
    }

    /// <summary>In as many shards as asked for, tensors dealt out in order, and their index.</summary>
    public void SaveShards(string folder, IReadOnlyDictionary<string, TestTensor> tensors, int shards)
    {
        var index = new Dictionary<string, string>();
        int each = (tensors.Count + shards - 1) / shards;
        for (var s = 0; s < shards; s++)
        {
            string name = $"model-{s + 1:d5}-of-{shards:d5}.safetensors";
            Dictionary<string, TestTensor> part = tensors.Skip(s * each).Take(each).ToDictionary();
            TensorFiles.Write(Path.Combine(folder, name), part);
            foreach (string tensor in part.Keys)
                index.Add(tensor, name);
        }
        File.WriteAllText(Path.Combine(folder, "model.safetensors.index.json"), JsonSerializer.Serialize(new { metadata = new { total_size = 0 }, weight_map = index }));
        File.WriteAllText(Path.Combine(folder, "config.json"), Config());
    }

    public string Config()
    {
        var config = new Dictionary<string, object>
        {
            ["n_layer"] = Layers,
            ["n_head"] = Heads,
            ["n_embd"] = Width,
            ["n_positions"] = Positions,
            ["vocab_size"] = Vocabulary,
            ["activation_function"] = Activation,
            ["layer_norm_epsilon"] = 1e-5,
        };
        if (Window is { } window)
            config["attention_window"] = window;
        return JsonSerializer.Serialize(config);
    }

    public Dictionary<string, TestTensor> Tensors()
    {
        var random = new Random(Seed);
        var tensors = new Dictionary<string, TestTensor>();
        Add("wte.weight", 0, 0.3, Vocabulary, Width);
        Add("wpe.weight", 0, 0.3, Positions, Width);
        for (var l = 0; l < Layers; l++)
        {
            Norm($"h.{l}.ln_1");
            Linear($"h.{l}.attn.c_attn", Width, 3 * Width);
            Linear($"h.{l}.attn.c_proj", Width, Width);
            Norm($"h.{l}.ln_2");
            Linear($"h.{l}.mlp.c_fc", Width, 4 * Width);
            Linear($"h.{l}.mlp.c_proj", 4 * Width, Width);
            if (!Scalers)
                continue;
            foreach ((string name, double a, double b) in new[] { ("q", 0.4, 0.3), ("k", 0.25, 0.5), ("v", 0.25, 0.45), ("output", 2, 0) })
            {
                Add($"h.{l}.attn.{name}_scaler.a", a, 0.05, 1, Heads, 1, 1);
                Add($"h.{l}.attn.{name}_scaler.b", b, 0.02, 1, Heads, 1, 1);
            }
        }
        Norm("ln_f");
        return tensors;

        void Norm(string name)
        {
            Add(name + ".weight", 1, 0.1, Width);
            Add(name + ".bias", 0, 0.1, Width);
        }

        void Linear(string name, int inner, int columns)
        {
            Add(name + ".weight", 0, 1 / Math.Sqrt(inner), inner, columns);
            Add(name + ".bias", 0, 0.1, columns);
        }

        void Add(string name, double mean, double std, params long[] shape)
        {
            var values = new float[shape.Aggregate(1L, (a, b) => a * b)];
            for (var i = 0; i < values.Length; i++)
                values[i] = (float)(mean + std * Normal());
            tensors.Add(name, new TestTensor(shape, values));
        }

        double Normal() => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
    }

    public int[] Tokens(int count)
    {
        var random = new Random(Seed + 1000);
        return [.. Enumerable.Range(0, count).Select(_ => random.Next(Vocabulary))];
    }
}
