using System.Runtime.ExceptionServices;
using AnalogAttention.Circuits;
using AnalogAttention.Simulation;

namespace AnalogAttention.Calibration.Benches;

/// <summary>Independent runs of a bench, several at once; results lie where their index says, whatever finishes first.</summary>
internal static class BenchRuns
{
    public static T[] All<T>(int count, int jobs, Func<int, T> run, IProgress<double>? progress, CancellationToken cancellation)
    {
        var results = new T[count];
        var done = 0;
        try
        {
            Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = jobs, CancellationToken = cancellation }, i =>
            {
                results[i] = run(i);
                progress?.Report(Interlocked.Increment(ref done) / (double)count);
            });
        }
        catch (AggregateException e)
        {
            // the first failure in order of index is not knowable; any one names its own place
            ExceptionDispatchInfo.Throw(e.InnerExceptions[0]);
        }
        return results;
    }

    /// <exception cref="BadInputException">The bench found no value for it.</exception>
    public static double Measured(SimulationResult result, string bench, string name) =>
        result.Measures.TryGetValue(name, out var value) ? value : throw new BadInputException($"{bench}: measure '{name}' found no value");

    /// <summary>A nested sweep as rows of the outer axis and columns of the inner one.</summary>
    public static double[,] Grid(double[] column, DcSweep sweep, double sign = 1)
    {
        int inner = sweep.Axes[0].Count, outer = sweep.Axes[1].Count;
        var grid = new double[outer, inner];
        for (var row = 0; row < outer; row++)
            for (var i = 0; i < inner; i++)
                grid[row, i] = sign * column[row * inner + i];
        return grid;
    }

    public static double[] Values(SweepAxis axis) => [.. Enumerable.Range(0, axis.Count).Select(axis.At)];
}
