using System.Numerics.Tensors;
using AnalogAttention.Inference.Attention;
using AnalogAttention.Inference.Gpt2;

namespace AnalogAttention.Inference.Evaluation;

/// <summary>The fast path, in single precision.</summary>
public sealed class FastModel(Gpt2Model model, IAttention attention) : ISequenceModel
{
    public int ContextLength => model.Config.Positions;
    public int Vocabulary => model.Config.Vocabulary;
    public int Layers => model.Config.Layers;
    public int Heads => model.Config.Heads;
    public int Width => model.Config.Width;

    public ISequenceReader Open() => new Reader(model, attention);

    private sealed class Reader(Gpt2Model model, IAttention attention) : ISequenceReader
    {
        private readonly Gpt2Sequence _sequence = model.Open(attention, keepAttention: true);
        private float[] _logits = [];

        public AttentionCounts Counts => _sequence.Counts;

        public void Read(ReadOnlySpan<int> tokens, long sequence)
        {
            _sequence.Reset(sequence);
            _sequence.Read(tokens);
        }

        public void Logits(int first, int count, Span<double> logits)
        {
            int length = count * model.Config.Vocabulary;
            if (_logits.Length < length)
                _logits = new float[length];
            _sequence.Logits(first, count, _logits);
            TensorPrimitives.ConvertTruncating<float, double>(_logits.AsSpan(0, length), logits);
        }

        public void AttentionOutput(int layer, Span<double> output) => TensorPrimitives.ConvertTruncating(_sequence.AttentionOutput(layer), output);
    }
}
