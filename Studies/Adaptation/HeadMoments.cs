using AnalogAttention.Circuits;
using AnalogAttention.Inference.Attention;
using AnalogAttention.Inference.Gpt2;
using AnalogAttention.Inference.Tensors;

namespace AnalogAttention.Studies.Adaptation;

/// <summary>Standard deviation and mean per head.</summary>
/// <param name="Std">Shape (heads).</param>
/// <param name="Mean">Shape (heads).</param>
public sealed record Moments(double[] Std, double[] Mean);

/// <summary>Of what enters one layer's arrays after its scalers and before the clamps, and of what leaves its output scaler.</summary>
public sealed record LayerMoments(Moments Query, Moments Key, Moments Value, Moments Output);

/// <summary>Measures the moments of every head of a running model.</summary>
public static class HeadMoments
{
    /// <param name="windows">Read one by one, each from its beginning.</param>
    /// <param name="jobs">Windows at once; their sums are added in the order of the text, so that the result does not depend on it.</param>
    /// <returns>By layer.</returns>
    public static LayerMoments[] Of(Gpt2Model model, IAttention attention, IReadOnlyList<ReadOnlyMemory<int>> windows, int jobs, CancellationToken cancellation = default)
    {
        int layers = model.Config.Layers, heads = model.Config.Heads;
        var sums = new Sums[windows.Count];
        Parallel.For(0, windows.Count, new ParallelOptions { MaxDegreeOfParallelism = jobs, CancellationToken = cancellation }, n =>
        {
            var seen = new Observed(attention, layers, heads);
            Gpt2Sequence sequence = model.Open(seen, windows[n].Length);
            sequence.Reset(n);
            sequence.Read(windows[n].Span, cancellation: cancellation);
            sums[n] = seen.Sums;
        });
        // of raw q, k, v: scaling moves their moments along
        LayerMoments Layer(int l)
        {
            LayerScalers scalers = model.Weights.Scalers[l];
            Moments Raw(int part) => Sums.Total(sums, (l * 4 + part) * heads, heads);
            Moments Scaled(Moments raw, Scaler scaler) => new([.. raw.Std.Select((s, h) => scaler.Slope(h) * s)], [.. raw.Mean.Select((m, h) => scaler.Slope(h) * m + scaler.Shift(h))]);
            return new LayerMoments(Scaled(Raw(0), scalers.Query), Scaled(Raw(1), scalers.Key), Scaled(Raw(2), scalers.Value), Raw(3));
        }
        return [.. Enumerable.Range(0, layers).Select(Layer)];
    }

    /// <summary>Count, sum and sum of squares, by (layer, q k v or output, head).</summary>
    private sealed class Sums(int entries)
    {
        public long[] Count { get; } = new long[entries];
        public double[] Sum { get; } = new double[entries];
        public double[] Squares { get; } = new double[entries];

        public void Add(int at, ReadOnlySpan<float> values)
        {
            double sum = 0, squares = 0;
            foreach (float x in values)
                (sum, squares) = (sum + x, squares + (double)x * x);
            (Count[at], Sum[at], Squares[at]) = (Count[at] + values.Length, Sum[at] + sum, Squares[at] + squares);
        }

        public static Moments Total(Sums[] windows, int first, int heads)
        {
            double[] std = new double[heads], mean = new double[heads];
            for (var h = 0; h < heads; h++)
            {
                double count = windows.Sum(w => w.Count[first + h]);
                mean[h] = windows.Sum(w => w.Sum[first + h]) / count;
                std[h] = Math.Sqrt(Math.Max(0, windows.Sum(w => w.Squares[first + h]) / count - mean[h] * mean[h]));
            }
            return new Moments(std, mean);
        }
    }

    private sealed class Observed(IAttention inner, int layers, int heads) : IAttention
    {
        public Sums Sums { get; } = new(layers * 4 * heads);

        public IAttentionState Open(AttentionGeometry geometry, int capacity, ThreadTeam? team = null) => new State(inner.Open(geometry, capacity, team), geometry, Sums);
    }

    private sealed class State(IAttentionState inner, AttentionGeometry geometry, Sums sums) : IAttentionState
    {
        public AttentionCounts Counts => inner.Counts;

        public void Begin(long sequence) => inner.Begin(sequence);

        public void Attend(int layer, int position, ReadOnlySpan<float> qkv, int rows, Span<float> output)
        {
            inner.Attend(layer, position, qkv, rows, output);
            int d = geometry.HeadSize, heads = geometry.Heads, width = heads * d;
            for (var r = 0; r < rows; r++)
                for (var h = 0; h < heads; h++)
                {
                    for (var part = 0; part < 3; part++)
                        sums.Add((layer * 4 + part) * heads + h, qkv.Slice((r * 3 + part) * width + h * d, d));
                    sums.Add((layer * 4 + 3) * heads + h, output.Slice(r * width + h * d, d));
                }
        }
    }
}
