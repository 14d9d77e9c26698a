using AnalogAttention.Calibration;
using AnalogAttention.Calibration.Benches;
using AnalogAttention.Inference.Attention;
using AnalogAttention.Inference.Gpt2;
using AnalogAttention.Simulation;
using MathNet.Numerics.Interpolation;

namespace AnalogAttention.Studies;

/// <summary>Errors of column sums, in steps of the signed read-out.</summary>
/// <param name="Columns">How many sums were looked at.</param>
public sealed record ColumnErrors(long Columns, double Rms, double Max);

/// <summary>Error of the cell model on what a model stores and asks.</summary>
/// <param name="Scores">QK columns: one key of d cells under one query.</param>
/// <param name="Outputs">AV columns: one dimension of 64 values under one row of scores; these are read out.</param>
/// <param name="WorstCell">Largest error of any one cell at any pulse.</param>
public sealed record ColumnSumResult(ColumnErrors Scores, ColumnErrors Outputs, double WorstCell)
{
    /// <summary>If every cell of a column erred like the worst one.</summary>
    public double Coherent(CellModel cell) => cell.Array.Rows * WorstCell;
}

/// <summary>
/// The fit judged where it is used: stored levels, query pulses and score pulses of a running model; every cell's charge from the simulated reads
/// of its level against I(V) t, summed over the column.
/// </summary>
public static class ColumnSumStudy
{
    private const int Widths = 30, ScoreSteps = 1024, EveryQuery = 8;

    /// <param name="tokens">Text, at most a context window.</param>
    /// <param name="jobs">Transients at once.</param>
    public static ColumnSumResult Run(Gpt2Model model, CellModel cell, CellDeck deck, IEngine engine, ReadOnlySpan<int> tokens, int jobs, CancellationToken cancellation = default)
    {
        CubicSpline[] errors = CellErrors(cell, deck, engine, jobs, cancellation);
        var recorded = new RecordedAttention(new GainCellAttention(cell));
        model.Open(recorded, tokens.Length).Read(tokens);
        var geometry = recorded.Geometry;
        int count = tokens.Length, d = geometry.HeadSize, pulses = cell.Input.Levels;
        double[][] queryErrors = Table(errors, pulses - 1), scoreErrors = Table(errors, ScoreSteps);
        Quantizer input = new(0, 1, pulses, Enabled: true), storage = new(cell.Storage.MinVolts, cell.Storage.MaxVolts, cell.Storage.Levels, Enabled: true);
        Sum scores = new(), outputs = new();
        for (var layer = 0; layer < geometry.Layers; layer++)
            for (var head = 0; head < geometry.Heads; head++)
            {
                cancellation.ThrowIfCancellationRequested();
                var scaled = recorded.Scaled(layer, head);
                double[] q = [.. scaled.Q.Select(input.Apply)], k = [.. scaled.K.Select(storage.Apply)], v = [.. scaled.V.Select(storage.Apply)];
                double[] phi = new GainCellAttention(cell).Attend(q, k, v, count, d, geometry.Layers).PhiS;
                int[] kLevel = Levels(k, cell.Storage), vLevel = Levels(v, cell.Storage);
                for (var t = 0; t < count; t += EveryQuery)
                {
                    int from = Math.Max(0, t - geometry.Window + 1);
                    for (var j = from; j <= t; j++)
                    {
                        double sum = 0;
                        for (var i = 0; i < d; i++)
                            sum += queryErrors[kLevel[j * d + i]][(int)Math.Round(q[t * d + i] * (pulses - 1))];
                        scores.Add(sum);
                    }
                    for (int tile = from / cell.Array.Rows; tile <= t / cell.Array.Rows; tile++)
                        for (var i = 0; i < d; i++)
                        {
                            double sum = 0;
                            int end = Math.Min(t + 1, (tile + 1) * cell.Array.Rows);
                            for (int j = Math.Max(from, tile * cell.Array.Rows); j < end; j++)
                                sum += scoreErrors[vLevel[j * d + i]][(int)Math.Round(phi[t * count + j] * ScoreSteps)];
                            outputs.Add(sum);
                        }
                }
            }
        double worst = scoreErrors.Max(row => row.Max(Math.Abs));
        return new ColumnSumResult(scores.Errors, outputs.Errors, worst);
    }

    /// <summary>By level: error of one cell's charge over the pulse width in units of T_max, in steps of the read-out.</summary>
    private static CubicSpline[] CellErrors(CellModel cell, CellDeck deck, IEngine engine, int jobs, CancellationToken cancellation)
    {
        double lsb = 2 * cell.Readout.SaturationAvCoulombs / (cell.Readout.Levels - 1), longest = cell.Input.PulseSeconds;
        double[] levels = [.. Enumerable.Range(0, cell.Storage.Levels).Select(cell.Storage.LevelVolts)];
        double[] widths = [.. Enumerable.Range(1, Widths).Select(i => longest * i / Widths)];
        var (reads, _) = PulseBench.Run(deck, engine, levels, widths, jobs, cancellation: cancellation);
        return [.. levels.Select((volts, level) => CubicSpline.InterpolatePchipSorted(
            [0, .. widths.Select(t => t / longest)],
            [0, .. widths.Select((t, row) => (reads.Coulombs[row, level] - cell.Transfer.Amperes(volts) * t) / lsb)]))];
    }

    /// <summary>Errors by level at steps + 1 widths from 0 to T_max.</summary>
    private static double[][] Table(CubicSpline[] errors, int steps) =>
        [.. errors.Select(e => Enumerable.Range(0, steps + 1).Select(i => e.Interpolate(i / (double)steps)).ToArray())];

    /// <summary>Level of each stored voltage.</summary>
    private static int[] Levels(double[] volts, StorageModel storage) => [.. volts.Select(x => (int)Math.Clamp(Math.Round((x - storage.MinVolts) / storage.StepVolts), 0, storage.Levels - 1))];

    private sealed class Sum
    {
        private long _count;
        private double _squares, _max;

        public ColumnErrors Errors => new(_count, _count > 0 ? Math.Sqrt(_squares / _count) : 0, _max);

        public void Add(double error)
        {
            _count++;
            _squares += error * error;
            _max = Math.Max(_max, Math.Abs(error));
        }
    }
}
