namespace AnalogAttention.Inference.Evaluation;

/// <summary>What one window of text adds to the sums of one variant.</summary>
internal sealed class WindowScores(int references, int layers, int heads)
{
    public long Tokens { get; set; }
    public double NegativeLogLikelihood { get; set; }

    /// <summary>By reference.</summary>
    public long[] Agreed { get; } = new long[references];

    /// <summary>By reference.</summary>
    public long[] AmongFive { get; } = new long[references];

    /// <summary>By reference.</summary>
    public double[] Divergence { get; } = new double[references];

    /// <summary>Sum of squared differences of attention outputs: shape (references, layers, heads).</summary>
    public double[,,] SquaredError { get; } = new double[references, layers, heads];

    /// <summary>Sum of squares of the reference's: shape (references, layers, heads).</summary>
    public double[,,] SquaredReference { get; } = new double[references, layers, heads];

    public static EvaluationResult Sum(EvaluationVariant variant, IEnumerable<WindowScores> windows, Attention.AttentionCounts counts)
    {
        WindowScores[] inOrder = [.. windows];
        long tokens = inOrder.Sum(w => w.Tokens);
        int layers = variant.Model.Layers, heads = variant.Model.Heads;
        double Error(int r, int layer, Range of)
        {
            double error = 0, square = 0;
            foreach (WindowScores w in inOrder)
                for (int h = of.Start.Value; h < of.End.Value; h++)
                    (error, square) = (error + w.SquaredError[r, layer, h], square + w.SquaredReference[r, layer, h]);
            return Math.Sqrt(error / square);
        }
        Comparison[] comparisons = [.. variant.References.Select((name, r) => new Comparison(
            name,
            inOrder.Sum(w => w.Agreed[r]) / (double)tokens,
            inOrder.Sum(w => w.AmongFive[r]) / (double)tokens,
            inOrder.Sum(w => w.Divergence[r]) / tokens,
            [.. Enumerable.Range(0, layers).Select(l => Error(r, l, ..heads))],
            [.. Enumerable.Range(0, layers).Select(l => (IReadOnlyList<double?>)[.. Enumerable.Range(0, heads).Select(h => Error(r, l, h..(h + 1)) is var e && double.IsFinite(e) ? e : (double?)null)])]))];
        return new EvaluationResult(variant.Name, tokens, inOrder.Sum(w => w.NegativeLogLikelihood) / tokens, comparisons, counts) { Windows = [.. inOrder.Select(w => (w.Tokens, w.NegativeLogLikelihood))] };
    }
}
