using System.Globalization;
using AnalogAttention.Calibration.Benches;
using AnalogAttention.Calibration.Fits;
using AnalogAttention.Circuits;
using AnalogAttention.Simulation;
using AnalogAttention.Simulation.Embedded;
using MathNet.Numerics.Interpolation;

namespace AnalogAttention.Calibration;

/// <param name="Deck">Which cell library the benches include.</param>
/// <param name="Order">Order of the transfer polynomial, 1 ... 11; null chooses it by cross-validation over the fitted reads.</param>
/// <param name="StorePoints">Fitted storage voltages over the storage range; as many less one are held out between them.</param>
/// <param name="Jobs">Transients at once; the result does not depend on it.</param>
public sealed record CalibrationOptions(CellDeck Deck, int? Order = null, int StorePoints = 25, int Jobs = 1)
{
    public TransferKind Transfer { get; init; } = TransferKind.Polynomial;
    public StorageModel Storage { get; init; } = Deck.Storage;
    public InputModel Input { get; init; } = new();
    public double OffsetVolts { get; init; } = Deck.OffsetVolts;

    /// <summary>Section of <c>periphery.lib</c> that is characterised: <c>transistor</c> or <c>ideal</c>.</summary>
    public string Periphery { get; init; } = "transistor";

    /// <summary>A second engine to hold the first against; null: none. The cell does not depend on it.</summary>
    public IEngine? Peer { get; init; }

    /// <summary>Noise slower than this is an offset that the next calibration of the array takes out: 1 / (time between calibrations), here 1 s.</summary>
    public double FlickerLowHertz { get; init; } = 1;
}

/// <summary>What a calibration measured and the cell it fitted.</summary>
/// <param name="Static">I(V_store, V_in) from the operating points.</param>
/// <param name="Fitted">Charges that the polynomial was fitted to.</param>
/// <param name="HeldOut">Charges between them that it has not seen.</param>
public sealed record CalibrationResult(CellModel Cell, TransferTable Static, PulseTable Fitted, PulseTable HeldOut)
{
    /// <summary>Write, leakage, temperature, bitline, periphery.</summary>
    public required Characterisation Characterisation { get; init; }

    /// <summary>What mismatch of each transistor does to the full read.</summary>
    public required IReadOnlyList<MismatchSensitivity> Mismatch { get; init; }

    /// <summary>What mismatch does to the charge-to-pulse circuits of scores and of outputs; empty where they are ideal.</summary>
    public required IReadOnlyList<ConversionSensitivity> ScoreMismatch { get; init; }
    public required IReadOnlyList<ConversionSensitivity> OutputMismatch { get; init; }

    /// <summary>The time constant of the cell model and how far the leak is from it.</summary>
    public required RetentionTimeConstant Retention { get; init; }

    /// <summary>Null: no second engine was there.</summary>
    public EngineAgreement? Agreement { get; init; }

    /// <summary>Noise of a read by stored voltage.</summary>
    public required NoiseTable Noise { get; init; }

    /// <summary>Charge error of the cell model divided by T_max, amperes, on a grid of charges: Q(V, t) / T_max - I(V) t / T_max.</summary>
    public IEnumerable<double> ResidualAmperes(PulseTable table) =>
        from row in Enumerable.Range(0, table.PulseSeconds.Length)
        from column in Enumerable.Range(0, table.StoreVolts.Length)
        select (table.Coulombs[row, column] - Cell.Transfer.Amperes(table.StoreVolts[column]) * table.PulseSeconds[row]) / Cell.Input.PulseSeconds;

    /// <summary>Of the cell model.</summary>
    public double? ZeroCurrentVolts => Cell.ZeroCurrentVolts;
}

/// <summary>Deck -> cell model: static transfer, charge of read pulses of every width, polynomial of the effective current.</summary>
public static class Calibrator
{
    // Published values [P]; of a circuit, retention is characterised.
    internal static readonly RetentionModel PublishedRetention = new(TauSeconds: 5e-3, RestVolts: 0.45, TokenSeconds: 65e-9);

