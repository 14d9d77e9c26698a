using AnalogAttention.Circuits;
using AnalogAttention.Simulation.Embedded;
using AnalogAttention.Studies.Sweeps;

namespace AnalogAttention.Tests.Studies.Sweeps;

public class SobolTests
{
    private const double One = 1L << SobolSequence.Bits;

    private const string Deck = "many\n.param vd=0.9\nvd d 0 {vd}\nvg g 0 0.6\n{0}\n.model n nmos level=44 vto=0.4 kp=300u avto=2n akp=10n\n.dc vd 0.8 0.9 0.1\n.measure dc current find i(vd) at=0.9\n.end\n";

    private static MonteCarlo Of(Sampling sampling, int samples, long seed, params string[] dimensions) =>
        new MonteCarlo(samples, seed, sampling, [], new Dictionary<string, Distribution>()).Over(dimensions);

    // Joe and Kuo, the first points of their own program
    [TestCase(0, new[] { 0, 0.5, 0.75, 0.25, 0.375, 0.875, 0.625, 0.125 })]
    [TestCase(1, new[] { 0, 0.5, 0.25, 0.75, 0.375, 0.875, 0.125, 0.625 })]
    [TestCase(2, new[] { 0, 0.5, 0.25, 0.75, 0.625, 0.125, 0.875, 0.375 })]
    public void TheFirstPointsAreThoseOfJoeAndKuo(int dimension, double[] expected) =>
        Assert.That(Enumerable.Range(0, 8).Select(i => SobolSequence.At(dimension, (uint)i) / One), Is.EqualTo(expected));

    // scipy.stats.qmc.Sobol(64, scramble=False), which reads the whole table of Joe and Kuo
    [TestCase(0, 0.2197265625)]
    [TestCase(1, 0.0966796875)]
    [TestCase(2, 0.5185546875)]
    [TestCase(7, 0.8994140625)]
    [TestCase(15, 0.3701171875)]
    [TestCase(31, 0.1455078125)]
    [TestCase(63, 0.4462890625)]
    public void APointFarOutIsThatOfAnIndependentProgram(int dimension, double expected) => Assert.That(SobolSequence.At(dimension, 1000) / One, Is.EqualTo(expected));

    [Test]
    public void EveryDimensionHasOnePointInEveryIntervalAndNoTwoAreEqual()
    {
        const int Points = 256;
        uint[][] all = [.. Enumerable.Range(0, SobolSequence.Dimensions).Select(d => Enumerable.Range(0, Points).Select(i => SobolSequence.At(d, (uint)i) >> 24).ToArray())];
        foreach (uint[] one in all)
            Assert.That(one, Is.Unique);
        Assert.That(all.Select(a => string.Join(' ', a)), Is.Unique);
    }

    [TestCase(1)]
    [TestCase(17)]
    public void DimensionsOneAndTwoAreANetShiftedOrNot(long seed)
    {
        const int M = 8;
        var draws = Of(Sampling.Sobol, 1 << M, seed, "a", "b");
        (double X, double Y)[] shifted = [.. Enumerable.Range(0, 1 << M).Select(i => (draws.Probability("a", i), draws.Probability("b", i)))];
        (double X, double Y)[] plain = [.. Enumerable.Range(0, 1 << M).Select(i => (SobolSequence.At(0, (uint)i) / One, SobolSequence.At(1, (uint)i) / One))];
        // (0, m, 2)-net in base 2: one point in each of the 2^k by 2^(m-k) boxes, for every k (Niederreiter, Monatsh. Math. 104, 273, 1987)
        foreach (var points in new[] { shifted, plain })
            for (var k = 0; k <= M; k++)
                Assert.That(points.Select(p => ((int)(p.X * (1 << k)), (int)(p.Y * (1 << (M - k))))), Is.Unique, $"2^{k} columns");
        Assert.That(shifted, Is.Not.EqualTo(plain));
    }

    [Test]
    public void TheErrorOfASmoothIntegralFallsFasterThanRandoms()
    {
        string[] names = ["a", "b", "c", "d", "e", "f"];
        const int Few = 256, Many = 4096, Seeds = 32;
        // the product of 1 + (x - 1/2) over the dimensions: its integral is 1
        double Rms(Sampling sampling, int samples) => Math.Sqrt(Enumerable.Range(1, Seeds).Average(seed =>
        {
            var draws = Of(sampling, samples, seed, names);
            return Math.Pow(Enumerable.Range(0, samples).Average(i => names.Aggregate(1.0, (product, name) => product * (0.5 + draws.Probability(name, i)))) - 1, 2);
        }));
        // random: (4096/256)^(1/2) = 4, to some 13 % each from 32 seeds; Sobol's: about 4096/256 = 16
        Assert.That(Rms(Sampling.Random, Few) / Rms(Sampling.Random, Many), Is.EqualTo(4).Within(50).Percent);
        Assert.That(Rms(Sampling.Sobol, Few) / Rms(Sampling.Sobol, Many), Is.GreaterThan(8));
        Assert.That(Rms(Sampling.Sobol, Many), Is.LessThan(0.1 * Rms(Sampling.Random, Many)));
    }

    [Test]
    public void DimensionsStandByNameTheDieFirst()
    {
        var die = new Dictionary<string, Distribution> { ["z"] = new UniformDistribution(0, 1), ["y"] = new UniformDistribution(0, 1) };
        var draws = new MonteCarlo(16, 1, Sampling.Sobol, [], die).Over(["b", "a"]);
        var wanted = Of(Sampling.Sobol, 16, 1, "y", "z").Over(["y", "z"]);
        Assert.That(Enumerable.Range(0, 16).Select(i => draws.Probability("z", i)), Is.EqualTo(Enumerable.Range(0, 16).Select(i => wanted.Probability("z", i))));
        // the shift alone tells the same rank under two names apart
        int Top(string name, int i, MonteCarlo of) => (int)(of.Probability(name, i) * 2) ^ (int)(of.Probability(name, 0) * 2);
        Assert.That(Enumerable.Range(0, 16).Select(i => Top("b", i, draws)), Is.EqualTo(Enumerable.Range(0, 16).Select(i => (int)(SobolSequence.At(3, (uint)i) >> 31))));
        Assert.That(new MonteCarlo(99, 1, Sampling.Sobol, [], die).Probability("y", 5), Is.EqualTo(draws.Probability("y", 5)), "neither the number of samples nor the deck moves the die's");
    }

    [TestCase(32, true)]
    [TestCase(33, false)]
    public void MoreDimensionsThanDirectionNumbersAreOneErrorWithItsLine(int transistors, bool isEnough)
    {
        using var folder = new TemporaryFolder();
        folder.Write("many.cir", Deck.Replace("{0}", string.Join('\n', Enumerable.Range(0, transistors).Select(i => $"m{i} d g 0 0 n w=2u l=0.5u"))));
        var plan = SweepPlanReader.Read(folder.Write("plan.yaml", "deck: many.cir\nmonte-carlo:\n  samples: 4\n  sampling: sobol\n  mismatch: all\n"));
        if (isEnough)
        {
            var runner = new SweepRunner(plan, new EmbeddedEngine());
            Assert.That(runner.Drawn(plan.At(3), runner.Outcome(plan.At(3))).Values.ToArray(), Has.Length.EqualTo(64).And.Unique);
        }
        else
            Assert.That(() => new SweepRunner(plan, new EmbeddedEngine()), Throws.TypeOf<BadInputException>().With.Message.EndsWith("plan.yaml:3:3: 66 dimensions are drawn, sobol has 64: draw fewer, or take latin-hypercube"));
    }
}
