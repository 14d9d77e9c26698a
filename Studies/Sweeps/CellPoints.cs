using System.Collections.Immutable;
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

/// <summary>What a plan asks of the calibration of each point's cell.</summary>
/// <param name="Order">As <see cref="CalibrationOptions.Order"/>.</param>
public sealed record CalibrationPlan(int? Order = null);

/// <summary>
/// Points that are calibrations of the cell with some numbers of its library altered, or evaluations of a language model on that cell. AVTO and AKP
/// alone need no calibration of their own: to first order the current moves with sigma, and sigma with its coefficient. A sample with mismatch is
/// another set of arrays, every physical cell drawn by itself.
/// </summary>
internal sealed class CellPoints
{
    public const string Avto = "avto", Akp = "akp";

    /// <summary>Of the gain cell, and against the softmax twin.</summary>
    private static readonly string[] LanguageMeasures = ["perplexity", "loss", "perplexity_softmax", "top1_agreement", "kl_divergence"];

    private static readonly (string Name, Func<CalibrationResult, double?> Of)[] CellMeasures =
    [
        ("zero_current", c => c.ZeroCurrentVolts), ("slope", c => c.Cell.LeastSquaresSlope), ("held_out_rms", c => c.Cell.Fit!.HeldOutRmsAmperes), ("held_out_max", c => c.Cell.Fit!.HeldOutMaxAmperes),
        ("retention_tau", c => c.Cell.Retention?.TauSeconds), ("sigma_gain", c => c.Cell.Mismatch?.SigmaGain), ("sigma_offset", c => c.Cell.Mismatch?.SigmaOffsetVolts),
        ("ktc", c => c.Cell.Noise?.KtcVolts), ("write_energy", c => c.Cell.Energy?.WriteJoules),
    ];

    // samples of one cell follow each other; a few workers are a few points apart
    private const int KeptCalibrations = 16;

    private readonly CellDeck _deck;
    private readonly IEngine _engine;
    private readonly CalibrationPlan _calibrationPlan;
    private readonly CalibrationResult _nominal;
    private readonly Dictionary<string, (double Avto, double Akp)> _cards;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Lazy<CalibrationResult>> _calibrations = [];
    private readonly Queue<string> _order = new();
    private readonly ModelPair? _models;
    private readonly ReadOnlyMemory<int> _tokens;

    /// <param name="fidelity">Null: calibrations alone.</param>
    /// <param name="cellsDiffer">Whether some point alters a number of the library; else the figures of the cell would be one and the same.</param>
    /// <exception cref="BadInputException">The deck, the model or the text is missing or bad.</exception>
    public CellPoints(CalibrationPlan calibration, FidelityPlan? fidelity, bool cellsDiffer, CellDeck deck, IEngine engine)
    {
        (_calibrationPlan, _deck, _engine) = (calibration, deck, engine);
        int[] tokens = [];
        if (fidelity is not null)
        {
            _models = fidelity.Model is { } folder ? ModelPair.Load(folder) : ModelPair.Embedded();
            tokens = TextFile.Tokens(fidelity.Text ?? ModelPair.SampleTextPath, _models.Tokenizer);
            _tokens = tokens.AsMemory(0, (int)Math.Min(tokens.Length, (long)fidelity.Windows * _models.GainCell.Config.Positions + 1));
        }
        _nominal = Calibrated(deck);
        var circuit = deck.Read(TransferBench.Deck);
        _cards = circuit.Elements.OfType<Mosfet>().Where(m => _nominal.Mismatch.Any(s => m.Name.EndsWith("." + s.Transistor, StringComparison.Ordinal)))
            .ToDictionary(m => m.Name[(m.Name.LastIndexOf('.') + 1)..], m => (circuit.Models[m.Model].Parameters.GetValueOrDefault(Avto), circuit.Models[m.Model].Parameters.GetValueOrDefault(Akp)));
        Measures = [.. fidelity is null ? [] : LanguageMeasures, .. fidelity is null || cellsDiffer ? CellMeasures.Select(m => m.Name) : []];
        Key = $"{CellFile.Format(_nominal.Cell)}\n{string.Join(',', tokens.Take(_tokens.Length))}\n{(fidelity is null ? "" : Weights(fidelity.Model ?? ModelPair.EmbeddedFolder))}";
    }

