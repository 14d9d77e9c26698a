using System.Numerics;
using AnalogAttention.Inference.Tensors;

namespace AnalogAttention.Inference.Attention;

/// <summary>
/// The two arrays of one head, tile by tile of 64 keys. Every stored value is kept as its features: without decay f = I(w), one number;
/// with decay f_i = c_i w^i exp(i lambda (j - m)), m the middle of the tile, and the query side carries exp(-i lambda (t - m)), so that both
/// arrays stay plain matrix products with inner dimension terms x d and terms x 64.
/// </summary>
internal sealed class GainCellHead
{
    private const int Tile = GainCellArithmetic.TileKeys;
    private const int Width = PackedMatrix.PanelWidth;

    private readonly GainCellArithmetic _cell;
    private readonly int _d, _padded;
    private readonly float[] _keys;      // (tiles, 2 panels of 32 keys, terms x d, 32)
    private readonly float[] _values;    // (tiles, panels of 32 dimensions, terms x 64, 32)

    public GainCellHead(GainCellArithmetic cell, int headSize, int capacity)
    {
        int tiles = (capacity + Tile - 1) / Tile;
        _cell = cell;
        _d = headSize;
        _padded = PackedMatrix.PanelCount(headSize) * Width;
        _keys = new float[tiles * Tile * cell.Terms * headSize];
        _values = new float[tiles * Tile * cell.Terms * _padded];
    }

    /// <summary>Writes one key and one value into their cells.</summary>
    /// <param name="key">d store voltages, within the storage range.</param>
    /// <param name="value">As <paramref name="key"/>.</param>
    public void Store(int position, ReadOnlySpan<double> key, ReadOnlySpan<double> value, GainCellWorkspace work)
    {
        int tile = position / Tile, at = position % Tile, inner = _cell.Terms * _d;
        Span<float> features = work.Features;
        Span<float> keys = _keys.AsSpan(tile * Tile * inner + at / Width * inner * Width + at % Width);
        Features(key, at, features);
        for (var k = 0; k < inner; k++)
            keys[k * Width] = features[k];
        Span<float> values = _values.AsSpan(tile * Tile * _cell.Terms * _padded);
        Features(value, at, features);
        for (var p = 0; p < _cell.Terms; p++)
            for (var i = 0; i < _d; i += Width)
                features.Slice(p * _d + i, Math.Min(Width, _d - i)).CopyTo(values[((i / Width * _cell.Terms + p) * Tile * Width + at * Width)..]);
    }

    /// <summary>Attends from tokens position ... position + rows - 1, which lie in one tile.</summary>
    /// <param name="q">Pulses in units of T_max, shape (rows, d).</param>
    /// <param name="window">Token t sees keys t - window + 1 ... t.</param>
    /// <param name="output">Sum over tiles of quantize(clamp(O_n)), shape (rows, d): whole codes where the output is quantized, else values.</param>
    public void Attend(int position, int rows, ReadOnlySpan<float> q, int window, Span<float> output, GainCellWorkspace work, GainCellTrace? trace)
    {
        int inner = _cell.Terms * _d, depth = _cell.Terms * Tile;
        output[..(rows * _d)].Clear();
        for (int tile = Math.Max(0, position - window + 1) / Tile; tile <= position / Tile; tile++)
        {
            Span<float> scores = work.Scores, outputs = work.Outputs;
            ReadOnlySpan<float> pulses = q;
            if (_cell.Decays)
            {
                for (var r = 0; r < rows; r++)
                    work.Expand(q.Slice(r * _d, _d), position + r - tile * Tile, work.DecayedPulses.AsSpan(r * inner));
                pulses = work.DecayedPulses;
            }
            Constants(q, _d, rows, scores, Tile, Tile);
            MatrixProduct.Multiply(pulses, inner, rows, _keys.AsSpan(tile * Tile * inner), inner, inner, Tile, scores, Tile, scores, Tile);

            for (var r = 0; r < rows; r++)
            {
                int t = position + r - tile * Tile;
                int from = Math.Clamp(t - window + 1, 0, Tile), to = Math.Clamp(t + 1, 0, Tile);
                Span<float> row = scores.Slice(r * Tile, Tile);
                trace?.Scores(position + r, tile * Tile, row, from, to);
                HardSigmoid(row, from, to, (float)_cell.SaturationQk);
                trace?.Phi(position + r, tile * Tile, row, from, to);
            }

            ReadOnlySpan<float> weights = scores;
            if (_cell.Decays)
            {
                for (var r = 0; r < rows; r++)
                    work.Expand(scores.Slice(r * Tile, Tile), position + r - tile * Tile, work.DecayedWeights.AsSpan(r * depth));
                weights = work.DecayedWeights;
            }
            Constants(scores, Tile, rows, outputs, _padded, _d);
            MatrixProduct.Multiply(weights, depth, rows, _values.AsSpan(tile * depth * _padded), depth, depth, _padded, outputs, _padded, outputs, _padded);
            for (var r = 0; r < rows; r++)
                ReadOut(outputs.Slice(r * _padded, _padded), output.Slice(r * _d, _d), work);
        }
    }

