using System.Runtime.CompilerServices;

namespace AnalogAttention.Simulation.Solver;

/// <summary>
/// Collects the places of a matrix that devices will write to, then hands out their slots.
/// Unknowns count from 1; row or column 0 is ground and maps to slot 0, which belongs to no matrix entry.
/// Devices ask twice for the same places: before <see cref="Seal"/> every answer is 0, afterwards it is the slot.
/// </summary>
public sealed class StampPattern
{
    private readonly List<long> _places = [];
    private SparsePattern? _sealed;

    /// <summary>Slot of (row, column), both unknown numbers counted from 1, 0 for ground.</summary>
    public int Entry(int row, int column)
    {
        if (row == 0 || column == 0)
            return 0;
        if (_sealed is not null)
            return _sealed.Slot(row - 1, column - 1);
        _places.Add(((long)column << 32) | (uint)row);
        return 0;
    }

    /// <summary>Fixes the pattern; every diagonal place is part of it, so that a conductance to ground can be added to any node.</summary>
    public SparsePattern Seal(int size)
    {
        for (var i = 1; i <= size; i++)
            Entry(i, i);
        _places.Sort();
        // sorted, so equal ones are neighbours; a set would not do: the hash of (k, k) is 0 for every k
        var kept = 0;
        for (var k = 0; k < _places.Count; k++)
            if (kept == 0 || _places[k] != _places[kept - 1])
                _places[kept++] = _places[k];
        long[] places = [.. _places[..kept]];
        _places.Clear();
        var start = new int[size + 1];
        var rows = new int[places.Length + 1];
        for (var k = 0; k < places.Length; k++)
        {
            start[(int)(places[k] >> 32)]++;
            rows[k + 1] = (int)(uint)places[k] - 1;
        }
        start[0] = 1;
        for (var column = 0; column < size; column++)
            start[column + 1] += start[column];
        return _sealed = new SparsePattern(size, start, rows);
    }
}

/// <summary>
/// Compressed columns of a square matrix of <paramref name="Size"/> rows, counted from 0. Entries of column j are the slots
/// <c>ColumnStart[j] .. ColumnStart[j + 1] - 1</c>, rows ascending. Slot 0 is no entry: what is written there is lost.
/// </summary>
public sealed record SparsePattern(int Size, int[] ColumnStart, int[] Rows)
{
    /// <summary>Length of a value array: the entries and slot 0.</summary>
    public int SlotCount => Rows.Length;

    /// <exception cref="ArgumentOutOfRangeException">The place is not in the pattern.</exception>
    public int Slot(int row, int column)
    {
        var slot = Array.BinarySearch(Rows, ColumnStart[column], ColumnStart[column + 1] - ColumnStart[column], row);
        ArgumentOutOfRangeException.ThrowIfNegative(slot, $"({row}, {column})");
        return slot;
    }

    /// <summary>The rows and columns of that list alone, renumbered in its order, and the slot here of every slot there.</summary>
    public (SparsePattern Pattern, int[] Slots) Restrict(ReadOnlySpan<int> kept)
    {
        var place = new int[Size];
        Array.Fill(place, -1);
        for (var k = 0; k < kept.Length; k++)
            place[kept[k]] = k;
        var start = new int[kept.Length + 1];
        List<int> rows = [0], slots = [0];
        start[0] = 1;
        for (var k = 0; k < kept.Length; k++)
        {
            for (var slot = ColumnStart[kept[k]]; slot < ColumnStart[kept[k] + 1]; slot++)
                if (place[Rows[slot]] is >= 0 and var row)
                {
                    rows.Add(row);
                    slots.Add(slot);
                }
            start[k + 1] = rows.Count;
        }
        return (new SparsePattern(kept.Length, start, [.. rows]), [.. slots]);
    }

    /// <summary>y = A x; both of length <see cref="Size"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Multiply(ReadOnlySpan<double> values, ReadOnlySpan<double> x, Span<double> y)
    {
        ReadOnlySpan<int> start = ColumnStart, rows = Rows;
        y.Clear();
        for (var column = 0; column < x.Length; column++)
        {
            var xj = x[column];
            for (var slot = start[column]; slot < start[column + 1]; slot++)
                y[rows[slot]] += values[slot] * xj;
        }
    }
}
