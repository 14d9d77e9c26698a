using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using AnalogAttention.Inference.Tensors;

namespace AnalogAttention.Inference.Attention;

/// <summary>
/// The two arrays of one head, tile by tile of 64 keys. Of every stored value one number is kept: without decay f = I(w); with decay
/// f = w exp(lambda (j - m)), m the middle of the tile. Term i of the transfer is then f^i times c_i exp(-i lambda (t - m)), the same for a whole tile, so
/// that both arrays stay plain matrix products, one for each term.
/// </summary>
internal sealed class GainCellHead
{
    private const int Tile = GainCellArithmetic.TileKeys;
    private const int Width = PackedMatrix.PanelWidth;

    private readonly GainCellArithmetic _cell;
    private readonly int _d, _padded;
    private readonly AlignedBuffer _keys;      // (tiles, 2 panels of 32 keys, terms, d, 32)
    private readonly AlignedBuffer _values;    // (tiles, panels of 32 dimensions, terms, 64, 32)

    private readonly AlignedBuffer _keyVariances, _valueVariances;       // of full reads, as _keys and _values with one term; empty where reads have no noise
    private readonly ColumnCircuits? _columns;
    private readonly int _physicalTiles;

    /// <param name="window">Tokens that the arrays hold.</param>
    public GainCellHead(GainCellArithmetic cell, int headSize, int capacity, int layer, int head, int window)
    {
        int tiles = (capacity + Tile - 1) / Tile;
        _cell = cell;
        _d = headSize;
        _padded = PackedMatrix.PanelCount(headSize) * Width;
        _keys = new AlignedBuffer(tiles * Tile * headSize * cell.Terms);
        _values = new AlignedBuffer(tiles * Tile * _padded * cell.Terms);
        _keyVariances = new AlignedBuffer(cell.IsReadNoisy ? tiles * Tile * headSize : 0);
        _valueVariances = new AlignedBuffer(cell.IsReadNoisy ? tiles * Tile * _padded : 0);
        _columns = cell.Columns(layer, head, headSize, window);
        _physicalTiles = CellRow.RowsOf(window) / Tile;
    }

    /// <summary>Writes one key and one value into their cells.</summary>
    /// <param name="work">Holds what <see cref="GainCellArithmetic.Write"/> makes of them.</param>
    public void Store(int position, GainCellWorkspace work)
    {
        Store(position, work.Key, work.Value, _cell.Terms, _keys.Span, _values.Span);
        if (_cell.IsReadNoisy)
            Store(position, work.KeyVariance, work.ValueVariance, 1, _keyVariances.Span, _valueVariances.Span);
    }

    private void Store(int position, ReadOnlySpan<float> key, ReadOnlySpan<float> value, int terms, Span<float> allKeys, Span<float> allValues)
    {
        int tile = position / Tile, at = position % Tile;
        Span<float> keys = allKeys[((tile * Tile + at / Width * Width) * _d * terms + at % Width)..];
        for (var k = 0; k < key.Length; k++)
            keys[k * Width] = key[k];
        Span<float> values = allValues[(tile * Tile * _padded * terms)..];
        for (var p = 0; p < terms; p++)
            for (var i = 0; i < _d; i += Width)
                value.Slice(p * _d + i, Math.Min(Width, _d - i)).CopyTo(values[(((i / Width * terms + p) * Tile + at) * Width)..]);
    }