    /// <summary>Nominal cell model, tokens and weights: what every point has in common.</summary>
    public string Key { get; }

    public IReadOnlyList<string> Measures { get; }

    /// <summary>Parameters that no card of the cell has a value for, so that nothing can be altered.</summary>
    public bool Lacks(string parameter) => parameter switch
    {
        Avto => _cards.Values.All(c => c.Avto == 0),
        Akp => _cards.Values.All(c => c.Akp == 0),
        _ => !_deck.Definitions().ContainsKey(parameter),
    };

    /// <param name="seed">Of the arrays' cells; null: all alike.</param>
    /// <exception cref="BadInputException">The library refuses the point's values.</exception>
    /// <exception cref="ConvergenceException">A bench does not converge with them.</exception>
    public SweepOutcome Outcome(SweepPoint point, long? seed, CancellationToken cancellation)
    {
        CalibrationResult calibration = Of(point);
        var sensitivities = calibration.Mismatch.Select(s => Scaled(s, point)).Where(s => s.Sigma > 0).ToList();
        calibration = calibration with { Cell = calibration.Cell with { Mismatch = MismatchModel.Of(sensitivities, calibration.Static.StoreVolts, calibration.Cell.Transfer)?.Model } };
        var values = new Dictionary<string, double>();
        if (_models is not null)
        {
            var attention = new GainCellAttention(calibration.Cell, new GainCellOptions { Mismatch = seed is not null && calibration.Cell.Mismatch is not null, Seed = seed ?? 0 });
            const string softmax = "softmax", gainCell = "gain-cell";
            var results = new Evaluator { Threads = 1 }.Evaluate(_tokens,
            [
                new EvaluationVariant(softmax, new FastModel(_models.Softmax, new SoftmaxAttention())),
                new EvaluationVariant(gainCell, new FastModel(_models.GainCell, attention), softmax),
            ], null, cancellation);
            var against = results[1].Against(softmax)!;
            double[] language = [results[1].Perplexity, results[1].Loss, results[0].Perplexity, against.Top1Agreement, against.KlDivergence];
            for (var i = 0; i < language.Length; i++)
                values[LanguageMeasures[i]] = language[i];
        }
        foreach (var (name, of) in CellMeasures)
            if (Measures.Contains(name) && of(calibration) is { } value)
                values[name] = value;
        return new SweepOutcome(values, null) { Cell = CellFile.Format(calibration.Cell) };
    }

    /// <summary>With the point's numbers of the library.</summary>
    private CalibrationResult Of(SweepPoint point)
    {
        var altered = point.Parameters.Where(p => p.Key is not (Avto or Akp)).ToImmutableDictionary();
        if (altered.IsEmpty)
            return _nominal;
        string key = string.Join('\n', altered.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => $"{p.Key}={CellDeck.Spell(p.Value)}"));
        Lazy<CalibrationResult>? calibration;
        lock (_lock)
            if (!_calibrations.TryGetValue(key, out calibration))
            {
                if (_order.Count == KeptCalibrations)
                    _calibrations.Remove(_order.Dequeue());
                _order.Enqueue(key);
                // never cancelled: another point may wait for it
                _calibrations[key] = calibration = new Lazy<CalibrationResult>(() => Calibrated(_deck with { DefinitionParameters = altered }));
            }
        return calibration.Value;
    }

    private CalibrationResult Calibrated(CellDeck deck) => Calibrator.Run(new CalibrationOptions(deck, _calibrationPlan.Order), _engine);

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
