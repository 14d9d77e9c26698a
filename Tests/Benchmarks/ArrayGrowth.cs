using System.Diagnostics;
using System.Globalization;

namespace AnalogAttention.Benchmarks;

/// <summary>How the embedded engine's time grows with the array, and with the model of the transistor.</summary>
internal static class ArrayGrowth
{
    /// <summary>Time per cell for arrays of more and more rows: each part of an array takes its own steps, as many for a cell of a large array as for one of a small one.</summary>
    public static void Rows(TextWriter output, IEnumerable<int> rows, int columns)
    {
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{"array",12}{"read s",9}{"transient s",12}{"points",9}{"iterations",11}{"us/cell",9}{"bytes/point",13}{"peak MiB",10}"));
        EmbeddedPeer.WarmUp(new ArrayDeck(64, columns));
        foreach (var count in rows)
        {
            var clock = Stopwatch.StartNew();
            var circuit = new ArrayDeck(count, columns).Array;
            var read = clock.Elapsed.TotalSeconds;
            var run = EmbeddedPeer.Median(circuit);
            var s = run.Statistics;
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{$"{count} x {columns}",12}{read,9:f2}{s.TransientSeconds,12:f3}{s.Points,9}{s.Iterations,11}{s.TransientSeconds * 1e6 / (count * columns),9:f1}{run.BytesPerStep,13:f0}{EmbeddedPeer.PeakMebibytes(),10:f0}"));
        }
    }

    /// <summary>The cell of four transistors with level 1 models and with the EKV models of the product's library.</summary>
    public static void Models(TextWriter output, int rows, int columns)
    {
        EmbeddedPeerRun[] runs = [.. new[] { new ArrayDeck(rows, columns, Cell: "gain_cell_4t"), new ArrayDeck(rows, columns, Library: "gain-cell.lib") }.Select(deck =>
        {
            EmbeddedPeer.WarmUp(deck);
            return EmbeddedPeer.Median(deck.Array);
        })];
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"array of {rows} x {columns} cells of four transistors: transient, points, iterations"));
        foreach (var (name, run) in new[] { "level 1", "EKV" }.Zip(runs))
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-10}{run.Statistics.TransientSeconds,10:f3} s{run.Statistics.Points,9}{run.Statistics.Iterations,9}"));
        double Ratio(Func<EmbeddedPeerRun, double> value) => value(runs[1]) / value(runs[0]);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"EKV takes {Ratio(r => r.Statistics.TransientSeconds):f2}x the time of level 1, {Ratio(r => r.Statistics.TransientSeconds / r.Statistics.Iterations):f2}x per iteration"));
    }
}
