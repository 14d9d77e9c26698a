using AnalogAttention.Calibration;
using AnalogAttention.Inference.Attention;
using AnalogAttention.Inference.Gpt2;
using AnalogAttention.Inference.Tensors;

namespace AnalogAttention.Studies;

/// <summary>What one head of a running model asks of its arrays.</summary>
/// <param name="QueryStd">Standard deviation of what enters the head before the clamp, in units of T_max.</param>
/// <param name="KeyStd">As <paramref name="QueryStd"/>, volts.</param>
/// <param name="ScoresAtZero">Pairs of a token and a key in its window that make no pulse.</param>
/// <param name="ScoresAtOne">Of those, the longest pulse or, without saturation, a longer one.</param>
/// <param name="Outputs">One for every tile in sight, token and dimension.</param>
/// <param name="OutputsClipped">Of those, at or beyond the saturation.</param>
/// <param name="EffectiveBits">Entropy of the codes of one column's read-out over tokens and tiles, mean over the columns of the head: a column whose code never changes has 0 bits.</param>
public sealed record HeadFigures(int Layer, int Head, double QueryStd, double KeyStd, long Scores, long ScoresAtZero, long ScoresAtOne, long Outputs, long OutputsClipped, double EffectiveBits)
{
    // the limits that the embedded models' training watches
    private const double Collapsed = 0.01, Exploded = 30;

    // one score in a thousand
    private const double Nearly = 0.999;

    /// <summary>
    /// <c>constant</c> or <c>one-hot</c> by the spread of q and k; <c>saturated</c> where all but one score in a thousand are at 1: the head sums its values whatever is asked;
    /// <c>silent</c> where they are at 0, or no code of the read-out ever changes; else <c>alive</c>.
    /// </summary>
    public string State => Math.Min(QueryStd, KeyStd) < Collapsed ? "constant"
        : Math.Max(QueryStd, KeyStd) > Exploded ? "one-hot"
        : ShareAtOne >= Nearly ? "saturated"
        : ShareAtZero >= Nearly || EffectiveBits == 0 ? "silent" : "alive";

    public double ShareAtZero => ScoresAtZero / (double)Math.Max(1, Scores);

    public double ShareAtOne => ScoresAtOne / (double)Math.Max(1, Scores);

    public double ShareClipped => OutputsClipped / (double)Math.Max(1, Outputs);
}

/// <param name="Figures">Layer by layer, head by head.</param>
/// <param name="Tokens">That were read.</param>
public sealed record HeadStudyResult(int Layers, int Heads, long Tokens, IReadOnlyList<HeadFigures> Figures, Workload Workload);

/// <summary>Every head of a running model, window by window: which are alive, where their arrays saturate, and how often each level and pulse occurs.</summary>
public static class HeadStudy
{
    /// <param name="attention">The cell and which of its effects take part.</param>
    /// <param name="tokens">Read in windows of the context length, each by itself.</param>
    /// <param name="jobs">Threads; the result does not depend on it.</param>
    public static HeadStudyResult Run(Gpt2Model model, GainCellAttention attention, ReadOnlyMemory<int> tokens, int jobs, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        using var team = new ThreadTeam(jobs);
        int context = model.Config.Positions, layers = model.Config.Layers, heads = model.Config.Heads;
        HeadCount[] counts = [.. Enumerable.Range(0, layers * heads).Select(_ => new HeadCount(attention.Cell))];
        for (var start = 0; start < tokens.Length; start += context)
        {
            ReadOnlyMemory<int> window = tokens[start..Math.Min(start + context, tokens.Length)];
            var recorded = new RecordedAttention(attention);
            model.Open(recorded, window.Length, team: team).Read(window.Span, cancellation: cancellation);
            Parallel.For(0, counts.Length, new ParallelOptions { MaxDegreeOfParallelism = jobs, CancellationToken = cancellation },
                i => counts[i].Add(recorded, attention, i / heads, i % heads, window.Length));
            progress?.Report((start + window.Length) / (double)tokens.Length);
        }
        return new HeadStudyResult(layers, heads, tokens.Length, [.. counts.Select((c, i) => c.Figures(i / heads, i % heads))],
            Workload.Sum(counts.Select(c => c.Workload)));
    }