    /// <summary>Attends from tokens position ... position + rows - 1.</summary>
    /// <param name="rows">At most <see cref="GainCellWorkspace.Rows"/>.</param>
    /// <param name="q">Pulses in units of T_max, shape (rows, d).</param>
    /// <param name="window">Token t sees keys t - window + 1 ... t.</param>
    /// <param name="output">Sum over tiles of quantize(clamp(O_n)), shape (rows, d): whole codes where the output is quantized, else values.</param>
    public void Attend(int position, int rows, ReadOnlySpan<float> q, int window, Span<float> output, GainCellWorkspace work, GainCellTrace? trace)
    {
        output[..(rows * _d)].Clear();
        Span<float> outputs = work.Outputs.Span, scoreConstants = stackalloc float[rows], outputConstants = stackalloc float[rows];
        outputConstants.Clear();
        if (!_cell.IsTiled)
            outputs[..(rows * _padded)].Clear();
        for (var r = 0; r < rows; r++)
            scoreConstants[r] = Constant(q.Slice(r * _d, _d));
        int firstTile = Math.Max(0, position - window + 1) / Tile, lastTile = (position + rows - 1) / Tile, stride = Tile;
        // one query meets all keys in one product where no term depends on the tile
        bool together = rows == 1 && !_cell.Decays;
        if (together)
        {
            stride = (lastTile - firstTile + 1) * Tile;
            MatrixProduct.Multiply(q, _d, 1, Keys(firstTile, stride), _d, _d, stride, default, 0, work.Scores.Span, stride);
        }
        Vector512<int> saturated = default;
        for (int tile = firstTile; tile <= lastTile; tile++)
        {
            // rows from ... to - 1 see keys of the tile; those before middle none of its second half
            int start = tile * Tile, from = Math.Max(0, start - position), to = Math.Min(rows, start + Tile - 1 + window - position);
            int middle = Math.Clamp(start + Width - position, from, to);
            Span<float> scores = together ? work.Scores.AsSpan(start - firstTile * Tile) : work.Scores.Span;
            if (!together)
            {
                ReadOnlySpan<float> keys = Keys(tile, Tile);
                work.Terms.Form(keys, _d, to - from);
                Currents(q[(from * _d)..], _d, _d, middle - from, position + from - start, keys, _d, scores[(from * Tile)..], Tile, Width, isBegun: false, work);
                Currents(q[(middle * _d)..], _d, _d, to - middle, position + middle - start, keys, _d, scores[(middle * Tile)..], Tile, Tile, isBegun: false, work);
            }
            Span<float> variances = work.Variances.Span;
            if (_cell.IsReadNoisy)
                MatrixProduct.Multiply(q[(from * _d)..], _d, to - from, _keyVariances.AsSpan(start * _d, Tile * _d), _d, _d, Tile, default, 0, variances[(from * Tile)..], Tile);
            for (var r = from; r < to; r++)
            {
                int t = position + r - start, first = Math.Clamp(t - window + 1, 0, Tile), end = Math.Clamp(t + 1, 0, Tile);
                Span<float> row = scores.Slice(r * stride, Tile);
                trace?.Scores(position + r, start, row, scoreConstants[r], first, end);
                if (_columns is null)
                    HardSigmoid(row, scoreConstants[r]);
                else
                    _columns.Scores(row, _cell.IsReadNoisy ? variances.Slice(r * Tile, Tile) : default, scoreConstants[r], start, tile % _physicalTiles * Tile, position + r, work.Reads);
                row[..first].Clear();
                row[end..].Clear();
                trace?.Phi(position + r, start, row, first, end);
                outputConstants[r] = (_cell.IsTiled ? 0 : outputConstants[r]) + Constant(row);
            }
            ReadOnlySpan<float> values = _values.AsSpan(tile * Tile * _padded * _cell.Terms, Tile * _padded * _cell.Terms);
            work.Terms.Form(values, Tile, to - from);
            Currents(scores[(from * stride)..], stride, Width, middle - from, position + from - start, values, Tile, outputs[(from * _padded)..], _padded, _padded, !_cell.IsTiled, work);
            Currents(scores[(middle * stride)..], stride, Tile, to - middle, position + middle - start, values, Tile, outputs[(middle * _padded)..], _padded, _padded, !_cell.IsTiled, work);
            if (!_cell.IsTiled)
                continue;
            if (_columns is null)
            {
                for (var r = from; r < to; r++)
                    trace?.Output(position + r, tile, outputs[(r * _padded)..], outputConstants[r], (float)(1 / _cell.SaturationAv));
                saturated += ReadOut(outputs, outputConstants, output, from, to, work);
                continue;
            }
            if (_cell.IsReadNoisy)
                MatrixProduct.Multiply(scores[(from * stride)..], stride, to - from, _valueVariances.AsSpan(start * _padded, Tile * _padded), Tile, Tile, _padded, default, 0, variances[(from * _padded)..], _padded);
            for (var r = from; r < to; r++)
            {
                ReadOut(outputs.Slice(r * _padded, _d), _cell.IsReadNoisy ? variances.Slice(r * _padded, _d) : default, outputConstants[r], tile, position + r, output.Slice(r * _d, _d), work);
                trace?.Output(position + r, tile, outputs[(r * _padded)..], 0, 1);
            }
        }
        for (var r = 0; r < rows && !_cell.IsTiled; r++)
            trace?.Output(position + r, 0, outputs[(r * _padded)..], outputConstants[r], (float)(1 / _cell.SaturationAv));
        if (!_cell.IsTiled)
            saturated += ReadOut(outputs, outputConstants, output, 0, rows, work);
        work.Counts += new AttentionCounts(0, 0, 0, 0, Vector512.Sum(saturated));
    }

    private ReadOnlySpan<float> Keys(int tile, int keys) => _keys.AsSpan(tile * Tile * _d * _cell.Terms, keys * _d * _cell.Terms);

