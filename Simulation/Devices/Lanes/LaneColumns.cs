using System.Runtime.InteropServices;

namespace AnalogAttention.Simulation.Devices.Lanes;

/// <summary>
/// Parameters of many transistors in blocks of one vector width, column c of transistor k of a block at c width + k. Equal blocks are
/// stored once: an array of one cell then has its parameters in the cache.
/// </summary>
internal sealed class LaneColumns
{
    private readonly double[] _values;
    private readonly int[] _places; // of each block in _values

    /// <param name="write">Writes the columns of a transistor with that stride.</param>
    public LaneColumns(int columns, int padded, int width, Action<int, Span<double>> write)
    {
        var size = columns * width;
        var unique = new List<double>();
        var found = new Dictionary<int, List<int>>();
        _places = new int[padded / width];
        var block = new double[size];
        for (var k = 0; k < _places.Length; k++)
        {
            for (var lane = 0; lane < width; lane++)
                write(k * width + lane, block.AsSpan(lane));
            var hash = Hash(block);
            if (!found.TryGetValue(hash, out var candidates))
                found[hash] = candidates = [];
            var place = candidates.FindIndex(at => CollectionsMarshal.AsSpan(unique).Slice(at, size).SequenceEqual(block));
            if (place < 0)
            {
                place = candidates.Count;
                candidates.Add(unique.Count);
                unique.AddRange(block);
            }
            _places[k] = candidates[place];
        }
        _values = [.. unique];
    }

    /// <summary>Start of a block, counted in vectors.</summary>
    public ref readonly double this[int block] => ref _values[_places[block]];

    private static int Hash(ReadOnlySpan<double> block)
    {
        var hash = new HashCode();
        hash.AddBytes(MemoryMarshal.AsBytes(block));
        return hash.ToHashCode();
    }
}
