using System.Diagnostics;
using AnalogAttention.Calibration.Benches;
using AnalogAttention.Circuits;
using AnalogAttention.Simulation.Embedded;
using AnalogAttention.Studies.Sweeps;
using MathNet.Numerics.Statistics;
using static System.FormattableString;

namespace AnalogAttention.Benchmarks;

/// <summary>Monte Carlo of the gain cell's transfer curve, 51 x 26 points, every transistor drawn: the sweep on one and on several cores, beside the engine alone on the same circuits.</summary>
internal static class SweepSpeed
{
    private const int Block = 400;

    public static void Run(TextWriter output, int samples, int jobs)
    {
        var folder = Directory.CreateTempSubdirectory("analog-attention-");
        try
        {
            var file = Path.Combine(folder.FullName, "plan.yaml");
            File.WriteAllText(file, $"deck: {TransferBench.Deck}\ncurves: [i(vbl)]\nmonte-carlo:\n  samples: {samples}\n  mismatch: all\n");
            var plan = SweepPlanReader.Read(file);
            var engine = new EmbeddedEngine { Threads = 1 };
            var runner = new SweepRunner(plan, engine);
            var nominal = new CellDeck().ReadWithLeakage(plan.Deck);
            using var store = new SweepStore(Path.Combine(folder.FullName, "store"), "points");
            using var alone = new SweepStore(Path.Combine(folder.FullName, "one"), "points");
            var session = engine.Open();
            List<double> bare = [], one = [], several = [], oneProcessor = [], severalProcessor = [];
            long early = 0;
            for (var start = -Block; start < samples; start += Block)
            {
                int first = Math.Max(0, start), count = Math.Min(Block, samples - first);
                int[] indices = [.. Enumerable.Range(first, count)];
                Circuit[] circuits = [.. indices.Select(i => new Random(i)).Select(r => TransistorMismatch.Applied(nominal, [], _ => r.NextDouble() - 0.5).Circuit)];
                double Seconds(Action run)
                {
                    var clock = Stopwatch.StartNew();
                    run();
                    return clock.Elapsed.TotalSeconds / count;
                }
                double engineAlone = Seconds(() =>
                {
                    foreach (var circuit in circuits)
                        session.Run(circuit);
                });
                if (start < 0)
                {
                    using var warm = new SweepStore(Path.Combine(folder.FullName, "warm"), "points");
                    runner.Run(warm, indices, jobs);
                    continue;
                }
                bare.Add(engineAlone);
                var before = Environment.CpuUsage.TotalTime;
                one.Add(Seconds(() => runner.Run(alone, indices, 1)));
                var between = Environment.CpuUsage.TotalTime;
                oneProcessor.Add((between - before).TotalSeconds);
                if (jobs > 1)
                    several.Add(Seconds(() => runner.Run(store, indices, jobs)));
                severalProcessor.Add((Environment.CpuUsage.TotalTime - between).TotalSeconds);
                if (start + Block >= Math.Min(samples, 2000) && early == 0)
                    early = Resident();
            }
            double engineSeconds = bare.Median(), oneSeconds = one.Median();
            output.WriteLine(Invariant($"{samples} samples in blocks of {Block}, medians: engine alone {engineSeconds * 1e3:f2} ms a point; sweep, one job {oneSeconds * 1e3:f2} ms, {Ratio(one, bare):f2}x"));
            if (jobs > 1)
                output.WriteLine(Invariant($"{jobs} jobs {several.Median() * 1e3:f2} ms a point: {Ratio(one, several):f2}x the rate of one; processor time {Ratio(severalProcessor, oneProcessor):f2}x, which is what no other process disturbs"));
            output.WriteLine(Invariant($"resident {early / 1048576.0:f0} MiB after {Math.Min(samples, 2000)} samples, {Resident() / 1048576.0:f0} MiB after {samples}; store {new FileInfo(Path.Combine(folder.FullName, "one", "points.jsonl")).Length / 1048576.0:f0} MiB"));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>Median over the blocks of time by time.</summary>
    private static double Ratio(List<double> these, List<double> those) => these.Zip(those, (a, b) => a / b).Median();

    private static long Resident()
    {
        GC.Collect();
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }
}
