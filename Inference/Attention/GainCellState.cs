using System.Numerics;
using System.Numerics.Tensors;
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
        _heads = [.. Enumerable.Range(0, geometry.Layers * geometry.Heads).Select(_ => new GainCellHead(cell, geometry.HeadSize, capacity))];
        _work = [.. Enumerable.Range(0, Threads).Select(_ => new GainCellWorkspace(cell, geometry.HeadSize, capacity))];
    }

    public override AttentionCounts Counts => _work.Aggregate(default(AttentionCounts), (sum, work) => sum + work.Counts);

    protected override void AttendHead(int thread, int layer, int head, int position, ReadOnlySpan<float> qkv, int rows, Span<float> output)
    {
        int d = Geometry.HeadSize, width = Geometry.Heads * d;
        LayerScalers scalers = Geometry.Scalers[layer];
        GainCellHead arrays = _heads[layer * Geometry.Heads + head];
        GainCellWorkspace work = _work[thread];
        double slope = scalers.Output.Slope(head) * (_cell.Output.Enabled ? _cell.Output.Step : 1), shift = scalers.Output.Shift(head);
        for (var r = 0; r < rows;)                                       // blocks of queries that end where a tile ends
        {
            int count = Math.Min(rows - r, Tile - (position + r) % Tile);
            for (var i = 0; i < count; i++)
                Store(arrays, scalers, head, position + r + i, qkv.Slice((r + i) * 3 * width, 3 * width), work.Pulses.AsSpan(i * d, d), work);
            arrays.Attend(position + r, count, work.Pulses, Geometry.Window, work.Sums, work, trace: null);
            for (var i = 0; i < count; i++)
                Affine(work.Sums.AsSpan(i * d, d), slope, shift, output.Slice((r + i) * width + head * d, d));
            r += count;
        }
    }

    /// <summary>Scales, clamps and quantizes one token's q, k and v; stores k and v.</summary>
    private void Store(GainCellHead head, LayerScalers scalers, int h, int position, ReadOnlySpan<float> qkv, Span<float> pulses, GainCellWorkspace work)
    {
        int d = Geometry.HeadSize, width = Geometry.Heads * d;
        Span<double> q = work.Volts.AsSpan(0, d), k = work.Volts.AsSpan(d, d), v = work.Volts.AsSpan(2 * d, d);
        TensorPrimitives.ConvertTruncating(qkv.Slice(h * d, d), q);                  // exact: float to double
        TensorPrimitives.ConvertTruncating(qkv.Slice(width + h * d, d), k);
        TensorPrimitives.ConvertTruncating(qkv.Slice(2 * width + h * d, d), v);
        long clamped = !_cell.Storage.Clamps ? 0 : CountOutside(k, scalers.Key.Slope(h), scalers.Key.Shift(h), _cell.Storage.Low, _cell.Storage.High)
            + CountOutside(v, scalers.Value.Slope(h), scalers.Value.Shift(h), _cell.Storage.Low, _cell.Storage.High);
        _cell.Input.Apply(q, scalers.Query.Slope(h), scalers.Query.Shift(h), q);
        _cell.Storage.Apply(k, scalers.Key.Slope(h), scalers.Key.Shift(h), k);
        _cell.Storage.Apply(v, scalers.Value.Slope(h), scalers.Value.Shift(h), v);
        long outside = CountOutside(k, 1, 0, _cell.ValidLowVolts, _cell.ValidHighVolts) + CountOutside(v, 1, 0, _cell.ValidLowVolts, _cell.ValidHighVolts);
        work.Counts += new AttentionCounts(2 * d, outside, clamped, 0, 0);
        TensorPrimitives.ConvertTruncating<double, float>(q, pulses);
        head.Store(position, k, v, work);
    }

    /// <summary>y = a x + b, rounded once.</summary>
    private static void Affine(ReadOnlySpan<float> x, double a, double b, Span<float> y)
    {
        int w = Vector<float>.Count, i = 0;
        Vector<double> slope = new(a), shift = new(b);
        for (; i <= x.Length - w; i += w)
        {
            var values = new Vector<float>(x[i..]);
            Vector.Narrow(Vector.WidenLower(values) * slope + shift, Vector.WidenUpper(values) * slope + shift).CopyTo(y[i..]);
        }
        for (; i < x.Length; i++)
            y[i] = (float)(a * x[i] + b);
    }

    private static long CountOutside(ReadOnlySpan<double> x, double a, double b, double low, double high)
    {
        const double rounding = 1e-12;
        int w = Vector<double>.Count, i = 0;
        Vector<double> slope = new(a), shift = new(b), lowest = new(low - rounding), highest = new(high + rounding);
        Vector<long> outside = default;
        for (; i <= x.Length - w; i += w)
        {
            Vector<double> y = new Vector<double>(x[i..]) * slope + shift;
            outside -= Vector.LessThan(y, lowest) | Vector.GreaterThan(y, highest);
        }
        long count = Vector.Sum(outside);
        for (; i < x.Length; i++)
            count += a * x[i] + b < lowest[0] || a * x[i] + b > highest[0] ? 1 : 0;
        return count;
    }
}