    /// <summary>One head's counts over all windows.</summary>
    private sealed class HeadCount(CellModel cell)
    {
        private readonly Quantizer _input = new(0, 1, cell.Input.Levels, Enabled: true), _storage = new(cell.Storage.MinVolts, cell.Storage.MaxVolts, cell.Storage.Levels, Enabled: true),
            _output = new(-1, 1, cell.Readout.Levels, Enabled: true);
        private long _values, _scores, _zeros, _ones, _outputs, _clipped;
        private double _querySum, _querySquares, _keySum, _keySquares;
        private long[][] _codes = [];         // by column and code, the lowest first

        public Workload Workload { get; } = Workload.Empty(cell);

        public void Add(RecordedAttention recorded, GainCellAttention attention, int layer, int head, int count)
        {
            var geometry = recorded.Geometry;
            int d = geometry.HeadSize, window = attention.Options.Window ?? geometry.Window;
            var (q, k, v) = recorded.Scaled(layer, head);
            for (var i = 0; i < count * d; i++)
            {
                _querySum += q[i];
                _querySquares += q[i] * q[i];
                _keySum += k[i];
                _keySquares += k[i] * k[i];
                Workload.QueryPulses[(int)Math.Round(_input.Apply(q[i]) * (cell.Input.Levels - 1))]++;
                Workload.KeyLevels[Level(k[i])]++;
                Workload.ValueLevels[Level(v[i])]++;
            }
            _values += count * d;
            HeadResult result = new GainCellAttention(cell, attention.Options with { Window = window }).Attend(q, k, v, count, d, geometry.Layers, layer, head, keepTiles: true);
            for (var t = 0; t < count; t++)
                for (int j = Math.Max(0, t - window + 1); j <= t; j++)
                    Score(result.PhiS[t * count + j]);
            Outputs(result.Tiles!, d);
        }

        private void Score(double phi)
        {
            _scores++;
            if (phi <= 0)
            {
                _zeros++;
                Workload.ScorePulses.None++;
            }
            else if (phi >= 1)
            {
                _ones++;
                Workload.ScorePulses.Full++;
            }
            else
                Workload.ScorePulses.Between[(int)(phi * Workload.ScoreBins)]++;
        }

        private void Outputs(float[] tiles, int d)
        {
            if (_codes.Length == 0)
                _codes = [.. Enumerable.Range(0, d).Select(_ => new long[2 * cell.Readout.Levels + 1])];
            for (var i = 0; i < tiles.Length; i++)
            {
                float o = tiles[i];
                if (float.IsNaN(o))
                    continue;
                _outputs++;
                if (Math.Abs(o) >= 1)
                    _clipped++;
                _codes[i % d][cell.Readout.Levels + (int)Math.Round(_output.Apply(o) / _output.Step)]++;
            }
        }

        private int Level(double volts) => (int)Math.Clamp(Math.Round((_storage.Apply(volts) - cell.Storage.MinVolts) / cell.Storage.StepVolts), 0, cell.Storage.Levels - 1);

        public HeadFigures Figures(int layer, int head) => new(layer, head, Std(_querySum, _querySquares), Std(_keySum, _keySquares), _scores, _zeros, _ones, _outputs, _clipped, _codes.Average(Entropy));

        private double Std(double sum, double squares) => Math.Sqrt(Math.Max(0, squares / _values - sum / _values * (sum / _values)));

        /// <summary>-sum p log2 p.</summary>
        private static double Entropy(long[] codes)
        {
            double all = codes.Sum();
            return codes.Where(c => c > 0 && c < all).Sum(c => -c / all * Math.Log2(c / all));
        }
    }
}
