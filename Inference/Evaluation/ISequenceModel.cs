using AnalogAttention.Inference.Attention;

namespace AnalogAttention.Inference.Evaluation;

/// <summary>A language model as evaluation sees it: a GPT-2 with one attention, fast or in double.</summary>
public interface ISequenceModel
{
    int ContextLength { get; }
    int Vocabulary { get; }
    int Layers { get; }
    int Heads { get; }

    /// <summary>Width of a layer's attention output, heads side by side.</summary>
    int Width { get; }

    /// <summary>A reader with buffers of its own, for one thread.</summary>
    ISequenceReader Open();
}

/// <summary>Reads sequences one after the other; not thread-safe.</summary>
public interface ISequenceReader
{
    /// <summary>Reads one sequence from its beginning.</summary>
    /// <param name="sequence">Which one, for noise that differs from one to the next.</param>
    void Read(ReadOnlySpan<int> tokens, long sequence);

    /// <param name="logits">Logits of rows first ... first + count - 1, shape (count, vocabulary).</param>
    void Logits(int first, int count, Span<double> logits);

    /// <summary>Output of a layer's attention block before <c>c_proj</c>.</summary>
    /// <param name="output">Shape (tokens, width).</param>
    void AttentionOutput(int layer, Span<double> output);

    /// <summary>Summed over all sequences that were read.</summary>
    AttentionCounts Counts { get; }
}
