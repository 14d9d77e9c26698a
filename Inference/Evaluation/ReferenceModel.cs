using AnalogAttention.Inference.Attention;
using AnalogAttention.Inference.Reference;

namespace AnalogAttention.Inference.Evaluation;

/// <summary>The double-precision version: with ideal gain cells, the definition of ideal math.</summary>
public sealed class ReferenceModel(ReferenceGpt2 model, IReferenceAttention attention) : ISequenceModel
{
    public int ContextLength => model.Config.Positions;
    public int Vocabulary => model.Config.Vocabulary;
    public int Layers => model.Config.Layers;
    public int Heads => model.Config.Heads;
    public int Width => model.Config.Width;

    public ISequenceReader Open() => new Reader(model, attention);

    private sealed class Reader(ReferenceGpt2 model, IReferenceAttention attention) : ISequenceReader
    {
        private readonly double[][] _attention = new double[model.Config.Layers][];
        private double[] _hidden = [];

        public AttentionCounts Counts => default;

        public void Read(ReadOnlySpan<int> tokens, long sequence) => _hidden = model.Hidden(tokens, attention, _attention, sequence);

        public void Logits(int first, int count, Span<double> logits) =>
            model.Logits(_hidden.AsSpan(first * model.Config.Width, count * model.Config.Width), logits[..(count * model.Config.Vocabulary)]);

        public void AttentionOutput(int layer, Span<double> output) => _attention[layer].CopyTo(output);
    }
}
