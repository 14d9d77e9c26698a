using MathNet.Numerics.Distributions;
using MathNet.Numerics.Statistics;

namespace AnalogAttention.Studies.Budget;

/// <summary>Difference of two losses on the same text.</summary>
/// <param name="Nats">Per token.</param>
/// <param name="HalfWidth">Of the 95 % interval, by Student's t over windows of text; of each the chips' mean.</param>
public sealed record LossDifference(double Nats, double HalfWidth)
{
    public double Low => Nats - HalfWidth;

    public double High => Nats + HalfWidth;

    /// <summary>Whether the interval leaves out zero.</summary>
    public bool IsClear => Low > 0 || High < 0;

    internal static LossDifference Of(BudgetStep step, BudgetStep other)
    {
        int windows = step.Chips[0].Windows.Count;
        double[] differences = [.. Enumerable.Range(0, windows).Select(w => Mean(step, w) - Mean(other, w))];
        // windows of full length alone: the last one may be short, and would count as much as the others
        long full = step.Chips[0].Windows.Max(w => w.Tokens);
        double[] whole = [.. differences.Where((_, w) => step.Chips[0].Windows[w].Tokens == full)];
        double half = whole.Length > 1 ? StudentT.InvCDF(0, 1, whole.Length - 1, 0.975) * whole.StandardDeviation() / Math.Sqrt(whole.Length) : double.NaN;
        return new LossDifference(step.Loss - other.Loss, half);
    }

    private static double Mean(BudgetStep step, int window) => step.Chips.Average(c => c.Windows[window].NegativeLogLikelihood / c.Windows[window].Tokens);
}
