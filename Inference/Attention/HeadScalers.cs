namespace AnalogAttention.Inference.Attention;

/// <summary>y = max(a, 1e-20) x + b per head, the digital scale before or after an array.</summary>
/// <param name="A">Shape (heads).</param>
/// <param name="B">Shape (heads).</param>
/// <param name="TargetStd">What adaptation aims at, shape (heads); null when the checkpoint has none.</param>
/// <param name="TargetMean">As <paramref name="TargetStd"/>.</param>
public sealed record Scaler(IReadOnlyList<double> A, IReadOnlyList<double> B, IReadOnlyList<double>? TargetStd = null, IReadOnlyList<double>? TargetMean = null)
{
    private const double SmallestA = 1e-20;

    public double Slope(int head) => Math.Max(A[head], SmallestA);

    public double Shift(int head) => B[head];

    public static Scaler Uniform(int heads, double a, double b) => new(Enumerable.Repeat(a, heads).ToArray(), Enumerable.Repeat(b, heads).ToArray());
}

/// <summary>The hardware scales of one layer. The stored zero weight lies at 0.45 V, hence the defaults.</summary>
/// <param name="ScoreScale">
/// <c>att_score_scaler.a</c>, fixed in the authors' code: S is multiplied by it in place of a division by the saturation, so it is
/// 1/80 in gain-cell checkpoints and 1/sqrt(head size) in softmax ones. Null when the checkpoint has none.
/// </param>
/// <param name="AverageScale"><c>weight_average_scaler.a</c>, likewise: 1/40 in gain-cell checkpoints, 1 in softmax ones.</param>
public sealed record LayerScalers(Scaler Query, Scaler Key, Scaler Value, Scaler Output, double? ScoreScale = null, double? AverageScale = null)
{
    public static LayerScalers Default(int heads) => new(
        Scaler.Uniform(heads, 1, 0), Scaler.Uniform(heads, 1, 0.45), Scaler.Uniform(heads, 1, 0.45), Scaler.Uniform(heads, 1, 0));
}
