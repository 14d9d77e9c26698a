using System.Diagnostics;
using AnalogAttention.Circuits;
using AnalogAttention.Simulation;
using AnalogAttention.Simulation.Embedded;

namespace AnalogAttention.Tests.Circuits;

/// <summary>
/// Whatever happens to a deck, it is read, compiled and run (cut short after a moment), or refused with a reason: never another
/// exception, never a number that is none, never more than two seconds or 256 MB.
/// </summary>
public class DeckFuzzTests
{
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(20);
    private const double SecondsLimit = 2;
    private const long BytesLimit = 256L << 20;

    private enum Outcome { Misread, Refused, NotConverged, CutShort, Run }

    [Test]
    public void No_mutation_does_worse_than_a_diagnostic() => Fuzz(2000, 20250401, parallel: 1);

    [Test, Explicit("minutes"), Category("Fuzz")]
    public void No_mutation_of_200000_does_worse_than_a_diagnostic() => Fuzz(200_000, 1, parallel: Environment.ProcessorCount);

    private static void Fuzz(int inputs, int seed, int parallel)
    {
        // the timers that cut runs short need threads of their own beside the workers
        ThreadPool.GetMinThreads(out var workers, out var ports);
        ThreadPool.SetMinThreads(Math.Max(workers, 2 * parallel + 2), ports);
        var mutation = new DeckMutation();
        Assert.That(DeckReader.Parse(DeckMutation.Seed, "seed.cir").Elements, Has.Length.GreaterThan(15));
        var outcomes = new int[Enum.GetValues<Outcome>().Length];
        var failures = new List<string>();
        Parallel.For(0, inputs, new ParallelOptions { MaxDegreeOfParallelism = parallel }, (k, loop) =>
        {
            var (path, deck) = mutation.Next(new Random(unchecked(seed * 7919 + k)));
            try
            {
                Interlocked.Increment(ref outcomes[(int)Try(path, deck)]);
            }
            catch (Exception e)
            {
                lock (failures)
                    failures.Add($"input {k}: {e}\n{deck}");
                if (failures.Count >= 20)
                    loop.Stop();
            }
        });
        TestContext.Out.WriteLine($"{inputs} inputs from {mutation.Count} decks: {string.Join(", ", Enum.GetValues<Outcome>().Select(o => $"{outcomes[(int)o]} {o}"))}");
        Assert.That(failures, Is.Empty, () => string.Join("\n=====\n", failures));
        // every outcome must occur, or the mutations test nothing
        Assert.That(outcomes[(int)Outcome.Misread], Is.GreaterThan(inputs / 4));
        Assert.That(outcomes[(int)Outcome.Refused], Is.GreaterThan(inputs / 200));
        Assert.That(outcomes[(int)Outcome.Run] + outcomes[(int)Outcome.CutShort], Is.GreaterThan(inputs / 200));
    }

    private static Outcome Try(string path, string deck)
    {
        var watch = Stopwatch.StartNew();
        var before = GC.GetAllocatedBytesForCurrentThread();
        var outcome = Simulate(path, deck);
        var bytes = GC.GetAllocatedBytesForCurrentThread() - before;
        if (watch.Elapsed.TotalSeconds > SecondsLimit)
            throw new TimeoutException($"{watch.Elapsed.TotalSeconds:g3} s, {outcome}");
        if (bytes > BytesLimit)
            throw new InsufficientMemoryException($"{bytes >> 20} MB, {outcome}");
        return outcome;
    }

    private static Outcome Simulate(string path, string deck)
    {
        Circuit circuit;
        try
        {
            circuit = DeckReader.Parse(deck, path);
        }
        catch (DeckException e)
        {
            if (e.Diagnostics.Any(d => string.IsNullOrEmpty(d.Span.File)) || e.Diagnostics.All(d => d.Severity != DiagnosticSeverity.Error))
                throw new InvalidOperationException("a refusal without an error or its place", e);
            return Outcome.Misread;
        }
        try
        {
            using var moment = new CancellationTokenSource(Moment);
            var result = new EmbeddedEngine().Run(circuit, null, moment.Token);
            foreach (var set in result.Analyses)
                RequireNumbers(set);
            return Outcome.Run;
        }
        catch (BadInputException)
        {
            return Outcome.Refused;
        }
        catch (ConvergenceException)
        {
            return Outcome.NotConverged;
        }
        catch (SimulationCancelledException)
        {
            return Outcome.CutShort;
        }
    }

    private static void RequireNumbers(WaveformSet set)
    {
        foreach (var column in set.Columns)
        {
            if (column.Values.Length == 0)
                throw new InvalidOperationException($"{set.Analysis}: no points");
            if (!column.Values.All(double.IsFinite))
                throw new InvalidOperationException($"{set.Analysis}: {column.Name} is no number");
        }
    }
}
