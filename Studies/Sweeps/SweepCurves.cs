using System.IO.Compression;
using System.Runtime.InteropServices;
using AnalogAttention.Circuits;
using AnalogAttention.Inference.Arrays;
using AnalogAttention.Simulation;

namespace AnalogAttention.Studies.Sweeps;

/// <summary>
/// The kept curves of a sweep, <c>curves.npz</c>: <c>point</c>, shape (rows), the points that have curves; the abscissae by name, shape (n); every
/// signal by name, shape (rows, n). Written row by row.
/// </summary>
public static class SweepCurves
{
    /// <exception cref="BadInputException">The points have not the same number of values.</exception>
    public static void Write(string path, SweepPlan plan, SweepRunner runner, SweepStore store)
    {
        int[] points = [.. runner.Finished(store).Where(f => f.Outcome.Curves is { Count: > 0 }).Select(f => f.Point.Index)];
        if (points.Length == 0)
            return;
        IReadOnlyList<Waveform> grid = runner.Grid(plan.At(points[0]));
        WholeFile.Write(path, stream =>
        {
            using var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true);
            Member(zip, "point", [points.Length], [[.. points.Select(p => (double)p)]]);
            foreach (var axis in grid)
                Member(zip, axis.Name, [axis.Values.Length], [axis.Values]);
            foreach (string signal in plan.Curves)
                Member(zip, signal, [points.Length, grid[0].Values.Length], runner.Finished(store, points).Select(f =>
                {
                    double[] curve = f.Outcome.Curves![signal];
                    return curve.Length == grid[0].Values.Length ? curve
                        : throw new BadInputException($"{plan.Deck}: point {f.Point.Index} has {curve.Length} values of {signal}, point {points[0]} has {grid[0].Values.Length}: curves of one sweep need one grid");
                }));
        });
    }

    private static void Member(ZipArchive zip, string name, int[] shape, IEnumerable<double[]> rows)
    {
        var entry = zip.CreateEntry(name + ".npy", CompressionLevel.NoCompression);
        entry.LastWriteTime = NpzFile.Epoch;
        using var member = entry.Open();
        member.Write(NpyFile.Header("<f8", shape));
        foreach (double[] row in rows)
            member.Write(MemoryMarshal.AsBytes<double>(row));
    }
}
