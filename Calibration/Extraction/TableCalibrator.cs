using System.Globalization;
using AnalogAttention.Calibration.Benches;
using AnalogAttention.Calibration.Fits;
using AnalogAttention.Circuits;

namespace AnalogAttention.Calibration.Extraction;

/// <summary>Measured table -> cell model, without a circuit: a polynomial through the static currents of the full read.</summary>
public static class TableCalibrator
{
    // Every other voltage to the choice of order, and five of them for its folds.
    private const int LeastToChoose = 9;
    private const double LeastSpread = 1e-12; // of the largest current: below it, differences are the rounding of decimal numbers in a file

    /// <param name="order">Of the transfer polynomial; null chooses it by cross-validation over every other storage voltage, those the error is not taken on.</param>
    /// <exception cref="BadInputException">Too few storage voltages for the order, a range that does not hold the zero weight, or currents that no storage voltage changes.</exception>
    public static CellModel Run(MeasuredTable table, int? order = null)
    {
        const double offset = 0.45;
        double[] volts = table.Transfer.StoreVolts, amperes = table.Transfer.FullRead;
        int least = order is { } given ? 2 * given + 3 : LeastToChoose;
        if (volts.Length < least)
            throw new BadInputException($"{table.FileName}: {volts.Length} storage voltages cannot {(order is null ? "choose the order of a polynomial" : $"fix a polynomial of order {order}")} with every other one held out; at least {least} are needed");
        if (!(volts[0] < offset && offset < volts[^1]))
            throw new BadInputException($"{table.FileName}: v_store must reach to both sides of the zero weight, 0.45 V");
        if (amperes.Max() - amperes.Min() <= LeastSpread * amperes.Max(Math.Abs))
            throw new BadInputException($"{table.FileName}: i_out at the highest v_in is the same at every v_store: such a cell stores nothing");

        PulseTable reads = FullReads(volts, amperes), training = reads.Columns([.. Enumerable.Range(0, (volts.Length + 1) / 2).Select(i => 2 * i)]);
        var half = TransferFit.Of(training, offset, TransferKind.Polynomial, order);
        int[] points = [.. Enumerable.Range(0, volts.Length)];
        double[] heldOut = [.. points.Where(i => i % 2 == 1).Select(i => half.Transfer.Amperes(volts[i]) - amperes[i])];
        var fit = PolynomialCharge.Of(reads, offset, half.Order!.Value).Fit;
        return new CellModel
        {
            Name = Path.GetFileNameWithoutExtension(table.FileName),
            Transfer = new TransferModel(TransferModel.Polynomial, offset, fit.Coefficients),
            Storage = new StorageModel(volts[0], volts[^1], 8),
            Retention = Calibrator.PublishedRetention,
            Validity = new ValidityDomain([volts[0], volts[^1]], [0, new InputModel().PulseSeconds], [0.45, 0.45], 300.15),
            Fit = new FitQuality(
                "least squares of the static I(V_store) at the highest V_in over all points; held-out error on every other point of a fit to the rest; edges of a pulse are not in a static table",
                volts.Length, fit.RSquared, Math.Sqrt(heldOut.Average(e => e * e)), heldOut.Max(Math.Abs), fit.Covariance),
            Provenance = new Provenance($"analog-attention {typeof(TableCalibrator).Assembly.GetName().Version!.ToString(3)}", "none",
                [new ProvenanceFile(table.FileName, table.Sha256)],
                new SortedDictionary<string, string>(StringComparer.Ordinal)
                {
                    ["fullReadVolts"] = table.Transfer.InputVolts[^1].ToString("R", CultureInfo.InvariantCulture),
                    ["order"] = half.Order.Value.ToString(CultureInfo.InvariantCulture),
                    ["orderOrigin"] = half.OrderOrigin,
                    ["retention"] = "published values (tau 5 ms, rest 0.45 V, 65 ns per token), not characterised",
                    ["temperature"] = "300.15 K assumed, a table does not tell",
                },
                Seed: 0),
        };
    }

    /// <summary>Static currents as reads of one second, so that charges are currents: the folds and the fit of reads serve them too.</summary>
    private static PulseTable FullReads(double[] volts, double[] amperes)
    {
        var coulombs = new double[1, volts.Length];
        for (var column = 0; column < volts.Length; column++)
            coulombs[0, column] = amperes[column];
        return new PulseTable(volts, [1.0], coulombs, new double[1, volts.Length]);
    }
}
