using System.Diagnostics;
using System.Globalization;
using AnalogAttention.Circuits;
using static System.FormattableString;

namespace AnalogAttention.Benchmarks;

/// <summary>
/// One transient of an array of gain cells with level 1 transistors, the same deck in the embedded engine and in ngspice: the whole array,
/// and, where the lines are ideal, column by column. Truth is ngspice at a tighter reltol.
/// </summary>
internal static class ArrayTransient
{
    private const double FullScaleCoulombs = 1.2e-12;

    /// <param name="truthReltol">Null: no truth; the errors are then against the timed ngspice.</param>
    public static void Run(TextWriter output, ArrayDeck deck, double? truthReltol = 1e-6, int runs = 3)
    {
        var independentColumns = !deck.HasWires && !deck.HasSupplyResistance;
        output.WriteLine(Invariant($"array of {deck.Rows} x {deck.Columns} cells{(deck.HasWires ? ", wires" : "")}{(deck.HasSupplyResistance ? ", supply with resistance" : "")}, 25 ns, {Environment.ProcessorCount} core(s)"));
        EmbeddedPeer.WarmUp(deck);
        var clock = Stopwatch.StartNew();
        var circuit = deck.Array;
        output.WriteLine(Invariant($"deck built and read in {clock.Elapsed.TotalSeconds:f2} s"));
        var ours = EmbeddedPeer.Median(circuit, runs);
        var peak = EmbeddedPeer.PeakMebibytes();
        Console.Error.WriteLine(Invariant($"embedded: {ours.Statistics.TransientSeconds:f2} s; ngspice ..."));
        if (NgspicePeer.Version is null)
        {
            output.WriteLine("ngspice is not installed: nothing to compare with");
            Embedded(output, ours, double.NaN, double.NaN, peak);
            return;
        }
        var whole = NgspicePeer.Run(circuit);
        Console.Error.WriteLine(Invariant($"{NgspicePeer.Version}: {whole.Seconds:f2} s"));
        var columns = independentColumns ? Sum(deck, NgspicePeer.Run) : null;
        var truth = truthReltol is not { } reltol ? null
            : independentColumns ? Sum(deck, column => NgspicePeer.RunTruth(column, reltol))
            : NgspicePeer.RunTruth(circuit, reltol);
        var expected = (truth ?? whole).Coulombs;
        output.WriteLine(Invariant($"{"",-34}{"transient s",12}{"ratio",8}{"points",9}{"iterations",11}{"error %",10}"));
        Embedded(output, ours, whole.Seconds, Error(ours.Coulombs, expected), peak);
        Peer(output, $"{NgspicePeer.Version}", whole, 1, truth is null ? double.NaN : Error(whole.Coulombs, expected));
        if (columns is not null)
            Peer(output, $"{NgspicePeer.Version}, column by column", columns, whole.Seconds / columns.Seconds, truth is null ? double.NaN : Error(columns.Coulombs, expected));
        if (truth is not null)
            Peer(output, Invariant($"{NgspicePeer.Version}, reltol={truthReltol:g1}{(independentColumns ? ", by column" : "")}"), truth, whole.Seconds / truth.Seconds, double.NaN);
        output.WriteLine("error: largest of any bitline charge, % of 1.2 pC");
    }

    private static void Embedded(TextWriter output, EmbeddedPeerRun run, double peerSeconds, double error, double peak)
    {
        var s = run.Statistics;
        Row(output, "embedded", s.TransientSeconds, peerSeconds / s.TransientSeconds, s.Points, s.Iterations, error);
        output.WriteLine(Invariant($"    set-up {s.SetupSeconds:f3} s, start {s.OperatingPointSeconds:f3} s, processor {run.ProcessorSeconds:f2} s in all ({peerSeconds / run.ProcessorSeconds:f2}x); {s.RejectedSteps} rejected steps; {run.BytesPerStep:f0} bytes allocated per point; peak memory {peak:f0} MiB"));
    }

    private static void Peer(TextWriter output, string name, PeerRun run, double ratio, double error) =>
        Row(output, name, run.Seconds, ratio, run.Points, run.Iterations, error);

    private static void Row(TextWriter output, string name, double seconds, double ratio, int points, int iterations, double error) =>
        output.WriteLine(Invariant($"{name,-34}{seconds,12:f3}{ratio,7:f2}x{points,9}{iterations,11}{(double.IsNaN(error) ? "" : error.ToString("f5", CultureInfo.InvariantCulture)),10}"));

    private static PeerRun Sum(ArrayDeck deck, Func<Circuit, PeerRun> run)
    {
        List<PeerRun> all = [.. Enumerable.Range(0, deck.Columns).Select(c => run(deck.Column(c)))];
        return new PeerRun([.. all.Select(r => r.Coulombs.Single())], all.Sum(r => r.Seconds), all.Sum(r => r.Points), all.Sum(r => r.Iterations));
    }

    private static double Error(double[] coulombs, double[] expected) => coulombs.Zip(expected).Max(p => Math.Abs(p.First - p.Second)) / FullScaleCoulombs * 100;
}
