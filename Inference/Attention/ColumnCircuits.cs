using AnalogAttention.Calibration;
using AnalogAttention.Circuits;

namespace AnalogAttention.Inference.Attention;

/// <summary>
/// What ends the bitlines of one head: a charge-to-pulse circuit for every column, each with a gain and an offset of its own, its comparator's noise, and the
/// white noise of the cells that were read. Charges and offsets are parts of the saturation charge.
/// </summary>
internal sealed class ColumnCircuits
{
    private readonly float[]? _scoreGain, _scoreOffset;      // by column of the QK arrays: a row of cells there, a key
    private readonly float[]? _gain, _offset, _negativeGain, _negativeOffset;    // of the AV arrays: shape (tiles, d)
    private readonly double _comparator, _scoreScale, _outputScale;
    private readonly float _scoreLimit, _outputLimit;
    private readonly int _layer, _head, _d;

    private ColumnCircuits(CellModel cell, GainCellOptions options, GainCellArithmetic arithmetic, int layer, int head, int headSize, int rows)
    {
        (_layer, _head, _d) = (layer, head, headSize);
        BadInputException Lacks(string what) => new($"cell '{cell.Name}' states no {what}");
        if (options.ReadNoise && cell.Noise is null)
            throw Lacks("noise");
        if (options.ComparatorNoise)
            _comparator = cell.Noise is { ComparatorVolts: { } volts, ComparatorFullScaleVolts: { } fullScale } ? volts / fullScale : throw Lacks("noise of the comparator");
        _scoreScale = 1 / arithmetic.SaturationQk;
        _outputScale = 1 / arithmetic.SaturationAv;
        _scoreLimit = arithmetic.SaturatesScores ? 1 : float.PositiveInfinity;
        _outputLimit = arithmetic.Output.Clamps ? 1 : float.PositiveInfinity;
        if (!options.ColumnGain && !options.ColumnOffset)
            return;
        PeripheryModel periphery = cell.Periphery ?? throw Lacks("periphery");
        int tiles = rows / GainCellArithmetic.TileKeys;
        double[,] scores = periphery.Scores.Factor(), outputs = periphery.Outputs.Factor();
        ConversionLine score = periphery.Scores.Positive, positive = periphery.Outputs.Positive, negative = periphery.Outputs.Negative ?? positive;
        (_scoreGain, _scoreOffset) = (new float[rows], new float[rows]);
        (_gain, _offset, _negativeGain, _negativeOffset) = (new float[tiles * headSize], new float[tiles * headSize], new float[tiles * headSize], new float[tiles * headSize]);
        CounterRandom forScores = CounterRandom.Of(options.Seed, RandomStream.ScorePeriphery), forOutputs = CounterRandom.Of(options.Seed, RandomStream.OutputPeriphery);
        for (var j = 0; j < rows; j++)
        {
            var (x, y, _, _) = forScores.Normals((uint)j, 0, (uint)layer, (uint)head);
            _scoreGain[j] = Gain(score, scores[0, 0] * x + scores[0, 1] * y);
            _scoreOffset[j] = Offset(score, scores[1, 0] * x + scores[1, 1] * y, cell.Readout.SaturationQkCoulombs);
        }
        for (var i = 0; i < tiles * headSize; i++)
        {
            var (x, y, z, w) = forOutputs.Normals((uint)i, 0, (uint)layer, (uint)head);
            double Mixed(int row) => outputs[row, 0] * x + outputs[row, 1] * y + (outputs.GetLength(1) > 2 ? outputs[row, 2] * z + outputs[row, 3] * w : 0);
            int of = outputs.GetLength(0) > 2 ? 2 : 0;
            _gain[i] = Gain(positive, Mixed(0));
            _offset[i] = Offset(positive, Mixed(1), cell.Readout.SaturationAvCoulombs);
            _negativeGain[i] = Gain(negative, Mixed(of));
            _negativeOffset[i] = Offset(negative, Mixed(of + 1), cell.Readout.SaturationAvCoulombs);
        }
        float Gain(ConversionLine line, double own) => options.ColumnGain ? (float)(line.Gain + own) : 1;
        float Offset(ConversionLine line, double own, double saturation) => options.ColumnOffset ? (float)((line.OffsetCoulombs + own) / saturation) : 0;
    }

    /// <summary>Null where every circuit is ideal and no read has noise.</summary>
    /// <param name="rows">Keys of the arrays, in whole tiles.</param>
    /// <exception cref="BadInputException">The cell model does not state what an option asks for.</exception>
    public static ColumnCircuits? Of(CellModel cell, GainCellOptions options, GainCellArithmetic arithmetic, int layer, int head, int headSize, int rows) =>
        options.ColumnGain || options.ColumnOffset || options.ReadNoise || options.ComparatorNoise ? new ColumnCircuits(cell, options, arithmetic, layer, head, headSize, rows) : null;

