using System.Text.Json.Serialization;
using MathNet.Numerics.Integration;

namespace AnalogAttention.Calibration;

/// <summary>
/// The behavioural cell that stands between the circuit and the language model: one file, <c>cell.json</c>, SI units.
/// I(w) = sum_i c_i w^i with w = V_store - offset; a read of width t moves the charge Q = I t, sunk from the bitline.
/// </summary>
public sealed record CellModel
{
    public const string SchemaName = "analog-attention/cell/1";

    public string Schema { get; init; } = SchemaName;
    public string Name { get; init; } = "";
    public required TransferModel Transfer { get; init; }
    public required StorageModel Storage { get; init; }
    public InputModel Input { get; init; } = new();
    public ReadoutModel Readout { get; init; } = new();

    /// <summary>Null: stored values do not decay.</summary>
    public RetentionModel? Retention { get; init; }
    public ArrayModel Array { get; init; } = new();

    /// <summary>Null: every cell is the nominal one.</summary>
    public MismatchModel? Mismatch { get; init; }

    /// <summary>Null: every charge-to-pulse circuit is ideal but for <see cref="NoiseModel.ComparatorVolts"/>.</summary>
    public PeripheryModel? Periphery { get; init; }

    /// <summary>Null: every cell takes what is written.</summary>
    public DefectModel? Defects { get; init; }

    /// <summary>Null: not known.</summary>
    public EnergyModel? Energy { get; init; }

    /// <summary>Null: a read has no noise.</summary>
    public NoiseModel? Noise { get; init; }
    public ValidityDomain? Validity { get; init; }
    public FitQuality? Fit { get; init; }
    public Provenance? Provenance { get; init; }

    /// <summary>Saturation of a QK bitline in amperes x T_max: Q_sat / T_max.</summary>
    [JsonIgnore]
    public double SaturationQkAmperes => Readout.SaturationQkCoulombs / Input.PulseSeconds;

    /// <summary>Saturation of an AV bitline in amperes x T_max: Q_sat / T_max.</summary>
    [JsonIgnore]
    public double SaturationAvAmperes => Readout.SaturationAvCoulombs / Input.PulseSeconds;

    /// <summary>Slope of the linear surrogate, amperes per volt: integral w I(w) dw over integral w^2 dw over the storage range.</summary>
    [JsonIgnore]
    public double LeastSquaresSlope
    {
        get
        {
            // exact to order 39 of a polynomial
            double Integral(Func<double, double> f) => GaussLegendreRule.Integrate(f, Storage.MinVolts, Storage.MaxVolts, 20);
            double offset = Transfer.OffsetVolts;
            return Integral(v => (v - offset) * Transfer.Amperes(v)) / Integral(v => (v - offset) * (v - offset));
        }
    }

    /// <summary>Storage voltage of zero current: where the transfer changes sign, nearest to the offset; null where it never does.</summary>
    [JsonIgnore]
    public double? ZeroCurrentVolts
    {
        get
        {
            const int steps = 9000;
            double step = (Storage.MaxVolts - Storage.MinVolts) / steps;
            return Enumerable.Range(0, steps)
                .Select(i => Storage.MinVolts + i * step)
                .Where(v => Transfer.Amperes(v) <= 0 != Transfer.Amperes(v + step) <= 0)
                .Select(v => (double?)(v - step * Transfer.Amperes(v) / (Transfer.Amperes(v + step) - Transfer.Amperes(v))))
                .MinBy(v => Math.Abs(v!.Value - Transfer.OffsetVolts));
        }
    }

    /// <summary>The same cell with the simulated reads in place of the fit, monotone between them; null where they are not kept. A table does not decay.</summary>
    public CellModel? AsSimulated() => Fit?.Reads is not { } reads ? null
        : this with { Transfer = new TransferModel(TransferModel.Table, Transfer.OffsetVolts) { StoreVolts = reads.StoreVolts, CurrentsAmperes = reads.Amperes } };

