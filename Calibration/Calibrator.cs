using System.Globalization;
using AnalogAttention.Calibration.Benches;
using AnalogAttention.Calibration.Fits;
using AnalogAttention.Circuits;
using AnalogAttention.Simulation;

namespace AnalogAttention.Calibration;

/// <param name="Deck">Which cell library the benches include.</param>
/// <param name="Order">Order of the transfer polynomial, 1 ... 11.</param>
/// <param name="StorePoints">Fitted storage voltages over the storage range; as many less one are held out between them.</param>
/// <param name="Jobs">Transients at once; the result does not depend on it.</param>
public sealed record CalibrationOptions(CellDeck Deck, int Order = 5, int StorePoints = 25, int Jobs = 1)
{
    public StorageModel Storage { get; init; } = new(0, 0.9, 8);
    public InputModel Input { get; init; } = new();
    public double OffsetVolts { get; init; } = 0.45;

    /// <summary>Noise slower than this is an offset that the next calibration of the array takes out: 1 / (time between calibrations), here 1 s.</summary>
    public double FlickerLowHertz { get; init; } = 1;
}

/// <summary>What a calibration measured and the cell it fitted.</summary>
/// <param name="Static">I(V_store, V_in) from the operating points.</param>
/// <param name="Fitted">Charges that the polynomial was fitted to.</param>
/// <param name="HeldOut">Charges between them that it has not seen.</param>
public sealed record CalibrationResult(CellModel Cell, TransferTable Static, PulseTable Fitted, PulseTable HeldOut)
{
    /// <summary>Noise of a read by stored voltage.</summary>
    public required NoiseTable Noise { get; init; }

    /// <summary>Charge error of the cell model divided by T_max, amperes, on a grid of charges: Q(V, t) / T_max - I(V) t / T_max.</summary>
    public IEnumerable<double> ResidualAmperes(PulseTable table) =>
        from row in Enumerable.Range(0, table.PulseSeconds.Length)
        from column in Enumerable.Range(0, table.StoreVolts.Length)
        select (table.Coulombs[row, column] - Cell.Transfer.Amperes(table.StoreVolts[column]) * table.PulseSeconds[row]) / Cell.Input.PulseSeconds;

    /// <summary>Storage voltage of zero current: where the fitted transfer changes sign, nearest to the offset.</summary>
    public double? ZeroCurrentVolts
    {
        get
        {
            const int steps = 9000;
            double span = Cell.Storage.MaxVolts - Cell.Storage.MinVolts, step = span / steps;
            return Enumerable.Range(0, steps)
                .Select(i => Cell.Storage.MinVolts + i * step)
                .Where(v => Cell.Transfer.Amperes(v) <= 0 != Cell.Transfer.Amperes(v + step) <= 0)
                .Select(v => (double?)(v - step * Cell.Transfer.Amperes(v) / (Cell.Transfer.Amperes(v + step) - Cell.Transfer.Amperes(v))))
                .MinBy(v => Math.Abs(v!.Value - Cell.Transfer.OffsetVolts));
        }
    }
}

/// <summary>Deck -> cell model: static transfer, charge of read pulses of every width, polynomial of the effective current.</summary>
public static class Calibrator
{
    // Published values [P]; retention is not characterised by these benches.
    internal static readonly RetentionModel PublishedRetention = new(TauSeconds: 5e-3, RestVolts: 0.45, TokenSeconds: 65e-9);