    /// <summary>Charges of one query's scores to pulses: clamp(gain S / S_sat + offset + noise, 0, 1).</summary>
    /// <param name="row">S of a tile, then phi.</param>
    /// <param name="variance">Of S, (uA x T_max)^2; empty: reads have no noise.</param>
    /// <param name="constant">On top of S.</param>
    /// <param name="firstRow">Physical row of the tile's first key.</param>
    /// <param name="t">Token of the query.</param>
    public void Scores(Span<float> row, ReadOnlySpan<float> variance, float constant, int firstKey, int firstRow, int t, CounterRandom reads)
    {
        Span<float> noise = stackalloc float[GainCellArithmetic.TileKeys];
        bool isNoisy = Noise(noise, (uint)t, (uint)_layer << 1, (uint)_head << 16 | (uint)(firstKey / GainCellArithmetic.TileKeys), variance, reads);
        for (var j = 0; j < row.Length; j++)
        {
            // single precision, as where circuits are ideal
            float x = (row[j] + constant) * (float)_scoreScale;
            if (_scoreGain is not null)
                x = _scoreGain[firstRow + j] * x + _scoreOffset![firstRow + j];
            if (isNoisy)
                x += (float)Deviation(variance, j, _scoreScale) * noise[j];
            row[j] = Math.Clamp(x, 0, _scoreLimit);
        }
    }

    /// <summary>Charges of one query's outputs to pulses with a sign, parts of the saturation; limited.</summary>
    /// <param name="charges">Shape (d), in uA x T_max, then pulses.</param>
    /// <param name="tile">Of the sequence.</param>
    /// <param name="physicalTile">Of the arrays.</param>
    /// <returns>How many were limited.</returns>
    public int Outputs(Span<float> charges, ReadOnlySpan<float> variance, float constant, int tile, int physicalTile, int t, CounterRandom reads)
    {
        Span<float> noise = stackalloc float[_d];
        bool isNoisy = Noise(noise, (uint)t, (uint)_layer << 1 | 1, (uint)_head << 16 | (uint)tile, variance, reads);
        var limited = 0;
        for (var i = 0; i < charges.Length; i++)
        {
            float x = (charges[i] + constant) * (float)_outputScale;
            if (_gain is not null)
            {
                int at = physicalTile * _d + i;
                // the sign is that of the charge with its offset
                float positive = _gain[at] * x + _offset![at], negative = _negativeOffset![at] - _negativeGain![at] * x;
                x = positive > 0 && positive >= negative ? positive : negative > 0 ? -negative : 0;
            }
            if (isNoisy)
                x += (float)Deviation(variance, i, _outputScale) * noise[i];
            limited += Math.Abs(x) > _outputLimit ? 1 : 0;
            charges[i] = Math.Clamp(x, -_outputLimit, _outputLimit);
        }
        return limited;
    }

    /// <summary>As <see cref="Scores"/>, of one key, in double.</summary>
    /// <param name="row">Physical row of the key.</param>
    public double Score(double s, double variance, int key, int row, int t, CounterRandom reads)
    {
        double x = s * _scoreScale;
        if (_scoreGain is not null)
            x = _scoreGain[row] * x + _scoreOffset![row];
        double deviation = Math.Sqrt(_comparator * _comparator + variance * _scoreScale * _scoreScale);
        if (deviation > 0)
            x += deviation * reads.Normal(key % GainCellArithmetic.TileKeys, (uint)t, (uint)_layer << 1, (uint)_head << 16 | (uint)(key / GainCellArithmetic.TileKeys));
        return Math.Clamp(x, 0, _scoreLimit);
    }

    /// <summary>As <see cref="Outputs"/>, of one column, in double.</summary>
    public double Output(double charge, double variance, int column, int tile, int physicalTile, int t, CounterRandom reads)
    {
        double x = charge * _outputScale;
        int at = physicalTile * _d + column;
        if (_gain is not null)
        {
            double positive = _gain[at] * x + _offset![at], negative = _negativeOffset![at] - _negativeGain![at] * x;
            x = positive > 0 && positive >= negative ? positive : negative > 0 ? -negative : 0;
        }
        double deviation = Math.Sqrt(_comparator * _comparator + variance * _outputScale * _outputScale);
        if (deviation > 0)
            x += deviation * reads.Normal(column, (uint)t, (uint)_layer << 1 | 1, (uint)_head << 16 | (uint)tile);
        return Math.Clamp(x, -_outputLimit, _outputLimit);
    }

    private bool Noise(Span<float> noise, uint c1, uint c2, uint c3, ReadOnlySpan<float> variance, CounterRandom reads)
    {
        if (_comparator == 0 && variance.IsEmpty)
            return false;
        reads.Fill(noise, c1, c2, c3);
        return true;
    }

    private double Deviation(ReadOnlySpan<float> variance, int i, double scale) =>
        Math.Sqrt(_comparator * _comparator + (variance.IsEmpty ? 0 : Math.Max(0, variance[i]) * scale * scale));
}
