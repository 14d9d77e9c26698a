namespace AnalogAttention.Simulation.Solver;

/// <summary>
/// The symbolic half of a factorisation P R A Q = L U: rows and columns in pivot order, a power-of-two scale for every row,
/// and the patterns of L (below the diagonal) and U (above it) by columns, in pivot numbers, U ascending.
/// </summary>
public sealed record PivotOrder(int[] RowOf, int[] ColumnOf, double[] RowScale, int[] LowerStart, int[] LowerRows, int[] UpperStart, int[] UpperRows)
{
    public int Size => RowOf.Length;
}

/// <summary>A matrix without a usable pivot: <paramref name="row"/> and <paramref name="column"/> are among those left over, counted from 0.</summary>
public sealed class SingularMatrixException(int row, int column) : Exception($"singular matrix at row {row}, column {column}")
{
    public int Row { get; } = row;
    public int Column { get; } = column;
}