    /// <exception cref="BadInputException">The deck is missing or wrong.</exception>
    /// <exception cref="ConvergenceException">A bench did not converge.</exception>
    public static CalibrationResult Run(CalibrationOptions options, IEngine engine, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        var (transfer, transferDeck) = TransferBench.Run(options.Deck, engine, null, cancellation);

        double low = options.Storage.MinVolts, step = (options.Storage.MaxVolts - low) / (options.StorePoints - 1);
        double[] stores = [.. Enumerable.Range(0, options.StorePoints - 1).Select(i => low + i * step), options.Storage.MaxVolts];
        double[] between = [.. Enumerable.Range(0, options.StorePoints - 1).Select(i => low + (i + 0.5) * step)];
        double[] widths = [.. Enumerable.Range(1, options.Input.Levels - 1).Select(i => options.Input.PulseSeconds * i / (options.Input.Levels - 1))];

        var (all, pulseDeck) = PulseBench.Run(options.Deck, engine, [.. stores, .. between], widths, options.Jobs,
            progress is null ? null : new Forward(f => progress.Report(0.3 * f)), cancellation);
        PulseTable fitted = all.Columns([.. Enumerable.Range(0, stores.Length)]), heldOut = all.Columns([.. Enumerable.Range(stores.Length, between.Length)]);

        var characterisation = Characterisation.Run(options.Deck, engine, options.Storage, options.OffsetVolts, options.Periphery, options.Jobs,
            progress is null ? null : new Forward(f => progress.Report(0.3 + (options.Peer is null ? 0.7 : 0.4) * f)), cancellation);
        var agreement = options.Peer is null ? null : EngineAgreement.Run(options.Deck, engine, options.Peer, options.Storage, options.Input, options.Jobs,
            progress is null ? null : new Forward(f => progress.Report(0.7 + 0.3 * f)), cancellation);
        var sensitivities = MismatchBench.Run(options.Deck, engine, transfer, options.Jobs, cancellation);
        // differences alone, in which engines agree; ngspice would take minutes for each of them
        var (scoreMismatch, outputMismatch) = options.Periphery != "transistor" ? ([], [])
            : (ConversionMismatchBench.Run(new EmbeddedEngine(), isSigned: false, options.Periphery, options.Jobs, cancellation), ConversionMismatchBench.Run(new EmbeddedEngine(), isSigned: true, options.Periphery, options.Jobs, cancellation));
        var retention = RetentionTimeConstant.Of(characterisation.Retention, options.OffsetVolts);
        var noise = NoiseBench.Run(options.Deck, engine, options.Storage, options.Input.PulseSeconds, options.FlickerLowHertz, options.Jobs, cancellation);
        var fit = TransferFit.Of(fitted, options.OffsetVolts, options.Transfer, options.Order);
        var cell = new CellModel
        {
            Name = options.Deck.LibraryPath is { } library ? Path.GetFileNameWithoutExtension(library) : "gain-cell",
            Transfer = fit.Transfer,
            Storage = options.Storage,
            Input = options.Input,
            // a table cannot decay
            Retention = fit.Transfer.IsTable ? null : new RetentionModel(retention.TauSeconds, retention.RestVolts, PublishedRetention.TokenSeconds)
            {
                HorizonSeconds = retention.HorizonSeconds,
                RmsErrorVolts = retention.RmsVolts,
                MaxErrorVolts = retention.MaxVolts,
                Drift = LevelDrift.Of(characterisation.Retention),
            },
            Noise = noise.Model,
            Mismatch = MismatchModel.Of(sensitivities, transfer.StoreVolts, fit.Transfer)?.Model,
            Periphery = options.Periphery != "transistor" ? null
                : new PeripheryModel(ConversionModel.Of(characterisation.ScorePulses, scoreMismatch), ConversionModel.Of(characterisation.OutputPulses, outputMismatch)),
            Energy = EnergyOf(characterisation, transfer, options.Storage),
            Validity = new ValidityDomain([options.Storage.MinVolts, options.Storage.MaxVolts], [0, options.Input.PulseSeconds], [options.Deck.MidVolts, options.Deck.MidVolts], transferDeck.TemperatureCelsius + 273.15),
        };
        var result = new CalibrationResult(cell, transfer, fitted, heldOut) { Characterisation = characterisation, Mismatch = sensitivities, ScoreMismatch = scoreMismatch, OutputMismatch = outputMismatch, Retention = retention, Noise = noise, Agreement = agreement };
        double[] errors = [.. result.ResidualAmperes(heldOut)];
        return result with
        {
            Cell = cell with
            {
                Fit = new FitQuality(
                    "least squares of Q(V_store, t) = I(V_store) t over every pulse level; held-out storage voltages between the fitted ones; errors are charge / T_max",
                    stores.Length * widths.Length, fit.RSquared,
                    Math.Sqrt(errors.Average(e => e * e)), errors.Max(Math.Abs), fit.Covariance)
                { Reads = FullReads(fitted, heldOut) },
                Provenance = ProvenanceOf(options, fit, engine, [transferDeck, pulseDeck, .. characterisation.Circuits, .. noise.Decks]),
            },
        };
    }

