namespace AnalogAttention.Inference.Tensors;

/// <summary>Singles, zero at first, that begin where a line of the cache begins: no vector of 512 bits straddles two.</summary>
public sealed unsafe class AlignedBuffer
{
    private const int CacheLine = 64;

    // pinned: it stays where it was aligned
    private readonly float[] _memory;
    private readonly int _start;

    public AlignedBuffer(int length)
    {
        Length = length;
        _memory = GC.AllocateArray<float>(length + CacheLine / sizeof(float), pinned: true);
        fixed (float* first = _memory)
            _start = (int)((CacheLine - (nint)first % CacheLine) % CacheLine / sizeof(float));
    }

    public int Length { get; }

    public Span<float> Span => _memory.AsSpan(_start, Length);

    public Span<float> AsSpan(int start) => Span[start..];

    public Span<float> AsSpan(int start, int length) => Span.Slice(start, length);
}
