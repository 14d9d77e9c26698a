using AnalogAttention.Calibration;
using AnalogAttention.Inference.Attention;

namespace AnalogAttention.Inference.Reference;

/// <summary>
/// Gain-cell attention in double:
/// S[t,j] = sum_i c_i (q_t . w_j^i) exp(-i lambda (t - j)) with w = k - offset, 0 outside the causal window;
/// A = clamp(S / S_sat_qk, 0, 1); per tile n of 64 keys O_n = sum_i c_i (A exp(-i lambda (t - j))) w_v^i / S_sat_av;
/// output = sum_n quantize(clamp(O_n, -1, 1)). A table takes the place of the sum over i. What <see cref="GainCellOptions"/> leaves out drops from these equations.
/// With <see cref="GainCellOptions.Ideal"/> it is the definition of ideal math.
/// </summary>
public sealed class ReferenceGainCell(CellModel cell, GainCellOptions? options = null) : IReferenceAttention
{
    private readonly GainCellOptions _options = options ?? new GainCellOptions();

    public void Attend(AttentionGeometry geometry, int layer, ReadOnlySpan<double> qkv, int tokens, Span<double> output, long sequence = 0)
    {
        var arithmetic = new GainCellArithmetic(cell, _options, geometry.Layers);
        GainCellAttention.CheckFixedScales(geometry, arithmetic.SaturationQk, arithmetic.SaturationAv);
        int d = geometry.HeadSize, width = geometry.Heads * d;
        LayerScalers scalers = geometry.Scalers[layer];
        double[] q = new double[tokens * d], k = new double[tokens * d], v = new double[tokens * d];
        for (var h = 0; h < geometry.Heads; h++)
        {
            for (var t = 0; t < tokens; t++)
                for (var i = 0; i < d; i++)
                {
                    int at = t * 3 * width + h * d + i;
                    q[t * d + i] = scalers.Query.Slope(h) * qkv[at] + scalers.Query.Shift(h);
                    k[t * d + i] = scalers.Key.Slope(h) * qkv[at + width] + scalers.Key.Shift(h);
                    v[t * d + i] = scalers.Value.Slope(h) * qkv[at + 2 * width] + scalers.Value.Shift(h);
                }
            double[] o = Head(arithmetic, q, k, v, tokens, d, _options.Window ?? geometry.Window, null, null, layer, h, sequence);
            for (var t = 0; t < tokens; t++)
                for (var i = 0; i < d; i++)
                    output[t * width + h * d + i] = scalers.Output.Slope(h) * o[t * d + i] + scalers.Output.Shift(h);
        }
    }

    /// <summary>One head on arrays of shape (T, d), without scalers; as <see cref="GainCellAttention.Attend"/>.</summary>
    public HeadResult Attend(ReadOnlySpan<double> q, ReadOnlySpan<double> k, ReadOnlySpan<double> v, int tokens, int headSize, int layers = 1)
    {
        double[] s = new double[tokens * tokens], phi = new double[tokens * tokens];
        double[] output = Head(new GainCellArithmetic(cell, _options, layers), q, k, v, tokens, headSize, _options.Window ?? tokens, s, phi);
        return new HeadResult(s, phi, output);
    }

    private static double[] Head(GainCellArithmetic cell, ReadOnlySpan<double> q, ReadOnlySpan<double> k, ReadOnlySpan<double> v, int tokens, int d, int window, double[]? scores, double[]? phi, int layer = 0, int head = 0, long sequence = 0)
    {
        var pulses = new double[tokens * d];
        for (var i = 0; i < pulses.Length; i++)
            pulses[i] = cell.Input.Apply(q[i]);
        var keys = new ReferenceArray(cell, k[..(tokens * d)], d, window, layer, head, 0, sequence);
        var values = new ReferenceArray(cell, v[..(tokens * d)], d, window, layer, head, 1, sequence);
        ColumnCircuits? columns = cell.Columns(layer, head, d, window);
        CounterRandom reads = cell.Reads(sequence);
        int tiles = CellRow.RowsOf(window) / GainCellArithmetic.TileKeys;

        var output = new double[tokens * d];
        double[] tile = new double[d], current = new double[d], variance = new double[d];
        for (var t = 0; t < tokens; t++)
        {
            int first = Math.Max(0, t - window + 1);
            for (int j = first; j <= t; j++)
            {
                ReadOnlySpan<double> pulse = pulses.AsSpan(t * d, d);
                keys.Currents(j, t - j, current);
                double s = ReferenceMath.Dot(pulse, current);
                double a = columns is null
                    ? Math.Clamp(s / cell.SaturationQk, 0, cell.SaturatesScores ? 1 : double.PositiveInfinity)
                    : columns.Score(s, cell.IsReadNoisy ? ReferenceMath.Dot(pulse, keys.Variances(j)) : 0, j, j % (tiles * GainCellArithmetic.TileKeys), t, reads);
                if (scores is not null)
                    scores[t * tokens + j] = s;
                if (phi is not null)
                    phi[t * tokens + j] = a;
                if (a != 0)
                {
                    values.Currents(j, t - j, current);
                    ReferenceMath.AddScaled(a, current, tile);
                    if (cell.IsReadNoisy)
                        ReferenceMath.AddScaled(a, values.Variances(j), variance);
                }
                if (j != t && !(cell.IsTiled && (j + 1) % GainCellArithmetic.TileKeys == 0))
                    continue;
                int n = j / GainCellArithmetic.TileKeys;
                for (var i = 0; i < d; i++)                                    // the tile's last visible key
                    output[t * d + i] += cell.Output.Apply(columns is null ? tile[i] / cell.SaturationAv : columns.Output(tile[i], variance[i], i, n, n % tiles, t, reads));
                Array.Clear(tile);
                Array.Clear(variance);
            }
        }
        return output;
    }
}
