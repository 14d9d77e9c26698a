using AnalogAttention.Calibration;

namespace AnalogAttention.Inference.Attention;

/// <summary>Where a token's key or value lies: the cells (row, 0 ... d - 1) of one array.</summary>
/// <param name="Array">0: keys, 1: values.</param>
/// <param name="Row">Of the physical array: tokens come round to it as the window wraps.</param>
internal readonly record struct CellRow(int Layer, int Head, int Array, int Row)
{
    /// <param name="window">Rows are as many, in whole tiles.</param>
    public static CellRow Of(int layer, int head, int array, int position, int window) =>
        new(layer, head, array, position % ((Math.Max(1, window) + GainCellArithmetic.TileKeys - 1) / GainCellArithmetic.TileKeys * GainCellArithmetic.TileKeys));
}

/// <summary>
/// Every physical cell's own transfer I'(V) = (1 + g) I(V - o) + k (V - offset)^2 (<see cref="MismatchModel"/>). g, o and k are a function of the
/// seed and the cell's place alone, from the counter-based generator Philox 4x32-10 (Salmon et al., SC 2011): nothing is stored, and neither order
/// nor threads move them.
/// </summary>
internal sealed class CellMismatch
{
    private readonly uint _key0, _key1;
    private readonly double[,] _factor;      // of the covariance of (g, o, k), A/V^2 turned into uA/V^2

    public CellMismatch(MismatchModel model, long seed)
    {
        (_key0, _key1) = ((uint)seed, (uint)(seed >> 32));
        _factor = model.Factor();
        for (var j = 0; j < 3; j++)
            _factor[2, j] *= 1e6;
    }

    public (double Gain, double OffsetVolts, double Curvature) At(in CellRow row, int column)
    {
        var (a, b, c, d) = Philox(_key0, _key1, (uint)column, (uint)row.Row, (uint)(row.Layer << 1 | row.Array), (uint)row.Head);
        // Box and Muller, Ann. Math. Stat. 29, 610 (1958)
        double r0 = Math.Sqrt(-2 * Math.Log(Unit(a))), r1 = Math.Sqrt(-2 * Math.Log(Unit(c)));
        double x = r0 * Math.Cos(Math.Tau * Unit(b)), y = r0 * Math.Sin(Math.Tau * Unit(b)), z = r1 * Math.Cos(Math.Tau * Unit(d));
        double Mixed(int i) => _factor[i, 0] * x + _factor[i, 1] * y + _factor[i, 2] * z;
        return (Mixed(0), Mixed(1), Mixed(2));
    }

    /// <summary>Coefficients of I' in powers of w = V - offset, uA/V^i.</summary>
    /// <param name="nominal">c_0, c_1 ... of I.</param>
    /// <param name="own">At least three, and as many as <paramref name="nominal"/>.</param>
    public static void Shift(ReadOnlySpan<double> nominal, (double Gain, double OffsetVolts, double Curvature) cell, Span<double> own)
    {
        own.Clear();
        nominal.CopyTo(own);
        // I(w - o) by repeated synthetic division
        for (var i = 0; i < nominal.Length; i++)
            for (int m = nominal.Length - 2; m >= i; m--)
                own[m] -= cell.OffsetVolts * own[m + 1];
        for (var i = 0; i < nominal.Length; i++)
            own[i] *= 1 + cell.Gain;
        own[2] += cell.Curvature;
    }

    /// <summary>In (0, 1).</summary>
    private static double Unit(uint x) => (x + 0.5) / 4294967296.0;

    internal static (uint, uint, uint, uint) Philox(uint k0, uint k1, uint c0, uint c1, uint c2, uint c3)
    {
        for (var round = 0; round < 10; round++)
        {
            ulong p0 = 0xD2511F53UL * c0, p1 = 0xCD9E8D57UL * c2;
            (c0, c1, c2, c3) = ((uint)(p1 >> 32) ^ c1 ^ k0, (uint)p1, (uint)(p0 >> 32) ^ c3 ^ k1, (uint)p0);
            k0 += 0x9E3779B9;
            k1 += 0xBB67AE85;
        }
        return (c0, c1, c2, c3);
    }
}