    /// <summary>What the bitlines of one array collect, but for the part that does not decay.</summary>
    /// <param name="pulses">One pulse per row of cells, shape (rows, inner), rows <paramref name="pulseStride"/> apart.</param>
    /// <param name="inner">Rows of cells that take part: the first ones.</param>
    /// <param name="fromTile">Token of the first row less the first key of the tile.</param>
    /// <param name="cells">Features in panels of shape (depth, 32).</param>
    /// <param name="charges">Shape (rows, columns), rows <paramref name="stride"/> apart.</param>
    /// <param name="isBegun">On top of what is in <paramref name="charges"/>.</param>
    private void Currents(ReadOnlySpan<float> pulses, int pulseStride, int inner, int rows, int fromTile, ReadOnlySpan<float> cells, int depth, Span<float> charges, int stride, int columns, bool isBegun, GainCellWorkspace work)
    {
        if (_cell.Decays)
            work.Terms.Multiply(pulses, pulseStride, rows, fromTile, cells, depth, inner, charges, stride, columns, isBegun);
        else
            MatrixProduct.Multiply(pulses, pulseStride, rows, cells, depth, inner, columns, isBegun ? charges : default, stride, charges, stride);
    }

    /// <summary>c_0 (sum of the row's pulses), the part that does not decay.</summary>
    private float Constant(ReadOnlySpan<float> pulses) => _cell.Constant == 0 ? 0 : (float)(_cell.Constant * Sum(pulses));

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

    /// <summary>Through one circuit a column, with its noise.</summary>
    private void ReadOut(Span<float> charges, ReadOnlySpan<float> variances, float constant, int tile, int t, Span<float> output, GainCellWorkspace work)
    {
        int limited = _columns!.Outputs(charges, variances, constant, tile, tile % _physicalTiles, t, work.Reads);
        work.Counts += new AttentionCounts(0, 0, 0, _d, limited);
        float codesPerUnit = (float)(1 / _cell.Output.Step);
        for (var i = 0; i < _d; i++)
            output[i] += _cell.Output.Enabled ? MathF.Round(charges[i] * codesPerUnit) : charges[i];
    }

    /// <summary>clamp((S + constant) / S_sat, 0, 1); without saturation max(S / S_sat, 0).</summary>
    private void HardSigmoid(Span<float> row, float constant)
    {
        Vector512<float> scale = Vector512.Create((float)(1 / _cell.SaturationQk)), highest = Vector512.Create(_cell.SaturatesScores ? 1 : float.PositiveInfinity), shift = Vector512.Create(constant);
        ref float scores = ref MemoryMarshal.GetReference(row);
        for (var j = 0; j < row.Length; j += Vector512<float>.Count)
            Vector512.MinNative(highest, Vector512.MaxNative(Vector512<float>.Zero, (Vector512.LoadUnsafe(ref scores, (nuint)j) + shift) * scale)).StoreUnsafe(ref scores, (nuint)j);
    }

    private Vector512<int> ReadOut(ReadOnlySpan<float> charges, ReadOnlySpan<float> constants, Span<float> output, int from, int to, GainCellWorkspace work)
    {
        work.Counts += new AttentionCounts(0, 0, 0, (long)(to - from) * _d, 0);
        if (!_cell.Decays && _padded == _d)
            return ReadOut(charges[(from * _d)..], 0, output[(from * _d)..(to * _d)]);
        Vector512<int> saturated = default;
        for (int r = from; r < to; r++)
            saturated += ReadOut(charges.Slice(r * _padded, _padded), constants[r], output.Slice(r * _d, _d));
        return saturated;
    }

    /// <param name="charges">Shape of <paramref name="output"/>, padded to whole vectors.</param>
    /// <returns>By lane, how many outputs saturated.</returns>
    private Vector512<int> ReadOut(ReadOnlySpan<float> charges, float constant, Span<float> output)
    {
        Vector512<float> scale = Vector512.Create((float)(1 / _cell.SaturationAv)), one = Vector512.Create(_cell.Output.Clamps ? 1 : float.PositiveInfinity);
        Vector512<float> codesPerUnit = Vector512.Create((float)(1 / _cell.Output.Step)), shift = Vector512.Create(constant);
        bool quantizes = _cell.Output.Enabled;
        ref float collected = ref MemoryMarshal.GetReference(charges), sums = ref MemoryMarshal.GetReference(output);
        Vector512<int> saturated = default;
        for (var i = 0; i < output.Length; i += Vector512<float>.Count)
        {
            int left = output.Length - i;
            Vector512<float> o = (Vector512.LoadUnsafe(ref collected, (nuint)i) + shift) * scale;
            if (left < Vector512<float>.Count)                              // beyond d there is no bitline
                o = Vector512.ConditionalSelect(Vector512.LessThan(Vector512.CreateSequence(0f, 1f), Vector512.Create((float)left)), o, Vector512<float>.Zero);
            saturated -= Vector512.GreaterThan(Vector512.Abs(o), one).AsInt32();
            o = Vector512.MinNative(one, Vector512.MaxNative(-one, o));
            if (quantizes)
                o = Vector512.Round(o * codesPerUnit);
            if (left >= Vector512<float>.Count)
                (Vector512.LoadUnsafe(ref sums, (nuint)i) + o).StoreUnsafe(ref sums, (nuint)i);
            else
                for (var lane = 0; lane < left; lane++)
                    output[i + lane] += o[lane];
        }
        return saturated;
    }
}
