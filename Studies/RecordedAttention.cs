using AnalogAttention.Inference.Attention;
using AnalogAttention.Inference.Tensors;

namespace AnalogAttention.Studies;

/// <summary>An attention that keeps the queries, keys and values that a model puts through it.</summary>
/// <param name="inner">What attends.</param>
internal sealed class RecordedAttention(IAttention inner) : IAttention
{
    private State? _state;

    public AttentionGeometry Geometry => _state!.Geometry;

    /// <summary>Of a layer, all tokens read so far: shape (T, 3 x width).</summary>
    private IReadOnlyList<float> Rows(int layer) => _state!.Rows[layer];

    /// <summary>Queries in units of T_max, keys and values in volts as the scalers of a head give them, before any clamp: shape (T, d) each.</summary>
    public (double[] Q, double[] K, double[] V) Scaled(int layer, int head)
    {
        int d = Geometry.HeadSize, width = Geometry.Heads * d;
        IReadOnlyList<float> rows = Rows(layer);
        LayerScalers scalers = Geometry.Scalers[layer];
        double[] Part(int part, Scaler scaler) => [.. Enumerable.Range(0, rows.Count / (3 * width))
            .SelectMany(t => Enumerable.Range(0, d).Select(i => scaler.Slope(head) * rows[t * 3 * width + part * width + head * d + i] + scaler.Shift(head)))];
        return (Part(0, scalers.Query), Part(1, scalers.Key), Part(2, scalers.Value));
    }

    public IAttentionState Open(AttentionGeometry geometry, int capacity, ThreadTeam? team = null) => _state = new State(geometry, inner.Open(geometry, capacity, team));

    private sealed class State(AttentionGeometry geometry, IAttentionState inner) : IAttentionState
    {
        public AttentionGeometry Geometry => geometry;

        public List<float>[] Rows { get; } = [.. Enumerable.Range(0, geometry.Layers).Select(_ => new List<float>())];

        public AttentionCounts Counts => inner.Counts;

        public void Begin(long sequence) => inner.Begin(sequence);

        public void Attend(int layer, int position, ReadOnlySpan<float> qkv, int rows, Span<float> output)
        {
            Rows[layer].AddRange(qkv);
            inner.Attend(layer, position, qkv, rows, output);
        }
    }
}
