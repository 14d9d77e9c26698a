using System.Runtime.CompilerServices;
using AnalogAttention.Simulation.Devices.Junction;
using AnalogAttention.Simulation.Devices.Lanes;

namespace AnalogAttention.Simulation.Devices;

/// <summary>Effects that some transistor of a bank has; the others are left out.</summary>
[Flags]
internal enum Level1Terms
{
    /// <summary>GAMMA.</summary>
    BodyEffect = 1,

    /// <summary>Saturation current of a bulk junction.</summary>
    Junctions = 2,

    /// <summary>Meyer's capacitances.</summary>
    Oxide = 4,

    /// <summary>Depletion capacitance of a junction's bottom.</summary>
    Bottom = 8,

    /// <summary>Depletion capacitance of a junction's side wall.</summary>
    Side = 16,

    /// <summary>A depletion capacitance with another exponent than 1/2.</summary>
    AnyGrading = 32,
}

/// <summary>Columns of a block of transistors as the equations take them: numbers that do not depend on voltages.</summary>
internal static class Level1Column
{
    public const int Sign = 0, Beta = 1, Lambda = 2, Gamma = 3, Phi = 4, RootPhi = 5, HalfOverRootPhi = 6, OverPhi = 7, BuiltIn = 8, OxideFarads = 9,
        OverVt = 10, ThreeVt = 11, DrainSaturation = 12, SourceSaturation = 13,
        DrainBottom = 14, DrainSide = DrainBottom + DepletionColumn.Count, SourceBottom = DrainSide + DepletionColumn.Count, SourceSide = SourceBottom + DepletionColumn.Count;

    public const int Count = SourceSide + DepletionColumn.Count;
}

/// <summary>The equations of <see cref="Level1Transistor"/> over lanes, with bounds for branches. Voltages and results are those of an nmos.</summary>
internal static class Level1Equations<T> where T : struct, ILane<T>
{
    // A method of its own, since the compiler stops inlining at 512 variables; optimised at once, since lanes are twenty times slower before.
    private const MethodImplOptions Stage = MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization;

    /// <summary>Channel current and slopes; with <paramref name="charged"/> Meyer's halves.</summary>
    /// <param name="k">First transistor of the block in the outputs.</param>
    [MethodImpl(Stage)]
    public static void Channel(LaneBlock<T> columns, Level1Terms terms, bool charged, T vgs, T vds, T vbs, Level1Outputs outputs, int k)
    {
        T zero = T.Broadcast(0), one = T.Broadcast(1);
        var reverse = T.LessThan(vds, zero);
        var across = T.Min(vds, zero);
        T gate = vgs - across, ds = T.Abs(vds);

        // von = built-in voltage + gamma sqrt(phi - vbs), on its tangent in 0 where the junction conducts
        T von = columns[Level1Column.BuiltIn], body = zero;
        if ((terms & Level1Terms.BodyEffect) != 0)
        {
            T bulk = vbs - across, gamma = columns[Level1Column.Gamma];
            var tangent = T.Max(columns[Level1Column.RootPhi] - T.Max(bulk, zero) * columns[Level1Column.HalfOverRootPhi], zero);
            var root = T.Select(T.LessThan(zero, bulk), tangent, T.Sqrt(columns[Level1Column.Phi] - T.Min(bulk, zero)));
            var positive = T.LessThan(zero, root);
            body = T.Select(positive, 0.5 * gamma / T.Select(positive, root, one), zero);
            von = T.MultiplyAdd(gamma, root, von);
        }

        // beta (1 + lambda vds) v (over - v/2) with v = vds up to saturation at vds = over
        var over = gate - von;
        var saturation = T.Max(over, zero);
        var along = T.Min(saturation, ds);
        T lambda = columns[Level1Column.Lambda], beta0 = columns[Level1Column.Beta];
        var beta = beta0 * T.MultiplyAdd(lambda, ds, one);
        var shape = along * (saturation - 0.5 * along);
        T id = beta * shape, gm = beta * along, gds = beta * (saturation - along) + lambda * beta0 * shape, gmbs = gm * body;
        T.Store(T.Select(reverse, -id, id), ref outputs.Id[0], k);
        T.Store(T.Select(reverse, -gm, gm), ref outputs.Gm[0], k);
        T.Store(T.Select(reverse, gm + gds + gmbs, gds), ref outputs.Gds[0], k);
        T.Store(T.Select(reverse, -gmbs, gmbs), ref outputs.Gmbs[0], k);
        if (!charged || (terms & Level1Terms.Oxide) == 0)
            return;

        // Meyer: accumulation up to over = -phi, depletion up to -phi/2, and the share of the channel
        T oxide = columns[Level1Column.OxideFarads], below = columns[Level1Column.OverPhi] * T.Min(over, zero); // -1 at over = -phi
        T.Store(oxide * T.Min(-0.5 * below, T.Broadcast(0.5)), ref outputs.HalfGb[0], k);
        var near = oxide * T.Max(T.MultiplyAdd(T.Broadcast(1 / 1.5), below, T.Broadcast(1.0 / 3)), zero);
        var limit = T.Max(saturation, T.Broadcast(Level1Transistor.LeastSaturation));
        var rest = limit - T.Min(ds, limit);
        var inverse = one / (limit + rest);
        T far = limit * inverse, source = rest * inverse;
        T.Store(near * (one - T.Select(reverse, far * far, source * source)), ref outputs.HalfGs[0], k);
        T.Store(near * (one - T.Select(reverse, source * source, far * far)), ref outputs.HalfGd[0], k);
    }

