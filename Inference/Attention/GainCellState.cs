using AnalogAttention.Inference.Tensors;

namespace AnalogAttention.Inference.Attention;

/// <summary>The gain-cell arrays of every layer and head for one sequence.</summary>
internal sealed class GainCellState : IAttentionState
{
    private const int Tile = GainCellArithmetic.TileKeys;

    private readonly GainCellArithmetic _cell;
    private readonly AttentionGeometry _geometry;
    private readonly GainCellHead[] _heads;
    private readonly GainCellWorkspace _work;
    private long _stored, _outside, _clamped;

    public GainCellState(GainCellArithmetic cell, AttentionGeometry geometry, int capacity)
    {
        _cell = cell;
        _geometry = geometry;
        _heads = [.. Enumerable.Range(0, geometry.Layers * geometry.Heads).Select(_ => new GainCellHead(cell, geometry.HeadSize, capacity))];
        _work = new GainCellWorkspace(cell, geometry.HeadSize, capacity);
    }

    public AttentionCounts Counts => new(_stored, _outside, _clamped, _work.TilesRead, _work.TilesSaturated);

    public void Attend(int layer, int position, ReadOnlySpan<float> qkv, int rows, Span<float> output)
    {
        int d = _geometry.HeadSize, width = _geometry.Heads * d;
        LayerScalers scalers = _geometry.Scalers[layer];
        for (var h = 0; h < _geometry.Heads; h++)
        {
            GainCellHead head = _heads[layer * _geometry.Heads + h];
            double slope = scalers.Output.Slope(h) * (_cell.Output.Enabled ? _cell.Output.Step : 1), shift = scalers.Output.Shift(h);
            for (var r = 0; r < rows;)                                       // blocks of queries that end where a tile ends
            {
                int count = Math.Min(rows - r, Tile - (position + r) % Tile);
                for (var i = 0; i < count; i++)
                    Store(head, scalers, h, position + r + i, qkv.Slice((r + i) * 3 * width, 3 * width), _work.Pulses.AsSpan(i * d, d));
                head.Attend(position + r, count, _work.Pulses, _geometry.Window, _work.Sums, _work, trace: null);
                for (var i = 0; i < count; i++)
                    for (var k = 0; k < d; k++)
                        output[(r + i) * width + h * d + k] = (float)(slope * _work.Sums[i * d + k] + shift);
                r += count;
            }
        }
    }

    /// <summary>Scales, clamps and quantizes one token's q, k and v; stores k and v.</summary>
    private void Store(GainCellHead head, LayerScalers scalers, int h, int position, ReadOnlySpan<float> qkv, Span<float> pulses)
    {
        int d = _geometry.HeadSize, width = _geometry.Heads * d;
        Span<double> q = _work.Volts.AsSpan(0, d), k = _work.Volts.AsSpan(d, d), v = _work.Volts.AsSpan(2 * d, d);
        for (var i = 0; i < d; i++)
        {
            q[i] = qkv[h * d + i];
            k[i] = qkv[width + h * d + i];
            v[i] = qkv[2 * width + h * d + i];
        }
        _clamped += CountOutside(k, scalers.Key.Slope(h), scalers.Key.Shift(h), _cell.Storage.Low, _cell.Storage.High)
            + CountOutside(v, scalers.Value.Slope(h), scalers.Value.Shift(h), _cell.Storage.Low, _cell.Storage.High);
        _cell.Input.Apply(q, scalers.Query.Slope(h), scalers.Query.Shift(h), q);
        _cell.Storage.Apply(k, scalers.Key.Slope(h), scalers.Key.Shift(h), k);
        _cell.Storage.Apply(v, scalers.Value.Slope(h), scalers.Value.Shift(h), v);
        _outside += CountOutside(k, 1, 0, _cell.ValidLowVolts, _cell.ValidHighVolts) + CountOutside(v, 1, 0, _cell.ValidLowVolts, _cell.ValidHighVolts);
        _stored += 2 * d;
        for (var i = 0; i < d; i++)
            pulses[i] = (float)q[i];
        head.Store(position, k, v, _work);
    }

    private static long CountOutside(ReadOnlySpan<double> x, double a, double b, double low, double high)
    {
        const double rounding = 1e-12;
        long count = 0;
        foreach (double value in x)
            count += a * value + b < low - rounding | a * value + b > high + rounding ? 1 : 0;
        return count;
    }
}
