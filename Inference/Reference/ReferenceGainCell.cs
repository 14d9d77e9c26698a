using AnalogAttention.Calibration;
using AnalogAttention.Inference.Attention;

namespace AnalogAttention.Inference.Reference;

/// <summary>
/// Gain-cell attention in double:
/// S[t,j] = sum_i c_i (q_t . w_j^i) exp(-i lambda (t - j)) with w = k - offset, 0 outside the causal window;
/// A = clamp(S / S_sat_qk, 0, 1); per tile n of 64 keys O_n = sum_i c_i (A exp(-i lambda (t - j))) w_v^i / S_sat_av;
/// output = sum_n quantize(clamp(O_n, -1, 1)). A table takes the place of the sum over i. What <see cref="GainCellOptions"/> leaves out drops from these equations.
/// With <see cref="GainCellOptions.Ideal"/> it is the definition of ideal math.
/// </summary>
public sealed class ReferenceGainCell(CellModel cell, GainCellOptions? options = null) : IReferenceAttention
{
    private readonly GainCellOptions _options = options ?? new GainCellOptions();

    public void Attend(AttentionGeometry geometry, int layer, ReadOnlySpan<double> qkv, int tokens, Span<double> output)
    {
        var arithmetic = new GainCellArithmetic(cell, _options, geometry.Layers);
        GainCellAttention.CheckFixedScales(geometry, arithmetic.SaturationQk, arithmetic.SaturationAv);
        int d = geometry.HeadSize, width = geometry.Heads * d;
        LayerScalers scalers = geometry.Scalers[layer];
        double[] q = new double[tokens * d], k = new double[tokens * d], v = new double[tokens * d];
        for (var h = 0; h < geometry.Heads; h++)
        {
            for (var t = 0; t < tokens; t++)
                for (var i = 0; i < d; i++)
                {
                    int at = t * 3 * width + h * d + i;
                    q[t * d + i] = scalers.Query.Slope(h) * qkv[at] + scalers.Query.Shift(h);
                    k[t * d + i] = scalers.Key.Slope(h) * qkv[at + width] + scalers.Key.Shift(h);
                    v[t * d + i] = scalers.Value.Slope(h) * qkv[at + 2 * width] + scalers.Value.Shift(h);
                }
            double[] o = Head(arithmetic, q, k, v, tokens, d, _options.Window ?? geometry.Window, null, null, layer, h);
            for (var t = 0; t < tokens; t++)
                for (var i = 0; i < d; i++)
                    output[t * width + h * d + i] = scalers.Output.Slope(h) * o[t * d + i] + scalers.Output.Shift(h);
        }
    }

    /// <summary>One head on arrays of shape (T, d), without scalers; as <see cref="GainCellAttention.Attend"/>.</summary>
    public HeadResult Attend(ReadOnlySpan<double> q, ReadOnlySpan<double> k, ReadOnlySpan<double> v, int tokens, int headSize, int layers = 1)
    {
        double[] s = new double[tokens * tokens], phi = new double[tokens * tokens];
        double[] output = Head(new GainCellArithmetic(cell, _options, layers), q, k, v, tokens, headSize, _options.Window ?? tokens, s, phi);
        return new HeadResult(s, phi, output);
    }

    private static double[] Head(GainCellArithmetic cell, ReadOnlySpan<double> q, ReadOnlySpan<double> k, ReadOnlySpan<double> v, int tokens, int d, int window, double[]? scores, double[]? phi, int layer = 0, int head = 0)
    {
        var pulses = new double[tokens * d];
        for (var i = 0; i < pulses.Length; i++)
            pulses[i] = cell.Input.Apply(q[i]);
        double[][] keyTerms = Terms(cell, k[..(tokens * d)], d, window, layer, head, 0), valueTerms = Terms(cell, v[..(tokens * d)], d, window, layer, head, 1);
        double[][] decay = [.. keyTerms.Select((_, i) => Enumerable.Range(0, tokens).Select(age => Math.Exp(-i * cell.DecayPerToken * age)).ToArray())];

        var output = new double[tokens * d];
        var tile = new double[d];
        for (var t = 0; t < tokens; t++)
        {
            int first = Math.Max(0, t - window + 1);
            for (int j = first; j <= t; j++)
            {
                double s = 0;
                for (var i = 0; i < keyTerms.Length; i++)
                    s += decay[i][t - j] * ReferenceMath.Dot(pulses.AsSpan(t * d, d), keyTerms[i].AsSpan(j * d, d));
                double a = Math.Clamp(s / cell.SaturationQk, 0, cell.SaturatesScores ? 1 : double.PositiveInfinity);
                if (scores is not null)
                    scores[t * tokens + j] = s;
                if (phi is not null)
                    phi[t * tokens + j] = a;
                for (var i = 0; i < valueTerms.Length && a != 0; i++)
                    ReferenceMath.AddScaled(a * decay[i][t - j], valueTerms[i].AsSpan(j * d, d), tile);
                if (j != t && !(cell.IsTiled && (j + 1) % GainCellArithmetic.TileKeys == 0))
                    continue;
                for (var i = 0; i < d; i++)                                    // the tile's last visible key
                    output[t * d + i] += cell.Output.Apply(tile[i] / cell.SaturationAv);
                Array.Clear(tile);
            }
        }
        return output;
    }

    /// <summary>c_i w^i for every i; without decay their sum I(w) alone, since all terms then meet the same factor 1.</summary>
    private static double[][] Terms(GainCellArithmetic cell, ReadOnlySpan<double> volts, int d, int window, int layer, int head, int array)
    {
        double[] c = cell.Coefficients;
        var terms = new double[cell.Decays ? Math.Max(c.Length, cell.Terms) : 1][];
        for (var i = 0; i < terms.Length; i++)
            terms[i] = new double[volts.Length];
        for (var n = 0; n < volts.Length; n++)
        {
            if (cell.Mismatch is not null)
            {
                // I'(V) = (1 + g) I(V - o) + k w^2, its terms by the binomial theorem
                var own = cell.Mismatch.At(CellRow.Of(layer, head, array, n / d, window), n % d);
                double level = cell.Storage.Apply(volts[n]), signal = level - cell.OffsetVolts;
                if (cell.Table is not null)
                    terms[0][n] = (1 + own.Gain) * cell.Table(Math.Clamp(level - own.OffsetVolts, cell.Storage.Low, cell.Storage.High)) + own.Curvature * signal * signal;
                else
                    for (var i = 0; i < Math.Max(3, c.Length); i++)
                    {
                        double coefficient = i == 2 ? own.Curvature : 0;
                        for (int m = i; m < c.Length; m++)
                            coefficient += (1 + own.Gain) * c[m] * MathNet.Numerics.SpecialFunctions.Binomial(m, i) * Math.Pow(-own.OffsetVolts, m - i);
                        terms[cell.Decays ? i : 0][n] += coefficient * Math.Pow(signal, i);
                    }
                continue;
            }
            if (cell.Table is not null)
            {
                terms[0][n] = cell.Table(cell.Storage.Apply(volts[n]));
                continue;
            }
            double w = cell.Storage.Apply(volts[n]) - cell.OffsetVolts, power = 1;
            for (var i = 0; i < c.Length; i++, power *= w)
                terms[cell.Decays ? i : 0][n] += c[i] * power;
        }
        return terms;
    }
}
