using AnalogAttention.Calibration;
using AnalogAttention.Calibration.Benches;
using AnalogAttention.Circuits;
using AnalogAttention.Simulation;
using AnalogAttention.Simulation.Embedded;
using AnalogAttention.Simulation.Ngspice;
using MathNet.Numerics.Distributions;

namespace AnalogAttention.Tests.Calibration;

public class CharacterisationTests
{
    private static readonly CellDeck Product = new();
    private static readonly StorageModel Storage = new(0, 0.9, 8);
    private static readonly EmbeddedEngine Engine = new();

    [Test]
    public void Every_level_is_written_to_a_tenth_of_a_step_whatever_was_there_before()
    {
        var (write, _) = WriteBench.Run(Product, Engine, Storage, 2);
        Assert.Multiple(() =>
        {
            Assert.That(write.LargestErrorVolts, Is.LessThan(0.1 * Storage.StepVolts)); // what gain-cell.lib states
            Assert.That(write.LargestMemoryVolts, Is.LessThan(0.1 * write.LargestErrorVolts));
        });
    }

    [Test]
    public void A_write_from_nothing_costs_the_charge_of_the_store_at_the_level()
    {
        var (write, _) = WriteBench.Run(Product, Engine, Storage, 2);
        double farads = LeakageBench.Capacitance(Product, Engine, [0.45]).Table.Farads[0];
        // the bitline's driver delivers C V^2; the word lines add their coupling, of the order of 0.1 fF V^2
        Assert.That(write.Joules[0, 7], Is.EqualTo(farads * 0.81).Within(0.3e-15));
        Assert.That(write.ReturnedJoules[1, 0], Is.GreaterThan(0).And.LessThan(write.Joules[0, 7]));
    }

    [Test]
    public void Capacitance_of_the_store_is_its_capacitor_and_the_gates()
    {
        var (table, _) = LeakageBench.Capacitance(Product, Engine, [0.1, 0.45, 0.8]);
        // 8 fF, overlaps of 0.2 fF/um on 0.28 um of read gates and 0.24 um of write gate, gate oxide at most 17.3 fF/um2 on 0.072 um2
        Assert.That(table.Farads, Has.All.InRange(8e-15 + 2 * 0.2e-15 * 0.28, 8e-15 + 0.2e-15 * (2 * 0.28 + 0.24) + 17.3e-15 * 0.0816));
    }

    [Test]
    public void Retention_does_not_move_when_gmin_changes_tenfold()
    {
        Circuit nominal = Product.ReadWithLeakage(RetentionBench.Deck);
        double After(double gmin)
        {
            var run = Engine.Run(nominal with { Options = nominal.Options.SetItem("gmin", gmin) }).Analyses.Single();
            return run["v(xcell.store)"][^1];
        }
        // 1e-17 S on 0.45 V for 0.8 ms from 8.5 fF: 0.4 uV
        Assert.That(After(1e-17), Is.EqualTo(After(1e-18)).Within(1e-6));
    }

    [Test]
    public void Leakage_over_capacitance_is_the_slope_of_the_transients()
    {
        var rates = RetentionRates.Of(LeakageBench.Run(Product, Engine).Table, LeakageBench.Capacitance(Product, Engine, [.. Enumerable.Range(0, 19).Select(i => 0.05 * i)]).Table);
        double[] levels = [0.05, 0.3, 0.65, 0.85];
        foreach (var (parked, index) in new[] { (0.0, 0), (0.45, 1), (0.9, 2) })
        {
            var (decay, _) = RetentionBench.Run(Product, Engine, levels, parked, 20e-6, 2);
            for (var level = 0; level < levels.Length; level++)
            {
                double slope = (decay.Volts[level, decay.Seconds.Length - 1] - decay.Volts[level, 0]) / decay.Seconds[^1];
                // static current against charge: 1 % of linear interpolation and solver error, and 0.02 V/s = 0.4 uV in 20 us
                Assert.That(slope, Is.EqualTo(rates.At(levels[level], index)).Within(0.01 * Math.Abs(slope) + 0.02), $"{levels[level]} V, parked at {parked} V");
            }
        }
    }

