using System.Diagnostics;
using AnalogAttention.Calibration;
using AnalogAttention.Calibration.Benches;
using AnalogAttention.Circuits;
using AnalogAttention.Circuits.Builders;
using AnalogAttention.Simulation.Embedded;
using MathNet.Numerics.Statistics;

namespace AnalogAttention.Benchmarks;

/// <summary>
/// A sub-tile at transistor level against the behavioural model of gain-cell attention with the cell calibrated on the same library:
/// S = sum of q I(k), phi = clamp(S / S_sat, 0, 1), O = clamp(sum of phi I(v) / S_sat, -1, 1). Errors in steps of the 5-bit output, 2/31.
/// </summary>
internal static class SubTile
{
    private const double Step = 2.0 / 31;

    /// <param name="tiles">Sub-tiles one after another: 16 are a head of 1024 keys.</param>
    /// <param name="hasWrite">The stores are written, row by row, before they are read.</param>
    public static void Run(TextWriter output, int size, string section, int tiles, bool hasWrite)
    {
        var cell = Calibrator.Run(new CalibrationOptions(new CellDeck()), new EmbeddedEngine { Threads = 1 }).Cell;
        var random = new Random(7);
        var clock = Stopwatch.StartNew();
        List<double> score = [], result = [];
        output.WriteLine($"sub-tile of {size} dimensions x {size} keys, {section} periphery{(hasWrite ? ", written first" : "")}");
        output.WriteLine("tile  seconds   points iterations   score: rms  largest   output: rms  largest   (steps of 2/31)");
        for (var tile = 1; tile <= tiles; tile++)
        {
            var drawn = AttentionTile.Draw(random, size);
            var builder = new SubTileBuilder { Section = section, Array = new ArrayBuilder { Write = hasWrite ? new WritePhase() : null } };
            var circuit = DeckReader.Parse(builder.Build(drawn.QuerySeconds, drawn.KeyVolts, drawn.ValueVolts), Path.Combine(AppContext.BaseDirectory, "sub-tile.cir"));
            var started = clock.Elapsed;
            var simulated = new EmbeddedEngine().Run(circuit);
            double[] phi = [.. Enumerable.Range(1, size).Select(j => simulated.Measures[$"score{j}"] / builder.PulseSeconds)];
            double[] o = [.. Enumerable.Range(1, size).Select(c => simulated.Measures[$"magnitude{c}"] / builder.PulseSeconds * (simulated.Measures[$"polarity{c}"] > 0.45 ? 1 : -1))];
            var expected = drawn.Scores(cell, builder);
            var stage = phi.Zip(expected, (a, b) => (a - b) / Step).ToArray();
            var whole = o.Zip(drawn.Outputs(cell, builder, expected), (a, b) => (a - b) / Step).ToArray();
            score.AddRange(stage);
            result.AddRange(whole);
            output.WriteLine(FormattableString.Invariant($"{tile,4}  {(clock.Elapsed - started).TotalSeconds,7:f1}  {simulated.Statistics.Points,7} {simulated.Statistics.Iterations,10}        {stage.RootMeanSquare(),8:f4} {stage.Max(Math.Abs),8:f4}        {whole.RootMeanSquare(),8:f4} {whole.Max(Math.Abs),8:f4}"));
        }
        output.WriteLine(FormattableString.Invariant($"all tiles: score {score.RootMeanSquare():f4} rms, output {result.RootMeanSquare():f4} rms; {clock.Elapsed.TotalSeconds:f0} s; peak memory {Process.GetCurrentProcess().PeakWorkingSet64 / 1048576.0:f0} MiB"));
    }
}
