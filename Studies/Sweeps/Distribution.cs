using MathNet.Numerics.Distributions;

namespace AnalogAttention.Studies.Sweeps;

/// <summary>What a drawn quantity is distributed as, by its inverse cumulative distribution.</summary>
public abstract record Distribution
{
    internal const string Bounds = "sigma, median and truncate lie above 0, 'from' below 'to'";

    /// <param name="probability">0 ... 1, ends excluded.</param>
    public abstract double At(double probability);

    /// <param name="kind"><c>normal</c> (mean, sigma), <c>lognormal</c> (median, sigma) or <c>uniform</c> (from, to).</param>
    /// <returns>Null where sigma, median or truncate do not lie above 0, or the ends of a uniform one are not in order.</returns>
    public static Distribution? Of(string kind, double first, double second, double? truncate)
    {
        if (kind == "uniform" ? !(first < second) : !(second > 0) || truncate <= 0 || kind == "lognormal" && !(first > 0))
            return null;
        return kind switch
        {
            "normal" => new NormalDistribution(first, second, truncate),
            "lognormal" => new LognormalDistribution(first, second),
            "uniform" => new UniformDistribution(first, second),
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
        };
    }
}

/// <param name="Truncate">Nothing is drawn further than so many sigmas from the mean; null: no limit.</param>
public sealed record NormalDistribution(double Mean, double Sigma, double? Truncate = null) : Distribution
{
    public override double At(double probability)
    {
        double tail = Truncate is { } sigmas ? Normal.CDF(0, 1, -sigmas) : 0;
        return Mean + Sigma * Normal.InvCDF(0, 1, tail + probability * (1 - 2 * tail));
    }
}

/// <param name="Sigma">Standard deviation of the natural logarithm.</param>
public sealed record LognormalDistribution(double Median, double Sigma) : Distribution
{
    public override double At(double probability) => Median * Math.Exp(Sigma * Normal.InvCDF(0, 1, probability));
}

public sealed record UniformDistribution(double From, double To) : Distribution
{
    public override double At(double probability) => From + (To - From) * probability;
}
