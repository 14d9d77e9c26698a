namespace AnalogAttention.Inference.Arrays;

/// <summary>Element type of a <c>.npy</c> array, little-endian.</summary>
public enum ElementType { Float32, Float64, Int32, Int64 }

/// <summary>
/// A dense array in C order. Values are held in double whatever the file's element type was (exact for float32 and for
/// integers up to 2^53).
/// </summary>
public sealed class NdArray
{
    public NdArray(IReadOnlyList<int> shape, double[] values, ElementType type = ElementType.Float64)
    {
        long count = 1;
        foreach (int extent in shape)
            count = checked(count * extent);
        if (count != values.Length)
            throw new ArgumentException($"shape ({string.Join(", ", shape)}) has {count} elements, {values.Length} given", nameof(values));
        Shape = shape;
        Values = values;
        Type = type;
    }

    public IReadOnlyList<int> Shape { get; }
    public double[] Values { get; }

    /// <summary>As read, or as it is to be written.</summary>
    public ElementType Type { get; }

    public int Rank => Shape.Count;

    public static NdArray FromSingles(IReadOnlyList<int> shape, ReadOnlySpan<float> values)
    {
        var wide = new double[values.Length];
        for (var i = 0; i < wide.Length; i++)
            wide[i] = values[i];
        return new NdArray(shape, wide, ElementType.Float32);
    }

    public float[] ToSingles() => Array.ConvertAll(Values, static v => (float)v);
}
