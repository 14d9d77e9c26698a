using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using AnalogAttention.Inference.Tensors;

namespace AnalogAttention.Inference.Attention;

/// <summary>
/// The terms i >= 1 of a decaying transfer: the products of pulses with the powers f^i of a tile's features, side by side, and their sum with
/// what the age of the tile has left of each.
/// </summary>
internal sealed class DecayTerms
{
    private const int Tile = GainCellArithmetic.TileKeys;
    private const int Width = PackedMatrix.PanelWidth;

    /// <summary>From so many queries on, powers of the features are formed once for all of them, and all terms are one product.</summary>
    private const int QueriesWorthForming = 12;

    // x^i = x^a x^b, the products that PowerRow forms
    private static readonly (int A, int B)[] Factors = [default, default, (1, 1), (2, 1), (2, 2), (4, 1), (4, 2), (6, 1), (4, 4), (8, 1), (8, 2), (10, 1)];

    private readonly int[] _powers;
    private readonly bool _isStored;            // features hold all terms already
    private readonly float[] _remaining;     // c_i exp(-i lambda (n - 32)) for n = 0 ... capacity + 64 and the powers i: shape (n, powers)
    private readonly int _tileSize;
    private readonly AlignedBuffer _cells;      // powers of a tile's features, side by side: shape (panels, powers, inner, 32)
    private readonly AlignedBuffer _charges;    // formed or stored: shape (rows, panels, powers, 32); else (rows, powers, panels, 32)
    private bool _formed;

    public DecayTerms(GainCellArithmetic cell, int headSize, int capacity)
    {
        int padded = PackedMatrix.PanelCount(headSize) * Width, longest = Math.Max(headSize, Tile), terms = cell.Terms > 1 ? cell.Terms : cell.Powers.Length;
        _isStored = cell.Terms > 1;
        _powers = _isStored ? [.. Enumerable.Range(0, terms)] : cell.Powers;
        _remaining = new float[terms > 0 ? terms * (capacity + Tile) : 0];
        for (var n = 0; n < _remaining.Length / Math.Max(1, terms); n++)
            for (var p = 0; p < terms; p++)
                _remaining[n * terms + p] = (float)((_isStored ? 1 : cell.Coefficients[_powers[p]]) * cell.Remaining(_powers[p], n - Tile / 2));
        int columns = Math.Max(padded, Tile);
        _tileSize = terms * columns * longest;
        _cells = new AlignedBuffer(terms > 0 && !_isStored ? _tileSize + (_powers[^1] + 1) * longest * Width : 0);
        _charges = new AlignedBuffer(terms * Math.Min(GainCellWorkspace.Rows, capacity) * columns);
    }

    /// <summary>Prepares for the products of so many queries with a tile.</summary>
    /// <param name="features">Panels of shape (depth, 32).</param>
    public void Form(ReadOnlySpan<float> features, int depth, int queries)
    {
        _formed = _powers.Length > 0 && !_isStored && queries >= QueriesWorthForming;
        int panel = depth * Width;
        for (var n = 0; _formed && n * panel < features.Length; n++)
        {
            features.Slice(n * panel, panel).CopyTo(_cells.AsSpan(At(1, n, panel)));
            for (var i = 2; i <= _powers[^1]; i++)
                TensorPrimitives.Multiply(_cells.AsSpan(At(Factors[i].A, n, panel), panel), _cells.AsSpan(At(Factors[i].B, n, panel), panel), _cells.AsSpan(At(i, n, panel), panel));
        }
    }

    /// <summary>sum over i of c_i exp(-i lambda (t + r - m)) x_r f^i, m the middle of the tile.</summary>
    /// <param name="x">Shape (rows, inner), rows <paramref name="xStride"/> apart.</param>
    /// <param name="fromTile">t less the first key of the tile.</param>
    /// <param name="features">What was given to <see cref="Form"/>; the first <paramref name="inner"/> rows of its panels count.</param>
    /// <param name="sums">Shape (rows, columns), rows <paramref name="stride"/> apart.</param>
    /// <param name="columns">A multiple of 32.</param>
    /// <param name="isBegun">On top of what is in <paramref name="sums"/>.</param>
    public void Multiply(ReadOnlySpan<float> x, int xStride, int rows, int fromTile, ReadOnlySpan<float> features, int depth, int inner, Span<float> sums, int stride, int columns, bool isBegun)
    {
        int terms = _powers.Length, width = terms * columns;
        bool isWide = _formed || _isStored;
        if (isWide)
            MatrixProduct.Multiply(x, xStride, rows, _formed ? _cells.Span : features, depth, inner, width, default, 0, _charges.Span, width);
        else
            for (var p = 0; p < terms; p++)
                MatrixProduct.Multiply(x, xStride, rows, features, depth, inner, columns, default, 0, _charges.AsSpan(p * columns), width, _powers[p]);
        int panelStride = isWide ? terms * Width : Width, termStride = isWide ? Width : columns;
        for (var r = 0; r < rows; r++)
        {
            ref float charges = ref MemoryMarshal.GetReference(_charges.AsSpan(r * width, width));
            ref float sum = ref MemoryMarshal.GetReference(sums.Slice(r * stride, columns));
            ReadOnlySpan<float> remaining = _remaining.AsSpan((fromTile + r) * terms, terms);
            for (var column = 0; column < columns; column += Vector512<float>.Count)
            {
                int at = column / Width * panelStride + column % Width;
                Vector512<float> s = isBegun ? Vector512.LoadUnsafe(ref sum, (nuint)column) : Vector512<float>.Zero;
                for (var p = 0; p < remaining.Length; p++)
                    s = Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref charges, (nuint)(at + p * termStride)), Vector512.Create(remaining[p]), s);
                s.StoreUnsafe(ref sum, (nuint)column);
            }
        }
    }

    /// <summary>Where the powers of a panel lie; those that are no terms, behind all panels.</summary>
    private int At(int power, int panel, int size)
    {
        int term = Array.IndexOf(_powers, power);
        return term >= 0 ? (panel * _powers.Length + term) * size : _tileSize + power * size;
    }
}
