using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using AnalogAttention.Inference.Tensors;

namespace AnalogAttention.Inference.Attention;

/// <summary>Exact softmax attention: softmax(q k / sqrt d) v over the causal sliding window.</summary>
/// <param name="Window">Null: the model's.</param>
public sealed record SoftmaxAttention(int? Window = null) : IAttention
{
    public IAttentionState Open(AttentionGeometry geometry, int capacity, ThreadTeam? team = null) =>
        new SoftmaxState(geometry with { Window = Window ?? geometry.Window }, capacity, team);
}

/// <summary>
/// Per head: keys transposed in panels of 32 keys, (capacity/32, d, 32); values in panels of 32 dimensions, (ceil(d/32), capacity, 32).
/// Both products then run in the kernel of the linear layers.
/// </summary>
internal sealed class SoftmaxState : HeadwiseState
{
    private const int Width = PackedMatrix.PanelWidth;
    // scores of so many rows stay near; fewer rows waste less beyond the diagonal
    private const int RowBlock = 24;

    private readonly int _capacity;
    private readonly int _padded;
    private readonly AlignedBuffer[] _keys;
    private readonly AlignedBuffer[] _values;
    private readonly AlignedBuffer[] _scores;    // by thread
    private readonly AlignedBuffer[] _sums;

    public SoftmaxState(AttentionGeometry geometry, int capacity, ThreadTeam? team)
        : base(geometry, team)
    {
        _capacity = (capacity + Width - 1) / Width * Width;
        _padded = PackedMatrix.PanelCount(geometry.HeadSize) * Width;
        int heads = geometry.Layers * geometry.Heads;
        _keys = [.. Enumerable.Range(0, heads).Select(_ => new AlignedBuffer(_capacity * geometry.HeadSize))];
        _values = [.. Enumerable.Range(0, heads).Select(_ => new AlignedBuffer(_capacity * _padded))];
        _scores = [.. Enumerable.Range(0, Threads).Select(_ => new AlignedBuffer(Math.Min(RowBlock, capacity) * _capacity))];
        _sums = [.. Enumerable.Range(0, Threads).Select(_ => new AlignedBuffer(RowBlock * _padded))];
    }

    public override AttentionCounts Counts => default;

    protected override void AttendHead(int thread, int layer, int head, int position, ReadOnlySpan<float> qkv, int rows, Span<float> output)
    {
        int d = Geometry.HeadSize, width = Geometry.Heads * d;
        AlignedBuffer keys = _keys[layer * Geometry.Heads + head], values = _values[layer * Geometry.Heads + head];
        for (var r = 0; r < rows; r++)
        {
            Prefetch(qkv, rows, r + RowsAhead, head);
            Store(keys.Span, values.Span, position + r, qkv.Slice(r * 3 * width + width + head * d, d), qkv.Slice(r * 3 * width + 2 * width + head * d, d));
        }
        for (var r = 0; r < rows; r += RowBlock)
        {
            int count = Math.Min(RowBlock, rows - r);
            AttendRows(thread, keys, values, position + r, qkv[(r * 3 * width + head * d)..], 3 * width, count, output[(r * width + head * d)..], width);
        }
    }

    private void Store(Span<float> keys, Span<float> values, int at, ReadOnlySpan<float> k, ReadOnlySpan<float> v)
    {
        int d = k.Length, key = at / Width * d * Width + at % Width;
        for (var i = 0; i < d; i++)
            keys[key + i * Width] = k[i];
        for (var i = 0; i < d; i += Width)
            v.Slice(i, Math.Min(Width, d - i)).CopyTo(values[((i / Width * _capacity + at) * Width)..]);
    }

    /// <param name="q">Rows of d floats, <paramref name="qStride"/> apart.</param>
    private void AttendRows(int thread, AlignedBuffer keys, AlignedBuffer values, int position, ReadOnlySpan<float> q, int qStride, int rows, Span<float> output, int outputStride)
    {
        AlignedBuffer scores = _scores[thread], sums = _sums[thread];
        int d = Geometry.HeadSize;
        int first = Math.Max(0, position - Geometry.Window + 1) / Width * Width;
        int last = (position + rows + Width - 1) / Width * Width;
        int span = last - first;
        MatrixProduct.Multiply(q, qStride, rows, keys.AsSpan(first * d), d, d, span, default, 0, scores.Span, span);
        Span<float> inverseSums = stackalloc float[RowBlock];
        for (var r = 0; r < rows; r++)
        {
            int t = position + r, from = Math.Max(0, t - Geometry.Window + 1) - first;
            Span<float> row = scores.AsSpan(r * span, span);
            inverseSums[r] = (float)(1 / Exponentiate(row, from, t - first + 1, (float)(1 / Math.Sqrt(d))));
        }
        MatrixProduct.Multiply(scores.Span, span, rows, values.AsSpan(first * Width), _capacity, span, _padded, default, 0, sums.Span, _padded);
        for (var r = 0; r < rows; r++)
            TensorPrimitives.Multiply(sums.AsSpan(r * _padded, d), inverseSums[r], output[(r * outputStride)..]);
    }

    /// <summary>row[j] becomes exp(scale (row[j] - max)) for from &lt;= j &lt; to and 0 elsewhere; returns their sum, lane by lane in double.</summary>
    private static double Exponentiate(Span<float> row, int from, int to, float scale)
    {
        row[..from].Fill(float.NegativeInfinity);
        row[to..].Fill(float.NegativeInfinity);
        const int half = Width / 2;
        Vector512<float> highest0 = Vector512.Create(float.NegativeInfinity), highest1 = highest0;
        ref float scores = ref MemoryMarshal.GetReference(row);
        for (var j = 0; j < row.Length; j += Width)
        {
            highest0 = Vector512.MaxNative(highest0, Vector512.LoadUnsafe(ref scores, (nuint)j));
            highest1 = Vector512.MaxNative(highest1, Vector512.LoadUnsafe(ref scores, (nuint)(j + half)));
        }
        highest0 = Vector512.MaxNative(highest0, highest1);
        float max = highest0[0];
        for (var i = 1; i < half; i++)
            max = MathF.Max(max, highest0[i]);
        Vector512<float> factor = Vector512.Create(scale), shift = Vector512.Create(-max * scale);
        // Sums run over fixed lanes of absolute key positions, so that blocks that start elsewhere give the same bits.
        Vector256<double> sum0 = default, sum1 = default;
        for (var j = 0; j < row.Length; j += Width)
        {
            Vector512<float> p0 = VectorExp.Exp(Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref scores, (nuint)j), factor, shift));
            Vector512<float> p1 = VectorExp.Exp(Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref scores, (nuint)(j + half)), factor, shift));
            p0.StoreUnsafe(ref scores, (nuint)j);
            p1.StoreUnsafe(ref scores, (nuint)(j + half));
            Vector512<float> both = p0 + p1;
            Vector256<float> few = both.GetLower() + both.GetUpper();
            sum0 += Vector256.WidenLower(few);
            sum1 += Vector256.WidenUpper(few);
        }
        return Vector256.Sum(sum0 + sum1);
    }
}
