using AnalogAttention.Calibration.Benches;
using AnalogAttention.Circuits;

namespace AnalogAttention.Calibration.Fits;

/// <summary>What cross-validation found of one order.</summary>
/// <param name="CrossValidated">Charge errors on folds left out, coulombs.</param>
/// <param name="InSample">Charge errors of the fit to everything, coulombs.</param>
/// <param name="StandardErrorSquareCoulombs">Standard error over the folds of the mean square error on a fold.</param>
public sealed record OrderScore(int Order, int Parameters, double[] CrossValidated, double[] InSample, double StandardErrorSquareCoulombs)
{
    public double MeanSquareCoulombs => CrossValidated.Average(q => q * q);
}

/// <param name="Order">The lowest whose mean square error lies within one standard error of the least.</param>
/// <param name="Least">The order of the least error.</param>
public sealed record OrderChoice(int Order, int Least, IReadOnlyList<OrderScore> Scores);

/// <summary>
/// k-fold cross-validation over storage voltages (Hastie, Tibshirani, Friedman, The Elements of Statistical Learning, 7.10). A fold leaves out every
/// k-th storage voltage with its reads of all widths, because reads of one stored value share their errors. The two outermost storage voltages
/// stay in every fit: a cell is never asked beyond them. Nothing is drawn at random.
/// </summary>
public static class CrossValidation
{
    public const int Folds = 5;

    /// <summary>Charge errors on the voltages left out, coulombs, fold by fold.</summary>
    /// <param name="fit">Fits a table with some columns left out.</param>
    /// <exception cref="BadInputException">Fewer storage voltages than folds need, or what the fit finds wrong.</exception>
    public static IReadOnlyList<double[]> Errors(PulseTable table, Func<PulseTable, ChargeFit> fit)
    {
        ChargeFit.Check(table, leastStores: 5);
        int columns = table.StoreVolts.Length;
        return [.. Enumerable.Range(0, FoldsOf(columns)).Select(fold =>
        {
            bool Left(int column) => column > 0 && column < columns - 1 && (column - 1) % Folds == fold;
            int[] all = [.. Enumerable.Range(0, columns)];
            return fit(table.Columns([.. all.Where(c => !Left(c))])).Residuals(table.Columns([.. all.Where(Left)])).ToArray();
        })];
    }

    /// <summary>Storage voltages in the smallest training set.</summary>
    public static int TrainingStores(int storeVoltages) => storeVoltages - (storeVoltages - 2 + Folds - 1) / Folds;

    /// <summary>Scores every order that the smallest training set fixes with a voltage to spare, and chooses by the one-standard-error rule.</summary>
    /// <exception cref="BadInputException">As <see cref="Errors"/>; no order that the table fixes.</exception>
    public static OrderChoice Choose(PulseTable table, IEnumerable<int> orders, Func<PulseTable, int, ChargeFit> fit)
    {
        ChargeFit.Check(table, leastStores: 5);
        int most = TrainingStores(table.StoreVolts.Length) - 2; // order + 1 coefficients and a voltage to spare; odd powers alone need as many where voltages lie in pairs about the offset
        OrderScore[] scores = [.. orders.Where(order => order <= most).Select(order => Score(table, order, t => fit(t, order)))];
        if (scores.Length == 0)
            throw new BadInputException($"pulse table: {table.StoreVolts.Length} storage voltages fix none of the orders asked for");
        OrderScore least = scores.MinBy(s => s.MeanSquareCoulombs)!;
        double within = least.MeanSquareCoulombs + least.StandardErrorSquareCoulombs;
        return new OrderChoice(scores.First(s => s.MeanSquareCoulombs <= within).Order, least.Order, scores);
    }

    private static OrderScore Score(PulseTable table, int order, Func<PulseTable, ChargeFit> fit)
    {
        var folds = Errors(table, fit);
        double[] means = [.. folds.Select(f => f.Average(q => q * q))];
        double mean = means.Average(), variance = means.Sum(m => (m - mean) * (m - mean)) / Math.Max(1, means.Length - 1);
        var whole = fit(table);
        return new OrderScore(order, whole.Parameters, [.. folds.SelectMany(f => f)], [.. whole.Residuals(table)], Math.Sqrt(variance / means.Length));
    }

    private static int FoldsOf(int columns) => Math.Min(Folds, columns - 2);
}
