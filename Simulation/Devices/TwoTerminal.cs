using AnalogAttention.Simulation.Solver;

namespace AnalogAttention.Simulation.Devices;

/// <summary>The two nodes of an admittance and its four matrix slots.</summary>
internal struct TwoTerminal(int positive, int negative)
{
    public readonly int Positive = positive;
    public readonly int Negative = negative;
    private int _pp, _pn, _np, _nn;

    public void Connect(StampPattern pattern)
    {
        _pp = pattern.Entry(Positive, Positive);
        _pn = pattern.Entry(Positive, Negative);
        _np = pattern.Entry(Negative, Positive);
        _nn = pattern.Entry(Negative, Negative);
    }

    public readonly void Stamp(Span<double> values, double admittance)
    {
        values[_pp] += admittance;
        values[_pn] -= admittance;
        values[_np] -= admittance;
        values[_nn] += admittance;
    }

    public readonly double Across(ReadOnlySpan<double> x) => x[Positive] - x[Negative];
}

/// <summary>A branch current that leaves <paramref name="positive"/>, passes the element and enters <paramref name="negative"/>, with its voltage equation v(positive) - v(negative) ... = 0.</summary>
internal struct BranchPlace(int positive, int negative, int branch)
{
    public readonly int Branch = branch;
    private int _pb, _nb, _bp, _bn;

    public void Connect(StampPattern pattern)
    {
        _pb = pattern.Entry(positive, Branch);
        _nb = pattern.Entry(negative, Branch);
        _bp = pattern.Entry(Branch, positive);
        _bn = pattern.Entry(Branch, negative);
    }

    public readonly void Stamp(Span<double> values)
    {
        values[_pb] += 1;
        values[_nb] -= 1;
        values[_bp] += 1;
        values[_bn] -= 1;
    }
}
