using AnalogAttention.Circuits;
using AnalogAttention.Inference.Attention;
using AnalogAttention.Inference.Tensors;
using AnalogAttention.Inference.Weights;

namespace AnalogAttention.Inference.Gpt2;

/// <summary>A loaded GPT-2. Immutable: any number of sequences may read it at once.</summary>
public sealed class Gpt2Model(Gpt2Config config, Gpt2Weights weights)
{
    private const int HeadRows = 128; // a report every few hundred milliseconds at GPT-2's vocabulary; the bits do not depend on it

    public Gpt2Config Config { get; } = config;
    public Gpt2Weights Weights { get; } = weights;

    public AttentionGeometry Geometry { get; } = new(config.Layers, config.Heads, config.HeadSize, config.Window, weights.Scalers);

    /// <param name="folder">A Hugging Face GPT-2 folder: <c>config.json</c> and <c>model.safetensors</c> or its shards.</param>
    /// <param name="format">Of the matrices in memory, whatever they are in the file.</param>
    /// <exception cref="BadInputException">One line that names file and tensor.</exception>
    public static Gpt2Model Load(string folder, WeightFormat format = WeightFormat.F32)
    {
        Gpt2Config config = Gpt2Config.Read(Path.Combine(folder, "config.json"));
        using Checkpoint checkpoint = Checkpoint.Open(folder);
        return new Gpt2Model(config, new Gpt2WeightsReader(checkpoint, config, format).Read());
    }

    /// <summary>The same weights with other hardware scales.</summary>
    public Gpt2Model With(IReadOnlyList<LayerScalers> scalers) => new(Config, Weights with { Scalers = scalers, HasScalers = true });

    /// <param name="capacity">Largest number of tokens, default the context length.</param>
    /// <param name="keepAttention">Keep every layer's attention output of the last read.</param>
    /// <param name="team">Threads that share the work of this sequence; null: the caller's alone.</param>
    public Gpt2Sequence Open(IAttention attention, int? capacity = null, bool keepAttention = false, ThreadTeam? team = null) =>
        new(this, attention, Math.Min(capacity ?? Config.Positions, Config.Positions), keepAttention, team);

    /// <param name="team">Threads that share the work; null: the caller's alone.</param>
    /// <param name="progress">Share of the multiplications by weights that are done.</param>
    /// <returns>Shape (tokens, vocabulary).</returns>
    /// <exception cref="BadInputException">A token is not in the vocabulary, or there are more than the context holds.</exception>
    public float[] Logits(ReadOnlySpan<int> tokens, IAttention attention, ThreadTeam? team = null, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        CheckTokens(tokens, Config.Positions);
        Gpt2Sequence sequence = Open(attention, tokens.Length, team: team);
        double layerWork = Config.Layers * (4.0 * Config.Width + 2.0 * Config.Inner), layerShare = layerWork / (layerWork + Config.Vocabulary);
        sequence.Read(tokens, progress is null ? null : new Share(progress, layerShare), cancellation);
        var logits = new float[(long)tokens.Length * Config.Vocabulary];
        for (var first = 0; first < tokens.Length; first += HeadRows)
        {
            cancellation.ThrowIfCancellationRequested();
            int count = Math.Min(HeadRows, tokens.Length - first);
            sequence.Logits(first, count, logits.AsSpan(first * Config.Vocabulary, count * Config.Vocabulary));
            progress?.Report(layerShare + (1 - layerShare) * (first + count) / tokens.Length);
        }
        return logits;
    }

    private sealed class Share(IProgress<double> whole, double share) : IProgress<double>
    {
        public void Report(double value) => whole.Report(share * value);
    }

    internal void CheckTokens(ReadOnlySpan<int> tokens, int room)
    {
        if (tokens.Length > room)
            throw new BadInputException($"{tokens.Length} tokens, but the context has room for {room}");
        foreach (int token in tokens)
            if ((uint)token >= (uint)Config.Vocabulary)
                throw new BadInputException($"token {token} is not in the vocabulary of {Config.Vocabulary}");
    }
}
