using System.Text.Json;
using System.Text.Json.Serialization;
using AnalogAttention.Circuits;

namespace AnalogAttention.Calibration;

/// <summary>Reads and writes <c>cell.json</c>. Same model, same bytes.</summary>
public static class CellFile
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        WriteIndented = true,
        NewLine = "\n",
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static string Format(CellModel cell) => JsonSerializer.Serialize(cell, Options) + "\n";

    /// <exception cref="BadInputException">The file is missing, is not JSON, or lacks or contradicts what the schema requires.</exception>
    public static CellModel Read(string path)
    {
        try
        {
            return Parse(File.ReadAllText(path), path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException($"{path}: cannot read cell file: {e.Message}", e);
        }
    }

    /// <param name="path">Named in errors.</param>
    /// <exception cref="BadInputException">As <see cref="Read"/>.</exception>
    public static CellModel Parse(string json, string path)
    {
        CellModel? cell;
        try
        {
            cell = JsonSerializer.Deserialize<CellModel>(json, Options);
        }
        catch (JsonException e)
        {
            throw new BadInputException($"{path}:{e.LineNumber + 1}:{e.BytePositionInLine + 1}: not a cell file: {e.Message.Split(" Path:")[0]}{(e.Path is { Length: > 1 } p ? $" (at {p})" : "")}", e);
        }
        Check(cell is not null, path, "the file holds null");
        Check(cell!.Schema == CellModel.SchemaName, path, $"schema is '{cell.Schema}', expected '{CellModel.SchemaName}'");
        Check(cell.Transfer is not null, path, "transfer is missing");
        Check(cell.Transfer!.Kind is TransferModel.Polynomial or TransferModel.Table, path, $"transfer.kind is '{cell.Transfer.Kind}', expected '{TransferModel.Polynomial}' or '{TransferModel.Table}'");
        Check(cell.Storage is { Levels: >= 2 } s && s.MaxVolts > s.MinVolts, path, "storage needs maxVolts > minVolts and at least 2 levels");
        CheckTransfer(cell, path);
        Check(cell.Input is { PulseSeconds: > 0, Levels: >= 2 }, path, "input needs pulseSeconds > 0 and at least 2 levels");
        Check(cell.Readout is { SaturationQkCoulombs: > 0, SaturationAvCoulombs: > 0, Levels: >= 2 }, path, "readout needs saturations > 0 and at least 2 levels");
        Check(cell.Retention is null or { TauSeconds: > 0, TokenSeconds: >= 0 }, path, "retention needs tauSeconds > 0 and tokenSeconds >= 0");
        Check(cell.Retention?.Drift is null || (cell.Retention.Drift is { VoltsPerSecond: { } rate, VoltsPerSecondSquared: { } bend } && rate.Count == cell.Storage.Levels && bend.Count == cell.Storage.Levels && rate.Concat(bend).All(double.IsFinite)),
            path, $"retention.drift needs voltsPerSecond and voltsPerSecondSquared, a finite number for each of the {cell.Storage.Levels} levels");
        Check(cell.Defects is null or { StuckLowShare: >= 0, StuckHighShare: >= 0 } && !(cell.Defects?.StuckLowShare + cell.Defects?.StuckHighShare > 1), path, "defects needs stuckLowShare and stuckHighShare >= 0, 1 together at most");
        Check(cell.Array is { Rows: > 0, Columns: > 0 }, path, "array needs rows and columns > 0");
        Check(cell.Fit?.Reads is null || (cell.Fit.Reads is { StoreVolts: { Count: >= 5 } volts, Amperes: { } amperes } && volts.Count == amperes.Count && volts.Concat(amperes).All(double.IsFinite)
            && volts.Zip(volts.Skip(1)).All(p => p.First < p.Second) && volts[0] <= cell.Storage.MinVolts && volts[^1] >= cell.Storage.MaxVolts), path, "fit.reads needs storeVolts that ascend over the storage range, 5 at least, and as many amperes");
        if (cell.Mismatch is { } mismatch)
            CheckMismatch(mismatch, path);
        if (cell.Periphery is { } periphery)
        {
            CheckConversion(periphery.Scores, "scores", isSigned: false, path);
            CheckConversion(periphery.Outputs, "outputs", isSigned: true, path);
        }
        Check(cell.Energy is null || (cell.Energy is { WriteJoules: >= 0, ReadJoulesPerSecondByLevel: { } powers } && powers.Count == cell.Storage.Levels && powers.All(p => p >= 0) && cell.Energy.ChargeToPulseJoules is null or >= 0),
            path, $"energy needs writeJoules and readJoulesPerSecondByLevel, a power for each of the {cell.Storage.Levels} levels, none negative");
        if (cell.Noise is { } noise)
            CheckNoise(noise, cell.Storage.Levels, path);
        return cell;
    }

    private static void CheckMismatch(MismatchModel mismatch, string path)
    {
        Check(mismatch is { SigmaGain: >= 0, SigmaOffsetVolts: >= 0, SigmaCurvature: >= 0 }, path, "mismatch needs sigmaGain, sigmaOffsetVolts and sigmaCurvature >= 0");
        CheckCorrelation(mismatch.Correlation, 3, "mismatch", path);
    }

    private static void CheckConversion(ConversionModel? conversion, string name, bool isSigned, string path)
    {
        Check(conversion is not null, path, $"periphery needs {name}");
        void Line(ConversionLine? line, string polarity)
        {
            Check(line is { Gain: > 0, SigmaGain: >= 0, SigmaOffsetCoulombs: >= 0 } && new[] { line.Gain, line.OffsetCoulombs, line.SigmaGain, line.SigmaOffsetCoulombs }.All(double.IsFinite),
                path, $"periphery.{name}.{polarity} needs gain > 0, offsetCoulombs, sigmaGain and sigmaOffsetCoulombs >= 0");
        }
        Line(conversion!.Positive, "positive");
        if (isSigned)
            Line(conversion.Negative, "negative");
        else
            Check(conversion.Negative is null, path, $"periphery.{name} has no negative pulses");
        CheckCorrelation(conversion.Correlation, isSigned ? 4 : 2, $"periphery.{name}", path);
    }

    private static void CheckCorrelation(IReadOnlyList<IReadOnlyList<double>>? r, int size, string name, string path)
    {
        Check(r is not null && r.Count == size && r.All(row => row is not null && row.Count == size), path, $"{name}.correlation must be {size} x {size}");
        Check(Enumerable.Range(0, size).All(i => r![i][i] == 1 && Enumerable.Range(0, size).All(j => r[i][j] == r[j][i] && Math.Abs(r[i][j]) <= 1)), path,
            $"{name}.correlation must be symmetric with 1 on its diagonal and nothing beyond -1 ... 1");
    }

    private static void CheckNoise(NoiseModel noise, int levels, string path)
    {
        void Densities(IReadOnlyList<double>? densities, string name) =>
            Check(densities is not null && densities.Count == levels && densities.All(d => double.IsFinite(d) && d >= 0), path, $"noise.{name} must hold a density >= 0 for each of the {levels} levels");
        void Volts(double? volts, string name) => Check(volts is null or >= 0, path, $"noise.{name} must not be negative");
        Densities(noise.ReadAmperesPerRootHertz, "readAmperesPerRootHertz");
        if (noise.FlickerAmperesPerRootHertz is not null)
            Densities(noise.FlickerAmperesPerRootHertz, "flickerAmperesPerRootHertz");
        Check(noise.FlickerLowHertz > 0, path, "noise needs flickerLowHertz > 0");
        Check(noise.FlickerExponent is > 0 and < 3, path, "noise.flickerExponent must lie between 0 and 3");
        Volts(noise.KtcVolts, "ktcVolts");
        Volts(noise.ComparatorVolts, "comparatorVolts");
        Check(noise.ComparatorFullScaleVolts is null or > 0, path, "noise.comparatorFullScaleVolts must be positive");
    }

    private static void CheckTransfer(CellModel cell, string path)
    {
        if (!cell.Transfer.IsTable)
        {
            Check(cell.Transfer.CoefficientsAmperes is { Count: >= 1 } c && c.All(double.IsFinite), path, "transfer.coefficientsAmperes must be a list of at least one finite number");
            return;
        }
        Check(cell.Transfer is { StoreVolts.Count: >= 5, CurrentsAmperes: not null }, path, "a table needs transfer.storeVolts of at least 5 points and transfer.currentsAmperes");
        IReadOnlyList<double> volts = cell.Transfer.StoreVolts!, amperes = cell.Transfer.CurrentsAmperes!;
        Check(volts.Count == amperes.Count, path, $"transfer.storeVolts has {volts.Count} points, transfer.currentsAmperes {amperes.Count}");
        Check(volts.Concat(amperes).All(double.IsFinite) && volts.Zip(volts.Skip(1)).All(p => p.First < p.Second), path, "transfer.storeVolts must ascend, all points must be finite");
        Check(volts[0] <= cell.Storage.MinVolts && volts[^1] >= cell.Storage.MaxVolts, path, "transfer.storeVolts must cover the storage range");
    }

    private static void Check(bool holds, string path, string message)
    {
        if (!holds)
            throw new BadInputException($"{path}: {message}");
    }
}
