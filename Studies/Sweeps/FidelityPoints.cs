using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using AnalogAttention.Calibration;
using AnalogAttention.Calibration.Benches;
using AnalogAttention.Circuits;
using AnalogAttention.Inference.Attention;
using AnalogAttention.Inference.Evaluation;
using AnalogAttention.Simulation;

namespace AnalogAttention.Studies.Sweeps;

/// <summary>What a plan asks of the language model.</summary>
/// <param name="Model">A folder; null: the embedded pair.</param>
/// <param name="Text">Null: the embedded sample.</param>
/// <param name="Windows">Context windows of the text that are read.</param>
public sealed record FidelityPlan(string? Model, string? Text, int Windows);

/// <summary>
/// Points that are evaluations of a language model: the cell is calibrated once, its mismatch is that of the point's AVTO and AKP, and every physical
/// cell of the model's arrays is drawn by itself. A sample is another set of arrays.
/// </summary>
internal sealed class FidelityPoints
{
    public const string Avto = "avto", Akp = "akp";

    /// <summary>Of the gain cell, and against the softmax twin.</summary>
    public static readonly IReadOnlyList<string> Measures = ["perplexity", "loss", "perplexity_softmax", "top1_agreement", "kl_divergence"];

    private readonly CalibrationResult _calibration;
    private readonly IReadOnlyDictionary<string, (double Avto, double Akp)> _cards;
    private readonly ModelPair _models;
    private readonly ReadOnlyMemory<int> _tokens;
    private readonly FidelityPlan _plan;

    /// <exception cref="BadInputException">The deck, the model or the text is missing or bad.</exception>
    public FidelityPoints(FidelityPlan plan, string? library, IEngine engine)
    {
        _plan = plan;
        _models = plan.Model is { } folder ? ModelPair.Load(folder) : ModelPair.Embedded();
        var text = plan.Text ?? ModelPair.SampleTextPath;
        int[] tokens = TextFile.Tokens(text, _models.Tokenizer);
        _tokens = tokens.AsMemory(0, (int)Math.Min(tokens.Length, (long)plan.Windows * _models.GainCell.Config.Positions + 1));
        var deck = new CellDeck(library);
        _calibration = Calibrator.Run(new CalibrationOptions(deck), engine);
        if (_calibration.Mismatch.Count == 0)
            throw new BadInputException($"{library ?? "gain-cell.lib"}: no model card states AVTO or AKP, so there is no mismatch to sweep");
        var circuit = deck.Read(TransferBench.Deck);
        _cards = circuit.Elements.OfType<Mosfet>().Where(m => _calibration.Mismatch.Any(s => m.Name.EndsWith("." + s.Transistor, StringComparison.Ordinal)))
            .ToDictionary(m => m.Name[(m.Name.LastIndexOf('.') + 1)..], m => (circuit.Models[m.Model].Parameters.GetValueOrDefault(Avto), circuit.Models[m.Model].Parameters.GetValueOrDefault(Akp)));
        Key = $"{CellFile.Format(_calibration.Cell)}\n{string.Join(',', tokens.Take(_tokens.Length))}\n{Weights(plan.Model ?? ModelPair.EmbeddedFolder)}";
    }

    /// <summary>Cell model, tokens and weights: what every point has in common.</summary>
    public string Key { get; }

    /// <param name="seed">Of the arrays' cells; null: all alike.</param>
    public SweepOutcome Outcome(SweepPoint point, long? seed, CancellationToken cancellation)
    {
        var sensitivities = _calibration.Mismatch.Select(s => Scaled(s, point)).Where(s => s.Sigma > 0).ToList();
        var mismatch = seed is null ? null : MismatchModel.Of(sensitivities, _calibration.Static.StoreVolts, _calibration.Cell.Transfer)?.Model;
        var attention = new GainCellAttention(_calibration.Cell with { Mismatch = mismatch }, new GainCellOptions { MismatchSeed = mismatch is null ? null : seed });
        const string softmax = "softmax", gainCell = "gain-cell";
        var results = new Evaluator { Threads = 1 }.Evaluate(_tokens,
        [
            new EvaluationVariant(softmax, new FastModel(_models.Softmax, new SoftmaxAttention())),
            new EvaluationVariant(gainCell, new FastModel(_models.GainCell, attention), softmax),
        ], null, cancellation);
        var against = results[1].Against(softmax)!;
        double[] values = [results[1].Perplexity, results[1].Loss, results[0].Perplexity, against.Top1Agreement, against.KlDivergence];
        return new SweepOutcome(Measures.Zip(values).ToDictionary(m => m.First, m => m.Second), null);
    }

    /// <summary>To first order the current moves with sigma, and sigma with its coefficient.</summary>
    private MismatchSensitivity Scaled(MismatchSensitivity sensitivity, SweepPoint point)
    {
        string name = sensitivity.Parameter == "vto" ? Avto : Akp;
        if (!point.Parameters.TryGetValue(name, out var coefficient))
            return sensitivity;
        double ratio = coefficient / (name == Avto ? _cards[sensitivity.Transistor].Avto : _cards[sensitivity.Transistor].Akp);
        return sensitivity with { Sigma = sensitivity.Sigma * ratio, Amperes = [.. sensitivity.Amperes.Select(a => a * ratio)] };
    }

    private static string Weights(string folder)
    {
        var text = new StringBuilder();
        foreach (var path in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Where(p => Path.GetExtension(p) is ".safetensors" or ".json" or ".txt").Order(StringComparer.Ordinal))
        {
            using var file = File.OpenRead(path);
            text.Append(CultureInfo.InvariantCulture, $"{Path.GetRelativePath(folder, path)} {Convert.ToHexStringLower(SHA256.HashData(file))}\n");
        }
        return text.ToString();
    }
}
