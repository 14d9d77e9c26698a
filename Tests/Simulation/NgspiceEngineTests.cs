using System.Diagnostics;
using AnalogAttention.Circuits;
using AnalogAttention.Simulation;
using AnalogAttention.Simulation.Embedded;
using AnalogAttention.Simulation.Ngspice;

namespace AnalogAttention.Tests.Simulation;

/// <summary>The ngspice engine as library and as program: what it delivers, and what it says when it cannot.</summary>
[TestFixture("library")]
[TestFixture("program")]
public class NgspiceEngineTests(string choice)
{
    private NgspiceEngine _engine = null!;

    [OneTimeSetUp]
    public void Find()
    {
        try
        {
            _engine = new NgspiceEngine(choice);
        }
        catch (EngineAbsentException e)
        {
            Assert.Ignore(e.Message);
        }
    }

    private const string ManyAnalyses = """
        every analysis, names of subcircuits
        .subckt divider a b
        r1 a m 1k
        vs m n 0
        r2 n b 3k
        c1 n 0 1p ic=0.1
        l1 a q 1u
        r3 q 0 1k
        .ends
        v1 in 0 1 ac 1 30 pulse(0 1 1n 1n 1n 10n 20n)
        i1 0 mid 1m
        x1 in mid divider
        rl mid 0 1k
        e1 out 0 x1.n mid 2
        ro out 0 1k
        b1 f 0 v=v(x1.n)^2+1k*i(x1.vs)
        eb h 0 vol='2*v(f)'
        rh h f 1k tc1=1m
        .tran 0.1n 40n
        .op
        .dc v1 0 1 0.25 i1 0 1m 0.5m
        .dc i1 -1m 1m 0.5m
        .dc temp -40 120 40
        .dc rh 1k 3k 0.5k v1 0 1 0.5
        .ac dec 7 1meg 3g
        .ac oct 2 1meg 100meg
        .noise v(out) v1 dec 3 1meg 1g
        .noise v(x1.n,mid) i1 lin 5 1meg 1g
        .measure tran peak max i(x1.vs)
        .measure dc span pp v(x1.n,mid)
        .measure ac level max vdb(x1.q)
        .measure noise density max onoise_spectrum
        .end
        """;

    [TestCase("")]
    [TestCase(".save v(x1.n) i(x1.vs) v(x1.n,mid) e1#branch mid")]
    [TestCase(".save allv")]
    public void Columns_are_those_of_the_embedded_engine_by_name_unit_and_order(string save)
    {
        var circuit = DeckReader.Parse(ManyAnalyses.Replace(".end\n", save + "\n.end\n"), "many.cir");
        SimulationResult ours = new EmbeddedEngine().Run(circuit), theirs = _engine.Run(circuit);
        Assert.That(theirs.Analyses.Select(a => a.Analysis), Is.EqualTo(ours.Analyses.Select(a => a.Analysis)));
        foreach (var (mine, other) in ours.Analyses.Zip(theirs.Analyses))
        {
            Assert.That(other.Columns.Select(c => (c.Name, c.Unit)), Is.EqualTo(mine.Columns.Select(c => (c.Name, c.Unit))));
            if (mine.Analysis == "tran")
                continue;
            foreach (var (column, found) in mine.Columns.Zip(other.Columns).Where(p => !HasOtherIntegral(p.First)))
                Assert.That(found.Values, Is.EqualTo(column.Values).Within(1e-6 * column.Values.Max(Math.Abs) + (mine.Analysis.StartsWith("noise", StringComparison.Ordinal) ? 0 : 1e-15)), $"{mine.Analysis} {column.Name}");
        }
        Assert.That(theirs.Measures.Keys, Is.EqualTo(ours.Measures.Keys));
        foreach (var (name, value) in ours.Measures)
            Assert.That(theirs.Measures[name], Is.EqualTo(value).Within(1e-2 * Math.Abs(value)), name); // reltol of both is 1e-3
        double[] counts = [theirs.Statistics.Points, theirs.Statistics.Iterations, theirs.Statistics.OperatingPointSeconds, theirs.Statistics.DcSeconds, theirs.Statistics.TransientSeconds, theirs.Statistics.FrequencySeconds];
        Assert.That(counts, Is.All.GreaterThan(0));
    }

    [Test]
    public void Noise_of_every_device_has_the_names_of_the_embedded_engine()
    {
        var circuit = DeckReader.Parse("parts\n.subckt s a b\nr1 a b 1k\nd1 b 0 dx\n.ends\n.model dx d(is=1e-14 kf=1e-16 af=1)\nv1 in 0 0.7\nx1 in out s\nc1 out 0 1n\n.noise v(out) v1 dec 3 10 1meg 1\n.end\n", "parts.cir");
        IReadOnlyList<WaveformSet> ours = new EmbeddedEngine().Run(circuit).Analyses, theirs = _engine.Run(circuit).Analyses;
        Assert.That(theirs.Select(a => a.Analysis), Is.EqualTo((string[])["noise", "noise total"]));
        foreach (var (mine, other) in ours.Zip(theirs))
        {
            // ngspice has a few more, which are 0
            Assert.That(other.Columns.Select(c => (c.Name, c.Unit)).Where(mine.Columns.Select(c => (c.Name, c.Unit)).Contains), Is.EqualTo(mine.Columns.Select(c => (c.Name, c.Unit))));
            foreach (var column in mine.Columns.Where(c => !HasOtherIntegral(c)))
                Assert.That(other[column.Name], Is.EqualTo(column.Values).Within(1e-3).Percent, column.Name);
        }
    }

