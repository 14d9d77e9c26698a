using System.Runtime.CompilerServices;
using AnalogAttention.Simulation.Devices.Lanes;

namespace AnalogAttention.Simulation.Devices;

/// <summary>What the channel of MOS level 1 needs, at temperature; SI units.</summary>
internal readonly struct Level1Channel<T>(T beta, T lambda, T gamma, T phi, T rootPhi, T builtIn, T oxideFarads) where T : struct, ILane<T>
{
    public readonly T Beta = beta, Lambda = lambda, Gamma = gamma, Phi = phi, RootPhi = rootPhi, BuiltIn = builtIn, OxideFarads = oxideFarads;
}

/// <summary>Drain current, its slopes and the halves of Meyer's capacitances.</summary>
internal readonly struct Level1Bias<T>(T id, T gm, T gds, T gmbs, T gs, T gd, T gb) where T : struct, ILane<T>
{
    public readonly T Id = id, Gm = gm, Gds = gds, Gmbs = gmbs, HalfGs = gs, HalfGd = gd, HalfGb = gb;
}

/// <summary>MOS level 1 (Shichman and Hodges 1968; Meyer, RCA Review 32, 1971), written once for any width; voltages of an nmos.</summary>
internal static class Level1Equations
{
    /// <summary>Channel current from drain to source and gate capacitances; source and drain trade places where vds is negative.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Level1Bias<T> At<T>(in Level1Channel<T> t, T vgs, T vds, T vbs) where T : struct, ILane<T>
    {
        T zero = T.Of(0), reverse = T.Greater(zero, vds);
        var near = T.Select(reverse, vgs - vds, vgs);
        var across = T.Select(reverse, -vds, vds);
        var bulk = T.Select(reverse, vbs - vds, vbs);

        var root = T.Select(T.Greater(bulk, zero), T.Max(zero, t.RootPhi - bulk / (t.RootPhi * 2)), T.Sqrt(T.Max(zero, t.Phi - bulk)));
        var von = t.BuiltIn + t.Gamma * root;
        var over = near - von;
        var on = T.Greater(over, zero);
        var body = T.Select(T.Greater(root, zero), t.Gamma / (root * 2), zero);
        var beta = t.Beta * (T.Of(1) + t.Lambda * across);
        var saturated = T.AtLeast(across, over);
        // in saturation the current is that at vds = over, but for the factor in beta
        var reach = T.Select(saturated, over, across);
        var shape = reach * (over - reach * 0.5);
        var id = T.Select(on, beta * shape, zero);
        var gm = T.Select(on, beta * reach, zero);
        var gds = T.Select(on, beta * (over - reach) + t.Lambda * t.Beta * shape, zero);
        var gmbs = gm * body;

        var (farNear, farFar, gb) = Meyer(t, over, across, T.Select(on, over, zero));
        return new Level1Bias<T>(
            T.Select(reverse, -id, id), T.Select(reverse, -gm, gm), T.Select(reverse, gm + gds + gmbs, gds), T.Select(reverse, -gmbs, gmbs),
            T.Select(reverse, farFar, farNear), T.Select(reverse, farNear, farFar), gb);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (T Near, T Far, T Bulk) Meyer<T>(in Level1Channel<T> t, T over, T vds, T saturation) where T : struct, ILane<T>
    {
        const double leastSaturation = 0.025; // V, ngspice's: keeps the capacitances continuous through vds = 0
        T zero = T.Of(0), third = t.OxideFarads / T.Of(3);
        var weak = T.AtLeast(zero, over);
        var bulk = T.Select(T.Greater(zero, over), T.Min(-over * t.OxideFarads / (t.Phi * 2), t.OxideFarads * 0.5), zero);
        var near = T.Select(weak, over * t.OxideFarads / (t.Phi * 1.5) + third, third);
        T limit = T.Max(saturation, T.Of(leastSaturation)), span = limit * 2 - vds;
        T far = limit / span, rest = (limit - vds) / span, one = T.Of(1);
        var pinched = T.AtLeast(vds, limit);
        var none = T.AtLeast(t.Phi * -0.5, over);
        return (
            T.Select(none, zero, T.Select(pinched, near, near * (one - rest * rest))),
            T.Select(none, zero, T.Select(pinched, zero, near * (one - far * far))),
            bulk);
    }

    /// <summary>Current and slope of a bulk junction.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (T Amperes, T Siemens) Junction<T>(T volts, T saturation, double thermalVolts) where T : struct, ILane<T>
    {
        T vt = T.Of(thermalVolts), one = T.Of(1), alive = T.Greater(volts, vt * -3);
        var ratio = T.Of(3 * thermalVolts / Math.E) / T.Select(alive, -one, volts);
        var cube = ratio * ratio * ratio;
        var (amperes, siemens) = (-(saturation * (one + cube)), saturation * 3 * cube / T.Select(alive, one, volts));
        if (!T.Any(alive))
            return (amperes, siemens);
        var growth = T.Exp(volts / vt);
        return (T.Select(alive, saturation * (growth - one), amperes), T.Select(alive, saturation * growth / vt, siemens));
    }
}