    /// <exception cref="BadInputException">The deck is missing or wrong.</exception>
    /// <exception cref="ConvergenceException">A bench did not converge.</exception>
    public static CalibrationResult Run(CalibrationOptions options, IEngine engine, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        var (transfer, transferDeck) = TransferBench.Run(options.Deck, engine, cancellation);
        progress?.Report(0.05);

        double low = options.Storage.MinVolts, step = (options.Storage.MaxVolts - low) / (options.StorePoints - 1);
        double[] stores = [.. Enumerable.Range(0, options.StorePoints - 1).Select(i => low + i * step), options.Storage.MaxVolts];
        double[] between = [.. Enumerable.Range(0, options.StorePoints - 1).Select(i => low + (i + 0.5) * step)];
        double[] widths = [.. Enumerable.Range(1, options.Input.Levels - 1).Select(i => options.Input.PulseSeconds * i / (options.Input.Levels - 1))];

        var (all, pulseDeck) = PulseBench.Run(options.Deck, engine, [.. stores, .. between], widths, options.Jobs,
            progress is null ? null : new Forward(f => progress.Report(0.05 + 0.95 * f)), cancellation);
        PulseTable fitted = Columns(all, 0, stores.Length), heldOut = Columns(all, stores.Length, between.Length);

        var noise = NoiseBench.Run(options.Deck, engine, options.Storage, options.Input.PulseSeconds, options.FlickerLowHertz, options.Jobs, cancellation);
        var fit = Fit(fitted, options);
        var cell = new CellModel
        {
            Name = options.Deck.LibraryPath is { } library ? Path.GetFileNameWithoutExtension(library) : "gain-cell",
            Transfer = new TransferModel("polynomial", options.OffsetVolts, fit.Coefficients),
            Storage = options.Storage,
            Input = options.Input,
            Retention = PublishedRetention,
            Noise = noise.Model,
            Validity = new ValidityDomain([options.Storage.MinVolts, options.Storage.MaxVolts], [0, options.Input.PulseSeconds], [0.45, 0.45], transferDeck.TemperatureCelsius + 273.15),
        };
        var result = new CalibrationResult(cell, transfer, fitted, heldOut) { Noise = noise };
        double[] errors = [.. result.ResidualAmperes(heldOut)];
        return result with
        {
            Cell = cell with
            {
                Fit = new FitQuality(
                    "least squares of Q(V_store, t) = I(V_store) t over every pulse level; held-out storage voltages between the fitted ones; errors are charge / T_max",
                    stores.Length * widths.Length, fit.RSquared,
                    Math.Sqrt(errors.Average(e => e * e)), errors.Max(Math.Abs), fit.Covariance),
                Provenance = ProvenanceOf(options, engine, [transferDeck, pulseDeck, .. noise.Decks]),
            },
        };
    }

    private static PolynomialFit Fit(PulseTable table, CalibrationOptions options)
    {
        int columns = table.StoreVolts.Length, count = columns * table.PulseSeconds.Length;
        double[] weights = new double[count], gains = new double[count], charges = new double[count];
        for (var point = 0; point < count; point++)
        {
            int row = point / columns, column = point % columns;
            weights[point] = table.StoreVolts[column] - options.OffsetVolts;
            gains[point] = table.PulseSeconds[row];
            charges[point] = table.Coulombs[row, column];
        }
        return PolynomialFit.Of(weights, gains, charges, options.Order);
    }

    private static PulseTable Columns(PulseTable table, int start, int count)
    {
        double[,] Slice(double[,] from)
        {
            var to = new double[from.GetLength(0), count];
            for (var row = 0; row < to.GetLength(0); row++)
                for (var column = 0; column < count; column++)
                    to[row, column] = from[row, start + column];
            return to;
        }
        return new PulseTable(table.StoreVolts[start..(start + count)], table.PulseSeconds, Slice(table.Coulombs), Slice(table.DisturbVolts));
    }

    private static Provenance ProvenanceOf(CalibrationOptions options, IEngine engine, Circuit[] decks) => new(
        $"analog-attention {typeof(Calibrator).Assembly.GetName().Version!.ToString(3)}",
        $"{engine.Name} {engine.Version}",
        [.. decks.SelectMany(d => d.Files).DistinctBy(f => f.Path).OrderBy(f => f.Path, StringComparer.Ordinal).Select(f => new ProvenanceFile(f.Path, f.Sha256))],
        new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["order"] = options.Order.ToString(CultureInfo.InvariantCulture),
            ["storePoints"] = options.StorePoints.ToString(CultureInfo.InvariantCulture),
            ["retention"] = "published values (tau 5 ms, rest 0.45 V, 65 ns per token), not characterised",
        },
        Seed: 0);

    private sealed class Forward(Action<double> report) : IProgress<double>
    {
        public void Report(double value) => report(value);
    }
}
