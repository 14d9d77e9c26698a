using AnalogAttention.Circuits;
using AnalogAttention.Inference.Attention;
using AnalogAttention.Inference.Tensors;
using AnalogAttention.Inference.Weights;

namespace AnalogAttention.Inference.Gpt2;

/// <summary>
/// GPT-2's tensors out of a checkpoint. Matrices may be stored (in, out), Hugging Face's Conv1D, or (out, in), torch.nn.Linear as in
/// the authors' models; the shape of <c>h.0.attn.c_attn.weight</c>, never square, tells which.
/// </summary>
internal sealed class Gpt2WeightsReader(Checkpoint checkpoint, Gpt2Config config, WeightFormat format)
{
    private readonly bool _linearLayout = checkpoint.ShapeOf("h.0.attn.c_attn.weight") is [var rows, var columns] && rows == 3L * config.Width && columns == config.Width;

    /// <summary>One matrix at a time, on its way into panels.</summary>
    private float[] _matrix = [];

    /// <exception cref="BadInputException">A tensor is missing or has another shape than the config asks for.</exception>
    public Gpt2Weights Read()
    {
        bool hasHead = checkpoint.Contains("lm_head.weight");
        if (!hasHead && !config.TiedHead)
            throw new BadInputException($"{checkpoint.Path}: tensor 'lm_head.weight' is missing, and config.json has tie_word_embeddings = false");
        float[]? tokens = hasHead ? checkpoint.Read("wte.weight", config.Vocabulary, config.Width) : null;
        Span<float> outputs = checkpoint.Read(hasHead ? "lm_head.weight" : "wte.weight", ref _matrix, config.Vocabulary, config.Width);
        if (tokens is not null && outputs.SequenceEqual(tokens))
            tokens = null;
        PackedMatrix head = PackedMatrix.FromColumns(outputs, config.Width, config.Vocabulary, format);
        float[] positions = checkpoint.Read("wpe.weight", config.Positions, config.Width);
        var layers = new List<LayerWeights>();
        for (var l = 0; l < config.Layers; l++)
            layers.Add(new LayerWeights(
                Norm($"h.{l}.ln_1"),
                QueriesKeysValues(l),
                Linear($"h.{l}.attn.c_proj", config.Width, config.Width),
                Norm($"h.{l}.ln_2"),
                Linear($"h.{l}.mlp.c_fc", config.Width, config.Inner),
                Linear($"h.{l}.mlp.c_proj", config.Inner, config.Width)));
        NormWeights finalNorm = Norm("ln_f");
        LayerScalers[] scalers = [.. Enumerable.Range(0, config.Layers).Select(ScalersOf)];
        bool hasScalers = Enumerable.Range(0, config.Layers).Any(l => checkpoint.Contains($"h.{l}.attn.q_scaler.a"));
        return new Gpt2Weights(tokens, positions, layers.ToArray(), finalNorm, head, scalers, hasScalers);
    }

    private NormWeights Norm(string name) => new(checkpoint.Read(name + ".weight", config.Width), checkpoint.Read(name + ".bias", config.Width));

    private LinearWeights Linear(string name, int inner, int columns) => new(
        _linearLayout
            ? PackedMatrix.FromColumns(checkpoint.Read(name + ".weight", ref _matrix, columns, inner), inner, columns, format)
            : PackedMatrix.FromRows(checkpoint.Read(name + ".weight", ref _matrix, inner, columns), inner, columns, format),
        checkpoint.Read(name + ".bias", columns));

    /// <summary>
    /// Attention divides scores by sqrt(head size) alone; what the config asks beyond that goes into the queries, whose products the scores are.
    /// </summary>
    private LinearWeights QueriesKeysValues(int layer)
    {
        string name = $"h.{layer}.attn.c_attn";
        int width = config.Width, columns = 3 * width;
        Span<float> w = _linearLayout ? checkpoint.Read(name + ".weight", ref _matrix, columns, width) : checkpoint.Read(name + ".weight", ref _matrix, width, columns);
        float[] b = checkpoint.Read(name + ".bias", columns);
        if (config.QueryScale(layer) is var scale && scale != 1)
        {
            Scale(b.AsSpan(0, width));
            if (_linearLayout)
                Scale(w[..(width * width)]);
            else
                for (var row = 0; row < width; row++)
                    Scale(w.Slice(row * columns, width));
        }
        return new LinearWeights(_linearLayout ? PackedMatrix.FromColumns(w, width, columns, format) : PackedMatrix.FromRows(w, width, columns, format), b);

        void Scale(Span<float> values)
        {
            foreach (ref float value in values)
                value = (float)(value * scale);
        }
    }

    private LayerScalers ScalersOf(int layer)
    {
        LayerScalers otherwise = LayerScalers.Default(config.Heads);
        string name = $"h.{layer}.attn.";
        return new LayerScalers(
            ScalerOf(name + "q_scaler", otherwise.Query),
            ScalerOf(name + "k_scaler", otherwise.Key),
            ScalerOf(name + "v_scaler", otherwise.Value),
            ScalerOf(name + "output_scaler", otherwise.Output),
            FixedScale(name + "att_score_scaler"),
            FixedScale(name + "weight_average_scaler"));
    }

    private Scaler ScalerOf(string name, Scaler otherwise) => new(
        PerHead(name + ".a") ?? otherwise.A, PerHead(name + ".b") ?? otherwise.B, PerHead(name + ".target_std"), PerHead(name + ".target_mean"));

    private double[]? PerHead(string name) => checkpoint.Contains(name) ? Array.ConvertAll(checkpoint.Read(name, 1, config.Heads, 1, 1), static x => (double)x) : null;

    private double? FixedScale(string name)
    {
        if (checkpoint.Contains(name + ".b") && checkpoint.Read(name + ".b", 1)[0] is not 0 and var b)
            throw new BadInputException($"{checkpoint.Path}: tensor '{name}.b' is {b}; only 0 is supported (the authors' code fixes it there)");
        return checkpoint.Contains(name + ".a") ? checkpoint.Read(name + ".a", 1)[0] : null;
    }
}
