using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using AnalogAttention.Inference.Tensors;

namespace AnalogAttention.Inference.Attention;

/// <summary>
/// The two arrays of one head, tile by tile of 64 keys. Of every stored value one number is kept: without decay f = I(w); with decay
/// f = w exp(lambda (j - m)), m the middle of the tile. Term i of the transfer is then f^i times c_i exp(-i lambda (t - m)), which goes to the side of
/// the pulses, so that both arrays stay plain matrix products, one for each term.
/// </summary>
internal sealed class GainCellHead
{
    private const int Tile = GainCellArithmetic.TileKeys;
    private const int Width = PackedMatrix.PanelWidth;

    /// <summary>From so many queries on, powers of the features are formed once for all of them, and all terms summed in one product.</summary>
    private const int RowsOfOneProduct = 12;

    private readonly GainCellArithmetic _cell;
    private readonly int _d, _padded;
    private readonly float[] _keys;      // (tiles, 2 panels of 32 keys, d, 32)
    private readonly float[] _values;    // (tiles, panels of 32 dimensions, 64, 32)

    public GainCellHead(GainCellArithmetic cell, int headSize, int capacity)
    {
        int tiles = (capacity + Tile - 1) / Tile;
        _cell = cell;
        _d = headSize;
        _padded = PackedMatrix.PanelCount(headSize) * Width;
        _keys = new float[tiles * Tile * headSize];
        _values = new float[tiles * Tile * _padded];
    }

    /// <summary>Writes one key and one value into their cells.</summary>
    /// <param name="key">d store voltages, within the storage range.</param>
    /// <param name="value">As <paramref name="key"/>.</param>
    public void Store(int position, ReadOnlySpan<double> key, ReadOnlySpan<double> value, GainCellWorkspace work)
    {
        int tile = position / Tile, at = position % Tile;
        Span<float> features = work.Features;
        Span<float> keys = _keys.AsSpan(tile * Tile * _d + at / Width * _d * Width + at % Width);
        Features(key, at, features);
        for (var k = 0; k < _d; k++)
            keys[k * Width] = features[k];
        Span<float> values = _values.AsSpan(tile * Tile * _padded);
        Features(value, at, features);
        for (var i = 0; i < _d; i += Width)
            features.Slice(i, Math.Min(Width, _d - i)).CopyTo(values[((i / Width * Tile + at) * Width)..]);
    }

    /// <summary>Attends from tokens position ... position + rows - 1, which lie in one tile.</summary>
    /// <param name="q">Pulses in units of T_max, shape (rows, d).</param>
    /// <param name="window">Token t sees keys t - window + 1 ... t.</param>
    /// <param name="output">Sum over tiles of quantize(clamp(O_n)), shape (rows, d): whole codes where the output is quantized, else values.</param>
    public void Attend(int position, int rows, ReadOnlySpan<float> q, int window, Span<float> output, GainCellWorkspace work, GainCellTrace? trace)
    {
        output[..(rows * _d)].Clear();
        Span<float> scores = work.Scores, outputs = work.Outputs;
        int firstTile = Math.Max(0, position - window + 1) / Tile, lastTile = position / Tile;
        for (int tile = firstTile; tile <= lastTile; tile++)
        {
            int fromTile = position - tile * Tile;
            Currents(q, _d, rows, fromTile, _keys.AsSpan(tile * Tile * _d, Tile * _d), scores, Tile, Tile, addsUp: false, work);
            for (var r = 0; r < rows; r++)
            {
                int t = fromTile + r;
                int from = Math.Clamp(t - window + 1, 0, Tile), to = Math.Clamp(t + 1, 0, Tile);
                Span<float> row = scores.Slice(r * Tile, Tile);
                trace?.Scores(position + r, tile * Tile, row, from, to);
                HardSigmoid(row, from, to);
                trace?.Phi(position + r, tile * Tile, row, from, to);
            }
            Currents(scores, Tile, rows, fromTile, _values.AsSpan(tile * Tile * _padded, Tile * _padded), outputs, _padded, _d, addsUp: !_cell.IsTiled && tile > firstTile, work);
            if (!_cell.IsTiled && tile < lastTile)
                continue;
            for (var r = 0; r < rows; r++)
                ReadOut(outputs.Slice(r * _padded, _padded), output.Slice(r * _d, _d), work);
        }
    }

    /// <summary>What the bitlines of one array collect.</summary>
    /// <param name="pulses">Shape (rows, inner): one pulse per row of cells.</param>
    /// <param name="fromTile">Token of the first row less the first key of the tile.</param>
    /// <param name="cells">Features in panels, shape (stride / 32, inner, 32).</param>
    /// <param name="charges">Shape (rows, stride), of which the first <paramref name="columns"/> columns exist.</param>
    /// <param name="addsUp">On top of what is in <paramref name="charges"/>.</param>
    private void Currents(ReadOnlySpan<float> pulses, int inner, int rows, int fromTile, ReadOnlySpan<float> cells, Span<float> charges, int stride, int columns, bool addsUp, GainCellWorkspace work)
    {
        if (!addsUp)
            charges[..(rows * stride)].Clear();
        Constants(pulses, inner, rows, charges, stride, columns);
        if (!_cell.Decays)
            MatrixProduct.Multiply(pulses, inner, rows, cells, inner, inner, stride, charges, stride, charges, stride);
        DecayTerms terms = work.Terms;
        int depth = inner * _cell.Powers.Length;
        if (rows < RowsOfOneProduct)
            for (var p = 0; p < _cell.Powers.Length; p++)
            {
                terms.Decay(p, pulses, rows, inner, fromTile, inner, 0);
                MatrixProduct.Multiply(terms.Pulses, inner, rows, cells, inner, inner, stride, charges, stride, charges, stride, _cell.Powers[p]);
            }
        else if (depth > 0)
        {
            for (var p = 0; p < _cell.Powers.Length; p++)
                terms.Decay(p, pulses, rows, inner, fromTile, depth, p * inner);
            MatrixProduct.Multiply(terms.Pulses, depth, rows, terms.Cells(cells, inner), depth, depth, stride, charges, stride, charges, stride);
        }
    }

