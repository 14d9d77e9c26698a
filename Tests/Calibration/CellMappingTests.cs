using System.Text.RegularExpressions;
using AnalogAttention.Calibration;
using AnalogAttention.Calibration.Benches;
using AnalogAttention.Circuits;
using AnalogAttention.Simulation;
using AnalogAttention.Simulation.Embedded;
using AnalogAttention.Simulation.Ngspice;
using AnalogAttention.Tests.Simulation;

namespace AnalogAttention.Tests.Calibration;

/// <summary>Cells of other pins and other topologies in the product's benches.</summary>
public class CellMappingTests
{
    private const string Header = "* analog-attention: cell=theirs wbl=w rwl=rp rwlb=rn bl=out vdd=well store=kept";
    private static readonly string[] TheirPins = ["out", "rn", "rp", "wwlb", "wwl", "w", "well"];
    private static readonly string Library = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Netlists", CellDeck.LibraryName));
    private static readonly string TwoTransistors = Path.Combine(AppContext.BaseDirectory, "Netlists", "two-transistor-cell.lib");

    private readonly TemporaryFolder _folder = new();

    [OneTimeTearDown]
    public void RemoveFolder() => _folder.Dispose();

    private static CellModel Calibrate(CellDeck deck, IEngine? engine = null) =>
        Calibrator.Run(new CalibrationOptions(deck, StorePoints: 7, Jobs: 2) { Input = new InputModel(15e-9, 4) }, engine ?? new EmbeddedEngine()).Cell;

    /// <summary>The product's cell with every name of its interface another, and its pins in another order.</summary>
    private static string Theirs()
    {
        var text = Library;
        foreach (var (ours, theirs) in new[] { ("wbl", "w"), ("rwl", "rp"), ("rwlb", "rn"), ("bl", "out"), ("vdd", "well"), ("store", "kept"), ("gain_cell", "theirs") })
            text = Regex.Replace(text, $@"(?m)^(?!\*)(.*)$", line => Regex.Replace(line.Value, $@"(?<![\w.]){ours}(?!\w)", theirs));
        return text.Replace(".subckt theirs w wwl wwlb rp rn out well", $".subckt theirs {string.Join(' ', TheirPins)}");
    }

    private string Write(string name, string header = "", string? library = null) => _folder.Write(name, header + "\n" + (library ?? Theirs()));

    /// <summary>All that a calibration found, without where it came from.</summary>
    private static string Numbers(CellModel cell) => CellFile.Format(cell with { Name = "", Provenance = null });

    [Test]
    public void The_shipped_cell_under_other_names_and_in_another_order_gives_the_same_numbers()
    {
        var mapped = Calibrate(new CellDeck(Write("header.lib", Header)));
        Assert.That(Numbers(mapped), Is.EqualTo(Numbers(Calibrate(new CellDeck()))));
        Assert.That(mapped.Provenance!.Files.Select(f => f.Path), Does.Contain(_folder.File("header.lib")).And.Not.Contain("Netlists/gain-cell.lib"));
    }

    [Test]
    public void Options_say_what_a_header_says_and_hold_over_it()
    {
        var options = new CellMapping { Cell = "theirs", Store = "kept" }.WithPins("wbl=w,rwl=rp,rwlb=rn,bl=out,vdd=well", message => new BadInputException(message));
        var byOptions = Calibrate(new CellDeck(Write("options.lib"), options));
        var overHeader = Calibrate(new CellDeck(Write("both.lib", "* analog-attention: cell=nobody wbl=x store=y"), options));
        var byHeader = Calibrate(new CellDeck(Write("same.lib", Header)));
        string Comparable(CellModel cell) => CellFile.Format(cell with { Name = "", Provenance = cell.Provenance! with { Files = [] } });
        Assert.That(Comparable(byOptions), Is.EqualTo(Comparable(byHeader)));
        Assert.That(Comparable(overHeader), Is.EqualTo(Comparable(byHeader)));
    }

