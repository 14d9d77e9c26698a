using System.Numerics;
using AnalogAttention.Inference.Tensors;

namespace AnalogAttention.Inference.Attention;

/// <summary>The gain-cell arrays of every layer and head for one sequence.</summary>
internal sealed class GainCellState : HeadwiseState
{
    private const int Tile = GainCellArithmetic.TileKeys;

    private readonly GainCellArithmetic _cell;
    private readonly GainCellHead[] _heads;
    private readonly GainCellWorkspace[] _work;    // by thread

    public GainCellState(GainCellArithmetic cell, AttentionGeometry geometry, int capacity, ThreadTeam? team)
        : base(geometry, team)
    {
        _cell = cell;
        _heads = [.. Enumerable.Range(0, geometry.Layers * geometry.Heads).Select(n => new GainCellHead(cell, geometry.HeadSize, capacity, n / geometry.Heads, n % geometry.Heads, geometry.Window))];
        _work = [.. Enumerable.Range(0, Threads).Select(_ => new GainCellWorkspace(cell, geometry.HeadSize, capacity))];
    }

    public override void Begin(long sequence)
    {
        foreach (GainCellWorkspace work in _work)
            work.Begin(_cell, sequence);
    }

    public override AttentionCounts Counts => _work.Aggregate(default(AttentionCounts), (sum, work) => sum + work.Counts);

    protected override void AttendHead(int thread, int layer, int head, int position, ReadOnlySpan<float> qkv, int rows, Span<float> output)
    {
        int d = Geometry.HeadSize, width = Geometry.Heads * d;
        LayerScalers scalers = Geometry.Scalers[layer];
        GainCellHead arrays = _heads[layer * Geometry.Heads + head];
        GainCellWorkspace work = _work[thread];
        double slope = scalers.Output.Slope(head) * (_cell.Output.Enabled ? _cell.Output.Step : 1), shift = scalers.Output.Shift(head);
        for (var r = 0; r < rows;)                                       // blocks of queries that begin where a tile begins, but for the first
        {
            int count = Math.Min(rows - r, GainCellWorkspace.Rows - (position + r) % Tile);
            for (var i = 0; i < count; i++)
            {
                Prefetch(qkv, rows, r + i + RowsAhead, head);
                Store(arrays, scalers, layer, head, position + r + i, qkv.Slice((r + i) * 3 * width, 3 * width), work.Pulses.AsSpan(i * d, d), work);
            }
            arrays.Attend(position + r, count, work.Pulses.Span, Geometry.Window, work.Sums.Span, work, trace: null);
            for (var i = 0; i < count; i++)
                Affine(work.Sums.AsSpan(i * d, d), (float)slope, (float)shift, output.Slice((r + i) * width + head * d, d));
            r += count;
        }
    }

    /// <summary>Scales, clamps and quantizes one token's q, k and v; stores k and v.</summary>
    private void Store(GainCellHead head, LayerScalers scalers, int layer, int h, int position, ReadOnlySpan<float> qkv, Span<float> pulses, GainCellWorkspace work)
    {
        int d = Geometry.HeadSize, width = Geometry.Heads * d;
        _cell.Input.Apply(qkv.Slice(h * d, d), scalers.Query.Slope(h), scalers.Query.Shift(h), pulses);
        var (keysClamped, keysOutside) = _cell.Write(qkv.Slice(width + h * d, d), scalers.Key.Slope(h), scalers.Key.Shift(h), position, CellRow.Of(layer, h, 0, position, Geometry.Window), work.Cells, work.Key, work.KeyVariance);
        var (valuesClamped, valuesOutside) = _cell.Write(qkv.Slice(2 * width + h * d, d), scalers.Value.Slope(h), scalers.Value.Shift(h), position, CellRow.Of(layer, h, 1, position, Geometry.Window), work.Cells, work.Value, work.ValueVariance);
        work.Counts += new AttentionCounts(2 * d, keysOutside + valuesOutside, keysClamped + valuesClamped, 0, 0);
        head.Store(position, work);
    }

    private static void Affine(ReadOnlySpan<float> x, float a, float b, Span<float> y)
    {
        int w = Vector<float>.Count, i = 0;
        Vector<float> slope = new(a), shift = new(b);
        for (; i <= x.Length - w; i += w)
            Vector.FusedMultiplyAdd(new Vector<float>(x[i..]), slope, shift).CopyTo(y[i..]);
        for (; i < x.Length; i++)
            y[i] = MathF.FusedMultiplyAdd(x[i], a, b);
    }
}