    // ngspice refers the noise of both ends of a step with the gain of the upper one
    private static bool HasOtherIntegral(Waveform column) => column.Name.StartsWith("inoise_total", StringComparison.Ordinal);

    [TestCase(".dc temp 0 100 25")]
    public void What_behavioural_sources_cannot_stand_for_is_refused(string analysis)
    {
        var circuit = DeckReader.Parse($"ekv\nv1 d 0 1\nr1 d o 1k\nm1 o d 0 0 n w=1u l=1u\n.model n nmos level=44\n{analysis}\n.end\n", "ekv.cir");
        Assert.That(() => _engine.Run(circuit), Throws.TypeOf<BadInputException>().With.Message.StartsWith("ekv.cir:6:").And.Message.Contains("m1"));
    }

    [Test]
    public void Options_reach_ngspice()
    {
        SimulationResult Run(string options) => _engine.Run(DeckReader.Parse($"rc\nv1 a 0 sin(0 1 1meg)\nr1 a b 1k\nc1 b 0 1n\n.options {options}\n.tran 1u 10u\n.end\n", "rc.cir"));
        Assert.That(Run("reltol=1e-6").Analyses[0].Count, Is.GreaterThan(2 * Run("reltol=1e-2").Analyses[0].Count));
    }

    [Test]
    public void No_convergence_is_told_with_the_line_of_ngspice_and_the_points_until_then()
    {
        // a negative resistance over a capacitor runs away: 1 V at 0, e^(t/1 ns) V later, until doubles end
        var circuit = DeckReader.Parse("runaway\ng1 0 a a 0 1\nc1 a 0 1n\n.ic v(a)=1\n.tran 1n 2u\n.end\n", "runaway.cir");
        var e = Assert.Throws<ConvergenceException>(() => _engine.Run(circuit))!;
        Assert.That(e.Message, Does.StartWith("tran in ngspice after ").And.Contain("imestep too small"));
        Assert.That(e.Partial?.Analyses[0].Count, Is.GreaterThan(10));
    }

    [Test]
    public void What_ngspice_refuses_is_quoted()
    {
        // to ngspice the name of the controlling source ends at the minus
        var circuit = DeckReader.Parse("name\nv-1 a 0 1\nf1 b 0 v-1 2\nr1 b 0 1k\n.op\n.end\n", "name.cir");
        var e = Assert.Throws<BadInputException>(() => _engine.Run(circuit))!;
        Assert.That(e.Message, Does.StartWith("name.cir:5:1: ").And.Contain("f1 b 0 v-1 2").And.Contain("unknown parameter"));
    }

    [Test]
    public void A_loop_of_voltage_sources_is_no_convergence()
    {
        var circuit = DeckReader.Parse("loop\nv1 a 0 1\nv2 a 0 2\nr1 a 0 1k\n.op\n.end\n", "loop.cir");
        Assert.That(() => _engine.Run(circuit), Throws.TypeOf<ConvergenceException>().With.Message.StartsWith("op in ngspice: "));
    }

    [Test]
    public void A_level_that_only_ngspice_has_runs()
    {
        // BSIM4 with its defaults, 100 nm: saturated, of the order of a milliampere per 10 um
        var circuit = DeckReader.Parse("bsim4\nvd d 0 1\nvg g 0 1\nm1 d g 0 0 n w=10u l=100n\n.model n nmos level=54\n.op\n.end\n", "bsim4.cir");
        Assert.That(-_engine.Run(circuit).Analyses[0]["i(vd)"][0], Is.InRange(1e-3, 20e-3));
    }

    private static Circuit LongRun() => DeckReader.Parse("long\nv1 a 0 sin(0 1 1g)\nr1 a b 1k\nc1 b 0 1p\n.save v(b)\n.op\n.tran 1p 1m\n.end\n", "long.cir");

    [Test, CancelAfter(60_000)]
    public void Cancelling_ends_the_process_and_keeps_what_was_done()
    {
        using var cancellation = new CancellationTokenSource(TimeSpan.FromSeconds(0.5));
        var clock = Stopwatch.StartNew();
        var e = Assert.Throws<SimulationCancelledException>(() => _engine.Run(LongRun(), cancellation: cancellation.Token))!;
        Assert.That(clock.Elapsed.TotalSeconds, Is.LessThan(5));
        Assert.That(e.Partial.Analyses.Select(a => a.Analysis), Is.EqualTo((string[])["op"]));
        Assert.That(_engine.Run(DeckReader.Parse("next\nv1 a 0 2\nr1 a 0 1\n.op\n.end\n", "next.cir")).Analyses[0]["v(a)"][0], Is.EqualTo(2).Within(1e-12));
    }

    [Test]
    public void Runs_side_by_side_do_not_mix()
    {
        Parallel.For(0, 12, k =>
        {
            var result = _engine.Run(DeckReader.Parse($"n\nv1 a 0 {k + 1}\nr1 a b 1k\nr2 b 0 1k\nc1 b 0 1p\n.tran 1n 100n\n.end\n", "n.cir"));
            Assert.That(result.Analyses[0]["v(b)"][^1], Is.EqualTo(0.5 * (k + 1)).Within(1e-9));
        });
    }
}
