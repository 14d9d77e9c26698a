using AnalogAttention.Calibration;
using AnalogAttention.Circuits.Builders;

namespace AnalogAttention.Benchmarks;

/// <summary>Random levels of one sub-tile, and what the behavioural model of gain-cell attention makes of them.</summary>
/// <param name="QuerySeconds">Pulse width by dimension.</param>
/// <param name="KeyVolts">By key, then dimension.</param>
/// <param name="ValueVolts">By key, then output.</param>
internal sealed record AttentionTile(double[] QuerySeconds, double[][] KeyVolts, double[][] ValueVolts)
{
    public int Size => QuerySeconds.Length;

    public static AttentionTile Draw(Random random, int size)
    {
        double[] q = [.. Enumerable.Range(0, size).Select(_ => random.Next(16) * 1e-9)];
        double[][] Levels() => [.. Enumerable.Range(0, size).Select(_ => Enumerable.Range(0, size).Select(_ => random.Next(8) * 0.9 / 7).ToArray())];
        return new AttentionTile(q, Levels(), Levels());
    }

    /// <summary>phi = clamp(sum of q I(k) / S_sat, 0, 1), by key.</summary>
    public double[] Scores(CellModel cell, SubTileBuilder builder) =>
        [.. KeyVolts.Select(key => Math.Clamp(QuerySeconds.Zip(key, (t, volts) => t * cell.Transfer.Amperes(volts)).Sum() / builder.ScoreSaturationCoulombs, 0, 1))];

    /// <summary>clamp(sum of phi I(v) / S_sat, -1, 1), by output.</summary>
    public double[] Outputs(CellModel cell, SubTileBuilder builder, double[] scores) =>
        [.. Enumerable.Range(0, Size).Select(c => Math.Clamp(scores.Select((phi, j) => phi * builder.PulseSeconds * cell.Transfer.Amperes(ValueVolts[j][c])).Sum() / builder.OutputSaturationCoulombs, -1, 1))];

    /// <summary>The rows of the K array and of the V array, whose lines then have pulses of these widths.</summary>
    public ArrayRow[] KeyRows => [.. QuerySeconds.Select((q, i) => new ArrayRow(q, [.. KeyVolts.Select(k => new ArrayCell(k[i]))]))];
    public ArrayRow[] ValueRows(double[] seconds) => [.. ValueVolts.Select((v, j) => new ArrayRow(seconds[j], [.. v.Select(volts => new ArrayCell(volts))]))];
}
