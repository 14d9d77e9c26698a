using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace AnalogAttention.Inference.Tensors;

/// <summary>How weights lie in memory; the arithmetic is single precision with either.</summary>
public enum WeightFormat
{
    F32,

    /// <summary>The upper half of a single, rounded to nearest even: half the memory traffic, 8 bits of precision.</summary>
    BF16,
}

/// <summary>One row of a panel: 32 weights, column 0 first.</summary>
internal unsafe interface IPanelRow
{
    static abstract int Bytes { get; }

    /// <summary>Columns 0 ... 15 and 16 ... 31.</summary>
    static abstract void Load(byte* row, out Vector512<float> low, out Vector512<float> high);

    /// <summary>A vector of columns from a multiple of its length on.</summary>
    static abstract Vector<float> Load(byte* row, int column);

    static abstract float Weight(byte* row, int column);
}

/// <summary>A row that a matrix can be stored in.</summary>
internal unsafe interface IStoredRow : IPanelRow
{
    static abstract void Store(byte* row, int column, float weight);
}

internal readonly unsafe struct F32Row : IStoredRow
{
    public static int Bytes => 4 * PackedMatrix.PanelWidth;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Load(byte* row, out Vector512<float> low, out Vector512<float> high) => (low, high) = (Vector512.Load((float*)row), Vector512.Load((float*)row + 16));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Load(byte* row, int column) => Vector.Load((float*)row + column);

    public static float Weight(byte* row, int column) => ((float*)row)[column];

    public static void Store(byte* row, int column, float weight) => ((float*)row)[column] = weight;
}

/// <summary>Word n holds column n in its lower half and column n + 16 in its upper half: one shift or one mask makes singles of 16 of them.</summary>
internal readonly unsafe struct BF16Row : IStoredRow
{
    private const int Words = PackedMatrix.PanelWidth / 2;
    private const uint UpperHalf = 0xFFFF0000;

    public static int Bytes => 2 * PackedMatrix.PanelWidth;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Load(byte* row, out Vector512<float> low, out Vector512<float> high)
    {
        Vector512<uint> words = Vector512.Load((uint*)row);
        low = (words << 16).AsSingle();
        high = (words & Vector512.Create(UpperHalf)).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Load(byte* row, int column) => column < Words
        ? Vector.AsVectorSingle(Vector.ShiftLeft(Vector.Load((uint*)row + column), 16))
        : Vector.AsVectorSingle(Vector.Load((uint*)row + column - Words) & new Vector<uint>(UpperHalf));

    public static float Weight(byte* row, int column) =>
        BitConverter.UInt32BitsToSingle(column < Words ? ((uint*)row)[column] << 16 : ((uint*)row)[column - Words] & UpperHalf);

    public static void Store(byte* row, int column, float weight) => ((ushort*)row)[2 * (column % Words) + column / Words] = Rounded(weight);

    /// <summary>Round to nearest, ties to even; weights are finite.</summary>
    private static ushort Rounded(float weight)
    {
        uint bits = BitConverter.SingleToUInt32Bits(weight);
        return (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }
}
