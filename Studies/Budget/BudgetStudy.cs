using AnalogAttention.Calibration;
using AnalogAttention.Circuits;
using AnalogAttention.Inference.Attention;
using AnalogAttention.Inference.Evaluation;

namespace AnalogAttention.Studies.Budget;

/// <summary>A model on a cell with some of its effects, as often as chips were drawn.</summary>
/// <param name="Name">Of the effect that makes the step.</param>
/// <param name="Chips">By chip; one where nothing is drawn.</param>
public sealed record BudgetStep(string Name, IReadOnlyList<EvaluationResult> Chips)
{
    /// <summary>Nats per token, mean over chips.</summary>
    public double Loss => Chips.Average(c => c.Loss);

    public double Top1Agreement => Chips.Average(c => c.Against(BudgetStudy.Ideal)!.Top1Agreement);

    public double KlDivergence => Chips.Average(c => c.Against(BudgetStudy.Ideal)!.KlDivergence);

    /// <summary>Relative RMS of the attention output against ideal math, by layer and head, mean over chips; null for a head whose reference gives nothing.</summary>
    public IReadOnlyList<IReadOnlyList<double?>> AttentionErrorByHead =>
        [.. Enumerable.Range(0, Error(0).Count).Select(l => (IReadOnlyList<double?>)[.. Enumerable.Range(0, Error(0)[l].Count).Select(h => Enumerable.Range(0, Chips.Count).Average(c => Error(c)[l][h]))])];

    /// <summary>Mean over chips.</summary>
    public IReadOnlyList<double> AttentionErrorByLayer =>
        [.. Enumerable.Range(0, Error(0).Count).Select(l => Chips.Average(c => c.Against(BudgetStudy.Ideal)!.AttentionErrorByLayer[l]))];

    private IReadOnlyList<IReadOnlyList<double?>> Error(int chip) => Chips[chip].Against(BudgetStudy.Ideal)!.AttentionErrorByHead;

    /// <summary>How much higher the loss is than that of another step: mean over windows of text and chips, and its 95 % interval.</summary>
    public LossDifference Above(BudgetStep other) => LossDifference.Of(this, other);
}

/// <param name="Effect">As the options name it, or <see cref="BudgetStudy.Fit"/>.</param>
/// <param name="Added">Cost of the effect on top of those before it.</param>
/// <param name="Alone">On top of ideal math.</param>
/// <param name="LeftOut">What the full circuit gains without it.</param>
public sealed record EffectCost(string Effect, LossDifference Added, LossDifference Alone, LossDifference LeftOut);

/// <summary>From exact softmax to the full circuit.</summary>
/// <param name="Softmax">The twin model, exact.</param>
/// <param name="Ladder">Ideal math first, the full circuit last, one effect more at each step.</param>
/// <param name="Effects">In the order of the ladder.</param>
/// <param name="Absent">That the cell file does not state.</param>
/// <param name="LeftOut">That were not asked for.</param>
public sealed record BudgetResult(EvaluationResult Softmax, IReadOnlyList<BudgetStep> Ladder, IReadOnlyList<EffectCost> Effects, IReadOnlyList<string> Absent, IReadOnlyList<string> LeftOut, CellModel Cell, string ModelName, int Chips)
{
    public BudgetStep Full => Ladder[^1];

    /// <summary>Cost of the full circuit over ideal math less the sum of what each effect costs alone: what effects do to each other.</summary>
    public double Interaction => Full.Loss - Ladder[0].Loss - Effects.Sum(e => e.Alone.Nats);
}

/// <summary>What each effect of the hardware costs the language model: one after another, each alone, each left out.</summary>
public static class BudgetStudy
{
    public const string Ideal = "ideal math", Softmax = "softmax";

    /// <summary>The simulated reads in place of the fitted transfer.</summary>
    public const string Fit = "fit";

    // buffers of so many models at once
    private const int VariantsAtOnce = 6;

    private static readonly string[] Quantizations = ["input-quantization", "storage-quantization", "output-quantization"];

