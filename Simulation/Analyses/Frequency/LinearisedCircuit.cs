using System.Numerics;
using AnalogAttention.Simulation.Embedded;
using AnalogAttention.Simulation.Solver;

namespace AnalogAttention.Simulation.Analyses.Frequency;

/// <summary>
/// A circuit linearised where Newton stands: (G + j w C) x = b, solved as the real system [G, -wC; wC, G] [re x; im x] = [re b; im b]
/// (the K1 form of Day and Heroux, SIAM J. Sci. Comput. 23, 2001), so that pivots are chosen and kept as for every other analysis.
/// The transposed system gives the response of one output to a current into any node (the adjoint network, Director and Rohrer 1969).
/// </summary>
public sealed class LinearisedCircuit
{
    private readonly SparsePattern _pattern;
    private readonly double[] _conductance;
    private readonly double[] _capacitance;
    private readonly int _size;
    private readonly SparseLu _lu;
    private readonly double[] _values;
    private readonly (int RealReal, int RealImaginary, int ImaginaryReal, int ImaginaryImaginary)[] _slots;
    private readonly double[] _solution;

    /// <param name="newton">Stands at the operating point.</param>
    public LinearisedCircuit(CompiledCircuit circuit, NewtonIteration newton, bool transposed = false)
    {
        _pattern = circuit.Pattern;
        _size = _pattern.Size;
        _conductance = new double[_pattern.SlotCount];
        _capacitance = new double[_pattern.SlotCount];
        newton.Linearise(_conductance, _capacitance);
        var stamps = new StampPattern();
        _slots = new (int, int, int, int)[_pattern.SlotCount];
        Connect(stamps, transposed);
        var doubled = stamps.Seal(2 * _size);
        Connect(stamps, transposed);
        _lu = new SparseLu(doubled);
        _values = new double[doubled.SlotCount];
        _solution = new double[2 * _size];
    }

    /// <summary>Factors the matrix for a frequency.</summary>
    /// <exception cref="SingularMatrixException">Nothing determines an unknown at that frequency; its column counts from 0.</exception>
    public void Factor(double hertz)
    {
        var omega = 2 * Math.PI * hertz;
        for (var slot = 1; slot < _slots.Length; slot++)
        {
            var (rr, ri, ir, ii) = _slots[slot];
            _values[rr] = _values[ii] = _conductance[slot];
            _values[ri] = -omega * _capacitance[slot];
            _values[ir] = omega * _capacitance[slot];
        }
        try
        {
            _lu.Factor(_values);
        }
        catch (SingularMatrixException e)
        {
            throw new SingularMatrixException(e.Row % _size, e.Column % _size);
        }
    }

    /// <summary>Solves for a right side; both by unknown, index 0 is ground.</summary>
    public void Solve(ReadOnlySpan<Complex> rightSide, Span<Complex> x)
    {
        for (var k = 0; k < _size; k++)
            (_solution[k], _solution[_size + k]) = (rightSide[k + 1].Real, rightSide[k + 1].Imaginary);
        _lu.Solve(_solution);
        x[0] = 0;
        for (var k = 0; k < _size; k++)
            x[k + 1] = new Complex(_solution[k], _solution[_size + k]);
    }

    private void Connect(StampPattern stamps, bool transposed)
    {
        for (var column = 0; column < _size; column++)
            for (var slot = _pattern.ColumnStart[column]; slot < _pattern.ColumnStart[column + 1]; slot++)
            {
                var (i, j) = transposed ? (column + 1, _pattern.Rows[slot] + 1) : (_pattern.Rows[slot] + 1, column + 1);
                _slots[slot] = (stamps.Entry(i, j), stamps.Entry(i, _size + j), stamps.Entry(_size + i, j), stamps.Entry(_size + i, _size + j));
            }
    }
}
