using System.Runtime.CompilerServices;

namespace AnalogAttention.Simulation.Solver;

/// <summary>
/// Sparse LU factors P R A Q = L U. Pivots are chosen once (<see cref="MarkowitzOrdering"/>) and reused: later factorisations run
/// left-looking through the fixed pattern (Gilbert and Peierls 1988; Davis, Direct Methods for Sparse Linear Systems, 2006,
/// section 6.2; fixed-pattern refactorisation as in KLU, Davis and Palamadai 2010). A pivot that has become small beside its
/// column leads to a new choice. No allocation while pivots are reused.
/// </summary>
public sealed class SparseLu(SparsePattern pattern)
{
    /// <summary>Re-pivot when |pivot| falls below this part of its column: entries of L then stay below 1e4.</summary>
    private const double Degraded = 1e-4;

    private readonly double[] _work = new double[pattern.Size];
    private readonly int[] _entryRow = new int[pattern.SlotCount];
    private readonly double[] _entryScale = new double[pattern.SlotCount];
    private readonly double[] _reciprocal = new double[pattern.Size];
    private double[] _lower = [];
    private double[] _upper = [];
    private PivotOrder? _order;

    /// <summary>Times pivots were chosen.</summary>
    public int Orderings { get; private set; }

    /// <summary>Entries of L and U, diagonal counted once.</summary>
    public int FactorEntries => _lower.Length + _upper.Length + pattern.Size;

    /// <summary>Factors the matrix with these slot values.</summary>
    /// <exception cref="SingularMatrixException">The matrix has no usable pivot left.</exception>
    public void Factor(ReadOnlySpan<double> values)
    {
        if (_order is not null && Refactor(_order, values))
            return;
        _order = MarkowitzOrdering.Choose(pattern, values);
        Orderings++;
        Bind(_order);
        if (!Refactor(_order, values))
            throw new SingularMatrixException(_order.RowOf[^1], _order.ColumnOf[^1]);
    }

    /// <summary>Solves A x = b in place; length of <paramref name="b"/> is the matrix size.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Solve(Span<double> b)
    {
        var order = _order ?? throw new InvalidOperationException("not factored yet");
        ReadOnlySpan<int> start = order.LowerStart, rows = order.LowerRows, rowOf = order.RowOf, columnOf = order.ColumnOf;
        ReadOnlySpan<double> factors = _lower, scale = order.RowScale, reciprocal = _reciprocal;
        var x = _work.AsSpan();
        for (var step = 0; step < rowOf.Length; step++)
            x[step] = b[rowOf[step]] * scale[rowOf[step]];
        for (var step = 0; step < x.Length; step++)
        {
            var value = x[step];
            if (value != 0)
                Subtract(rows[start[step]..start[step + 1]], factors[start[step]..start[step + 1]], value, x);
        }
        start = order.UpperStart;
        rows = order.UpperRows;
        factors = _upper;
        for (var step = x.Length - 1; step >= 0; step--)
        {
            var value = x[step] * reciprocal[step];
            b[columnOf[step]] = value;
            if (value != 0)
                Subtract(rows[start[step]..start[step + 1]], factors[start[step]..start[step + 1]], value, x);
        }
        x.Clear();
    }

    // x[rows] -= factors * value
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Subtract(ReadOnlySpan<int> rows, ReadOnlySpan<double> factors, double value, Span<double> x)
    {
        for (var k = 0; k < rows.Length && k < factors.Length; k++)
            x[rows[k]] -= factors[k] * value;
    }

    private void Bind(PivotOrder order)
    {
        var step = new int[order.Size];
        for (var k = 0; k < order.Size; k++)
            step[order.RowOf[k]] = k;
        for (var slot = 1; slot < pattern.SlotCount; slot++)
        {
            _entryRow[slot] = step[pattern.Rows[slot]];
            _entryScale[slot] = order.RowScale[pattern.Rows[slot]];
        }
        _lower = new double[order.LowerRows.Length];
        _upper = new double[order.UpperRows.Length];
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private bool Refactor(PivotOrder order, ReadOnlySpan<double> values)
    {
        ReadOnlySpan<int> lowerStart = order.LowerStart, lowerRows = order.LowerRows, upperStart = order.UpperStart, upperRows = order.UpperRows;
        ReadOnlySpan<int> columnStart = pattern.ColumnStart, columnOf = order.ColumnOf, entryRow = _entryRow;
        ReadOnlySpan<double> entryScale = _entryScale;
        Span<double> work = _work, lower = _lower, upper = _upper;
        for (var step = 0; step < columnOf.Length; step++)
        {
            var column = columnOf[step];
            for (var slot = columnStart[column]; slot < columnStart[column + 1]; slot++)
                work[entryRow[slot]] = values[slot] * entryScale[slot];
            for (var k = upperStart[step]; k < upperStart[step + 1]; k++)
            {
                var row = upperRows[k];
                var value = work[row];
                work[row] = 0;
                upper[k] = value;
                if (value != 0)
                    Subtract(lowerRows[lowerStart[row]..lowerStart[row + 1]], lower[lowerStart[row]..lowerStart[row + 1]], value, work);
            }
            var pivot = work[step];
            work[step] = 0;
            var reciprocal = 1 / pivot;
            var largest = 0.0;
            for (var l = lowerStart[step]; l < lowerStart[step + 1]; l++)
            {
                var value = work[lowerRows[l]];
                work[lowerRows[l]] = 0;
                largest = Math.Max(largest, Math.Abs(value));
                lower[l] = value * reciprocal;
            }
            // written so that NaN and 0 fail as well
            if (!(Math.Abs(pivot) > Degraded * largest) || !double.IsFinite(reciprocal))
            {
                work.Clear();
                return false;
            }
            _reciprocal[step] = reciprocal;
        }
        return true;
    }
}
