using System.Collections.Immutable;
using AnalogAttention.Calibration;
using AnalogAttention.Calibration.Benches;
using AnalogAttention.Circuits;
using AnalogAttention.Inference.Attention;
using AnalogAttention.Inference.Evaluation;
using AnalogAttention.Simulation;

namespace AnalogAttention.Studies.Budget;

/// <summary>What one number of the library does to the language model.</summary>
/// <param name="Name">As <see cref="CellDeck.Definitions"/>.</param>
/// <param name="Step">By which it was raised: volts of a threshold, else a part of itself.</param>
/// <param name="Change">Of the loss; null where the cell could not be calibrated, or came out the same.</param>
/// <param name="Error">Why it could not.</param>
public sealed record DeviceSensitivity(string Name, double Nominal, double Step, bool IsVolts, LossDifference? Change, string? Error)
{
    /// <summary>Whether the cell came out as it was: nothing that the model uses depends on the number.</summary>
    public bool IsIdle => Change is null && Error is null;
}

/// <summary>
/// Finite differences through the whole chain, deck to cell to loss, one number of the library after the other: thresholds 10 mV up, everything else 5 %. One chip with mismatch, write noise
/// and leak, the same random numbers throughout, so that what differs is what the number did.
/// </summary>
public static class SensitivityStudy
{
    public const double ThresholdVolts = 0.01, Part = 0.05;

    private static readonly string[] Effects = ["mismatch", "write-noise", "leak"];

    /// <param name="only">Numbers that are raised; null: all.</param>
    /// <param name="jobs">Calibrations at once; the result does not depend on it.</param>
    /// <returns>The largest changes first; then numbers that do nothing, and those that could not be calibrated, by name.</returns>
    /// <exception cref="BadInputException">The library is missing or wrong, or there is too little text for an interval.</exception>
    public static IReadOnlyList<DeviceSensitivity> Run(ModelPair models, CellDeck deck, IEngine engine, ReadOnlyMemory<int> tokens, IReadOnlyCollection<string>? only, long seed, int jobs, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        if (tokens.Length - 1 <= models.GainCell.Config.Positions)
            throw new BadInputException($"{tokens.Length} tokens of text: an interval needs two windows of {models.GainCell.Config.Positions}");
        var definitions = deck.Definitions();
        if (only?.FirstOrDefault(n => !definitions.ContainsKey(n)) is { } unknown)
            throw new BadInputException($"{deck.LibraryPath ?? CellDeck.LibraryName} states no '{unknown}'; it states {string.Join(", ", definitions.Keys)}");
        CellModel nominal = Calibrator.Run(new CalibrationOptions(deck, Jobs: jobs), engine, cancellation: cancellation).Cell;
        // every cell fitted as the nominal one: another order would be another fit, not another transistor
        int? order = nominal.Transfer.IsTable ? null : nominal.Transfer.CoefficientsAmperes!.Count - 1;
        BudgetStep reference = Evaluated(models, nominal, tokens, seed, cancellation);
        // zero has no part of itself to be raised by
        (string Name, double Value)[] numbers = [.. definitions.Where(d => only?.Contains(d.Key) != false && d.Value != 0 && double.IsFinite(d.Value) && !d.Key.EndsWith(".level", StringComparison.Ordinal)).Select(d => (d.Key, d.Value))];
        var found = new DeviceSensitivity[numbers.Length];
        int done = 0;
        Parallel.For(0, numbers.Length, new ParallelOptions { MaxDegreeOfParallelism = jobs, CancellationToken = cancellation }, i =>
        {
            var (name, value) = numbers[i];
            bool isVolts = name.EndsWith(".vto", StringComparison.Ordinal);
            double step = isVolts ? ThresholdVolts : Part;
            var altered = deck with { DefinitionParameters = ImmutableDictionary<string, double>.Empty.Add(name, isVolts ? value + step : value * (1 + step)) };
            LossDifference? change = null;
            string? error = null;
            try
            {
                CellModel cell = Calibrator.Run(new CalibrationOptions(altered, order), engine, cancellation: cancellation).Cell;
                if (!IsSame(cell, nominal))
                    change = Evaluated(models, cell, tokens, seed, cancellation).Above(reference);
            }
            catch (Exception e) when (e is ConvergenceException or BadInputException)
            {
                error = e.Message.ReplaceLineEndings(" ");
            }
            found[i] = new DeviceSensitivity(name, value, step, isVolts, change, error);
            progress?.Report(Interlocked.Increment(ref done) / (double)numbers.Length);
        });
        return [.. found.OrderByDescending(s => Math.Abs(s.Change?.Nats ?? 0)).ThenBy(s => s.Name, StringComparer.Ordinal)];
    }

    /// <summary>What the attention reads of the two files, within the solver's tolerance.</summary>
    private static bool IsSame(CellModel a, CellModel b)
    {
        const double solver = 1e-6;
        bool Close(IEnumerable<double> x, IEnumerable<double> y) => x.Zip(y).All(p => Math.Abs(p.First - p.Second) <= solver * Math.Max(Math.Abs(p.First), Math.Abs(p.Second)));
        double[] Currents(CellModel c) => [.. Enumerable.Range(0, c.Storage.Levels).Select(l => c.Transfer.Amperes(c.Storage.LevelVolts(l)))];
        double[] Rest(CellModel c) => [.. c.Retention?.Drift?.VoltsPerSecond ?? [], c.Noise?.KtcVolts ?? 0, c.Mismatch?.SigmaGain ?? 0, c.Mismatch?.SigmaOffsetVolts ?? 0, c.Mismatch?.SigmaCurvature ?? 0];
        return Close(Currents(a), Currents(b)) && Close(Rest(a), Rest(b));
    }

    private static BudgetStep Evaluated(ModelPair models, CellModel cell, ReadOnlyMemory<int> tokens, long seed, CancellationToken cancellation)
    {
        var options = GainCellEffects.All.Where(e => Effects.Contains(e.Name) && e.IsStated(cell)).Aggregate(new GainCellOptions { Seed = seed }, (o, e) => e.With(o));
        return new BudgetStep("", new Evaluator { Threads = 1 }.Evaluate(tokens, [new EvaluationVariant("gain-cell", new FastModel(models.GainCell, new GainCellAttention(cell, options)))], null, cancellation));
    }
}
