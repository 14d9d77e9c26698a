using System.Diagnostics;
using AnalogAttention.Calibration;
using AnalogAttention.Inference.Attention;
using AnalogAttention.Inference.Gpt2;
using AnalogAttention.Inference.Tensors;
using MathNet.Numerics.Statistics;
using static System.FormattableString;

namespace AnalogAttention.Benchmarks;

/// <summary>GPT-2 with random weights: reading a prompt and one token more, in single precision and with weights in BF16, beside PyTorch; the machine's limits beside both.</summary>
internal static class Gpt2Speed
{
    private static readonly (string Kind, int Tokens)[] Cases = [("prefill", 64), ("prefill", 256), ("prefill", 1024), ("decode", 64), ("decode", 512), ("decode", 1000)];

    public static void Run(TextWriter output, RandomModel shape, int rounds, int threads)
    {
        output.WriteLine(Invariant($"GPT-2 {shape.Name}, {shape.Parameters / 1e6:f0} M random weights, {threads} thread(s), {MatrixProduct.FastestPath}"));
        double flops = MachineLimits.FlopsPerSecond(), bytes = MachineLimits.BytesPerSecond();
        output.WriteLine(Invariant($"limits of one core: {flops / 1e9:f0} GFLOP/s of fused multiply-adds, {bytes / 1e9:f1} GB/s read"));
        if (shape == RandomModel.Small)
            Attention(output, rounds);
        using var peer = threads == 1 ? PyTorchPeer.Start(shape) : null;
        output.WriteLine(peer is null ? "PyTorch is not installed (or there are several threads): no peer" : $"peer: PyTorch {peer.Version}");
        using var team = threads > 1 ? new ThreadTeam(threads) : null;
        var (single, half) = Load(output, shape);
        var softmax = new SoftmaxAttention();
        Gpt2Sequence Open(Gpt2Model model) => model.Open(softmax, team: team);
        (Gpt2Sequence f32, Gpt2Sequence bf16) = (Open(single), Open(half));

        output.WriteLine(Invariant($"{"",-14}{"F32 ms",10}{"BF16 ms",10}{"torch ms",10}{"F32/torch",11}{"F32/BF16",10}{"% of FMA",10}{"% of GB/s",11}"));
        foreach (var (kind, tokens) in Cases)
        {
            List<double> ours = [], ourHalf = [], theirs = [];
            WarmUp(() => Seconds(f32, kind, tokens));
            WarmUp(() => Seconds(bf16, kind, tokens));
            for (var round = 0; round < rounds; round++)
            {
                ours.Add(Seconds(f32, kind, tokens));
                ourHalf.Add(Seconds(bf16, kind, tokens));
                if (peer is not null)
                    theirs.Add(kind == "decode" ? Enumerable.Range(0, Repeats).Average(_ => peer.Seconds(kind, tokens)) : peer.Seconds(kind, tokens));
            }
            double time = ours.Median(), timeHalf = ourHalf.Median(), torch = theirs.Count > 0 ? theirs.Median() : double.NaN;
            // 2 per weight and token, and 2 for the scores and 2 for their sums per pair of tokens and dimension
            double work = kind == "prefill" ? (2.0 * shape.MatrixProducts * tokens + 2.0 * shape.Layers * shape.Width * tokens * (tokens + 1.0)) / time / flops / threads : double.NaN;
            // every weight and every key and value once
            double traffic = kind == "decode" ? 4.0 * (shape.MatrixProducts + (long)shape.Width * RandomModel.Vocabulary + 2L * shape.Layers * shape.Width * tokens) / time / bytes : double.NaN;
            output.WriteLine(Invariant($"{kind,-8}{tokens,6}{time * 1e3,10:f2}{timeHalf * 1e3,10:f2}{torch * 1e3,10:f2}{time / torch,11:f2}{time / timeHalf,10:f2}{100 * work,10:f0}{100 * traffic,11:f0}"));
        }
        output.WriteLine("% of FMA: matrices of the layers and the products of causal attention; % of GB/s: F32 weights, keys and values, of one core's");
        output.WriteLine(Invariant($"peak memory {EmbeddedPeer.PeakMebibytes():f0} MiB"));
    }

