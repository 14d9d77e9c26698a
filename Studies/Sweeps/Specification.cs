using AnalogAttention.Circuits;

namespace AnalogAttention.Studies.Sweeps;

/// <summary>What a measure must keep to, ends included.</summary>
/// <param name="Min">Null: no lower end.</param>
/// <param name="Max">Null: no upper end.</param>
/// <param name="Place">Of the entry in the plan, <c>path:line:col</c>.</param>
public sealed record Specification(string Measure, double? Min, double? Max, string Place)
{
    /// <summary>How far beyond the nearer end; negative within.</summary>
    public double Excess(double value) => Math.Max(Min - value ?? double.NegativeInfinity, value - Max ?? double.NegativeInfinity);

    public bool Holds(double value) => Excess(value) <= 0;

    /// <exception cref="BadInputException">It names a measure that is not among those of the sweep.</exception>
    public void Check(IReadOnlyList<string> measures)
    {
        if (!measures.Contains(Measure))
            throw new BadInputException($"{Place}: the sweep has no measure '{Measure}'; there are {string.Join(", ", measures)}");
    }
}
