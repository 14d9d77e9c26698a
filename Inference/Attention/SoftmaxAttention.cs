using System.Numerics;
using AnalogAttention.Inference.Tensors;

namespace AnalogAttention.Inference.Attention;

/// <summary>Exact softmax attention: softmax(q k / sqrt d) v over the causal sliding window.</summary>
/// <param name="Window">Null: the model's.</param>
public sealed record SoftmaxAttention(int? Window = null) : IAttention
{
    public IAttentionState Open(AttentionGeometry geometry, int capacity) => new SoftmaxState(geometry with { Window = Window ?? geometry.Window }, capacity);
}

/// <summary>
/// Per head: keys transposed in panels of 32 keys, (capacity/32, d, 32); values in panels of 32 dimensions, (ceil(d/32), capacity, 32).
/// Both products then run in the kernel of the linear layers.
/// </summary>
internal sealed class SoftmaxState : IAttentionState
{
    private const int Width = PackedMatrix.PanelWidth;
    private const int RowBlock = 60;

    private readonly AttentionGeometry _geometry;
    private readonly int _capacity;
    private readonly int _padded;
    private readonly float[][] _keys;
    private readonly float[][] _values;
    private readonly float[] _scores;
    private readonly float[] _sums;

    public SoftmaxState(AttentionGeometry geometry, int capacity)
    {
        _geometry = geometry;
        _capacity = (capacity + Width - 1) / Width * Width;
        _padded = PackedMatrix.PanelCount(geometry.HeadSize) * Width;
        int heads = geometry.Layers * geometry.Heads;
        _keys = [.. Enumerable.Range(0, heads).Select(_ => new float[_capacity * geometry.HeadSize])];
        _values = [.. Enumerable.Range(0, heads).Select(_ => new float[_capacity * _padded])];
        _scores = new float[Math.Min(RowBlock, capacity) * _capacity];
        _sums = new float[RowBlock * _padded];
    }

    public AttentionCounts Counts => default;

    public void Attend(int layer, int position, ReadOnlySpan<float> qkv, int rows, Span<float> output)
    {
        int d = _geometry.HeadSize, width = _geometry.Heads * d;
        for (var head = 0; head < _geometry.Heads; head++)
        {
            float[] keys = _keys[layer * _geometry.Heads + head], values = _values[layer * _geometry.Heads + head];
            for (var r = 0; r < rows; r++)
                Store(keys, values, position + r, qkv.Slice(r * 3 * width + width + head * d, d), qkv.Slice(r * 3 * width + 2 * width + head * d, d));
            for (var r = 0; r < rows; r += RowBlock)
            {
                int count = Math.Min(RowBlock, rows - r);
                AttendRows(keys, values, position + r, qkv[(r * 3 * width + head * d)..], 3 * width, count, output[(r * width + head * d)..], width);
            }
        }
    }

    private void Store(float[] keys, float[] values, int at, ReadOnlySpan<float> k, ReadOnlySpan<float> v)
    {
        int d = k.Length, key = at / Width * d * Width + at % Width;
        for (var i = 0; i < d; i++)
            keys[key + i * Width] = k[i];
        for (var i = 0; i < d; i += Width)
            v.Slice(i, Math.Min(Width, d - i)).CopyTo(values.AsSpan((i / Width * _capacity + at) * Width));
    }

    /// <param name="q">Rows of d floats, <paramref name="qStride"/> apart.</param>
    private void AttendRows(float[] keys, float[] values, int position, ReadOnlySpan<float> q, int qStride, int rows, Span<float> output, int outputStride)
    {
        int d = _geometry.HeadSize;
        int first = Math.Max(0, position - _geometry.Window + 1) / Width * Width;
        int last = (position + rows + Width - 1) / Width * Width;
        int span = last - first;
        MatrixProduct.Multiply(q, qStride, rows, keys.AsSpan(first * d), d, d, span, default, 0, _scores, span);
        Span<double> inverseSums = stackalloc double[RowBlock];
        for (var r = 0; r < rows; r++)
        {
            int t = position + r, from = Math.Max(0, t - _geometry.Window + 1) - first;
            Span<float> row = _scores.AsSpan(r * span, span);
            inverseSums[r] = 1 / Exponentiate(row, from, t - first + 1, (float)(1 / Math.Sqrt(d)));
        }
        MatrixProduct.Multiply(_scores, span, rows, values.AsSpan(first * Width), _capacity, span, _padded, default, 0, _sums, _padded);
        for (var r = 0; r < rows; r++)
            for (var i = 0; i < d; i++)
                output[r * outputStride + i] = (float)(_sums[r * _padded + i] * inverseSums[r]);
    }

    /// <summary>row[j] becomes exp(scale (row[j] - max)) for from &lt;= j &lt; to and 0 elsewhere; returns their sum, lane by lane in double.</summary>
    private static double Exponentiate(Span<float> row, int from, int to, float scale)
    {
        row[..from].Fill(float.NegativeInfinity);
        row[to..].Fill(float.NegativeInfinity);
        int w = Vector<float>.Count;
        var highest = new Vector<float>(float.NegativeInfinity);
        for (var j = 0; j < row.Length; j += w)
            highest = Vector.Max(highest, new Vector<float>(row[j..]));
        float max = highest[0];
        for (var i = 1; i < w; i++)
            max = MathF.Max(max, highest[i]);
        var shift = new Vector<float>(max);
        // Sums run over fixed lanes of absolute key positions, so that blocks that start elsewhere give the same bits.
        Vector<double> sum0 = default, sum1 = default;
        for (var j = 0; j < row.Length; j += w)
        {
            Vector<float> p = Vector.Exp((new Vector<float>(row[j..]) - shift) * scale);
            p.CopyTo(row[j..]);
            Vector.Widen(p, out Vector<double> low, out Vector<double> high);
            sum0 += low;
            sum1 += high;
        }
        return Vector.Sum(sum0 + sum1);
    }
}
