using System.Numerics.Tensors;
using AnalogAttention.Inference.Tensors;

namespace AnalogAttention.Inference.Attention;

/// <summary>
/// The terms i >= 1 of a decaying transfer as one matrix product, for many queries at once: to the left, side by side, the pulses times what each
/// term has left of them; to the right, below each other, the powers f^i of a tile's features.
/// </summary>
internal sealed class DecayTerms
{
    private const int Tile = GainCellArithmetic.TileKeys;
    private const int Width = PackedMatrix.PanelWidth;

    // x^i = x^a x^b, the products that PowerRow forms
    private static readonly (int A, int B)[] Factors = [default, default, (1, 1), (2, 1), (2, 2), (4, 1), (4, 2), (6, 1), (4, 4), (8, 1), (8, 2), (10, 1)];

    private readonly int[] _powers;
    private readonly float[] _remaining;     // c_i exp(-i lambda (n - 32)) for the powers i and n = 0 ... capacity + 64: shape (powers, n)
    private readonly int _ages;
    private readonly int _tileSize;
    private readonly float[] _cells;

    public DecayTerms(GainCellArithmetic cell, int headSize, int capacity)
    {
        int padded = PackedMatrix.PanelCount(headSize) * Width, longest = Math.Max(headSize, Tile);
        _powers = cell.Powers;
        _ages = _powers.Length > 0 ? capacity + Tile : 0;
        _remaining = new float[_powers.Length * _ages];
        for (var p = 0; p < _powers.Length; p++)
            for (var n = 0; n < _ages; n++)
                _remaining[p * _ages + n] = (float)(cell.Coefficients[_powers[p]] * Math.Exp(-_powers[p] * cell.DecayPerToken * (n - Tile / 2)));
        Pulses = new float[_powers.Length * Tile * longest];
        _tileSize = _powers.Length * Math.Max(padded, longest) * longest;
        _cells = new float[_powers.Length > 0 ? _tileSize + (_powers[^1] + 1) * longest * Width : 0];
    }

    /// <summary>Of the left side: shape (rows, terms x length), or (rows, length) of one term.</summary>
    public float[] Pulses { get; }

    /// <summary>Row r of <see cref="Pulses"/>, from column <paramref name="at"/> on, becomes x_r c_i exp(-i lambda (t + r - m)), m the middle of the tile.</summary>
    /// <param name="term">Index of i among the powers.</param>
    /// <param name="x">Shape (rows, length).</param>
    /// <param name="fromTile">t less the first key of the tile.</param>
    public void Decay(int term, ReadOnlySpan<float> x, int rows, int length, int fromTile, int stride, int at)
    {
        for (var r = 0; r < rows; r++)
            TensorPrimitives.Multiply(x.Slice(r * length, length), _remaining[term * _ages + fromTile + r], Pulses.AsSpan(r * stride + at, length));
    }

    /// <summary>The right side: panels of shape (terms x inner, 32).</summary>
    /// <param name="features">Panels of shape (inner, 32).</param>
    public ReadOnlySpan<float> Cells(ReadOnlySpan<float> features, int inner)
    {
        int panel = inner * Width, terms = _powers.Length;
        for (var n = 0; n * panel < features.Length; n++)
        {
            features.Slice(n * panel, panel).CopyTo(_cells.AsSpan(At(1, n, panel)));
            for (var i = 2; i <= _powers[^1]; i++)
                TensorPrimitives.Multiply(_cells.AsSpan(At(Factors[i].A, n, panel), panel), _cells.AsSpan(At(Factors[i].B, n, panel), panel), _cells.AsSpan(At(i, n, panel), panel));
        }
        return _cells.AsSpan(0, features.Length * terms);
    }

    /// <summary>Where the powers of a panel lie; those that are no terms, behind all panels.</summary>
    private int At(int power, int panel, int size)
    {
        int term = Array.IndexOf(_powers, power);
        return term >= 0 ? (panel * _powers.Length + term) * size : _tileSize + power * size;
    }
}
