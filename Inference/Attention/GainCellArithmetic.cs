using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using AnalogAttention.Calibration;
using AnalogAttention.Circuits;
using AnalogAttention.Inference.Tensors;

namespace AnalogAttention.Inference.Attention;

/// <summary>
/// The numbers of one gain-cell head: the cell model in microampere, the quantizers, the decay. I(w) = sum_i c_i w^i, w = V_store - offset;
/// the signal part of a stored value decays, so term i carries exp(-i lambda (t - j)) and i = 0 none.
/// </summary>
internal sealed class GainCellArithmetic
{
    public const int TileKeys = 64;
    private const double MicroamperesPerAmpere = 1e6;

    /// <summary>Largest exponent of a decay factor within a tile: beyond it a float32 would lose precision or overflow.</summary>
    private const double LargestExponent = 60;

    /// <summary>Ages that the parabola of a leak goes through: 0, half of it and all of it.</summary>
    private const int LeakTokens = 1024;

    private readonly CellModel _model;
    private readonly GainCellOptions _options;
    private readonly int _layers;
    private readonly Func<double, double> _nominal;  // Microamperes; made once: a sequence begins without allocating
    private readonly double[]? _readVariance;        // of a full read by level, (uA x T_max)^2

    public GainCellArithmetic(CellModel cell, GainCellOptions options, int layers)
    {
        (_model, _options, _layers) = (cell, options, layers);
        _nominal = Microamperes;
        Table = cell.Transfer.IsTable && options.Nonlinear ? volts => cell.Transfer.Amperes(volts) * MicroamperesPerAmpere : null;
        OffsetVolts = cell.Transfer.OffsetVolts;
        Coefficients = !options.Nonlinear ? [0, cell.LeastSquaresSlope * MicroamperesPerAmpere] : cell.Transfer.IsTable ? [] : [.. cell.Transfer.CoefficientsAmperes!.Select(c => c * MicroamperesPerAmpere)];
        SaturatesScores = options.SaturateScores;
        IsTiled = options.Tiled;
        DecayPerToken = options.Leak ? 0 : options.DecayPerToken ?? cell.DecayPerToken(layers);
        if (!(DecayPerToken >= 0 && double.IsFinite(DecayPerToken)))
            throw new BadInputException($"decay per token is {DecayPerToken}, expected a number >= 0");
        if (Table is not null && DecayPerToken > 0)
            throw new BadInputException($"cell '{cell.Name}': a transfer table has no terms that could decay apart: leave out decay, or use a polynomial");
        if (Table is not null && !options.LimitStorage)
            throw new BadInputException($"cell '{cell.Name}': a transfer table ends with the storage range: it cannot be left out");
        if (!options.Tiled && (options.ColumnGain || options.ColumnOffset || options.ReadNoise || options.ComparatorNoise))
            throw new BadInputException("column-gain, column-offset, read-noise and comparator-noise are those of tiles: they cannot be without tiles");
        Input = new Quantizer(0, 1, cell.Input.Levels, options.QuantizeInput, options.LimitInput);
        Storage = new Quantizer(cell.Storage.MinVolts, cell.Storage.MaxVolts, cell.Storage.Levels, options.QuantizeStorage, options.LimitStorage);
        Output = new Quantizer(-1, 1, cell.Readout.Levels, options.QuantizeOutput, options.SaturateOutput);
        SaturationQk = cell.SaturationQkAmperes * MicroamperesPerAmpere;
        SaturationAv = cell.SaturationAvAmperes * MicroamperesPerAmpere;
        (ValidLowVolts, ValidHighVolts) = cell.Validity is { StoreVolts: [var low, var high] } ? (low, high) : (double.NegativeInfinity, double.PositiveInfinity);
        PhysicalCells? cells = Cells(sequence: 0);
        ArePhysical = cells is not null;
        Leaks = cells is { Leaks: true };
        Terms = Leaks ? 3 : ArePhysical && DecayPerToken > 0 ? Math.Max(3, Coefficients.Length) : 1;
        if (options.ReadNoise && cell.Noise is { } noise)
            _readVariance = [.. noise.ReadAmperesPerRootHertz.Select(density => GatedNoise.WhiteVariance(density, cell.Input.PulseSeconds) / (cell.Input.PulseSeconds * cell.Input.PulseSeconds) * MicroamperesPerAmpere * MicroamperesPerAmpere)];
        Powers = DecayPerToken == 0 ? [] : [.. Enumerable.Range(1, Math.Max(0, Coefficients.Length - 1)).Where(i => Coefficients[i] != 0)];
        Growth = [.. Enumerable.Range(0, TileKeys).Select(j => Math.Exp(DecayPerToken * (j - TileKeys / 2)))];
        if (Powers is [.., > MatrixProduct.LargestPower and var order])
            throw new BadInputException($"a transfer of order {order} cannot decay: at most {MatrixProduct.LargestPower}");
        if (Powers.Length > 0 && Powers[^1] * DecayPerToken * TileKeys / 2 > LargestExponent)
            throw new BadInputException($"decay per token is {DecayPerToken}: at most {LargestExponent * 2 / TileKeys / Powers[^1]:G3} for a transfer of order {Powers[^1]} (stored values would vanish within a tile)");
    }

