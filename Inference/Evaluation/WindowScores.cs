namespace AnalogAttention.Inference.Evaluation;

/// <summary>What one window of text adds to the sums of one variant.</summary>
internal sealed class WindowScores(int references, int layers)
{
    public long Tokens { get; set; }
    public double NegativeLogLikelihood { get; set; }

    /// <summary>By reference.</summary>
    public long[] Agreed { get; } = new long[references];

    /// <summary>By reference.</summary>
    public double[] Divergence { get; } = new double[references];

    /// <summary>Sum of squared differences of attention outputs: shape (references, layers).</summary>
    public double[,] SquaredError { get; } = new double[references, layers];

    /// <summary>Sum of squares of the reference's: shape (references, layers).</summary>
    public double[,] SquaredReference { get; } = new double[references, layers];

    public static EvaluationResult Sum(EvaluationVariant variant, IEnumerable<WindowScores> windows, Attention.AttentionCounts counts)
    {
        WindowScores[] inOrder = [.. windows];
        long tokens = inOrder.Sum(w => w.Tokens);
        int layers = variant.Model.Layers;
        Comparison[] comparisons = [.. variant.References.Select((name, r) => new Comparison(
            name,
            inOrder.Sum(w => w.Agreed[r]) / (double)tokens,
            inOrder.Sum(w => w.Divergence[r]) / tokens,
            [.. Enumerable.Range(0, layers).Select(l => Math.Sqrt(inOrder.Sum(w => w.SquaredError[r, l]) / inOrder.Sum(w => w.SquaredReference[r, l])))]))];
        return new EvaluationResult(variant.Name, tokens, inOrder.Sum(w => w.NegativeLogLikelihood) / tokens, comparisons, counts);
    }
}
