using AnalogAttention.Calibration;
using AnalogAttention.Calibration.Benches;
using AnalogAttention.Inference.Attention;
using AnalogAttention.Simulation.Embedded;
using AnalogAttention.Studies.Sweeps;
using MathNet.Numerics.Statistics;

namespace AnalogAttention.Tests.Studies;

/// <summary>The cells that the attention draws against Monte Carlo of the deck.</summary>
public class MismatchDistributionTests
{
    [Test]
    public void ReadCurrentsSpreadAsThoseOfTheDeck()
    {
        const int draws = 400;
        var engine = new EmbeddedEngine();
        var deck = new CellDeck();
        CellModel cell = Calibrator.Run(new CalibrationOptions(deck, 9, Jobs: 2), engine).Cell;
        var circuit = deck.Read(TransferBench.Deck);
        var random = new Random(1);
        double[][] simulated = new double[draws][];
        // rows of the nested sweep by read level, the full read last
        double[] volts = TransferBench.Run(deck, engine).Table.StoreVolts;
        for (var n = 0; n < draws; n++)
        {
            var run = engine.Run(TransistorMismatch.Applied(circuit, [], _ => MathNet.Numerics.Distributions.Normal.Sample(random, 0, 1)).Circuit).Analyses[0];
            simulated[n] = [.. run["i(vbl)"].TakeLast(volts.Length).Select(i => -i)];
        }
        var cells = new GainCellArithmetic(cell, new GainCellOptions { Mismatch = true, Seed = 2 }, 1).Cells(0)!;
        var spreads = Enumerable.Range(0, cell.Storage.Levels).Select(level =>
        {
            double at = cell.Storage.LevelVolts(level);
            int nearest = Array.IndexOf(volts, volts.MinBy(v => Math.Abs(v - at)));
            double[] drawn = [.. Enumerable.Range(0, 16 * draws).Select(n => cells.Microamperes(cells.Written(volts[nearest], new CellRow(0, 0, 0, n), n, level), volts[nearest]))];
            return (Deck: simulated.Select(s => 1e6 * s[nearest]).StandardDeviation(), Drawn: drawn.StandardDeviation());
        }).ToArray();
        TestContext.Out.WriteLine(string.Join("; ", spreads.Select(s => FormattableString.Invariant($"{s.Deck:f4} uA {s.Drawn / s.Deck:f3}"))));
        double deckVariance = spreads.Sum(s => s.Deck * s.Deck), drawnVariance = spreads.Sum(s => s.Drawn * s.Drawn);
        // of a standard deviation from so many draws; levels move together, so that their mean is known no better
        double sampling = 4 / Math.Sqrt(2 * draws);
        Assert.That(Math.Sqrt(drawnVariance / deckVariance), Is.EqualTo(1).Within(sampling));
        // gain, offset and curvature for four parameters: where the current is small they say a tenth too little
        Assert.That(spreads.Select(s => s.Drawn / s.Deck), Is.All.EqualTo(1).Within(sampling + 0.1));
    }
}