    /// <summary>f_p = c_p w^p exp(p lambda (j - m)), or I(w).</summary>
    /// <param name="at">j less the first key of the tile.</param>
    /// <param name="features">Shape (terms, d).</param>
    private void Features(ReadOnlySpan<double> volts, int at, Span<float> features)
    {
        int w = Vector<double>.Count, i = 0;
        var offset = new Vector<double>(_cell.OffsetVolts);
        for (; i <= _d - 2 * w; i += 2 * w)
            Features(new Vector<double>(volts[i..]) - offset, new Vector<double>(volts[(i + w)..]) - offset, at, features[i..]);
        Span<float> one = stackalloc float[_cell.Terms * 2 * w];
        for (; i < _d; i++)
        {
            var x = new Vector<double>(volts[i] - _cell.OffsetVolts);
            Features(x, x, at, one, 2 * w);
            for (var p = 0; p < _cell.Terms; p++)
                features[p * _d + i] = one[p * 2 * w];
        }
    }

    private void Features(Vector<double> low, Vector<double> high, int at, Span<float> features, int? stride = null)
    {
        if (!_cell.Decays)
        {
            Vector.Narrow(Polynomial(low), Polynomial(high)).CopyTo(features);
            return;
        }
        Vector<double> lowPower = Vector<double>.One, highPower = Vector<double>.One;
        for (int p = 0, power = 0; p < _cell.Terms; p++)
        {
            for (; power < _cell.Powers[p]; power++)
            {
                lowPower *= low;
                highPower *= high;
            }
            var factor = new Vector<double>(_cell.Growth[p * Tile + at]);
            Vector.Narrow(lowPower * factor, highPower * factor).CopyTo(features[(p * (stride ?? _d))..]);
        }
    }

    /// <summary>I(w) by Horner's rule.</summary>
    private Vector<double> Polynomial(Vector<double> w)
    {
        double[] c = _cell.Coefficients;
        var sum = new Vector<double>(c[^1]);
        for (int i = c.Length - 2; i >= 0; i--)
            sum = sum * w + new Vector<double>(c[i]);
        return sum;
    }

    /// <summary>c_0 (sum of the row's pulses), the part that does not decay, as the start of every sum of that row.</summary>
    private void Constants(ReadOnlySpan<float> pulses, int length, int rows, Span<float> sums, int stride, int columns)
    {
        for (var r = 0; r < rows; r++)
        {
            float start = 0;
            if (_cell.Constant != 0)
            {
                start = (float)(_cell.Constant * Sum(pulses.Slice(r * length, length)));
            }
            sums.Slice(r * stride, columns).Fill(start);
            sums[(r * stride + columns)..((r + 1) * stride)].Clear();
        }
    }

    private static double Sum(ReadOnlySpan<float> x)
    {
        int w = Vector<float>.Count, i = 0;
        Vector<double> sum0 = default, sum1 = default;
        for (; i <= x.Length - w; i += w)
        {
            Vector.Widen(new Vector<float>(x[i..]), out Vector<double> low, out Vector<double> high);
            sum0 += low;
            sum1 += high;
        }
        double sum = Vector.Sum(sum0 + sum1);
        for (; i < x.Length; i++)
            sum += x[i];
        return sum;
    }

    /// <summary>clamp(S / S_sat, 0, 1) for from &lt;= j &lt; to, 0 outside the window.</summary>
    private static void HardSigmoid(Span<float> row, int from, int to, float saturation)
    {
        var divisor = new Vector<float>(saturation);
        for (var j = 0; j < row.Length; j += Vector<float>.Count)
            Vector.Min(Vector.Max(new Vector<float>(row[j..]) / divisor, Vector<float>.Zero), Vector<float>.One).CopyTo(row[j..]);
        row[..from].Clear();
        row[to..].Clear();
    }

    private void ReadOut(ReadOnlySpan<float> charges, Span<float> output, GainCellWorkspace work)
    {
        Vector<float> saturation = new((float)_cell.SaturationAv), one = Vector<float>.One, codesPerUnit = new((float)(1 / _cell.Output.Step));
        Span<float> lanes = stackalloc float[Vector<float>.Count];
        Vector<int> saturated = default;
        for (var i = 0; i < _d; i += lanes.Length)
        {
            Vector<float> o = new Vector<float>(charges[i..]) / saturation;
            saturated -= Vector.GreaterThan(Vector.Abs(o), one);
            o = Vector.Min(Vector.Max(o, -one), one);
            if (_cell.Output.Enabled)
                o = Vector.Round(o * codesPerUnit);
            if (_d - i >= lanes.Length)
            {
                (new Vector<float>(output[i..]) + o).CopyTo(output[i..]);
                continue;
            }
            o.CopyTo(lanes);
            for (var lane = 0; lane < _d - i; lane++)
                output[i + lane] += lanes[lane];
        }
        work.Counts += new AttentionCounts(0, 0, 0, _d, Vector.Sum(saturated));
    }
}