    [Test]
    public void The_time_to_move_by_a_step_is_that_of_the_transient()
    {
        var rates = RetentionRates.Of(LeakageBench.Run(Product, Engine).Table, LeakageBench.Capacitance(Product, Engine, [.. Enumerable.Range(0, 19).Select(i => 0.05 * i)]).Table);
        var (decay, _) = RetentionBench.Run(Product, Engine, [0.9], 0.45, Characterisation.HorizonSeconds, 1);
        double move = decay.Volts[0, 0] - decay.Volts[0, decay.Seconds.Length - 1];
        Assert.That(rates.SecondsToMove(0.9, move, 1), Is.EqualTo(Characterisation.HorizonSeconds).Within(0.01 * Characterisation.HorizonSeconds));
    }

    [Test]
    public void A_leak_that_is_exponential_gives_its_time_constant_and_no_error()
    {
        double[] seconds = [.. Enumerable.Range(0, 20).Select(i => i * 1e-4)], start = [0, 0.3, 0.45, 0.9];
        var volts = new double[4, 20];
        for (var level = 0; level < 4; level++)
            for (var i = 0; i < 20; i++)
                volts[level, i] = 0.45 + (start[level] - 0.45) * Math.Exp(-seconds[i] / 3e-3);
        var fit = RetentionTimeConstant.Of(new RetentionTable(0.45, seconds, volts), 0.45);
        Assert.That(fit.TauSeconds, Is.EqualTo(3e-3).Within(1e-8));
        Assert.That(fit.MaxVolts, Is.LessThan(1e-6));
    }

    [Test]
    public void A_library_without_leakage_of_its_own_leaks_through_its_channels_alone()
    {
        using var folder = new TemporaryFolder();
        var deck = new CellDeck(CalibratorTests.ChangedLibrary(folder, "gain_cell_leakage", "something_else"));
        var (bare, _) = LeakageBench.Run(deck, Engine);
        var (full, _) = LeakageBench.Run(Product, Engine);
        Assert.That(bare.ElementAmperes, Is.Empty);
        for (var i = 0; i < full.StoreVolts.Length; i++)
            Assert.That(bare.Amperes[1, i], Is.EqualTo(full.Amperes[1, i] - full.ElementAmperes.Values.Sum(e => e[1, i])).Within(1e-6 * 1e-12 + 1e-17)); // 1e-18 S of gmin and rounding
    }

    [Test]
    public void An_idle_cell_is_a_conductance_between_bitline_and_read_lines()
    {
        var (table, _) = BitlineBench.Run(Product, Engine);
        int middle = table.BitlineVolts.Length / 2;
        Assert.Multiple(() =>
        {
            Assert.That(Enumerable.Range(0, table.StoreVolts.Length).Select(i => Math.Abs(table.IdleAmperes[middle, i])), Has.All.LessThan(1e-12));
            Assert.That(table.IdleSiemens, Has.All.Positive);
            Assert.That(table.IdleSiemens.Max(), Is.InRange(5e-6, 50e-6)); // about 5.6 uS in the middle of the range, more towards its ends
        });
    }

    [Test]
    public void Mismatch_of_first_order_is_what_drawn_cells_show()
    {
        var nominal = TransferBench.Run(Product, Engine).Table;
        var sensitivities = MismatchBench.Run(Product, Engine, nominal, 2);
        Assert.That(sensitivities.Select(s => (s.Transistor, s.Parameter)), Is.SupersetOf(new[] { ("mn", "vto"), ("mn", "kp"), ("mp", "vto"), ("mp", "kp") }));

        Circuit circuit = Product.Read(TransferBench.Deck);
        var random = new Random(3);
        const int cells = 400;
        double[][] drawn = [.. Enumerable.Range(0, cells).Select(_ => Drawn(circuit, sensitivities, random)).Select(c => FullRead(c))];
        // two-sided 99.9 % interval of the deviation of 400 draws; the read is not quite linear in its parameters: 3 % more
        double low = Math.Sqrt(ChiSquared.InvCDF(cells - 1, 0.0005) / (cells - 1)) * 0.97, high = Math.Sqrt(ChiSquared.InvCDF(cells - 1, 0.9995) / (cells - 1)) * 1.03;
        foreach (int i in new[] { 0, 13, 25, 38, 50 })
        {
            double mean = drawn.Average(d => d[i]), deviation = Math.Sqrt(drawn.Sum(d => (d[i] - mean) * (d[i] - mean)) / (cells - 1));
            double predicted = Math.Sqrt(sensitivities.Sum(s => s.Amperes[i] * s.Amperes[i]));
            Assert.That(deviation / predicted, Is.InRange(low, high), $"V_store = {nominal.StoreVolts[i]} V");
        }
    }

