using AnalogAttention.Circuits;

namespace AnalogAttention.Studies.Sweeps;

/// <summary>Reads a deck with <c>.step</c> or <c>.mc</c> as a plan of itself: they are its axes, the last one fastest, and its samples.</summary>
public static class DeckPlanReader
{
    private static readonly string[] PlanExtensions = [".yaml", ".yml"];

    /// <summary>A plan, by the name of the file, or else a deck.</summary>
    /// <exception cref="BadInputException">The file is missing or wrong.</exception>
    public static SweepPlan ReadPlanOrDeck(string path) =>
        PlanExtensions.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase) ? SweepPlanReader.Read(path) : Read(path);

    /// <exception cref="BadInputException">The deck is missing or wrong, or asks for no sweep.</exception>
    public static SweepPlan Read(string path)
    {
        var circuit = DeckReader.Read(path, new DeckReaderOptions { Sweeps = SweepStatements.Evaluated });
        if (circuit.Steps.IsEmpty && circuit.MonteCarlo is null)
            throw new BadInputException($"{path}: the deck has neither .step nor .mc: expected a plan (.yaml, .yml) or a deck that asks for a sweep");
        return SweepPlanReader.Bounded(new SweepPlan(
            Path.GetFileNameWithoutExtension(path), Path.GetFullPath(path), null, "embedded",
            [.. circuit.Steps.Where(s => s.Parameter is not null).Select(s => new SweepAxis([s.Parameter!], [.. s.Values.Select(v => (IReadOnlyList<double>)[v])]))],
            [], [.. circuit.Steps.Where(s => s.Parameter is null).SelectMany(s => s.Values)], [], [], circuit.MonteCarlo is { } request ? Draws(request) : null)
        {
            DeckSweeps = SweepStatements.PassedOver,
        }, path);
    }

    private static MonteCarlo Draws(MonteCarloRequest request)
    {
        BadInputException Bad(SourceSpan span, string what) => new($"{span}: {what}");
        long Whole(double value, long least, long most) =>
            value == Math.Floor(value) && value >= least && value <= most ? (long)value : throw Bad(request.Span, FormattableString.Invariant($"expected a whole number from {least} to {most}, found {value}"));
        var sampling = Sampling.Random;
        if (request.Sampling is { } way && !MonteCarlo.Samplings.TryGetValue(way, out sampling))
            throw Bad(request.Span, $"sampling is one of {string.Join(", ", MonteCarlo.Samplings.Keys)}, not '{way}'");
        var die = new SortedDictionary<string, Distribution>(StringComparer.Ordinal);
        var instances = new SortedDictionary<string, Distribution>(StringComparer.Ordinal);
        foreach (var draw in request.Draws)
            (draw.Parameter.Contains('.') ? instances : die)[draw.Parameter] = Distribution.Of(draw.Distribution, draw.Numbers[0], draw.Numbers[1], draw.Numbers.Length > 2 ? draw.Numbers[2] : null)
                ?? throw Bad(draw.Span, Distribution.Bounds);
        // nothing said: what a model card states of its transistors
        IReadOnlyList<string>? mismatch = request.Mismatch ?? (request.Draws.IsEmpty ? [] : null);
        return new MonteCarlo((int)Whole(request.Samples, 1, SweepPlanReader.MostPoints), request.Seed is { } seed ? Whole(seed, 0, int.MaxValue) : 1, sampling, mismatch, die) { Place = request.Span.ToString(), Instances = instances }.Over([]);
    }
}
