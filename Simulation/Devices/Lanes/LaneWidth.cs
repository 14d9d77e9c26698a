using System.Runtime.Intrinsics;

namespace AnalogAttention.Simulation.Devices.Lanes;

/// <summary>How many transistors the kernels take at a time.</summary>
internal static class LaneWidth
{
    /// <summary>The widest lane that the processor computes at once: 8, 4 or 1.</summary>
    public static int Widest { get; } = Vector512.IsHardwareAccelerated ? 8 : Vector256.IsHardwareAccelerated ? 4 : 1;

    /// <summary>Arrays of the kernels have a multiple of this length, which every width divides.</summary>
    public const int Padding = 8;

    public static int Padded(int count) => (count + Padding - 1) / Padding * Padding;
}
