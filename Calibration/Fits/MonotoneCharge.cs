using AnalogAttention.Calibration.Benches;
using AnalogAttention.Circuits;

namespace AnalogAttention.Calibration.Fits;

/// <summary>
/// Q = I(V) t, I a monotone cubic through one effective current per storage voltage, sum t Q / sum t^2, made monotone by pooling neighbours that are not
/// (isotonic regression: Barlow, Bartholomew, Bremner, Brunk, Statistical Inference under Order Restrictions, 1972). It rises or falls as its ends say.
/// </summary>
/// <param name="Transfer">A table at the storage voltages of the fit.</param>
public sealed record MonotoneCharge(TransferModel Transfer, double[][] Covariance)
    : ChargeFit("monotone table", Transfer.StoreVolts!.Count, Covariance)
{
    public override double Coulombs(double storeVolts, double pulseSeconds) => Transfer.Amperes(storeVolts) * pulseSeconds;

    /// <summary>Covariance in A^2: diagonal, residual variance / sum t^2, of the currents before pooling; zero where there is but one width.</summary>
    /// <exception cref="BadInputException">Fewer than five storage voltages, an axis that does not rise, or a charge that is no number.</exception>
    public static MonotoneCharge Of(PulseTable table, double offsetVolts)
    {
        Check(table, leastStores: 5);
        int columns = table.StoreVolts.Length, rows = table.PulseSeconds.Length;
        double squares = table.PulseSeconds.Sum(t => t * t);
        double[] effective = [.. Enumerable.Range(0, columns).Select(c => Enumerable.Range(0, rows).Sum(r => table.PulseSeconds[r] * table.Coulombs[r, c]) / squares)];
        double residual = Enumerable.Range(0, columns).Sum(c => Enumerable.Range(0, rows).Sum(r => Math.Pow(table.Coulombs[r, c] - effective[c] * table.PulseSeconds[r], 2)));
        double variance = rows > 1 ? residual / (columns * (rows - 1)) / squares : 0;

        double direction = effective[^1] >= effective[0] ? 1 : -1;
        double[] currents = [.. Pooled([.. effective.Select(i => direction * i)]).Select(i => direction * i)];
        double[][] covariance = [.. Enumerable.Range(0, columns).Select(i => Enumerable.Range(0, columns).Select(j => i == j ? variance : 0).ToArray())];
        return new MonotoneCharge(new TransferModel(TransferModel.Table, offsetVolts) { StoreVolts = table.StoreVolts, CurrentsAmperes = currents }, covariance);
    }

    /// <summary>The rising sequence nearest to <paramref name="values"/> in least squares: pool adjacent violators.</summary>
    public static double[] Pooled(double[] values)
    {
        var blocks = new List<(double Mean, int Count)>();
        foreach (var value in values)
        {
            blocks.Add((value, 1));
            while (blocks.Count > 1 && blocks[^2].Mean > blocks[^1].Mean)
            {
                var (a, b) = (blocks[^2], blocks[^1]);
                blocks.RemoveAt(blocks.Count - 1);
                blocks[^1] = ((a.Mean * a.Count + b.Mean * b.Count) / (a.Count + b.Count), a.Count + b.Count);
            }
        }
        return [.. blocks.SelectMany(b => Enumerable.Repeat(b.Mean, b.Count))];
    }
}
