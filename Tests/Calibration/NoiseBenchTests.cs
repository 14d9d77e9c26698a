using System.Globalization;
using AnalogAttention.Calibration;
using AnalogAttention.Calibration.Benches;
using AnalogAttention.Circuits;
using AnalogAttention.Simulation;
using AnalogAttention.Simulation.Embedded;
using AnalogAttention.Simulation.Ngspice;
using AnalogAttention.Tests.Simulation;

namespace AnalogAttention.Tests.Calibration;

/// <summary>Noise of a read and of what is written, from the circuit.</summary>
public class NoiseBenchTests
{
    private const double Boltzmann = 1.380649e-23, Kelvin = 300.15;

    private static NoiseTable Measure(CellDeck? deck = null, IEngine? engine = null, int levels = 8, double flickerLowHertz = 1) =>
        NoiseBench.Run(deck ?? new CellDeck(), engine ?? new EmbeddedEngine(), new StorageModel(0, 0.9, levels), 15e-9, flickerLowHertz, jobs: 2);

    [Test]
    public void Charge_noise_is_the_integral_of_the_measured_spectrum()
    {
        var table = Measure();
        foreach (var (point, level) in table.Levels.Select((p, i) => (p, i)))
        {
            // S(f) between points of half a decade, white plus 1/f, by their logarithms; the window's swings need fine steps
            double Density(double hertz)
            {
                var k = Math.Clamp(Array.BinarySearch(point.Hertz, hertz) is var found && found < 0 ? ~found - 1 : found, 0, point.Hertz.Length - 2);
                var part = Math.Log(hertz / point.Hertz[k]) / Math.Log(point.Hertz[k + 1] / point.Hertz[k]);
                return Math.Exp(2 * ((1 - part) * Math.Log(point.AmperesPerRootHertz[k]) + part * Math.Log(point.AmperesPerRootHertz[k + 1])));
            }
            double Window(double hertz) => Math.Pow(Math.Sin(Math.PI * hertz * 15e-9) / (Math.PI * hertz), 2);
            const double step = 1e-4; // of ln f, far below one swing of the window at 10 GHz (1/150)
            var variance = 0.0;
            for (var logarithm = Math.Log(point.Hertz[0]) + step / 2; logarithm < Math.Log(point.Hertz[^1]); logarithm += step)
            {
                var hertz = Math.Exp(logarithm);
                variance += Density(hertz) * Window(hertz) * hertz * step;
            }
            // straight lines through the corner run up to 1.5 % above the density
            Assert.That(table.Model.ReadCoulombs(level, 15e-9), Is.EqualTo(Math.Sqrt(variance)).Within(1).Percent, $"{point.StoreVolts} V");
        }
    }

    [Test]
    public void Noise_of_the_written_voltage_is_kT_over_the_capacitance_of_the_node([Range(0, 7)] int level)
    {
        // equipartition: behind the open write gate the thermal noise of its channel, whatever it is, integrates to kT/C
        WaveformSet[] Run(string analysis) => [.. new EmbeddedEngine().Run(DeckReader.Parse(string.Create(CultureInfo.InvariantCulture, $"""
            write noise
            .include gain-cell.lib
            vdd vdd 0 0.9
            vbl bl 0 0.45
            vrwl rwl 0 0.45
            vrwlb rwlb 0 0.45
            vwwl wwl 0 0.9
            vwwlb wwlb 0 0
            vwbl wbl 0 {0.9 * level / 7}
            xcell wbl wwl wwlb rwl rwlb bl vdd gain_cell
            .options gmin=1e-18
            {analysis}
            .end
            """), Path.Combine(AppContext.BaseDirectory, "Netlists", "write-noise.cir"))).Analyses];
        var volts = Run(".noise v(xcell.store) vwbl dec 50 1k 1e14")[1]["onoise_total"][0];
        var held = Run(string.Create(CultureInfo.InvariantCulture, $"vstore xcell.store 0 dc {0.9 * level / 7} ac 1\nh1 n 0 vstore 1\n.ac lin 1 1meg 1meg\n.noise v(n) vstore lin 1 1meg 1meg"));
        double siemens = -held[0]["re(i(vstore))"][0], farads = -held[0]["im(i(vstore))"][0] / (2 * Math.PI * 1e6), density = held[1]["onoise_spectrum"][0];
        // S/(4kT) is the conductance of the channel but for the two slope factors of EKV 2.6, n of the current and nq of the charge: up to 8 %
        Assert.That(density * density / (4 * Boltzmann * Kelvin), Is.EqualTo(siemens).Within(8).Percent);
        // integral of S/(G^2 + (2 pi f C)^2); points of 50 a decade, powers between them, and the ends: 1e-4
        Assert.That(volts, Is.EqualTo(density / (2 * Math.Sqrt(siemens * farads))).Within(0.02).Percent);

        // what the bench states is kT/C of the closed gate and of the level with the least capacitance: the open channel holds up to 0.4 of 8.7 fF
        Assert.That(Measure().Model.KtcVolts, Is.InRange(Math.Sqrt(Boltzmann * Kelvin / farads), 1.03 * Math.Sqrt(Boltzmann * Kelvin / farads)));
    }

