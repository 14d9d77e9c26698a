using System.Runtime.CompilerServices;

namespace AnalogAttention.Simulation.Devices.Lanes;

/// <summary>Parameters of as many transistors as <typeparamref name="T"/> is wide: column c of transistor k is at c Width + k.</summary>
internal readonly ref struct LaneBlock<T>(ref readonly double start) where T : struct, ILane<T>
{
    private readonly ref readonly double _start = ref start;

    public T this[int column]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => T.Load(in _start, column * T.Width);
    }
}
