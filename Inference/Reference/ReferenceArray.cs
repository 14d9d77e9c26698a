using AnalogAttention.Inference.Attention;

namespace AnalogAttention.Inference.Reference;

/// <summary>What the cells of one array conduct, cell by cell and age by age.</summary>
internal sealed class ReferenceArray
{
    private readonly GainCellArithmetic _cell;
    private readonly PhysicalCells? _cells;
    private readonly double[] _levels;                 // volts, shape (tokens, d)
    private readonly PhysicalCell[] _written;
    private readonly int _d;

    /// <param name="volts">Shape (tokens, d).</param>
    public ReferenceArray(GainCellArithmetic cell, ReadOnlySpan<double> volts, int d, int window, int layer, int head, int array, long sequence)
    {
        (_cell, _cells, _d) = (cell, cell.Cells(sequence), d);
        _levels = new double[volts.Length];
        _written = new PhysicalCell[volts.Length];
        for (var n = 0; n < volts.Length; n++)
        {
            _levels[n] = cell.Storage.Apply(volts[n]);
            _written[n] = _cells?.Written(_levels[n], CellRow.Of(layer, head, array, n / d, window), n / d, n % d) ?? new PhysicalCell(_levels[n], 0, 0, 0, 0);
        }
    }

    /// <summary>I(V) of token j after so many tokens: V leaks, or its signal w = V - offset decays as exp(-lambda age).</summary>
    /// <param name="current">Shape (d), uA.</param>
    public void Currents(int j, int age, Span<double> current)
    {
        for (var i = 0; i < _d; i++)
        {
            PhysicalCell cell = _written[j * _d + i];
            double volts = _cell.Leaks ? _cells!.Aged(cell.Volts, age) : _cell.Decays ? _cell.OffsetVolts + (cell.Volts - _cell.OffsetVolts) * Math.Exp(-_cell.DecayPerToken * age) : cell.Volts;
            current[i] = _cells?.Microamperes(cell, volts) ?? _cell.Microamperes(volts);
        }
    }

    /// <summary>Of the white noise of full reads of token j, (uA x T_max)^2.</summary>
    public double[] Variances(int j) => [.. Enumerable.Range(0, _d).Select(i => _cell.ReadVariance(_levels[j * _d + i]))];
}