    /// <summary>Currents of both bulk junctions and their slopes.</summary>
    [MethodImpl(Stage)]
    public static void Junctions(LaneBlock<T> columns, T vbd, T vbs, Level1Outputs outputs, int k)
    {
        var reverse = -columns[Level1Column.ThreeVt];
        T drain = T.Min(vbd, reverse), source = T.Min(vbs, reverse);
        var inverse = T.Broadcast(1) / (drain * source);
        Junction(columns, columns[Level1Column.DrainSaturation], vbd, reverse, inverse * source, outputs.DrainAmperes, outputs.DrainSiemens, k);
        Junction(columns, columns[Level1Column.SourceSaturation], vbs, reverse, inverse * drain, outputs.SourceAmperes, outputs.SourceSiemens, k);
    }

    /// <summary>Charges and capacitances of both bulk junctions.</summary>
    public static void Depletion(LaneBlock<T> columns, Level1Terms terms, T vbd, T vbs, Level1Outputs outputs, int k)
    {
        var any = (terms & Level1Terms.AnyGrading) != 0;
        T drain = T.Broadcast(0), drainFarads = drain, source = drain, sourceFarads = drain;
        if ((terms & Level1Terms.Bottom) != 0)
        {
            AddDepletion(columns, Level1Column.DrainBottom, any, vbd, ref drain, ref drainFarads);
            AddDepletion(columns, Level1Column.SourceBottom, any, vbs, ref source, ref sourceFarads);
        }
        if ((terms & Level1Terms.Side) != 0)
        {
            AddDepletion(columns, Level1Column.DrainSide, any, vbd, ref drain, ref drainFarads);
            AddDepletion(columns, Level1Column.SourceSide, any, vbs, ref source, ref sourceFarads);
        }
        T.Store(drain, ref outputs.DrainCoulombs[0], k);
        T.Store(drainFarads, ref outputs.DrainFarads[0], k);
        T.Store(source, ref outputs.SourceCoulombs[0], k);
        T.Store(sourceFarads, ref outputs.SourceFarads[0], k);
    }

    // is (e^(v/Vt) - 1); below -3 Vt -is (1 + (3 Vt/(e v))^3)
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Junction(LaneBlock<T> columns, T saturation, T volts, T reverse, T overVolts, double[] amperes, double[] siemens, int k)
    {
        var one = T.Broadcast(1);
        var overVt = columns[Level1Column.OverVt];
        var growth = saturation * LaneMath.Exp(volts * overVt);
        var ratio = columns[Level1Column.ThreeVt] * overVolts;
        var cube = 1 / (Math.E * Math.E * Math.E) * (ratio * ratio * ratio);
        var reversed = T.LessOrEqual(volts, reverse);
        T.Store(T.Select(reversed, -(saturation * (one + cube)), growth - saturation), ref amperes[0], k);
        T.Store(T.Select(reversed, 3 * saturation * cube * overVolts, growth * overVt), ref siemens[0], k);
    }

    // C0 V0/(1 - m) (1 - (1 - v/V0)^(1 - m)), and its tangent from the knee on
    [MethodImpl(Stage)]
    private static void AddDepletion(LaneBlock<T> columns, int first, bool anyGrading, T volts, ref T charge, ref T farads)
    {
        T zero = T.Broadcast(0), one = T.Broadcast(1);
        T knee = columns[first + DepletionColumn.Knee], steepness = columns[first + DepletionColumn.Steepness], offset = columns[first + DepletionColumn.Offset];
        var bent = columns[first + DepletionColumn.GradingOverVolts];
        var rest = one - T.Min(volts, knee) * columns[first + DepletionColumn.OverVolts];
        var grading = columns[first + DepletionColumn.Grading];
        var slope = anyGrading ? LaneMath.Exp(-(grading * LaneMath.Log(rest))) : one / T.Sqrt(rest);
        var beyond = steepness * T.Max(volts - knee, zero) * (offset + 0.5 * bent * (volts + knee));
        charge += T.MultiplyAdd(columns[first + DepletionColumn.Coulombs], one - rest * slope, beyond);
        farads += T.Select(T.LessThan(volts, knee), columns[first + DepletionColumn.Farads] * slope, steepness * T.MultiplyAdd(bent, volts, offset));
    }
}
