using System.Diagnostics;
using AnalogAttention.Calibration;
using AnalogAttention.Calibration.Benches;
using AnalogAttention.Circuits;
using AnalogAttention.Inference.Attention;
using AnalogAttention.Inference.Gpt2;
using AnalogAttention.Inference.Sampling;
using AnalogAttention.Simulation;

namespace AnalogAttention.Studies;

/// <param name="ModelFolder">Null: the embedded models.</param>
/// <param name="TextPath">Null: the sample text that ships with them.</param>
/// <param name="Windows">Context windows of text to evaluate; fewer where the text is shorter.</param>
/// <param name="SampleTokens">Length of each generated sample.</param>
public sealed record ChainOptions(CalibrationOptions Calibration, string? ModelFolder, string? TextPath, int Windows, int SampleTokens, int Seed, int Jobs);

public sealed record GeneratedSample(string Variant, string Text);

public sealed record StageTime(string Stage, double Seconds);

/// <summary>From transistor to token: what every stage of the chain found.</summary>
public sealed record ChainResult(CalibrationResult Calibration, string ModelName, FidelityResult Fidelity, string Prompt, IReadOnlyList<GeneratedSample> Samples, IReadOnlyList<StageTime> Times)
{
    /// <summary>The text of <c>cell.json</c>.</summary>
    public string CellJson { get; } = CellFile.Format(Calibration.Cell);

    public required string TextSha256 { get; init; }

    /// <summary>The fit judged on what the model stores and asks in the first window of the text.</summary>
    public required ColumnSumResult ColumnSums { get; init; }

    /// <summary>Every head in the first windows of the text.</summary>
    public required HeadStudyResult Heads { get; init; }

    /// <summary>The text of <c>fidelity.json</c>.</summary>
    public string FidelityJson => FidelityFile.Format(Fidelity, ModelName, TextFile.Sha256(CellJson), TextSha256);
}

/// <summary>The whole chain: simulate and calibrate the cell, evaluate the model pair with it, generate with each.</summary>
public static class ChainStudy
{
    private const int HeadWindows = 2;

    public const string Prompt = "It was a dark night, and the old man";

    /// <exception cref="BadInputException">A deck, model or text is missing or bad; found before the long work where it can be.</exception>
    public static ChainResult Run(ChainOptions options, IEngine engine, IProgress<(string Stage, double Fraction)>? progress = null, CancellationToken cancellation = default)
    {
        var times = new List<StageTime>();
        T Stage<T>(string name, Func<IProgress<double>, T> work)
        {
            var clock = Stopwatch.StartNew();
            progress?.Report((name, 0));
            var result = work(new StageFraction(name, progress));
            progress?.Report((name, 1));
            times.Add(new StageTime(name, clock.Elapsed.TotalSeconds));
            return result;
        }

        var (models, text, tokens) = Stage("Read the deck and the models", _ =>
        {
            options.Calibration.Deck.Read(TransferBench.Deck);
            var pair = options.ModelFolder is { } folder ? ModelPair.Load(folder) : ModelPair.Embedded();
            var path = options.TextPath ?? ModelPair.SampleTextPath;
            int wanted = options.Windows * pair.GainCell.Config.Positions + 1;
            int[] encoded = TextFile.Tokens(path, pair.Tokenizer);
            return (pair, TextFile.Read(path), encoded[..Math.Min(encoded.Length, wanted)]);
        });
        var calibration = Stage("Simulate and calibrate the cell", fraction => Calibrator.Run(options.Calibration, engine, fraction, cancellation));
        var cell = calibration.Cell;
        var columns = Stage("Sum columns of the workload", _ => ColumnSumStudy.Run(models.GainCell, cell, options.Calibration.Deck, engine,
            tokens.AsSpan(0, Math.Min(tokens.Length, models.GainCell.Config.Positions)), options.Jobs, cancellation));
        var fidelity = Stage("Evaluate the language model", fraction => FidelityStudy.Run(models, new GainCellAttention(cell), tokens, options.Jobs, progress: fraction, cancellation: cancellation));
        var heads = Stage("Look at every head", fraction => HeadStudy.Run(models.GainCell, new GainCellAttention(cell),
            tokens.AsMemory(0, Math.Min(tokens.Length, HeadWindows * models.GainCell.Config.Positions)), options.Jobs, fraction, cancellation));
        var samples = Stage("Generate samples", fraction => Generate(models, cell, options, fraction, cancellation));
        return new ChainResult(calibration, models.Name, fidelity, Prompt, samples, times) { TextSha256 = TextFile.Sha256(text), ColumnSums = columns, Heads = heads };
    }

    private static List<GeneratedSample> Generate(ModelPair models, CellModel cell, ChainOptions options, IProgress<double> progress, CancellationToken cancellation)
    {
        (string Name, Gpt2Model Model, IAttention Attention)[] variants =
        [
            (FidelityResult.SoftmaxName, models.Softmax, new SoftmaxAttention()),
            (FidelityResult.IdealName, models.GainCell, new GainCellAttention(cell, GainCellOptions.Ideal)),
            (FidelityResult.GainCellName, models.GainCell, new GainCellAttention(cell)),
        ];
        var samples = new List<GeneratedSample>();
        foreach (var (name, model, attention) in variants)
        {
            var generator = new TextGenerator(model, attention, new SamplingOptions(Temperature: 0.8, TopK: 40, Seed: options.Seed));
            samples.Add(new GeneratedSample(name, Prompt + generator.Generate(models.Tokenizer, Prompt, options.SampleTokens, cancellation: cancellation)));
            progress.Report(samples.Count / (double)variants.Length);
        }
        return samples;
    }

    private sealed class StageFraction(string stage, IProgress<(string, double)>? progress) : IProgress<double>
    {
        public void Report(double value) => progress?.Report((stage, value));
    }
}
