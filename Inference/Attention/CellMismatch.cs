using AnalogAttention.Calibration;

namespace AnalogAttention.Inference.Attention;

/// <summary>Where a token's key or value lies: the cells (row, 0 ... d - 1) of one array.</summary>
/// <param name="Array">0: keys, 1: values.</param>
/// <param name="Row">Of the physical array: tokens come round to it as the window wraps.</param>
internal readonly record struct CellRow(int Layer, int Head, int Array, int Row)
{
    /// <param name="window">Rows are as many, in whole tiles.</param>
    public static CellRow Of(int layer, int head, int array, int position, int window) => new(layer, head, array, position % RowsOf(window));

    public static int RowsOf(int window) => (Math.Max(1, window) + GainCellArithmetic.TileKeys - 1) / GainCellArithmetic.TileKeys * GainCellArithmetic.TileKeys;

    /// <summary>Layer and array as one counter.</summary>
    public uint Plane => (uint)(Layer << 1 | Array);
}

/// <summary>
/// Every physical cell's own transfer I'(V) = (1 + g) I(V - o) + k (V - offset)^2 (<see cref="MismatchModel"/>); g, o and k are a function of the
/// seed and the cell's place alone.
/// </summary>
internal sealed class CellMismatch
{
    private readonly CounterRandom _random;
    private readonly double[,] _factor;      // of the covariance of (g, o, k), A/V^2 turned into uA/V^2

    public CellMismatch(MismatchModel model, long seed)
    {
        _random = CounterRandom.Of(seed, RandomStream.Mismatch);
        _factor = model.Factor();
        for (var j = 0; j < 3; j++)
            _factor[2, j] *= 1e6;
    }

    public (double Gain, double OffsetVolts, double Curvature) At(in CellRow row, int column)
    {
        var (x, y, z, _) = _random.Normals((uint)column, (uint)row.Row, row.Plane, (uint)row.Head);
        double Mixed(int i) => _factor[i, 0] * x + _factor[i, 1] * y + _factor[i, 2] * z;
        return (Mixed(0), Mixed(1), Mixed(2));
    }
}