    private static (Gpt2Model Single, Gpt2Model Half) Load(TextWriter output, RandomModel shape)
    {
        var folder = Directory.CreateTempSubdirectory("analog-attention-");
        try
        {
            shape.Write(folder.FullName);
            var clock = Stopwatch.StartNew();
            var single = Gpt2Model.Load(folder.FullName);
            var seconds = clock.Elapsed.TotalSeconds;
            clock.Restart();
            var half = Gpt2Model.Load(folder.FullName, WeightFormat.BF16);
            output.WriteLine(Invariant($"loaded in {seconds:f1} s as F32, {clock.Elapsed.TotalSeconds:f1} s as BF16"));
            return (single, half);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private const int Repeats = 8;

    /// <summary>Until the run-time compiler has had the time to optimise what runs.</summary>
    private static void WarmUp(Action run)
    {
        var clock = Stopwatch.StartNew();
        do
            run();
        while (clock.Elapsed.TotalSeconds < 3);
    }

    /// <summary>Of one prompt, or of one token on top of so many, the mean of some tokens; the last token's logits included.</summary>
    private static double Seconds(Gpt2Sequence sequence, string kind, int tokens)
    {
        var logits = new float[RandomModel.Vocabulary];
        var prompt = Enumerable.Range(0, tokens).Select(k => k * 7919 % RandomModel.Vocabulary).ToArray();
        if (kind == "decode" && sequence.Position >= tokens && sequence.Position + Repeats <= sequence.Capacity && sequence.Position < tokens + 3 * Repeats)
            return Decode();
        sequence.Reset();
        var clock = Stopwatch.StartNew();
        sequence.Read(prompt);
        sequence.LastLogits(logits);
        return kind == "prefill" ? clock.Elapsed.TotalSeconds : Decode();

        double Decode()
        {
            var clock = Stopwatch.StartNew();
            for (var k = 0; k < Repeats; k++)
            {
                sequence.Read([k]);
                sequence.LastLogits(logits);
            }
            return clock.Elapsed.TotalSeconds / Repeats;
        }
    }

    /// <summary>Attention of all layers alone: exact softmax, the gain cell without and with decay.</summary>
    private static void Attention(TextWriter output, int rounds)
    {
        var cell = PublishedCell.Load();
        const int layers = 1, heads = 12, size = 64, tokens = RandomModel.Positions;
        var geometry = new AttentionGeometry(layers, heads, size, tokens, [LayerScalers.Default(heads)]);
        (string Name, IAttention Attention)[] variants =
        [
            ("softmax", new SoftmaxAttention()),
            ("gain cell, no decay", new GainCellAttention(cell, new GainCellOptions { DecayPerToken = 0 })),
            ("gain cell, decay", new GainCellAttention(cell, new GainCellOptions { DecayPerToken = 1.6e-4 })),
        ];
        var random = new Random(2);
        float[] qkv = [.. Enumerable.Range(0, tokens * 3 * heads * size).Select(_ => random.NextSingle())], result = new float[tokens * heads * size];
        foreach (var (kind, from) in new[] { ("prefill", 0), ("decode", 1000) })
        {
            var times = variants.Select(_ => new List<double>()).ToArray();
            var states = variants.Select(v => v.Attention.Open(geometry, tokens)).ToArray();
            double Seconds(IAttentionState state)
            {
                var clock = Stopwatch.StartNew();
                if (from == 0)
                    state.Attend(0, 0, qkv, tokens, result);
                else
                    for (var t = from; t < tokens; t++)
                        state.Attend(0, t, qkv.AsSpan(0, 3 * heads * size), 1, result);
                return clock.Elapsed.TotalSeconds / (from == 0 ? 1 : tokens - from);
            }
            foreach (var state in states)
            {
                state.Attend(0, 0, qkv, tokens, result);
                WarmUp(() => Seconds(state));
            }
            for (var round = 0; round < rounds; round++)
                for (var v = 0; v < variants.Length; v++)
                    times[v].Add(Seconds(states[v]));
            for (var v = 0; v < variants.Length; v++)
                output.WriteLine(Invariant($"attention of a layer, {kind} {(from == 0 ? tokens : from),4}: {variants[v].Name,-20}{times[v].Median() * 1e3,9:f3} ms{times[v].Median() / times[0].Median(),8:f2}x"));
        }
    }
}
