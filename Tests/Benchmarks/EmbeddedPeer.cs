using System.Diagnostics;
using System.Globalization;
using AnalogAttention.Circuits;
using AnalogAttention.Simulation;
using AnalogAttention.Simulation.Embedded;

namespace AnalogAttention.Benchmarks;

/// <summary>One run of the embedded engine on an array.</summary>
/// <param name="Coulombs">By column.</param>
/// <param name="ProcessorSeconds">User and system time of the whole run, set-up included.</param>
/// <param name="BytesPerStep">Allocated between the first and the last report of progress, per point.</param>
internal sealed record EmbeddedPeerRun(double[] Coulombs, RunStatistics Statistics, double ProcessorSeconds, double BytesPerStep);

/// <summary>The embedded engine as everyone calls it.</summary>
internal static class EmbeddedPeer
{
    public static EmbeddedPeerRun Run(Circuit circuit)
    {
        using var process = Process.GetCurrentProcess();
        var before = process.TotalProcessorTime;
        var allocations = new Allocations();
        var result = new EmbeddedEngine().Run(circuit, allocations);
        process.Refresh();
        var charges = Enumerable.Range(1, result.Measures.Count).Select(c => result.Measures[$"charge{c}"]);
        return new EmbeddedPeerRun([.. charges], result.Statistics, (process.TotalProcessorTime - before).TotalSeconds, allocations.PerStep(result.Statistics.Points));
    }

    /// <summary>Lets the runtime compile the engine as it does after a while of work: small arrays of that cell for two seconds.</summary>
    public static void WarmUp(ArrayDeck deck)
    {
        var circuit = (deck with { Rows = 16, Columns = 16 }).Array;
        for (var clock = Stopwatch.StartNew(); clock.Elapsed.TotalSeconds < 2;)
            Run(circuit);
    }

    /// <summary>The run with the median transient time.</summary>
    public static EmbeddedPeerRun Median(Circuit circuit, int runs = 3)
    {
        List<EmbeddedPeerRun> all = [.. Enumerable.Range(0, runs).Select(_ => Run(circuit))];
        return all.OrderBy(run => run.Statistics.TransientSeconds).ElementAt(runs / 2);
    }

    /// <summary>Largest resident set of this process so far, MiB.</summary>
    public static double PeakMebibytes()
    {
        using var process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64 / 1048576.0;
    }

    // called on the thread that steps; Progress<T> would post to another one
    private sealed class Allocations : IProgress<double>
    {
        private (double Part, long Bytes)? _first;
        private (double Part, long Bytes) _last;

        public void Report(double value)
        {
            if (value >= 1)
                return; // the result is put together before this one
            _last = (value, GC.GetTotalAllocatedBytes());
            _first ??= _last;
        }

        public double PerStep(int points) => _first is { } first && _last.Part > first.Part
            ? (_last.Bytes - first.Bytes) / ((_last.Part - first.Part) * points)
            : double.NaN;
    }
}
