using System.Globalization;
using AnalogAttention.Calibration.Fits;
using AnalogAttention.Circuits;

namespace AnalogAttention.Calibration.Extraction;

/// <summary>Measured table -> cell model, without a circuit: a polynomial through the static currents of the full read.</summary>
public static class TableCalibrator
{
    /// <param name="order">Of the transfer polynomial.</param>
    /// <exception cref="BadInputException">Too few storage voltages for the order, or a table whose range does not hold the zero weight.</exception>
    public static CellModel Run(MeasuredTable table, int order)
    {
        const double offset = 0.45;
        double[] volts = table.Transfer.StoreVolts, amperes = table.Transfer.FullRead;
        int training = (volts.Length + 1) / 2;
        if (training <= order + 1)
            throw new BadInputException($"{table.FileName}: {volts.Length} storage voltages cannot fix a polynomial of order {order} with every other one held out; at least {2 * order + 3} are needed");
        if (!(volts[0] < offset && offset < volts[^1]))
            throw new BadInputException($"{table.FileName}: v_store must reach to both sides of the zero weight, 0.45 V");

        PolynomialFit Fit(IEnumerable<int> at) => PolynomialFit.Of([.. at.Select(i => volts[i] - offset)], [.. at.Select(_ => 1.0)], [.. at.Select(i => amperes[i])], order);
        int[] points = [.. Enumerable.Range(0, volts.Length)];
        var half = new TransferModel(TransferModel.Polynomial, offset, Fit(points.Where(i => i % 2 == 0)).Coefficients);
        double[] heldOut = [.. points.Where(i => i % 2 == 1).Select(i => half.Amperes(volts[i]) - amperes[i])];
        var fit = Fit(points);
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
                    ["order"] = order.ToString(CultureInfo.InvariantCulture),
                    ["retention"] = "published values (tau 5 ms, rest 0.45 V, 65 ns per token), not characterised",
                    ["temperature"] = "300.15 K assumed, a table does not tell",
                },
                Seed: 0),
        };
    }
}
