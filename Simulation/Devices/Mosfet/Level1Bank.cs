using System.Runtime.InteropServices;
using AnalogAttention.Simulation.Devices.Lanes;

namespace AnalogAttention.Simulation.Devices;

/// <summary>
/// Transistors evaluated side by side, as <see cref="Level1Transistor.At"/> and its junctions and depletion charges do one at a time.
/// Arrays have <see cref="Padded"/> entries; those from <see cref="Count"/> on belong to copies of the last transistor, and their
/// voltages must be numbers.
/// </summary>
internal sealed class Level1Bank
{
    private readonly LaneColumns _columns;
    private readonly Level1Terms _terms;

    /// <param name="width">Transistors at a time: 1, 4 or 8, with the same results.</param>
    /// <exception cref="ArgumentException">No transistor, or another width.</exception>
    public Level1Bank(IReadOnlyList<Level1Transistor> transistors, int width)
    {
        if (transistors.Count == 0 || width is not (1 or 4 or 8))
            throw new ArgumentException($"expected transistors and 1, 4 or 8 at a time, found {transistors.Count} and {width}");
        (Count, Padded, Width) = (transistors.Count, LaneWidth.Padded(transistors.Count), width);
        foreach (var transistor in transistors)
            _terms |= transistor.Terms;
        _columns = new LaneColumns(Level1Column.Count, Padded, width, (k, block) => transistors[Math.Min(k, Count - 1)].Write(block, width));
    }

    public Level1Bank(IReadOnlyList<Level1Transistor> transistors) : this(transistors, LaneWidth.Widest)
    {
    }

    public int Count { get; }

    public int Padded { get; }

    public int Width { get; }

    /// <summary>
    /// All outputs at terminal voltages in volts against ground, [Padded] each. The equations see vgs, vds and vbs, for a pmos negated.
    /// What no transistor of the bank has stays as it was, 0.
    /// </summary>
    public void Evaluate(ReadOnlySpan<double> vd, ReadOnlySpan<double> vg, ReadOnlySpan<double> vs, ReadOnlySpan<double> vb, Level1Outputs outputs) =>
        Evaluate(vd, vg, vs, vb, outputs, charged: true);

    /// <summary>Currents and their slopes; the other outputs stay as they were.</summary>
    /// <inheritdoc cref="Evaluate(ReadOnlySpan{double}, ReadOnlySpan{double}, ReadOnlySpan{double}, ReadOnlySpan{double}, Level1Outputs)"/>
    public void EvaluateStatic(ReadOnlySpan<double> vd, ReadOnlySpan<double> vg, ReadOnlySpan<double> vs, ReadOnlySpan<double> vb, Level1Outputs outputs) =>
        Evaluate(vd, vg, vs, vb, outputs, charged: false);

    private void Evaluate(ReadOnlySpan<double> vd, ReadOnlySpan<double> vg, ReadOnlySpan<double> vs, ReadOnlySpan<double> vb, Level1Outputs outputs, bool charged)
    {
        if (vd.Length != Padded || vg.Length != Padded || vs.Length != Padded || vb.Length != Padded || outputs.Length != Padded)
            throw new ArgumentException($"expected {Padded} voltages and outputs");
        switch (Width)
        {
            case 8:
                Evaluate<Lane8>(vd, vg, vs, vb, outputs, charged);
                break;
            case 4:
                Evaluate<Lane4>(vd, vg, vs, vb, outputs, charged);
                break;
            default:
                Evaluate<Lane1>(vd, vg, vs, vb, outputs, charged);
                break;
        }
    }

    private void Evaluate<T>(ReadOnlySpan<double> vd, ReadOnlySpan<double> vg, ReadOnlySpan<double> vs, ReadOnlySpan<double> vb, Level1Outputs outputs, bool charged)
        where T : struct, ILane<T>
    {
        ref readonly double d = ref MemoryMarshal.GetReference(vd), g = ref MemoryMarshal.GetReference(vg), s = ref MemoryMarshal.GetReference(vs), b = ref MemoryMarshal.GetReference(vb);
        bool conducting = (_terms & Level1Terms.Junctions) != 0, depleted = charged && (_terms & (Level1Terms.Bottom | Level1Terms.Side)) != 0;
        for (var k = 0; k < vd.Length; k += T.Width)
        {
            var columns = new LaneBlock<T>(in _columns[k / T.Width]);
            T sign = columns[Level1Column.Sign], source = T.Load(in s, k);
            T vgs = sign * (T.Load(in g, k) - source), vds = sign * (T.Load(in d, k) - source), vbs = sign * (T.Load(in b, k) - source);
            Level1Equations<T>.Channel(columns, _terms, charged, vgs, vds, vbs, outputs, k);
            if (conducting)
                Level1Equations<T>.Junctions(columns, vbs - vds, vbs, outputs, k);
            if (depleted)
                Level1Equations<T>.Depletion(columns, _terms, vbs - vds, vbs, outputs, k);
        }
    }
}
