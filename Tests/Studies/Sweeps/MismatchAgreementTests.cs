using AnalogAttention.Calibration.Benches;
using AnalogAttention.Circuits;
using AnalogAttention.Simulation;
using AnalogAttention.Simulation.Embedded;
using AnalogAttention.Simulation.Ngspice;
using AnalogAttention.Studies.Sweeps;
using AnalogAttention.Tests.Simulation;
using MathNet.Numerics.Statistics;

namespace AnalogAttention.Tests.Studies.Sweeps;

/// <summary>The same sampled transistors in the embedded engine and in ngspice.</summary>
public class MismatchAgreementTests
{
    private const int Samples = 50;

    [Test]
    public void FiftySamplesOfTheTransferCurveAreThoseOfNgspice()
    {
        NgspiceReference.RequireInstalled();
        // V_store 0, 0.3, 0.6, 0.9 V at V_in 0.45, 0.675, 0.9 V
        var circuit = new CellDeck().Read("gain-cell-transfer.cir", ("storestep", 0.3), ("readstep", 0.225));
        var draws = new MonteCarlo(Samples, 1, Sampling.Random, [], new Dictionary<string, Distribution>());
        var normal = new NormalDistribution(0, 1);
        Circuit[] altered = [.. Enumerable.Range(0, Samples).Select(sample => TransistorMismatch.Applied(circuit, [], name => normal.At(draws.Probability(name, sample))).Circuit)];
        double[][] ours = Currents(new EmbeddedEngine(), altered), reference = Currents(new NgspiceEngine(), altered);
        Assert.That(reference[0], Has.Length.EqualTo(12));

        // of the range of the sample that has the smallest
        double tolerance = 1e-3 * reference.Min(sample => sample.Max() - sample.Min());
        double worst = 0, worstMean = 0, worstSigma = 0, largestSigma = 0;
        for (var point = 0; point < 12; point++)
        {
            double[] a = [.. ours.Select(s => s[point])], b = [.. reference.Select(s => s[point])];
            worst = Math.Max(worst, a.Zip(b, (x, y) => Math.Abs(x - y)).Max());
            worstMean = Math.Max(worstMean, Math.Abs(a.Mean() - b.Mean()));
            worstSigma = Math.Max(worstSigma, Math.Abs(a.StandardDeviation() - b.StandardDeviation()));
            largestSigma = Math.Max(largestSigma, b.StandardDeviation());
        }
        TestContext.Out.WriteLine(FormattableString.Invariant($"of 1e-3 of range: sample {worst / tolerance:g3}, mean {worstMean / tolerance:g3}, sigma {worstSigma / tolerance:g3}; largest sigma {largestSigma / tolerance:g3}"));
        Assert.That(worst, Is.LessThan(tolerance), "each current");
        Assert.That(worstMean, Is.LessThan(tolerance), "mean");
        Assert.That(worstSigma, Is.LessThan(tolerance), "sigma");
        // what is compared is far above what it is compared to
        Assert.That(largestSigma, Is.GreaterThan(5 * tolerance));
    }

    /// <returns>Amperes, by sample, then by point.</returns>
    private static double[][] Currents(IEngine engine, IEnumerable<Circuit> circuits) => [.. circuits.Select(c => engine.Run(c).Analyses[0]["i(vbl)"])];
}