    /// <summary>I(V_store) in uA where it is no polynomial.</summary>
    public Func<double, double>? Table { get; }

    /// <summary>c_0, c_1 ... in uA, uA/V ...; of a polynomial.</summary>
    public double[] Coefficients { get; }
    public double OffsetVolts { get; }

    /// <summary>lambda.</summary>
    public double DecayPerToken { get; }
    public Quantizer Input { get; }
    public Quantizer Storage { get; }
    public Quantizer Output { get; }

    /// <summary>S_sat of the QK array in uA x T_max.</summary>
    public double SaturationQk { get; }

    /// <summary>Whether phi ends at 1.</summary>
    public bool SaturatesScores { get; }

    /// <summary>Whether every 64 keys are read out on their own.</summary>
    public bool IsTiled { get; }

    /// <summary>S_sat of the AV array in uA x T_max.</summary>
    public double SaturationAv { get; }
    public double ValidLowVolts { get; }
    public double ValidHighVolts { get; }

    /// <summary>The i >= 1 whose terms decay apart; empty without decay, when the whole polynomial is one term.</summary>
    public int[] Powers { get; }

    /// <summary>exp(lambda (j - m)) for key j of a tile with middle m: shape (64). Its i-th power undoes the decay of term i from there on.</summary>
    public double[] Growth { get; }

    /// <summary>Whether cells differ from the nominal one, or what they hold from its level.</summary>
    public bool ArePhysical { get; }

    /// <summary>Whether stored values follow the true leak.</summary>
    public bool Leaks { get; }

    /// <summary>
    /// Numbers kept of every stored value: 1; of physical cells that decay each term of the cell's own polynomial; of cells that leak the terms of the current in
    /// powers of t - m.
    /// </summary>
    public int Terms { get; }

    /// <summary>Whether what is read of a stored value depends on its age.</summary>
    public bool Decays => DecayPerToken > 0 || Leaks;

    /// <summary>c_0 where it stands apart, as the part without decay.</summary>
    public double Constant => Decays && !ArePhysical ? Coefficients[0] : 0;

    /// <summary>Whether reads have white noise.</summary>
    public bool IsReadNoisy => _readVariance is not null;

    /// <summary>What is left of term p of <see cref="Terms"/>, or of power p, so many tokens after the middle of its tile.</summary>
    public double Remaining(int p, double tokens) => Leaks ? Math.Pow(tokens, p) : Math.Exp(-p * DecayPerToken * tokens);

    /// <summary>The cells of a sequence; null where all are nominal.</summary>
    public PhysicalCells? Cells(long sequence) => PhysicalCells.Of(_model, _options, _nominal, _layers, sequence);

    /// <summary>The noise of a sequence's reads.</summary>
    public CounterRandom Reads(long sequence) => CounterRandom.Of(_options.Seed, RandomStream.ReadNoise, sequence);

    /// <summary>Null where the circuits at the ends of the bitlines are ideal and reads have no noise.</summary>
    /// <param name="window">Tokens that the arrays hold.</param>
    public ColumnCircuits? Columns(int layer, int head, int headSize, int window) => ColumnCircuits.Of(_model, _options, this, layer, head, headSize, CellRow.RowsOf(window));

    /// <summary>I(V_store) of the nominal cell.</summary>
    public double Microamperes(double volts)
    {
        if (Table is not null)
            return Table(Math.Clamp(volts, Storage.Low, Storage.High));
        double w = volts - OffsetVolts, sum = 0;
        for (int i = Coefficients.Length - 1; i >= 0; i--)
            sum = sum * w + Coefficients[i];
        return sum;
    }

    /// <summary>Variance of the white noise of a full read, (uA x T_max)^2; linear between levels.</summary>
    public double ReadVariance(double volts)
    {
        double at = Math.Clamp((volts - Storage.Low) / (Storage.High - Storage.Low) * (_readVariance!.Length - 1), 0, _readVariance.Length - 1);
        int below = Math.Min((int)at, _readVariance.Length - 2);
        return _readVariance[below] + (at - below) * (_readVariance[below + 1] - _readVariance[below]);
    }