    /// <param name="without">Effects that are left out throughout.</param>
    /// <param name="chips">Drawn for every step in which something is; their mean is taken.</param>
    /// <param name="seed">Of the first chip.</param>
    /// <param name="jobs">Windows of text at once; the result does not depend on it.</param>
    /// <exception cref="BadInputException">Too little text for an interval, or a model that does not fit the cell.</exception>
    public static BudgetResult Run(ModelPair models, CellModel cell, ReadOnlyMemory<int> tokens, IReadOnlyCollection<string> without, int chips, long seed, int jobs, int? window = null, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        if (tokens.Length - 1 <= models.GainCell.Config.Positions)
            throw new BadInputException($"{tokens.Length} tokens of text: an interval needs two windows of {models.GainCell.Config.Positions}");
        // the true leak where it is known, else the decay of the published model
        bool decays = cell.Retention is { Drift: null };
        GainCellEffect[] optional = [.. GainCellEffects.All.Where(e => !without.Contains(e.Name) && (Quantizations.Contains(e.Name) || e.Name == "decay" && decays || !e.IsUsual && e.IsStated(cell)))];
        // the order in which a signal meets them; the fit where the transfer is
        var names = optional.Select(e => e.Name).ToList();
        // a table does not decay
        CellModel? simulated = cell.Transfer.IsTable || decays ? null : cell.AsSimulated();
        if (simulated is not null && !without.Contains(Fit))
            names.Insert(names.FindLastIndex(n => n is "storage-quantization" or "write-noise" or "stuck-cells") + 1, Fit);
        string[] effects = [.. names];
        var ideal = GainCellOptions.Ideal with { Window = window };

        var needed = new List<string[]> { Array.Empty<string>() };
        for (var i = 0; i < effects.Length; i++)
        {
            needed.Add(effects[..(i + 1)]);
            needed.Add([effects[i]]);
            needed.Add([.. effects.Where((_, n) => n != i)]);
        }
        string[][] sets = [.. needed.DistinctBy(Key)];
        var runs = sets.SelectMany(set => Enumerable.Range(0, IsDrawn(set, optional) ? chips : 1).Select(chip => (Set: set, Chip: chip))).ToArray();
        EvaluationVariant Variant((string[] Set, int Chip) run)
        {
            GainCellOptions options = run.Set.Where(e => e != Fit).Aggregate(ideal with { Seed = seed + run.Chip }, (o, e) => o.With(e));
            return new EvaluationVariant(FormattableString.Invariant($"{Key(run.Set)} #{run.Chip}"), new FastModel(models.GainCell, new GainCellAttention(run.Set.Contains(Fit) ? simulated! : cell, options)), Ideal);
        }

        var found = new Dictionary<string, EvaluationResult>();
        var reference = new EvaluationVariant(Ideal, new FastModel(models.GainCell, new GainCellAttention(cell, ideal)), Ideal);
        var evaluator = new Evaluator { Threads = jobs };
        var batches = runs.Chunk(VariantsAtOnce).ToArray();
        EvaluationResult? softmax = null;
        for (var b = 0; b < batches.Length; b++)
        {
            EvaluationVariant[] variants = [reference, .. softmax is null ? [new EvaluationVariant(Softmax, new FastModel(models.Softmax, new SoftmaxAttention()))] : Array.Empty<EvaluationVariant>(), .. batches[b].Select(Variant)];
            var results = evaluator.Evaluate(tokens, variants, progress is null ? null : new Part(progress, b, batches.Length), cancellation);
            softmax ??= results.First(r => r.Name == Softmax);
            foreach (var result in results)
                found[result.Name] = result;
        }

        BudgetStep Step(string name, string[] set) => new(name, [.. Enumerable.Range(0, IsDrawn(set, optional) ? chips : 1).Select(chip => found[FormattableString.Invariant($"{Key(set)} #{chip}")])]);
        BudgetStep[] ladder = [Step(Ideal, []), .. effects.Select((e, i) => Step(e, effects[..(i + 1)]))];
        return new BudgetResult(softmax!, ladder,
            [.. effects.Select((e, i) => new EffectCost(e, ladder[i + 1].Above(ladder[i]), Step(e, [e]).Above(ladder[0]), ladder[^1].Above(Step(e, [.. effects.Where(x => x != e)]))))],
            [.. GainCellEffects.All.Where(e => !e.IsUsual && !e.IsStated(cell)).Select(e => e.Name)], [.. without], cell, models.Name, chips);
    }

    private static bool IsDrawn(string[] set, GainCellEffect[] effects) => effects.Any(e => e.IsDrawn && set.Contains(e.Name));

    private static string Key(string[] set) => string.Join('+', set);

    private sealed class Part(IProgress<double> whole, int part, int parts) : IProgress<double>
    {
        public void Report(double value) => whole.Report((part + value) / parts);
    }
}
