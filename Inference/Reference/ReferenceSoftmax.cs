using AnalogAttention.Inference.Attention;

namespace AnalogAttention.Inference.Reference;

/// <summary>softmax(q k / sqrt d) v over the causal sliding window.</summary>
/// <param name="Window">Null: the model's.</param>
public sealed record ReferenceSoftmax(int? Window = null) : IReferenceAttention
{
    public void Attend(AttentionGeometry geometry, int layer, ReadOnlySpan<double> qkv, int tokens, Span<double> output, long sequence = 0)
    {
        int d = geometry.HeadSize, width = geometry.Heads * d, window = Window ?? geometry.Window;
        var p = new double[tokens];
        output.Clear();
        for (var h = 0; h < geometry.Heads; h++)
            for (var t = 0; t < tokens; t++)
            {
                ReadOnlySpan<double> q = qkv.Slice(t * 3 * width + h * d, d);
                double max = double.NegativeInfinity, sum = 0;
                int from = Math.Max(0, t - window + 1);
                for (int j = from; j <= t; j++)
                    max = Math.Max(max, p[j] = ReferenceMath.Dot(q, qkv.Slice(j * 3 * width + width + h * d, d)) / Math.Sqrt(d));
                for (int j = from; j <= t; j++)
                    sum += p[j] = Math.Exp(p[j] - max);
                for (int j = from; j <= t; j++)
                    ReferenceMath.AddScaled(p[j] / sum, qkv.Slice(j * 3 * width + 2 * width + h * d, d), output.Slice(t * width + h * d, d));
            }
    }
}
