namespace AnalogAttention.Simulation.Solver;

/// <summary>
/// Chooses pivots by Markowitz count (r - 1)(c - 1) among entries that pass a threshold test in their scaled column
/// (Markowitz 1957; search by ascending counts: Duff, Erisman, Reid, Direct Methods for Sparse Matrices, 1986, sections 7.2 and 9.2).
/// Rows are scaled to a largest entry near 1, so that a row of 1e-20 S is judged by its own measure.
/// </summary>
internal sealed class MarkowitzOrdering
{
    /// <summary>A pivot is at least this part of the largest scaled entry of its column: entries of L stay below 4.</summary>
    private const double Threshold = 0.25;

    /// <summary>Rows and columns looked at after the first acceptable pivot was found.</summary>
    private const int SearchBreadth = 4;

    private readonly int _size;
    private readonly List<int>[] _rowColumns;
    private readonly List<double>[] _rowValues;
    private readonly List<int>[] _columnRows;
    private readonly double[] _scale;
    private readonly CountBuckets _rows;
    private readonly CountBuckets _columns;
    private readonly double[] _work;
    private readonly bool[] _inPivotRow;

    private MarkowitzOrdering(SparsePattern pattern, ReadOnlySpan<double> values)
    {
        _size = pattern.Size;
        _rowColumns = new List<int>[_size];
        _rowValues = new List<double>[_size];
        _columnRows = new List<int>[_size];
        _scale = new double[_size];
        _work = new double[_size];
        _inPivotRow = new bool[_size];
        for (var i = 0; i < _size; i++)
        {
            _rowColumns[i] = [];
            _rowValues[i] = [];
            _columnRows[i] = [];
        }
        for (var slot = 1; slot < pattern.SlotCount; slot++)
            _scale[pattern.Rows[slot]] = Math.Max(_scale[pattern.Rows[slot]], Math.Abs(values[slot]));
        for (var row = 0; row < _size; row++)
            _scale[row] = _scale[row] > 0 && double.IsFinite(_scale[row]) ? Math.ScaleB(1, -Math.ILogB(_scale[row])) : 1;
        for (var column = 0; column < _size; column++)
            for (var slot = pattern.ColumnStart[column]; slot < pattern.ColumnStart[column + 1]; slot++)
            {
                var row = pattern.Rows[slot];
                _rowColumns[row].Add(column);
                _rowValues[row].Add(values[slot] * _scale[row]);
                _columnRows[column].Add(row);
            }
        _rows = new CountBuckets(_size);
        _columns = new CountBuckets(_size);
        for (var i = 0; i < _size; i++)
        {
            _rows.Place(i, _rowColumns[i].Count);
            _columns.Place(i, _columnRows[i].Count);
        }
    }

    /// <exception cref="SingularMatrixException">No acceptable pivot is left.</exception>
    public static PivotOrder Choose(SparsePattern pattern, ReadOnlySpan<double> values) => new MarkowitzOrdering(pattern, values).Choose();

    private PivotOrder Choose()
    {
        var rowOf = new int[_size];
        var columnOf = new int[_size];
        var lower = new int[_size][];
        var upper = new int[_size][];
        for (var step = 0; step < _size; step++)
        {
            var (row, column) = FindPivot();
            rowOf[step] = row;
            columnOf[step] = column;
            (lower[step], upper[step]) = Eliminate(row, column);
        }
        return Assemble(rowOf, columnOf, lower, upper);
    }

    private (int Row, int Column) FindPivot()
    {
        var best = (Row: -1, Column: -1);
        var bestCount = long.MaxValue;
        var bestSize = 0.0;
        var looked = 0;
        for (var count = 1; count <= _size; count++)
        {
            if (bestCount <= (long)(count - 1) * (count - 1))
                break;
            for (var column = _columns.First(count); column >= 0; column = _columns.Next(column))
            {
                var largest = LargestInColumn(column);
                foreach (var row in _columnRows[column])
                    Consider(row, column, Math.Abs(Value(row, column)), largest);
                if (best.Row >= 0 && ++looked >= SearchBreadth)
                    return best;
            }
            if (bestCount <= (long)count * (count - 1))
                break;
            for (var row = _rows.First(count); row >= 0; row = _rows.Next(row))
            {
                for (var k = 0; k < _rowColumns[row].Count; k++)
                {
                    var column = _rowColumns[row][k];
                    if ((long)(count - 1) * (_columnRows[column].Count - 1) <= bestCount)
                        Consider(row, column, Math.Abs(_rowValues[row][k]), LargestInColumn(column));
                }
                if (best.Row >= 0 && ++looked >= SearchBreadth)
                    return best;
            }
        }
        return best.Row >= 0 ? best : throw Singular();

        void Consider(int row, int column, double size, double largest)
        {
            if (!(size > 0) || size < Threshold * largest)
                return;
            var count = (long)(_rowColumns[row].Count - 1) * (_columnRows[column].Count - 1);
            // among equal counts the diagonal entry, then the larger one relative to its column
            var preference = size / largest + (row == column ? 1 : 0);
            if (count > bestCount || (count == bestCount && preference <= bestSize))
                return;
            (best, bestCount, bestSize) = ((row, column), count, preference);
        }
    }

