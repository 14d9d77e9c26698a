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

    public GainCellArithmetic(CellModel cell, GainCellOptions options, int layers)
    {
        Table = cell.Transfer.IsTable && options.Nonlinear ? volts => cell.Transfer.Amperes(volts) * MicroamperesPerAmpere : null;
        OffsetVolts = cell.Transfer.OffsetVolts;
        Coefficients = !options.Nonlinear ? [0, cell.LeastSquaresSlope * MicroamperesPerAmpere] : cell.Transfer.IsTable ? [] : [.. cell.Transfer.CoefficientsAmperes!.Select(c => c * MicroamperesPerAmpere)];
        SaturatesScores = options.SaturateScores;
        IsTiled = options.Tiled;
        DecayPerToken = options.DecayPerToken ?? cell.DecayPerToken(layers);
        if (!(DecayPerToken >= 0 && double.IsFinite(DecayPerToken)))
            throw new BadInputException($"decay per token is {DecayPerToken}, expected a number >= 0");
        if (Table is not null && DecayPerToken > 0)
            throw new BadInputException($"cell '{cell.Name}': a transfer table has no terms that could decay apart: leave out decay, or use a polynomial");
        if (Table is not null && !options.LimitStorage)
            throw new BadInputException($"cell '{cell.Name}': a transfer table ends with the storage range: it cannot be left out");
        Input = new Quantizer(0, 1, cell.Input.Levels, options.QuantizeInput, options.LimitInput);
        Storage = new Quantizer(cell.Storage.MinVolts, cell.Storage.MaxVolts, cell.Storage.Levels, options.QuantizeStorage, options.LimitStorage);
        Output = new Quantizer(-1, 1, cell.Readout.Levels, options.QuantizeOutput, options.SaturateOutput);
        SaturationQk = cell.SaturationQkAmperes * MicroamperesPerAmpere;
        SaturationAv = cell.SaturationAvAmperes * MicroamperesPerAmpere;
        (ValidLowVolts, ValidHighVolts) = cell.Validity is { StoreVolts: [var low, var high] } ? (low, high) : (double.NegativeInfinity, double.PositiveInfinity);
        Mismatch = options.MismatchSeed is not { } seed ? null
            : cell.Mismatch is { } mismatch ? new CellMismatch(mismatch, seed)
            : throw new BadInputException($"cell '{cell.Name}' states no mismatch");
        Terms = Mismatch is null || DecayPerToken == 0 ? 1 : Math.Max(3, Coefficients.Length);
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

    /// <summary>Null: all cells are alike.</summary>
    public CellMismatch? Mismatch { get; }

    /// <summary>Numbers kept of every stored value: 1, or with mismatch and decay each term of the cell's own polynomial.</summary>
    public int Terms { get; }

    public bool Decays => DecayPerToken > 0;

    /// <summary>c_0 where it stands apart, as the part without decay.</summary>
    public double Constant => Decays && Mismatch is null ? Coefficients[0] : 0;

    /// <summary>
    /// What is stored of x where a x + b is written: w exp(lambda (j - m)), or I(w), of the level in its cell; with mismatch and decay the terms
    /// c_i (w exp(lambda (j - m)))^i of the cell's own polynomial.
    /// </summary>
    /// <param name="x">Singles or doubles.</param>
    /// <param name="at">j less the first key of the tile.</param>
    /// <param name="row">Whose cells they are.</param>
    /// <param name="features">Shape (terms, d).</param>
    /// <returns>How many the storage range has limited, and how many levels lie outside the cell's validity.</returns>
    public (int Clamped, int Outside) Write<T>(ReadOnlySpan<T> x, double a, double b, int at, in CellRow row, Span<float> features) where T : unmanaged
    {
        const double rounding = 1e-12;
        const int lanes = 8;
        Quantizer storage = Storage;
        double lowest = ValidLowVolts, highest = ValidHighVolts, offset = OffsetVolts;
        Span<T> rest = stackalloc T[lanes];
        int clamped = 0, outside = 0;
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
            if (Mismatch is not null)
            {
                for (var lane = 0; lane < count; lane++)
                    Own(v[lane], row, i + lane, at, features[(i + lane)..], x.Length);
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

    /// <summary>One cell with its own transfer.</summary>
    /// <param name="features">Terms <paramref name="stride"/> apart.</param>
    private void Own(double volts, in CellRow row, int column, int at, Span<float> features, int stride)
    {
        var cell = Mismatch!.At(row, column);
        double w = volts - OffsetVolts;
        if (Table is not null)
        {
            features[0] = (float)((1 + cell.Gain) * Table(Math.Clamp(volts - cell.OffsetVolts, Storage.Low, Storage.High)) + cell.Curvature * w * w);
            return;
        }
        Span<double> own = stackalloc double[Math.Max(3, Coefficients.Length)];
        CellMismatch.Shift(Coefficients, cell, own);
        if (!Decays)
        {
            double sum = 0;
            for (int i = own.Length - 1; i >= 0; i--)
                sum = sum * w + own[i];
            features[0] = (float)sum;
            return;
        }
        double grown = w * Growth[at], power = 1;
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