    private static ReadTable FullReads(PulseTable fitted, PulseTable heldOut)
    {
        (double Volts, double Amperes)[] reads = [.. new[] { fitted, heldOut }.SelectMany(t => t.StoreVolts.Select((v, i) => (v, t.Coulombs[t.PulseSeconds.Length - 1, i] / t.PulseSeconds[^1]))).OrderBy(p => p.Item1)];
        return new ReadTable([.. reads.Select(r => r.Volts)], [.. reads.Select(r => r.Amperes)]);
    }

    private static EnergyModel EnergyOf(Characterisation characterisation, TransferTable transfer, StorageModel storage)
    {
        var watts = LinearSpline.InterpolateSorted(transfer.StoreVolts, transfer.FullReadWatts);
        double conversion = (characterisation.ScorePulses.Joules + characterisation.OutputPulses.Joules) / 2;
        return new EnergyModel(characterisation.Write.MeanJoules, [.. Enumerable.Range(0, storage.Levels).Select(level => watts.Interpolate(storage.LevelVolts(level)))],
            double.IsFinite(conversion) && characterisation.Section == "transistor" ? conversion : null);
    }

    private static Provenance ProvenanceOf(CalibrationOptions options, TransferFit fit, IEngine engine, Circuit[] decks) => new(
        $"analog-attention {typeof(Calibrator).Assembly.GetName().Version!.ToString(3)}",
        $"{engine.Name} {engine.Version}",
        [.. decks.SelectMany(d => d.Files).DistinctBy(f => f.Path).OrderBy(f => f.Path, StringComparer.Ordinal).Select(f => new ProvenanceFile(f.Path, f.Sha256))],
        new SortedDictionary<string, string>(options.Deck.Settings.ToDictionary(s => s.Name, s => s.Value), StringComparer.Ordinal)
        {
            ["order"] = fit.Order?.ToString(CultureInfo.InvariantCulture) ?? "none",
            ["orderOrigin"] = fit.OrderOrigin,
            ["storePoints"] = options.StorePoints.ToString(CultureInfo.InvariantCulture),
            ["periphery"] = options.Periphery,
            ["retention"] = fit.Transfer.IsTable ? "none: a table cannot decay" : "time constant fitted to transients over the horizon, write bitline parked at the zero weight; 65 ns per token published",
            ["transfer"] = options.Transfer.ToString().ToLowerInvariant(),
        },
        Seed: 0);

    private sealed class Forward(Action<double> report) : IProgress<double>
    {
        public void Report(double value) => report(value);
    }
}
