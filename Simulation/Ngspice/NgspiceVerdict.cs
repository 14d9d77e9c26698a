using System.Globalization;
using System.Text.RegularExpressions;
using AnalogAttention.Circuits;

namespace AnalogAttention.Simulation.Ngspice;

/// <summary>
/// Whether ngspice did what it was asked: by its results, since it complains on the way to success and says nothing on the way to
/// failure. Its messages only tell which failure.
/// </summary>
internal static partial class NgspiceVerdict
{
    /// <summary>Our name of an analysis, which plot of ngspice it is, and whether that plot reaches its end.</summary>
    private sealed record Expectation(string Name, Predicate<WaveformSet> IsPlot, Predicate<WaveformSet> IsWhole);

    private static Expectation Of(Analysis analysis) => analysis switch
    {
        OperatingPoint => new("op", plot => !IsSwept(plot), _ => true),
        DcSweep dc => new("dc", plot => plot.Abscissa.Name.EndsWith("-sweep", StringComparison.Ordinal), plot => ReachesEnd(dc, plot)),
        Transient tran => new("tran", plot => plot.Abscissa.Name == "time", plot => plot.Abscissa.Values[^1] >= tran.Stop * (1 - 1e-9)),
        SmallSignal ac => new("ac", plot => plot.Abscissa.Name == "frequency" && !NgspiceNoise.IsSpectrum(plot), plot => ReachesEnd(ac.Frequencies.Hertz(stretched: true), plot)),
        Noise noise => new("noise", NgspiceNoise.IsSpectrum, plot => ReachesEnd(noise.Frequencies.Hertz(stretched: false), plot)),
        _ => throw new BadInputException($"{analysis.Span}: the ngspice engine has no {analysis.GetType().Name} analysis"),
    };

    public static string NameOf(Analysis analysis) => Of(analysis).Name;

    /// <summary>The plot of an analysis, also where it ends early; null where there is none.</summary>
    public static WaveformSet? Plot(Analysis analysis, NgspiceOutput output) => output.Plots.FirstOrDefault(plot => plot.Columns.Count > 0 && plot.Count > 0 && Of(analysis).IsPlot(plot));

    /// <summary>What went wrong, with ngspice's own line; null where all points are there.</summary>
    public static Exception? Failure(Analysis analysis, NgspiceOutput output, Func<SimulationResult> partial)
    {
        var plot = Plot(analysis, output);
        if (plot is not null && Of(analysis).IsWhole(plot))
            return plot.Columns.FirstOrDefault(c => !c.Values.All(double.IsFinite)) is { } broken
                ? new ConvergenceException($"{Of(analysis).Name} in ngspice: {broken.Name} is not a number at point {Array.FindIndex(broken.Values, v => !double.IsFinite(v)) + 1}")
                : null;
        var reached = plot is null ? "" : string.Create(CultureInfo.InvariantCulture, $" after {plot.Count} points");
        if (output.Printed.FirstOrDefault(line => Trouble().IsMatch(line)) is { } trouble)
            return new ConvergenceException($"{Of(analysis).Name} in ngspice{reached}: {Tidy(trouble)}", plot is null ? null : partial());
        return new BadInputException($"{analysis.Span}: ngspice does not run this{reached}: {Complaint(output.Printed)}");
    }

    private static bool IsSwept(WaveformSet plot) => plot.Abscissa.Name is "time" or "frequency" || plot.Abscissa.Name.EndsWith("-sweep", StringComparison.Ordinal);

    // ngspice adds up its steps and may end one step beside a count of them
    private static bool ReachesEnd(DcSweep dc, WaveformSet plot)
    {
        var (inner, outer) = (dc.Axes[0], dc.Axes.Skip(1).Aggregate(1, (count, axis) => count * axis.Count));
        return plot.Count >= (inner.Count - 1) * outer && Math.Abs(plot.Abscissa.Values[^1] - inner.At(inner.Count - 1)) <= 0.5 * Math.Abs(inner.Step);
    }

    private static bool ReachesEnd(IReadOnlyList<double> hertz, WaveformSet plot) => plot.Abscissa.Values[^1] >= hertz[^1] * (1 - 1e-6);

    private static string Complaint(IReadOnlyList<string> printed)
    {
        for (var k = 0; k < printed.Count; k++)
            if (Error().IsMatch(printed[k]))
                return Tidy(string.Join(' ', printed.Skip(k).Take(printed[k].TrimEnd().EndsWith(':') ? 3 : 1).Select(line => line.Trim())));
        return printed.Count > 0 ? Tidy(printed[^1]) : "it says nothing";
    }

    private static string Tidy(string line) => Blanks().Replace(line.Trim(), " ");

    [GeneratedRegex(@"timestep too small|singular matrix|iteration limit|no convergence|did not converge|stepping failed|transient op failed", RegexOptions.IgnoreCase)]
    private static partial Regex Trouble();

    [GeneratedRegex(@"error|fatal|unknown|unable|can't|cannot|ended itself", RegexOptions.IgnoreCase)]
    private static partial Regex Error();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blanks();
}