    [Test]
    public void A_stored_node_may_lie_deeper_or_be_a_pin_and_a_pin_may_take_a_constant()
    {
        var names = string.Join(' ', TheirPins);
        var deeper = Write("deeper.lib", Header.Replace("cell=theirs", "cell=outer").Replace("store=kept", "store=x1.kept"), Theirs() + $"\n.subckt outer {names}\nx1 {names} theirs\n.ends\n");
        var pin = Write("pin.lib", Header + " vb=900m", Theirs().Replace(" w well", " w well vb kept").Replace("rp well read_p", "rp vb read_p"));
        var expected = Calibrate(new CellDeck());
        Assert.That(Numbers(Calibrate(new CellDeck(deeper))), Is.EqualTo(Numbers(expected)));
        var constant = Calibrate(new CellDeck(pin));
        // one source more: another order of elimination, and the bench's reltol of 1e-4
        Assert.That(constant.Transfer.Amperes(0.9), Is.EqualTo(expected.Transfer.Amperes(0.9)).Within(1e-4 * 10e-6));
        Assert.That(constant.Provenance!.Parameters["adapter"], Does.Contain("vat_vb at_vb 0 0.9"));
    }

    [Test]
    public void A_library_beside_its_own_includes()
    {
        _folder.Write("devices.inc", Theirs());
        var cell = Calibrate(new CellDeck(Write("including.lib", Header, ".include devices.inc\n")));
        Assert.That(cell.Provenance!.Files.Select(f => f.Path), Does.Contain(_folder.File("devices.inc")));
        Assert.That(Numbers(cell), Is.EqualTo(Numbers(Calibrate(new CellDeck()))));
    }

    [Test]
    public void The_two_transistor_cell_sinks_more_the_more_it_stores_and_nothing_at_rest()
    {
        var result = Calibrator.Run(new CalibrationOptions(new CellDeck(TwoTransistors), StorePoints: 7, Jobs: 2) { Input = new InputModel(15e-9, 4) }, new EmbeddedEngine());
        double[] full = result.Static.FullRead;
        Assert.Multiple(() =>
        {
            Assert.That(result.Cell.Storage, Is.EqualTo(new StorageModel(0.3, 0.9, 8)));
            Assert.That(result.Cell.Transfer.OffsetVolts, Is.EqualTo(0.6).Within(1).Ulps);
            Assert.That(result.Static.StoreVolts, Has.Length.EqualTo(51).And.One.EqualTo(0.3).And.One.EqualTo(0.9).Within(1e-12));
            Assert.That(full, Is.Ordered.And.All.Positive);
            Assert.That(full[^1], Is.InRange(9e-6, 11e-6)); // the read NMOS of gain-cell.lib, whose full current is 10 uA
            Assert.That(Enumerable.Range(0, 51).Select(i => result.Static.Amperes[0, i]), Has.All.EqualTo(0).Within(1e-15)); // the bench's abstol
            Assert.That(result.Cell.Fit!.HeldOutMaxAmperes, Is.LessThan(0.01 * full[^1]));
        });
    }

    [Test]
    public void The_two_transistor_cell_is_written_within_a_tenth_of_a_step_by_its_boosted_word_line([Values(0.3, 0.9)] double level)
    {
        var measures = new EmbeddedEngine().Run(new CellDeck(TwoTransistors).Read("gain-cell-write.cir", ("level", level), ("from", 1.2 - level))).Measures;
        Assert.That(measures["settled"], Is.EqualTo(level).Within(0.6 / 7 / 10));
        var unboosted = new EmbeddedEngine().Run(new CellDeck(TwoTransistors).Read("gain-cell-write.cir", ("level", level), ("from", 1.2 - level), ("vwrite", 0.9))).Measures;
        if (level == 0.9)
            Assert.That(unboosted["settled"], Is.LessThan(0.65)); // an NMOS with its gate at 0.9 V stops a threshold below
    }

    [Test]
    public void Both_engines_see_the_same_two_transistor_cell()
    {
        NgspiceReference.RequireInstalled();
        var deck = new CellDeck(TwoTransistors);
        var (ours, _) = TransferBench.Run(deck, new EmbeddedEngine());
        var (theirs, _) = TransferBench.Run(deck, new NgspiceEngine());
        Assert.That(ours.FullRead.Zip(theirs.FullRead, (a, b) => Math.Abs(a - b)).Max(), Is.LessThan(1e-6 * 10e-6)); // the benches' reltol of full scale
        var (charge, _) = PulseBench.Run(deck, new EmbeddedEngine(), [0.4, 0.9], [5e-9], jobs: 1);
        var (reference, _) = PulseBench.Run(deck, new NgspiceEngine(), [0.4, 0.9], [5e-9], jobs: 1);
        for (var column = 0; column < 2; column++)
            Assert.That(charge.Coulombs[0, column], Is.EqualTo(reference.Coulombs[0, column]).Within(1e-3 * 50e-15)); // 1e-3 of the larger charge, as between all decks
    }

