namespace AnalogAttention.Simulation.Embedded;

/// <summary>A source whose current controls something: its branch and its terminals among the unknowns.</summary>
public readonly record struct SensedSource(int Branch, int Positive, int Negative)
{
    /// <summary>What the source itself adds to a row of its branch's column: the current leaves one node and enters the other.</summary>
    public double Own(int row) => (row == Positive ? 1 : 0) - (row == Negative ? 1 : 0);
}