    /// <summary>w exp(lambda (j - m)), or I(w).</summary>
    /// <param name="at">j less the first key of the tile.</param>
    /// <param name="features">Shape (d).</param>
    private void Features(ReadOnlySpan<double> volts, int at, Span<float> features)
    {
        int w = Vector<double>.Count, i = 0;
        for (; _cell.Table is not null && i < _d; i++)
            features[i] = (float)_cell.Table(volts[i]);
        var offset = new Vector<double>(_cell.OffsetVolts);
        for (; i <= _d - 2 * w; i += 2 * w)
            Vector.Narrow(Feature(new Vector<double>(volts[i..]) - offset, at), Feature(new Vector<double>(volts[(i + w)..]) - offset, at)).CopyTo(features[i..]);
        for (; i < _d; i++)
            features[i] = (float)Feature(new Vector<double>(volts[i] - _cell.OffsetVolts), at)[0];
    }

    private Vector<double> Feature(Vector<double> w, int at) => _cell.Decays ? w * _cell.Growth[at] : Polynomial(w);

    /// <summary>I(w) by Horner's rule.</summary>
    private Vector<double> Polynomial(Vector<double> w)
    {
        double[] c = _cell.Coefficients;
        var sum = new Vector<double>(c[^1]);
        for (int i = c.Length - 2; i >= 0; i--)
            sum = sum * w + new Vector<double>(c[i]);
        return sum;
    }

    /// <summary>Adds c_0 (sum of the row's pulses), the part that does not decay, to every sum of that row.</summary>
    private void Constants(ReadOnlySpan<float> pulses, int length, int rows, Span<float> sums, int stride, int columns)
    {
        for (var r = 0; r < rows && _cell.Constant != 0; r++)
        {
            Span<float> row = sums.Slice(r * stride, columns);
            TensorPrimitives.Add(row, (float)(_cell.Constant * Sum(pulses.Slice(r * length, length))), row);
        }
    }

    private static double Sum(ReadOnlySpan<float> x)
    {
        int w = Vector<float>.Count, i = 0;
        Vector<double> sum0 = default, sum1 = default;
        for (; i <= x.Length - w; i += w)
        {
            var values = new Vector<float>(x[i..]);
            sum0 += Vector.WidenLower(values);
            sum1 += Vector.WidenUpper(values);
        }
        double sum = Vector.Sum(sum0 + sum1);
        for (; i < x.Length; i++)
            sum += x[i];
        return sum;
    }

    /// <summary>clamp(S / S_sat, 0, 1) for from &lt;= j &lt; to, 0 outside the window; without saturation max(S / S_sat, 0).</summary>
    private void HardSigmoid(Span<float> row, int from, int to)
    {
        Vector<float> divisor = new((float)_cell.SaturationQk), highest = new(_cell.SaturatesScores ? 1 : float.PositiveInfinity);
        ref float scores = ref MemoryMarshal.GetReference(row);
        for (var j = 0; j < row.Length; j += Vector<float>.Count)
            Vector.MinNative(highest, Vector.MaxNative(Vector<float>.Zero, Vector.LoadUnsafe(ref scores, (nuint)j) / divisor)).StoreUnsafe(ref scores, (nuint)j);
        row[..from].Clear();
        row[to..].Clear();
    }

    private void ReadOut(ReadOnlySpan<float> charges, Span<float> output, GainCellWorkspace work)
    {
        Vector<float> saturation = new((float)_cell.SaturationAv), one = new(_cell.Output.Clamps ? 1 : float.PositiveInfinity), codesPerUnit = new((float)(1 / _cell.Output.Step));
        Span<float> lanes = stackalloc float[Vector<float>.Count];
        ref float collected = ref MemoryMarshal.GetReference(charges), sums = ref MemoryMarshal.GetReference(output);
        Vector<int> saturated = default;
        for (var i = 0; i < _d; i += lanes.Length)
        {
            Vector<float> o = Vector.LoadUnsafe(ref collected, (nuint)i) / saturation;
            saturated -= Vector.GreaterThan(Vector.Abs(o), one);
            o = Vector.MinNative(one, Vector.MaxNative(-one, o));
            if (_cell.Output.Enabled)
                o = Vector.Round(o * codesPerUnit);
            if (_d - i >= lanes.Length)
            {
                (Vector.LoadUnsafe(ref sums, (nuint)i) + o).StoreUnsafe(ref sums, (nuint)i);
                continue;
            }
            o.CopyTo(lanes);
            for (var lane = 0; lane < _d - i; lane++)
                output[i + lane] += lanes[lane];
        }
        work.Counts += new AttentionCounts(0, 0, 0, _d, Vector.Sum(saturated));
    }
}