    /// <summary>The slice at the highest read line voltage of the nested sweep.</summary>
    private static double[] FullRead(Circuit circuit)
    {
        double[] current = Engine.Run(circuit).Analyses.Single()["i(vbl)"];
        int columns = circuit.Analyses.OfType<DcSweep>().Single().Axes[0].Count;
        return [.. current[^columns..].Select(i => -i)];
    }

    private static Circuit Drawn(Circuit circuit, IReadOnlyList<MismatchSensitivity> sensitivities, Random random)
    {
        foreach (var device in sensitivities.GroupBy(s => s.Transistor))
        {
            var mosfet = circuit.Elements.OfType<Mosfet>().Single(m => m.Name == "xcell." + device.Key);
            var card = circuit.Models[mosfet.Model];
            foreach (var s in device)
            {
                double value = card.Parameters[s.Parameter], draw = Normal.Sample(random, 0, s.Sigma);
                card = card with { Parameters = card.Parameters.SetItem(s.Parameter, s.Parameter == "kp" ? value * (1 + draw) : value + draw) };
            }
            string name = mosfet.Name + ".drawn";
            circuit = circuit with
            {
                Models = circuit.Models.SetItem(name, card with { Name = name }),
                Elements = [.. circuit.Elements.Select(e => ReferenceEquals(e, mosfet) ? mosfet with { Model = name } : e)],
            };
        }
        return circuit;
    }

    [Test]
    public void Gain_offset_and_curvature_of_mismatch_are_found_again()
    {
        var transfer = PublishedCell.Load().Transfer;
        double[] volts = [.. Enumerable.Range(0, 19).Select(i => 0.05 * i)];
        const double h = 1e-4;
        MismatchSensitivity[] sensitivities =
        [
            new("a", "kp", 1, [.. volts.Select(v => 0.02 * transfer.Amperes(v))]),
            new("b", "vto", 1, [.. volts.Select(v => -0.01 * (transfer.Amperes(v + h) - transfer.Amperes(v - h)) / (2 * h))]),
            new("c", "kp", 1, [.. volts.Select(v => 0.03 * transfer.Amperes(v) + 1e-6 * Math.Pow(v - 0.45, 2))]),
        ];
        var (model, missed) = MismatchModel.Of(sensitivities, volts, transfer)!.Value;
        Assert.Multiple(() =>
        {
            Assert.That(model.SigmaGain, Is.EqualTo(Math.Sqrt(0.02 * 0.02 + 0.03 * 0.03)).Within(1e-9));
            Assert.That(model.SigmaOffsetVolts, Is.EqualTo(0.01).Within(1e-9));
            Assert.That(model.SigmaCurvature, Is.EqualTo(1e-6).Within(1e-13));
            Assert.That(model.Correlation[0][2], Is.EqualTo(0.03 / model.SigmaGain).Within(1e-6));
            Assert.That(missed, Is.LessThan(1e-12));
        });
    }

    [Test]
    public void Both_engines_characterise_the_same_cell()
    {
        IEngine peer;
        try
        {
            peer = new NgspiceEngine();
        }
        catch (EngineAbsentException e)
        {
            Assert.Ignore(e.Message);
            return;
        }
        var levels = new StorageModel(0, 0.9, 4);
        var (ours, theirs) = (WriteBench.Run(Product, Engine, levels, 2).Table, WriteBench.Run(Product, peer, levels, 2).Table);
        var (leak, peerLeak) = (LeakageBench.Run(Product, Engine).Table, LeakageBench.Run(Product, peer).Table);
        Assert.Multiple(() =>
        {
            // reltol 1e-4 of both, on 0.9 V
            Assert.That(theirs.SettledVolts, Is.EqualTo(ours.SettledVolts).Within(2e-4));
            // 1e-3 of the largest leak
            Assert.That(peerLeak.Amperes, Is.EqualTo(leak.Amperes).Within(1e-3 * leak.Amperes.Cast<double>().Max(Math.Abs)));
        });
    }
}
