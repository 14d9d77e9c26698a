using AnalogAttention.Calibration;
using AnalogAttention.Circuits;
using AnalogAttention.Inference.Attention;
using AnalogAttention.Inference.Gpt2;

namespace AnalogAttention.Studies.Adaptation;

/// <param name="Model">With the scales it came to.</param>
/// <param name="Errors">By iteration: largest of |std*/std - 1| and |mean* - mean| before its step.</param>
/// <param name="HeadsKept">Scales of heads whose std, or its target, is 0: they keep their a.</param>
public sealed record AdaptationResult(Gpt2Model Model, IReadOnlyList<double> Errors, int HeadsKept);

/// <summary>
/// Scales for another cell, without gradients (Leroux et al., 2025): per layer and head the standard deviation and mean of scaled q, k, v and output come to
/// their targets, a &lt;- alpha a (std*/std) + (1 - alpha) a, b &lt;- b + alpha (mean* - mean), alpha from 1 to 0.1 in 50 iterations. All layers step together;
/// what the later ones receive moves with the earlier ones.
/// </summary>
public static class ScaleAdaptation
{
    public const int MostIterations = 100;

    private const int FallingIterations = 50;
    private const double LastAlpha = 0.1, Tolerance = 1e-4, Dead = 1e-8;

    /// <exception cref="BadInputException">The model does not say what to aim at.</exception>
    public static void RequireTargets(Gpt2Model model, string name)
    {
        for (var l = 0; l < model.Config.Layers; l++)
            foreach (var (of, scaler) in Named(model.Weights.Scalers[l]))
                if (scaler.TargetStd is null || scaler.TargetMean is null)
                    throw new BadInputException($"{name}: tensors 'h.{l}.attn.{of}_scaler.target_std' and 'target_mean' are missing: the model does not say what adaptation aims at");
    }

    /// <param name="attention">The cell that the scales are for.</param>
    /// <param name="windows">Text whose moments count.</param>
    public static AdaptationResult Run(Gpt2Model model, IAttention attention, IReadOnlyList<ReadOnlyMemory<int>> windows, int jobs, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        var errors = new List<double>();
        int kept = 0;
        for (var iteration = 0; iteration < MostIterations; iteration++)
        {
            double alpha = 1 - (1 - LastAlpha) * Math.Min(iteration / (FallingIterations - 1.0), 1);
            LayerMoments[] found = HeadMoments.Of(model, attention, windows, jobs, cancellation);
            double error = 0;
            kept = 0;
            LayerScalers[] next = [.. model.Weights.Scalers.Select((scalers, l) => scalers with
            {
                Query = Step(scalers.Query, found[l].Query, alpha, ref error, ref kept),
                Key = Step(scalers.Key, found[l].Key, alpha, ref error, ref kept),
                Value = Step(scalers.Value, found[l].Value, alpha, ref error, ref kept),
                Output = Step(scalers.Output, found[l].Output, alpha, ref error, ref kept),
            })];
            errors.Add(error);
            progress?.Report((iteration + 1.0) / MostIterations);
            if (error < Tolerance)
                break;
            model = model.With(next);
        }
        return new AdaptationResult(model, errors, kept);
    }

    /// <summary>
    /// Keys and values for a cell whose zero-current voltage lies elsewhere: b of k and v, and what their means aim at, move with it. The moments of what is
    /// stored say nothing of the cell, so the published algorithm alone does not see such a shift.
    /// </summary>
    public static Gpt2Model ShiftStorage(Gpt2Model model, double volts)
    {
        Scaler Shifted(Scaler s) => s with { B = [.. s.B.Select(b => b + volts)], TargetMean = s.TargetMean is null ? null : [.. s.TargetMean.Select(m => m + volts)] };
        return model.With([.. model.Weights.Scalers.Select(s => s with { Key = Shifted(s.Key), Value = Shifted(s.Value) })]);
    }

    private static Scaler Step(Scaler scaler, Moments found, double alpha, ref double error, ref int kept)
    {
        int heads = scaler.A.Count;
        double[] a = new double[heads], b = new double[heads];
        for (var h = 0; h < heads; h++)
        {
            double offset = scaler.TargetMean![h] - found.Mean[h], ratio = 1;
            if (found.Std[h] > Dead && scaler.TargetStd![h] > Dead)
                ratio = scaler.TargetStd[h] / found.Std[h];
            else
                kept++;
            error = Math.Max(error, Math.Max(Math.Abs(ratio - 1), Math.Abs(offset)));
            a[h] = scaler.Slope(h) * (alpha * ratio + 1 - alpha);
            b[h] = scaler.B[h] + alpha * offset;
        }
        return scaler with { A = a, B = b };
    }

    private static IEnumerable<(string Name, Scaler Scaler)> Named(LayerScalers scalers) => [("q", scalers.Query), ("k", scalers.Key), ("v", scalers.Value), ("output", scalers.Output)];
}
