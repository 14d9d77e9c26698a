namespace AnalogAttention.Inference.Weights;

/// <summary>Element types that weights are read from.</summary>
public enum TensorType { F16, BF16, F32 }

/// <summary>One tensor of a safetensors file.</summary>
/// <param name="TypeName">As in the file; types other than <see cref="TensorType"/> may stand in a file but not be read as weights.</param>
/// <param name="Begin">First byte, counted from the end of the header.</param>
/// <param name="End">One past the last byte.</param>
public sealed record TensorEntry(string Name, string TypeName, IReadOnlyList<long> Shape, long Begin, long End)
{
    public string ShapeText => $"({string.Join(", ", Shape)})";
}
