using System.Diagnostics;
using System.Globalization;
using AnalogAttention.Circuits;
using AnalogAttention.Simulation.Embedded;

namespace AnalogAttention.Benchmarks;

/// <summary>
/// 1,000 transients of one gain cell, one parameter altered before each: the embedded engine against libngspice in this process
/// (<c>alter</c>, <c>run</c>), in turns of 100 on one core. The transistors are level 1, which both engines have; the pulse, the
/// steps and the tolerances are the same.
/// </summary>
internal static class SmallDeck
{
    private const int Rounds = 10, RunsPerRound = 100;

    private const string Deck = """
        one gain cell of level 1 transistors, one read pulse
        vdd vdd 0 0.9
        vbl bl 0 0.45
        vrwl rwl 0 pwl(0 0.45 4.975n 0.45 5.025n 0.9 19.975n 0.9 20.025n 0.45)
        vrwlb rwlb 0 pwl(0 0.45 4.975n 0.45 5.025n 0 19.975n 0 20.025n 0.45)
        vwwl wwl 0 0
        vwbl wbl 0 0.45
        mw wbl wwl store 0 nx w=80n l=60n
        mn bl store rwlb 0 nx w=80n l=400n
        mp bl store rwl vdd px w=200n l=200n
        cs store 0 8f
        .model nx nmos(level=1 vto=0.3 kp=300u gamma=0.25 phi=0.9 lambda=0.1 tox=2n cgso=0.2n cgdo=0.2n)
        .model px pmos(level=1 vto=-0.35 kp=110u gamma=0.2 phi=0.8 lambda=0.2 tox=2n cgso=0.2n cgdo=0.2n)
        .options gmin=1e-18 chgtol=1e-19
        .ic v(store)=0.7
        .tran 0.1n 25n
        .save i(vbl) v(store)
        .end
        """;

    public static void Run(TextWriter output)
    {
        if (!LibNgspice.IsPresent)
        {
            output.WriteLine("small deck: libngspice is not installed; nothing to compare with");
            return;
        }
        LibNgspice.Start();
        LibNgspice.Load(Deck);
        var circuit = DeckReader.Parse(Deck, "cell.cir");
        var run = new EmbeddedRun(new CompiledCircuit(circuit));
        var store = circuit.Elements.IndexOf(circuit.Elements.First(e => e.Name == "cs"));
        List<double> ours = [], theirs = [];
        double worst = 0;
        for (var round = -2; round < Rounds; round++)
        {
            var mine = new double[RunsPerRound];
            var clock = Stopwatch.StartNew();
            for (var k = 0; k < RunsPerRound; k++)
            {
                run.Alter(circuit with { Elements = circuit.Elements.SetItem(store, (Capacitor)circuit.Elements[store] with { Farads = Farads(k) }) });
                mine[k] = Charge(run.Run(circuit.Analyses[0]).ToWaveforms());
            }
            var seconds = clock.Elapsed.TotalSeconds / RunsPerRound;
            if (round >= 0)
                ours.Add(seconds);
            var peer = new double[RunsPerRound];
            clock.Restart();
            for (var k = 0; k < RunsPerRound; k++)
            {
                LibNgspice.Command(string.Create(CultureInfo.InvariantCulture, $"alter cs = {Farads(k):g17}"));
                LibNgspice.Command("run");
                peer[k] = Charge(LibNgspice.Vector("time"), LibNgspice.Vector("vbl#branch"));
                LibNgspice.Command("destroy all");
            }
            seconds = clock.Elapsed.TotalSeconds / RunsPerRound;
            if (round >= 0)
                theirs.Add(seconds);
            worst = Math.Max(worst, mine.Zip(peer).Max(p => Math.Abs(p.First - p.Second) / Math.Abs(p.Second)));
        }
        double us = Median(ours), peers = Median(theirs);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"small deck, {Rounds * RunsPerRound} altered transients: embedded {us * 1e3:f3} ms, libngspice {peers * 1e3:f3} ms each: {us / peers:f2}x; bitline charge within {worst:e1}"));
    }

    private static double Farads(int k) => (6 + 0.04 * k) * 1e-15;

    private static double Charge(Simulation.WaveformSet waves) => Charge(waves["time"], waves["i(vbl)"]);

    private static double Charge(ReadOnlySpan<double> seconds, ReadOnlySpan<double> amperes)
    {
        double sum = 0;
        for (var k = 1; k < seconds.Length; k++)
            sum += 0.5 * (amperes[k] + amperes[k - 1]) * (seconds[k] - seconds[k - 1]);
        return sum;
    }

    private static double Median(List<double> values)
    {
        values.Sort();
        return 0.5 * (values[(values.Count - 1) / 2] + values[values.Count / 2]);
    }
}