    [Test]
    public void Engines_agree_on_the_shipped_cell()
    {
        NgspiceReference.RequireInstalled();
        NoiseTable ours = Measure(levels: 2), theirs = Measure(engine: new NgspiceEngine(), levels: 2);
        // both transients hold the store to reltol 1e-4, and the flicker noise that ngspice has at the gate moves its charge too
        Compare(ours, theirs, 1e-4);
        Assert.That(theirs.Model.ComparatorVolts, Is.EqualTo(ours.Model.ComparatorVolts!.Value).Within(1e-4).Percent);
    }

    [Test]
    public void Engines_agree_on_a_cell_of_level_1_transistors_with_noise_of_their_own()
    {
        NgspiceReference.RequireInstalled();
        using var folder = new TemporaryFolder();
        var text = File.ReadAllText(Path.Combine(Repository.Root, "Tests", "Benchmarks", "gain-cell-level1.lib")).Replace("cgbo=0.1n", "cgbo=0.1n kf=1e-26");
        var deck = new CellDeck(folder.Write("level1.lib", text));
        NoiseTable ours = Measure(deck, levels: 2), theirs = Measure(deck, new NgspiceEngine(), 2);
        Assert.That(ours.Points.Max(p => p.Flicker), Is.GreaterThan(0));
        Compare(ours, theirs, 1e-4);
    }

    private static void Compare(NoiseTable ours, NoiseTable theirs, double tolerance)
    {
        foreach (var (point, expected) in ours.Points.Zip(theirs.Points))
        {
            Assert.That(point.ReadingVolts, Is.EqualTo(expected.ReadingVolts).Within(tolerance));
            Assert.That(point.White, Is.EqualTo(expected.White).Within(tolerance * expected.White), $"{point.StoreVolts} V");
            Assert.That(point.Flicker, Is.EqualTo(expected.Flicker).Within(tolerance * expected.Flicker), $"{point.StoreVolts} V");
            Assert.That(point.StoreFarads, Is.EqualTo(expected.StoreFarads).Within(tolerance * expected.StoreFarads));
        }
    }

    [Test]
    public void Flicker_noise_follows_its_coefficient_and_its_limit()
    {
        using var folder = new TemporaryFolder();
        var nominal = Measure();
        var text = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Netlists", CellDeck.LibraryName));
        NoiseTable louder = Measure(new CellDeck(folder.Write("louder.lib", text.Replace("kf=1.2e-24", "kf=4.8e-24")))), silent = Measure(new CellDeck(folder.Write("silent.lib", text.Replace("kf=1.2e-24", "kf=0"))));
        Assert.Multiple(() =>
        {
            foreach (var (a, b, none) in nominal.Points.Zip(louder.Points, silent.Points))
            {
                Assert.That(b.Flicker, Is.EqualTo(2 * a.Flicker).Within(1e-9).Percent);
                Assert.That(louder.CornerHertz(b), Is.EqualTo(4 * nominal.CornerHertz(a)!.Value).Within(1e-6).Percent);
                Assert.That(none.White, Is.EqualTo(a.White).Within(1e-9).Percent);
                Assert.That(silent.CornerHertz(none), Is.Null);
            }
            Assert.That(silent.Model.FlickerAmperesPerRootHertz, Is.Null);
            Assert.That(silent.Model.ReadCoulombs(7, 15e-9), Is.EqualTo(silent.Model.ReadAmperesPerRootHertz[7] * Math.Sqrt(7.5e-9)).Within(1e-9).Percent);
            Assert.That(Measure(flickerLowHertz: 1e-5).Model.ReadCoulombs(0, 15e-9), Is.GreaterThan(1.2 * nominal.Model.ReadCoulombs(0, 15e-9)));
        });
    }

    [Test]
    public void A_devices_own_exponent_comes_back()
    {
        using var folder = new TemporaryFolder();
        var text = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Netlists", CellDeck.LibraryName));
        Assert.That(Measure(new CellDeck(folder.Write("steep.lib", text.Replace("af=1 ", "af=1.15 ")))).Model.FlickerExponent, Is.EqualTo(1.15).Within(1e-9));
    }

    [Test]
    public void The_edges_of_the_read_move_the_store_towards_the_middle()
    {
        var levels = Measure().Levels.ToList();
        Assert.That(levels[0].ReadingVolts - levels[0].StoreVolts, Is.InRange(0.005, 0.03));
        Assert.That(levels[^1].ReadingVolts - levels[^1].StoreVolts, Is.InRange(-0.03, -0.005));
    }
}
