using AnalogAttention.Calibration;
using AnalogAttention.Calibration.Benches;
using AnalogAttention.Circuits;
using AnalogAttention.Circuits.Builders;
using AnalogAttention.Simulation.Embedded;
using AnalogAttention.Simulation.Ngspice;
using AnalogAttention.Tests.Simulation;

namespace AnalogAttention.Tests.Calibration;

/// <summary>Query pulses to output pulses through both arrays and their periphery.</summary>
public class SubTileTests
{
    private static (double[] Query, double[][] Keys, double[][] Values) Draw(int size, int seed)
    {
        var random = new Random(seed);
        double[][] Levels() => [.. Enumerable.Range(0, size).Select(_ => Enumerable.Range(0, size).Select(_ => random.Next(8) * 0.9 / 7).ToArray())];
        return ([.. Enumerable.Range(0, size).Select(_ => random.Next(16) * 1e-9)], Levels(), Levels());
    }

    [Test]
    public void Ideal_periphery_and_transistor_cells_compute_the_behavioural_attention()
    {
        const int size = 6;
        const double step = 2.0 / 31; // of the 5-bit output
        var (q, k, v) = Draw(size, 3);
        // few cells: saturations in proportion, so that scores use their range
        var builder = new SubTileBuilder { ScoreSaturationCoulombs = 0.2e-12, OutputSaturationCoulombs = 0.15e-12 };
        var simulated = new EmbeddedEngine().Run(DeckReader.Parse(builder.Build(q, k, v), "sub-tile.cir")).Measures;
        var cell = Calibrator.Run(new CalibrationOptions(new CellDeck(), StorePoints: 13), new EmbeddedEngine()).Cell;
        double Charge(double[] seconds, Func<int, double> volts) => seconds.Select((t, i) => t * cell.Transfer.Amperes(volts(i))).Sum();
        double[] phi = [.. k.Select(key => Math.Clamp(Charge(q, i => key[i]) / builder.ScoreSaturationCoulombs, 0, 1))];
        Assert.That(phi.Count(p => p is > 0.05 and < 0.95), Is.GreaterThanOrEqualTo(1), "a score within the range");
        double square = 0;
        for (var c = 1; c <= size; c++)
        {
            Assert.That(simulated[$"score{c}"] / builder.PulseSeconds, Is.EqualTo(phi[c - 1]).Within(0.5 * step), $"score {c}");
            var output = Math.Clamp(Charge([.. phi.Select(p => p * builder.PulseSeconds)], j => v[j][c - 1]) / builder.OutputSaturationCoulombs, -1, 1);
            var measured = simulated[$"magnitude{c}"] / builder.PulseSeconds * (simulated[$"polarity{c}"] > 0.45 ? 1 : -1);
            square += Math.Pow((measured - output) / step, 2);
        }
        Assert.That(Math.Sqrt(square / size), Is.LessThan(0.5), "rms of the output in steps");
    }

    [Test]
    public void A_sub_tile_runs_in_ngspice_as_exported()
    {
        NgspiceReference.RequireInstalled();
        var (q, k, v) = Draw(3, 5);
        // level 1 cells, which ngspice has
        var builder = new SubTileBuilder
        {
            Array = new ArrayBuilder { Library = "gain-cell-level1.lib", Cell = "gain_cell_4t", Options = new ArrayBuilder().Options.Add("reltol", 1e-4) },
            ScoreSaturationCoulombs = 0.1e-12,
            OutputSaturationCoulombs = 0.1e-12,
        };
        var circuit = DeckReader.Parse(builder.Build(q, k, v), Path.Combine(Repository.Root, "Tests", "Benchmarks", "sub-tile.cir"));
        var (ours, theirs) = (new EmbeddedEngine().Run(circuit).Measures, new NgspiceEngine().Run(circuit).Measures);
        Assert.That(ours["score1"] + ours["score2"] + ours["score3"], Is.GreaterThan(1e-9), "some key scores");
        // both at reltol 1e-4 over three stages: 1e-3 of the longest pulse
        foreach (var (name, value) in theirs)
            Assert.That(ours[name], Is.EqualTo(value).Within(name.StartsWith("polarity", StringComparison.Ordinal) ? 1e-3 : 15e-12), name);
    }

    [Test]
    public void The_arrays_share_the_supply_of_their_builder()
    {
        var builder = new SubTileBuilder { Array = new ArrayBuilder { SupplyOhms = 100, MeasureEnergies = true } };
        var circuit = DeckReader.Parse(builder.Build([1e-9], [[0.1]], [[0.3]]), "sub-tile.cir");
        Assert.That(circuit.Elements.Single(e => e.Name == "rsupply").Nodes, Is.EqualTo(new[] { "supply", "vdd" }));
        Assert.That(circuit.Measures.Select(m => m.Name), Has.Member("energyvdd"));
    }

    [Test]
    public void Shapes_that_do_not_agree_are_refused()
    {
        var builder = new SubTileBuilder();
        Assert.That(() => builder.Build([1e-9], [[0.1, 0.2]], [[0.3]]), Throws.ArgumentException);
        Assert.That(() => builder.Build([], [[]], [[0.1]]), Throws.ArgumentException);
        Assert.That(() => builder.Build([1e-9], [[0.1]], [[]]), Throws.ArgumentException);
        Assert.That(() => builder.Build([16e-9], [[0.1]], [[0.3]]), Throws.ArgumentException);
    }
}