    [TestCase("* analog-attention: cell=theirs wbl=w rwl=rp rwlb=rn bl=nothere vdd=well store=kept", "1:3: 'theirs' has no pin 'nothere'")]
    [TestCase("* analog-attention: cell=theirs wbl=w rwl=rp rwlb=rn bl=out store=kept", "1:3: pin 'well' of 'theirs' is mapped to nothing")]
    [TestCase("* analog-attention: cell=theirs rwl=rp rwlb=rn bl=out vdd=well w=0 wwlb=w store=kept", "1:3: pin 'w' of 'theirs' is mapped twice")]
    [TestCase("* analog-attention: cell=theirs wbl=w rwl=rp rwlb=rn vdd=well out=0 store=kept", "1:3: no pin of 'theirs' is the bench's 'bl'")]
    [TestCase("* analog-attention: cell=nobody store=kept", "1:3: there is no subcircuit 'nobody' (the library has theirs, gain_cell_leakage)")]
    [TestCase("* analog-attention: store=kept", "1:3: there is no subcircuit 'gain_cell'")]
    [TestCase("* analog-attention: cell=theirs wbl=w rwl=rp rwlb=rn bl=out vdd=well store=lost", "1:3: error N313: there is no node 'lost' in subcircuit 'theirs'")]
    [TestCase("* analog-attention: cell=theirs wbl=w rwl=rp rwlb=rn bl=out vdd=well store=x9.kept", "1:3: error N313: there is no instance 'x9'")]
    [TestCase("* analog-attention: cell=theirs wbl=w wbl=out", "1:3: 'wbl' is given twice")]
    [TestCase("* analog-attention: cell=theirs w", "1:3: expected KEY=VALUE, found 'w'")]
    [TestCase("* analog-attention: cell=theirs vb=high", "1:3: expected a voltage for pin 'vb'")]
    [TestCase("*\n" + Header + "\n" + Header, "3:3: a second header 'analog-attention:'; the first is in line 2")]
    [TestCase("* analog-attention-bench: vsupply=1.2\n* analog-attention-bench: vmid=0.6", "2:3: a second header")]
    [TestCase("* analog-attention-bench: speed=1", "1:3: the benches know no 'speed'")]
    [TestCase("* analog-attention-bench: storage=0.9,0.3", "1:3: the storage range 0.9,0.3 does not ascend")]
    public void What_is_wrong_with_a_header_is_one_line_that_says_where(string header, string message)
    {
        var path = Write("wrong.lib", header);
        var error = Assert.Catch<BadInputException>(() => new CellDeck(path).Read(TransferBench.Deck))!;
        Assert.That(error.Message, Does.StartWith($"{path}:{message}").And.Not.Contain("\n"));
    }

    [Test]
    public void An_error_in_a_mapped_library_keeps_its_line()
    {
        var path = Write("broken.lib", Header, Theirs().Replace("mp out kept rp well read_p", "mp out kept rp well absent_p"));
        var line = File.ReadAllLines(path).ToList().FindIndex(l => l.Contains("absent_p")) + 1;
        var error = Assert.Catch<BadInputException>(() => new CellDeck(path).Read(TransferBench.Deck))!;
        Assert.That(error.Message, Does.StartWith($"{path}:{line}:").And.Contain("absent_p"));
    }

    [Test]
    public void A_mapped_cell_beside_a_gain_cell_of_the_same_library()
    {
        var path = Write("two.lib", Header, Theirs() + Library.Replace("gain_cell_leakage", "other_leakage"));
        Assert.That(() => new CellDeck(path).Read(TransferBench.Deck), Throws.InstanceOf<BadInputException>().With.Message.Contains("stands in the way"));
    }
}
