using AnalogAttention.Calibration;
using AnalogAttention.Circuits;
using AnalogAttention.Inference.Tensors;

namespace AnalogAttention.Inference.Attention;

/// <summary>Scores, their hard sigmoid and the summed tiles of one head.</summary>
/// <param name="S">Microampere x T_max, shape (T, T), 0 outside the causal window.</param>
/// <param name="PhiS">clamp(S / S_sat, 0, 1), shape (T, T).</param>
/// <param name="Output">Tiles summed, before the output scaler, shape (T, d).</param>
public sealed record HeadResult(double[] S, double[] PhiS, double[] Output)
{
    /// <summary>What every tile of 64 keys collects, in units of S_sat and before the read-out, behind circuits of their own limited by it: shape (tiles, T, d), NaN where no key of the tile is seen. Null: not kept.</summary>
    public float[]? Tiles { get; init; }
}

/// <summary>Gain-cell attention as the reference model of Leroux et al. (2025) computes it, with the transfer of a calibrated cell.</summary>
public sealed class GainCellAttention(CellModel cell, GainCellOptions? options = null) : IAttention
{
    private const double ScaleTolerance = 1e-4;

    private readonly GainCellOptions _options = options ?? new GainCellOptions();

    public CellModel Cell { get; } = cell;
    public GainCellOptions Options => _options;

    /// <inheritdoc/>
    public IAttentionState Open(AttentionGeometry geometry, int capacity, ThreadTeam? team = null)
    {
        var arithmetic = new GainCellArithmetic(Cell, _options, geometry.Layers);
        CheckFixedScales(geometry, arithmetic.SaturationQk, arithmetic.SaturationAv);
        return new GainCellState(arithmetic, geometry with { Window = _options.Window ?? geometry.Window }, capacity, team);
    }

    /// <summary>One head on arrays, without scalers.</summary>
    /// <param name="q">Pulses in units of T_max, shape (T, d).</param>
    /// <param name="k">Store voltages, shape (T, d).</param>
    /// <param name="v">Store voltages, shape (T, d).</param>
    /// <param name="layers">Layers that share the token time, where the decay is derived from the cell.</param>
    /// <param name="layer">Whose cells they are, where every cell is its own.</param>
    /// <param name="head">As <paramref name="layer"/>.</param>
    /// <param name="keepTiles">Whether the result holds the outputs of every tile.</param>
    public HeadResult Attend(ReadOnlySpan<double> q, ReadOnlySpan<double> k, ReadOnlySpan<double> v, int tokens, int headSize, int layers = 1, int layer = 0, int head = 0, bool keepTiles = false)
    {
        var cell = new GainCellArithmetic(Cell, _options, layers);
        int window = _options.Window ?? tokens;
        var arrays = new GainCellHead(cell, headSize, tokens, layer, head, window);
        var work = new GainCellWorkspace(cell, headSize, tokens);
        var trace = new GainCellTrace(tokens, headSize, !keepTiles ? 0 : cell.IsTiled ? (tokens + GainCellArithmetic.TileKeys - 1) / GainCellArithmetic.TileKeys : 1);
        var output = new double[tokens * headSize];
        for (var t = 0; t < tokens; t++)
        {
            int at = t % GainCellArithmetic.TileKeys;
            cell.Input.Apply(q.Slice(t * headSize, headSize), 1, 0, work.Pulses.AsSpan(at * headSize, headSize));
            cell.Write(k.Slice(t * headSize, headSize), 1, 0, t, CellRow.Of(layer, head, 0, t, window), work.Cells, work.Key, work.KeyVariance);
            cell.Write(v.Slice(t * headSize, headSize), 1, 0, t, CellRow.Of(layer, head, 1, t, window), work.Cells, work.Value, work.ValueVariance);
            arrays.Store(t, work);
            int rows = at + 1;
            if (rows < GainCellArithmetic.TileKeys && t < tokens - 1)
                continue;
            arrays.Attend(t + 1 - rows, rows, work.Pulses.Span, window, work.Sums.Span, work, trace);
            Span<float> sums = work.Sums.Span;
            for (var i = 0; i < rows * headSize; i++)
                output[(t + 1 - rows) * headSize + i] = sums[i] * (cell.Output.Enabled ? cell.Output.Step : 1);
        }
        return new HeadResult(trace.S, trace.PhiS, output) { Tiles = trace.Tiles };
    }

    /// <summary>
    /// The authors' models divide by the saturation through two fixed scales (modules/model_gpt.py of the public training code forces them to
    /// 1/80 and 1/40 whatever the checkpoint holds). Here the cell states the saturation; a checkpoint made for another one is refused. The
    /// values of a softmax model, 1/sqrt(d) and 1, say nothing about an array and pass, as does 1.
    /// </summary>
    internal static void CheckFixedScales(AttentionGeometry geometry, double saturationQk, double saturationAv)
    {
        for (var l = 0; l < geometry.Layers; l++)
        {
            Check(geometry.Scalers[l].ScoreScale, "att_score_scaler", l, saturationQk, 1 / Math.Sqrt(geometry.HeadSize));
            Check(geometry.Scalers[l].AverageScale, "weight_average_scaler", l, saturationAv, 1);
        }
    }

    private static void Check(double? scale, string name, int layer, double saturation, double softmaxScale)
    {
        bool passes = scale is not { } s || Near(s, 1 / saturation) || Near(s, softmaxScale) || Near(s, 1);
        if (!passes)
            throw new BadInputException($"tensor 'h.{layer}.attn.{name}.a' is {scale:G6}: made for a saturation of {1 / scale:G6} uA x T_max, the cell has {saturation:G6}");
    }

    private static bool Near(double a, double b) => Math.Abs(a - b) <= ScaleTolerance * Math.Abs(b);
}