    /// <summary>
    /// What is stored of x where a x + b is written: w exp(lambda (j - m)), or I(w), of the level in its cell; of physical cells <see cref="Own"/>.
    /// </summary>
    /// <param name="x">Singles or doubles.</param>
    /// <param name="position">j.</param>
    /// <param name="row">Whose cells they are.</param>
    /// <param name="cells">Of the sequence; null where all are nominal.</param>
    /// <param name="features">Shape (terms, d).</param>
    /// <param name="variances">Of full reads, shape (d); written where reads are noisy.</param>
    /// <returns>How many the storage range has limited, and how many levels lie outside the cell's validity.</returns>
    public (int Clamped, int Outside) Write<T>(ReadOnlySpan<T> x, double a, double b, int position, in CellRow row, PhysicalCells? cells, Span<float> features, Span<float> variances) where T : unmanaged
    {
        const double rounding = 1e-12;
        const int lanes = 8;
        Quantizer storage = Storage;
        double lowest = ValidLowVolts, highest = ValidHighVolts, offset = OffsetVolts;
        Span<T> rest = stackalloc T[lanes];
        int clamped = 0, outside = 0, at = position % TileKeys;
        for (var i = 0; i < x.Length; i += lanes)
        {
            int count = Math.Min(lanes, x.Length - i);
            scoped ReadOnlySpan<T> from = x[i..];
            if (count < lanes)
            {
                from.CopyTo(rest);
                from = rest;
            }
            ulong valid = (1UL << count) - 1;
            Vector512<double> v = Quantizer.Doubles(from) * a + Vector512.Create(b);
            if (storage.Clamps)
                clamped += BitOperations.PopCount(valid & Outside(v, storage.Low, storage.High, rounding));
            v = storage.Apply(v);
            outside += BitOperations.PopCount(valid & Outside(v, lowest, highest, rounding));
            if (_readVariance is not null)
                for (var lane = 0; lane < count; lane++)
                    variances[i + lane] = (float)ReadVariance(v[lane]);
            if (cells is not null)
            {
                for (var lane = 0; lane < count; lane++)
                    Own(cells, v[lane], row, position, i + lane, features[(i + lane)..], x.Length);
                continue;
            }
            Vector512<double> feature = Table is null ? Feature(v - Vector512.Create(offset), at) : Looked(v);
            Vector256<float> narrow = Quantizer.Singles(feature);
            if (count == lanes)
                narrow.CopyTo(features[i..]);
            else
                for (var lane = 0; lane < count; lane++)
                    features[i + lane] = narrow[lane];
        }
        return (clamped, outside);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Outside(Vector512<double> v, double low, double high, double rounding) =>
        (Vector512.LessThan(v, Vector512.Create(low - rounding)) | Vector512.GreaterThan(v, Vector512.Create(high + rounding))).ExtractMostSignificantBits();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector512<double> Feature(Vector512<double> w, int at)
    {
        if (Decays)
            return w * Growth[at];
        double[] c = Coefficients;                                          // I(w) by Horner's rule
        Vector512<double> sum = Vector512.Create(c[^1]);
        for (int i = c.Length - 2; i >= 0; i--)
            sum = sum * w + Vector512.Create(c[i]);
        return sum;
    }

    /// <summary>
    /// One physical cell: I(V); where values decay the terms c_i (w exp(lambda (j - m)))^i of its own polynomial; where they leak those of
    /// I(V(t - j)) = I_0 + I_1 (t - j) + I_2 (t - j)^2 in powers of t - m, the parabola through the current now and at the ages of half a window and a window.
    /// </summary>
    /// <param name="features">Terms <paramref name="stride"/> apart.</param>
    private void Own(PhysicalCells cells, double level, in CellRow row, int position, int column, Span<float> features, int stride)
    {
        PhysicalCell cell = cells.Written(level, row, position, column);
        if (!Decays)
        {
            features[0] = (float)cells.Microamperes(cell, cell.Volts);
            return;
        }
        int at = position % TileKeys;
        if (Leaks)
        {
            double half = 0.5 * LeakTokens, now = cells.Microamperes(cell, cell.Volts), then = cells.Microamperes(cell, cells.Aged(cell.Volts, half)), late = cells.Microamperes(cell, cells.Aged(cell.Volts, 2 * half));
            double bend = (late - 2 * then + now) / (2 * half * half), slope = (then - now) / half - bend * half, age = TileKeys / 2 - at;
            features[0] = (float)(now + (slope + bend * age) * age);
            features[stride] = (float)(slope + 2 * bend * age);
            features[2 * stride] = (float)bend;
            return;
        }
        Span<double> own = stackalloc double[Terms];
        PhysicalCells.Coefficients(Coefficients, cell, own);
        double grown = (cell.Volts - OffsetVolts) * Growth[at], power = 1;
        for (var i = 0; i < own.Length; i++, power *= grown)
            features[i * stride] = (float)(own[i] * power);
    }

    private Vector512<double> Looked(Vector512<double> v)
    {
        for (var lane = 0; lane < Vector512<double>.Count; lane++)
            v = v.WithElement(lane, Table!(v[lane]));
        return v;
    }
}