    private SingularMatrixException Singular()
    {
        int row = 0, column = 0;
        for (var i = 0; i < _size; i++)
        {
            if (_rows.Contains(i))
                row = i;
            if (_columns.Contains(i) && !(LargestInColumn(i) > 0))
                return new SingularMatrixException(row, i);
            if (_columns.Contains(i))
                column = i;
        }
        return new SingularMatrixException(row, column);
    }

    private double Value(int row, int column) => _rowValues[row][_rowColumns[row].IndexOf(column)];

    private double LargestInColumn(int column)
    {
        var largest = 0.0;
        foreach (var row in _columnRows[column])
            largest = Math.Max(largest, Math.Abs(Value(row, column)));
        return largest;
    }

    /// <summary>Removes the pivot row and column and updates the rest; returns the rows of L's column and the columns of U's row.</summary>
    private (int[] Lower, int[] Upper) Eliminate(int pivotRow, int pivotColumn)
    {
        var columns = _rowColumns[pivotRow];
        var values = _rowValues[pivotRow];
        var pivot = Value(pivotRow, pivotColumn);
        _rows.Remove(pivotRow);
        _columns.Remove(pivotColumn);
        for (var k = 0; k < columns.Count; k++)
        {
            _work[columns[k]] = values[k];
            _columnRows[columns[k]].Remove(pivotRow);
        }
        var below = _columnRows[pivotColumn].ToArray();
        foreach (var row in below)
            UpdateRow(row, pivotColumn, pivot, columns);
        foreach (var column in columns)
            if (column != pivotColumn)
                _columns.Place(column, _columnRows[column].Count);
        columns.Remove(pivotColumn);
        return (below, columns.ToArray());
    }

    private void UpdateRow(int row, int pivotColumn, double pivot, List<int> pivotColumns)
    {
        var columns = _rowColumns[row];
        var values = _rowValues[row];
        var at = columns.IndexOf(pivotColumn);
        var factor = values[at] / pivot;
        columns.RemoveAt(at);
        values.RemoveAt(at);
        foreach (var column in pivotColumns)
            _inPivotRow[column] = true;
        _inPivotRow[pivotColumn] = false;
        for (var k = 0; k < columns.Count; k++)
        {
            var column = columns[k];
            if (!_inPivotRow[column])
                continue;
            values[k] -= factor * _work[column];
            _inPivotRow[column] = false;
        }
        foreach (var column in pivotColumns)
        {
            if (!_inPivotRow[column])
                continue;
            columns.Add(column);
            values.Add(-factor * _work[column]);
            _columnRows[column].Add(row);
            _inPivotRow[column] = false;
        }
        _rows.Place(row, columns.Count);
    }

    private PivotOrder Assemble(int[] rowOf, int[] columnOf, int[][] lower, int[][] upper)
    {
        var rowStep = new int[_size];
        var columnStep = new int[_size];
        for (var step = 0; step < _size; step++)
        {
            rowStep[rowOf[step]] = step;
            columnStep[columnOf[step]] = step;
        }
        var lowerStart = new int[_size + 1];
        var upperStart = new int[_size + 1];
        for (var step = 0; step < _size; step++)
        {
            lowerStart[step + 1] = lowerStart[step] + lower[step].Length;
            foreach (var column in upper[step])
                upperStart[columnStep[column] + 1]++;
        }
        for (var step = 0; step < _size; step++)
            upperStart[step + 1] += upperStart[step];
        var lowerRows = new int[lowerStart[_size]];
        var upperRows = new int[upperStart[_size]];
        var next = upperStart.AsSpan(0, _size).ToArray();
        for (var step = 0; step < _size; step++)
        {
            for (var k = 0; k < lower[step].Length; k++)
                lowerRows[lowerStart[step] + k] = rowStep[lower[step][k]];
            Array.Sort(lowerRows, lowerStart[step], lower[step].Length);
            foreach (var column in upper[step])
                upperRows[next[columnStep[column]]++] = step;
        }
        return new PivotOrder(rowOf, columnOf, _scale, lowerStart, lowerRows, upperStart, upperRows);
    }
}

/// <summary>Items grouped by a count, as doubly linked lists: constant time to move one.</summary>
internal sealed class CountBuckets(int size)
{
    private readonly int[] _first = Filled(size + 1);
    private readonly int[] _next = Filled(size);
    private readonly int[] _previous = Filled(size);
    private readonly int[] _count = Filled(size);

    public int First(int count) => _first[count];

    public int Next(int item) => _next[item];

    public bool Contains(int item) => _count[item] >= 0;

    public void Place(int item, int count)
    {
        if (_count[item] == count)
            return;
        Remove(item);
        _count[item] = count;
        _previous[item] = -1;
        _next[item] = _first[count];
        if (_first[count] >= 0)
            _previous[_first[count]] = item;
        _first[count] = item;
    }

    public void Remove(int item)
    {
        if (_count[item] < 0)
            return;
        if (_previous[item] >= 0)
            _next[_previous[item]] = _next[item];
        else
            _first[_count[item]] = _next[item];
        if (_next[item] >= 0)
            _previous[_next[item]] = _previous[item];
        _count[item] = -1;
    }

    private static int[] Filled(int length)
    {
        var array = new int[length];
        Array.Fill(array, -1);
        return array;
    }
}
