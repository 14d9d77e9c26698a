using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using AnalogAttention.Simulation.Devices.Lanes;

namespace AnalogAttention.Simulation.Devices.Ekv;

/// <summary>
/// Transistors evaluated side by side. Arrays have <see cref="Padded"/> entries; those from <see cref="Count"/> on belong to copies of
/// the last transistor, and their voltages must be numbers.
/// </summary>
internal sealed class EkvBank
{
    private readonly LaneColumns _columns;
    private readonly EkvTerms _terms;

    /// <param name="width">Transistors at a time: 1, 4 or 8, with the same results.</param>
    /// <exception cref="ArgumentException">No transistor, or another width.</exception>
    public EkvBank(IReadOnlyList<EkvTransistor> transistors, int width)
    {
        if (transistors.Count == 0 || width is not (1 or 4 or 8))
            throw new ArgumentException($"expected transistors and 1, 4 or 8 at a time, found {transistors.Count} and {width}");
        (Count, Padded, Width) = (transistors.Count, LaneWidth.Padded(transistors.Count), width);
        foreach (var transistor in transistors)
            _terms |= transistor.Coefficients.Terms;
        _columns = new LaneColumns(EkvColumn.Count, Padded, width, (k, block) => transistors[Math.Min(k, Count - 1)].Coefficients.Write(block, width));
    }

    public EkvBank(IReadOnlyList<EkvTransistor> transistors) : this(transistors, LaneWidth.Widest)
    {
    }

    public int Count { get; }

    public int Padded { get; }

    public int Width { get; }

    /// <summary>Currents, charges and their derivatives at terminal voltages in volts against ground, [Padded] each.</summary>
    public void Evaluate(ReadOnlySpan<double> vd, ReadOnlySpan<double> vg, ReadOnlySpan<double> vs, ReadOnlySpan<double> vb, EkvOutputs outputs) =>
        Evaluate(vd, vg, vs, vb, outputs, charged: true);

    /// <summary>Currents and their derivatives; charges and capacitances stay as they were.</summary>
    /// <inheritdoc cref="Evaluate(ReadOnlySpan{double}, ReadOnlySpan{double}, ReadOnlySpan{double}, ReadOnlySpan{double}, EkvOutputs)"/>
    public void EvaluateStatic(ReadOnlySpan<double> vd, ReadOnlySpan<double> vg, ReadOnlySpan<double> vs, ReadOnlySpan<double> vb, EkvOutputs outputs) =>
        Evaluate(vd, vg, vs, vb, outputs, charged: false);

    private void Evaluate(ReadOnlySpan<double> vd, ReadOnlySpan<double> vg, ReadOnlySpan<double> vs, ReadOnlySpan<double> vb, EkvOutputs outputs, bool charged)
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

    [SkipLocalsInit]
    private void Evaluate<T>(ReadOnlySpan<double> vd, ReadOnlySpan<double> vg, ReadOnlySpan<double> vs, ReadOnlySpan<double> vb, EkvOutputs outputs, bool charged)
        where T : struct, ILane<T>
    {
        ref readonly double d = ref MemoryMarshal.GetReference(vd), g = ref MemoryMarshal.GetReference(vg), s = ref MemoryMarshal.GetReference(vs), b = ref MemoryMarshal.GetReference(vb);
        Unsafe.SkipInit(out EkvTerminals<T> at);
        for (var k = 0; k < vd.Length; k += T.Width)
        {
            EkvEquations<T>.Evaluate(new LaneBlock<T>(in _columns[k / T.Width]), _terms, charged, T.Load(in d, k), T.Load(in g, k), T.Load(in s, k), T.Load(in b, k), ref at);
            T.Store(at.Id, ref outputs.Id[0], k);
            T.Store(at.GdVd, ref outputs.GdVd[0], k);
            T.Store(at.GdVg, ref outputs.GdVg[0], k);
            T.Store(at.GdVs, ref outputs.GdVs[0], k);
            if (!charged)
                continue;
            T.Store(at.Qd, ref outputs.Qd[0], k);
            T.Store(at.Qg, ref outputs.Qg[0], k);
            T.Store(at.Qs, ref outputs.Qs[0], k);
            T.Store(at.Cdd, ref outputs.Cdd[0], k);
            T.Store(at.Cdg, ref outputs.Cdg[0], k);
            T.Store(at.Cds, ref outputs.Cds[0], k);
            T.Store(at.Cgd, ref outputs.Cgd[0], k);
            T.Store(at.Cgg, ref outputs.Cgg[0], k);
            T.Store(at.Cgs, ref outputs.Cgs[0], k);
            T.Store(at.Csd, ref outputs.Csd[0], k);
            T.Store(at.Csg, ref outputs.Csg[0], k);
            T.Store(at.Css, ref outputs.Css[0], k);
        }
    }
}
