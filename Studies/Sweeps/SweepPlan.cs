using AnalogAttention.Circuits;

namespace AnalogAttention.Studies.Sweeps;

/// <summary>Values that parameters take together, in order.</summary>
/// <param name="Names">One or more parameters of the deck; several move together.</param>
/// <param name="Values">By step, then by name.</param>
public sealed record SweepAxis(IReadOnlyList<string> Names, IReadOnlyList<IReadOnlyList<double>> Values);

/// <summary>A named set of parameter values; <paramref name="Celsius"/> null leaves the temperature to the plan.</summary>
public sealed record Corner(string Name, IReadOnlyDictionary<string, double> Parameters, double? Celsius);

/// <summary>What is swept: every corner at every temperature at every combination of the axes.</summary>
/// <param name="Deck">A file, as an absolute path, or the name of one of the product's benches; empty with <paramref name="Fidelity"/>.</param>
/// <param name="Library">Cell library in place of <c>gain-cell.lib</c>; null: the product's.</param>
/// <param name="Axes">The last one runs fastest.</param>
/// <param name="Celsius">Empty: the deck's temperature.</param>
/// <param name="Measures">Of the deck; empty: all of them.</param>
/// <param name="Curves">Signals of the first analysis, kept whole; it is a .dc or .ac, the same grid at every point.</param>
/// <param name="MonteCarlo">Its samples run faster than the last axis; null: none.</param>
/// <param name="Fidelity">Points are evaluations of a language model instead of runs of a deck; null: runs.</param>
public sealed record SweepPlan(
    string Name, string Deck, string? Library, string Engine, IReadOnlyList<SweepAxis> Axes, IReadOnlyList<Corner> Corners, IReadOnlyList<double> Celsius, IReadOnlyList<string> Measures, IReadOnlyList<string> Curves, MonteCarlo? MonteCarlo = null, FidelityPlan? Fidelity = null)
{
    /// <summary>Points are calibrations of the cell instead of runs of a deck; null: they are not, or <see cref="Fidelity"/> asks for them.</summary>
    public CalibrationPlan? Calibration { get; init; }

    /// <summary>Points are cells: parameters are numbers of the library, and there is no deck.</summary>
    public bool AreCells => Fidelity is not null || Calibration is not null;

    /// <summary>Passed over where the axes and samples are those of the deck's own <c>.step</c> and <c>.mc</c>.</summary>
    public SweepStatements DeckSweeps { get; init; }

    /// <summary>The parameters of a point that are not drawn, in the order of the table's columns.</summary>
    public IReadOnlyList<string> ParameterNames { get; } = [.. Corners.SelectMany(c => c.Parameters.Keys).Concat(Axes.SelectMany(a => a.Names)).Distinct()];

    /// <summary>Where the plan names its deck, <c>file:line:column</c>; empty where a deck is its own plan.</summary>
    public string DeckPlace { get; init; } = "";

    /// <summary>Where the plan names a parameter first, <c>file:line:column</c>, by parameter.</summary>
    public IReadOnlyDictionary<string, string> Places { get; init; } = new Dictionary<string, string>();

    /// <summary>What yield is counted against; it changes no point.</summary>
    public IReadOnlyList<Specification> Specifications { get; init; } = [];

    public int Count => checked(Math.Max(1, Corners.Count) * Math.Max(1, Celsius.Count) * Axes.Aggregate(MonteCarlo?.Samples ?? 1, (n, a) => checked(n * a.Values.Count)));

    /// <summary>Point 0 ... Count - 1: corners outermost, then temperatures, then the axes in order, then the samples.</summary>
    public SweepPoint At(int index)
    {
        var parameters = new SortedDictionary<string, double>(StringComparer.Ordinal);
        int rest = index;
        int? sample = null;
        if (MonteCarlo is { Samples: var samples })
        {
            sample = rest % samples;
            rest /= samples;
        }
        var steps = new int[Axes.Count];
        for (int axis = Axes.Count - 1; axis >= 0; axis--)
            (rest, steps[axis]) = Math.DivRem(rest, Axes[axis].Values.Count);
        double? celsius = null;
        if (Celsius.Count > 0)
        {
            celsius = Celsius[rest % Celsius.Count];
            rest /= Celsius.Count;
        }
        var corner = Corners.Count > 0 ? Corners[rest] : null;
        foreach (var (name, value) in corner?.Parameters ?? new Dictionary<string, double>())
            parameters[name] = value;
        for (var axis = 0; axis < Axes.Count; axis++)
            for (var n = 0; n < Axes[axis].Names.Count; n++)
                parameters[Axes[axis].Names[n]] = Axes[axis].Values[steps[axis]][n];
        foreach (var (name, distribution) in MonteCarlo?.Die ?? new Dictionary<string, Distribution>())
            parameters[name] = distribution.At(MonteCarlo!.Probability(name, sample!.Value));
        return new SweepPoint(index, corner?.Name, corner?.Celsius ?? celsius, parameters, sample);
    }
}

/// <param name="Celsius">Null: the deck's.</param>
/// <param name="Parameters">Top-level ones of the deck, those drawn per die among them.</param>
/// <param name="Sample">0 ... samples - 1; null without Monte Carlo.</param>
public sealed record SweepPoint(int Index, string? Corner, double? Celsius, IReadOnlyDictionary<string, double> Parameters, int? Sample = null);