    /// <summary>lambda = model token time / tau; the model token time is layers x token time of one head unless given [D].</summary>
    public double DecayPerToken(int layers, double? modelTokenSeconds = null) =>
        Retention is null ? 0 : (modelTokenSeconds ?? layers * Retention.TokenSeconds) / Retention.TauSeconds;
}

public sealed record StorageModel(double MinVolts, double MaxVolts, int Levels)
{
    /// <summary>The voltage of level 0 ... Levels - 1, spread evenly over the range.</summary>
    public double LevelVolts(int level) => MinVolts + (MaxVolts - MinVolts) * level / (Levels - 1);

    [JsonIgnore]
    public double StepVolts => (MaxVolts - MinVolts) / (Levels - 1);
}

/// <summary>Defaults: 4-bit pulses of 0 ... 15 ns [P].</summary>
public sealed record InputModel(double PulseSeconds = 15e-9, int Levels = 16);

/// <summary>Defaults: 80 and 40 microampere x 15 ns, 5 bits [P].</summary>
public sealed record ReadoutModel(double SaturationQkCoulombs = 1.2e-12, double SaturationAvCoulombs = 0.6e-12, int Levels = 32);

/// <param name="TauSeconds">Time constant of the decay towards <paramref name="RestVolts"/>.</param>
/// <param name="TokenSeconds">Time of one token in one layer.</param>
public sealed record RetentionModel(double TauSeconds, double RestVolts, double TokenSeconds)
{
    /// <summary>Over which the time constant was fitted. Null: it was not.</summary>
    public double? HorizonSeconds { get; init; }

    /// <summary>Error of the exponential over that time, all levels: root mean square, and largest.</summary>
    public double? RmsErrorVolts { get; init; }
    public double? MaxErrorVolts { get; init; }

    /// <summary>The leak as it is, level by level. Null: not known.</summary>
    public DriftModel? Drift { get; init; }
}

/// <summary>V(t) = V_0 + t <paramref name="VoltsPerSecond"/> + t^2 <paramref name="VoltsPerSecondSquared"/> by stored level, fitted over the horizon of the retention.</summary>
/// <param name="RmsErrorVolts">Of the fit, all levels.</param>
/// <param name="MaxErrorVolts">Largest of them.</param>
public sealed record DriftModel(IReadOnlyList<double> VoltsPerSecond, IReadOnlyList<double> VoltsPerSecondSquared, double RmsErrorVolts, double MaxErrorVolts);

/// <summary>Cells that hold one end of the storage range whatever is written: which ones is random.</summary>
/// <param name="StuckLowShare">Of all cells, at the lower end.</param>
/// <param name="StuckHighShare">At the upper end.</param>
public sealed record DefectModel(double StuckLowShare, double StuckHighShare);

/// <summary>One sub-tile: rows share a word line, columns a bitline.</summary>
public sealed record ArrayModel(int Rows = 64, int Columns = 64);

/// <summary>Where the fit was made; each range is [low, high]. Evaluation outside is counted and reported.</summary>
public sealed record ValidityDomain(IReadOnlyList<double> StoreVolts, IReadOnlyList<double> PulseSeconds, IReadOnlyList<double> BitlineVolts, double TemperatureKelvin);

/// <param name="Points">Points the coefficients were fitted to; held-out points lie between them.</param>
public sealed record FitQuality(string Method, int Points, double RSquared, double HeldOutRmsAmperes, double HeldOutMaxAmperes, IReadOnlyList<IReadOnlyList<double>> Covariance)
{
    /// <summary>What was simulated: the current of full reads, fitted and held out. Null: not kept.</summary>
    public ReadTable? Reads { get; init; }
}

/// <param name="StoreVolts">Ascending.</param>
/// <param name="Amperes">Charge of the longest pulse over its width.</param>
public sealed record ReadTable(IReadOnlyList<double> StoreVolts, IReadOnlyList<double> Amperes);

public sealed record ProvenanceFile(string Path, string Sha256);

/// <param name="Parameters">Everything the numbers depend on beside the files: bench settings, simulator options.</param>
public sealed record Provenance(string Tool, string Engine, IReadOnlyList<ProvenanceFile> Files, IReadOnlyDictionary<string, string> Parameters, int Seed);
