using AnalogAttention.Calibration.Benches;
using AnalogAttention.Calibration.Fits;

namespace AnalogAttention.Tests.Calibration.Fits;

public class CrossValidationTests
{
    private static readonly double[] Powers = [0.5e-6, 12e-6, -20e-6, 60e-6, 300e-6, -700e-6, 2000e-6, 4000e-6]; // each far above the noise at 0.45 V

    [Test]
    public void True_order_of_noisy_reads_is_chosen([Values(1, 2, 3, 5, 7)] int order)
    {
        double[] truth = Powers[..(order + 1)];
        int[] chosen = [.. Enumerable.Range(0, 20).Select(seed =>
            TransferFit.Choose(SyntheticReads.Table((v, t) => SyntheticReads.Current(truth, v) * t, 3e-16, seed), 0.45, PolynomialTerms.All).Order)];
        Assert.That(chosen, Has.None.LessThan(order));
        Assert.That(chosen.Count(c => c == order), Is.GreaterThanOrEqualTo(18), string.Join(' ', chosen)); // one in twenty may fall outside one standard error
    }

    [Test]
    public void Every_inner_storage_voltage_is_left_out_once_with_all_its_reads_and_never_fitted_meanwhile()
    {
        var table = SyntheticReads.Table((v, t) => SyntheticReads.Current(SyntheticReads.Cubic, v) * t, 1e-16, stores: 12);
        var trained = new List<double[]>();
        var errors = CrossValidation.Errors(table, training =>
        {
            trained.Add(training.StoreVolts);
            return PolynomialCharge.Of(training, 0.45, 3);
        });
        double[][] left = [.. trained.Select(t => table.StoreVolts.Except(t).ToArray())];
        Assert.Multiple(() =>
        {
            Assert.That(left.SelectMany(l => l), Is.EquivalentTo(table.StoreVolts[1..^1]));
            Assert.That(errors.Select(e => e.Length), Is.EqualTo(left.Select(l => l.Length * table.PulseSeconds.Length)));
            Assert.That(left.Select(l => l.Zip(l.Skip(1), (a, b) => b - a).DefaultIfEmpty(1).Min()), Has.All.GreaterThan(2 * table.StoreVolts[1])); // no neighbours together
        });
    }

    [Test]
    public void Orders_that_the_smallest_training_set_does_not_fix_are_not_tried([Values(5, 8, 12, 25)] int stores)
    {
        var choice = TransferFit.Choose(SyntheticReads.Table((v, t) => SyntheticReads.Current(SyntheticReads.Cubic, v) * t, 1e-16, stores: stores), 0.45, PolynomialTerms.All);
        Assert.That(choice.Scores[^1].Order, Is.EqualTo(Math.Min(11, CrossValidation.TrainingStores(stores) - 2)));
    }

    [Test]
    public void Error_of_pure_noise_is_the_noise()
    {
        const double sigma = 1e-16;
        var table = SyntheticReads.Table((v, t) => SyntheticReads.Current(SyntheticReads.Cubic, v) * t, sigma);
        double rms = Math.Sqrt(CrossValidation.Errors(table, t => PolynomialCharge.Of(t, 0.45, 3)).SelectMany(e => e).Average(e => e * e));
        Assert.That(rms, Is.EqualTo(sigma).Within(0.28 * sigma)); // 115 errors: sd 1/sqrt(230) = 7 %, four of them
    }

    [Test]
    public void Odd_cells_are_tried_at_odd_orders_only() =>
        Assert.That(TransferFit.Choose(SyntheticReads.Table((v, t) => SyntheticReads.Current(SyntheticReads.Cubic, v) * t), 0.45, PolynomialTerms.Odd).Scores.Select(s => s.Order), Is.EqualTo(new[] { 1, 3, 5, 7, 9, 11 }));
}
