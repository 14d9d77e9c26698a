using AnalogAttention.Circuits;

namespace AnalogAttention.Inference.Sampling;

/// <summary>How the next token is drawn.</summary>
/// <param name="Temperature">Divides the logits; 0: the most likely token, always.</param>
/// <param name="TopK">Draw from the k most likely tokens; null: from all.</param>
/// <param name="TopP">Draw from the fewest tokens that hold this probability; null: from all.</param>
public sealed record SamplingOptions(double Temperature = 1, int? TopK = null, double? TopP = null, int Seed = 0)
{
    public static SamplingOptions Greedy { get; } = new(Temperature: 0);

    /// <exception cref="BadInputException">A value that means nothing.</exception>
    public void Check()
    {
        if (!(Temperature >= 0 && double.IsFinite(Temperature)))
            throw new BadInputException($"temperature is {Temperature}, expected a number >= 0");
        if (TopK is < 1)
            throw new BadInputException($"top-k is {TopK}, expected at least 1");
        if (TopP is { } p && !(p is > 0 and <= 1))
            throw new BadInputException($"top-p is {p}, expected a number above 0, at most 1");
    }
}
