using AnalogAttention.Simulation.Devices.Ekv;

namespace AnalogAttention.Tests.Simulation;

/// <summary>
/// EKV 2.6 as the report has it (Bucher et al., EPFL 1998), a transistor at a time in the order of the text with automatic derivatives:
/// what the kernels are compared with.
/// </summary>
internal sealed class EkvReference(EkvCoefficients c)
{
    private double Vc => c.Ucrit * c.Length;

    /// <summary>Currents, charges and their derivatives at terminal voltages in volts, referred to ground.</summary>
    public void Evaluate(double vd, double vg, double vs, double vb, ref EkvState state)
    {
        double d = c.Sign * (vd - vb), g = c.Sign * (vg - vb), s = c.Sign * (vs - vb);
        var reverse = d < s;
        var channel = Evaluate(Dual3.Variable(g, 0), Dual3.Variable(reverse ? s : d, 1), Dual3.Variable(reverse ? d : s, 2));

        int drain = reverse ? 2 : 1, source = reverse ? 1 : 2;
        var forward = reverse ? -1.0 : 1.0;
        state.Id = c.Sign * forward * channel.Current.Value;
        state.GdVg = forward * channel.Current[0];
        state.GdVd = forward * channel.Current[drain];
        state.GdVs = forward * channel.Current[source];
        state.GdVb = -(state.GdVg + state.GdVd + state.GdVs);

        state.NoiseSiemens = channel.NoiseSiemens;

        var (qd, qs) = reverse ? (channel.SourceCharge, channel.DrainCharge) : (channel.DrainCharge, channel.SourceCharge);
        state.Qd = c.Sign * (qd.Value - c.OverlapGd * (g - d));
        state.Qs = c.Sign * (qs.Value - c.OverlapGs * (g - s));
        state.Qg = c.Sign * (channel.GateCharge.Value + c.OverlapGd * (g - d) + c.OverlapGs * (g - s) + c.OverlapGb * g);
        state.Qb = -(state.Qd + state.Qg + state.Qs);
        SetRow(ref state.C, 0, qd[drain] + c.OverlapGd, qd[0] - c.OverlapGd, qd[source]);
        SetRow(ref state.C, 1, channel.GateCharge[drain] - c.OverlapGd, channel.GateCharge[0] + c.OverlapGd + c.OverlapGs + c.OverlapGb, channel.GateCharge[source] - c.OverlapGs);
        SetRow(ref state.C, 2, qs[drain], qs[0] - c.OverlapGs, qs[source] + c.OverlapGs);
        for (var column = 0; column < 4; column++)
            state.C[3, column] = -(state.C[0, column] + state.C[1, column] + state.C[2, column]);
    }

    private static void SetRow(ref Jacobian4 c, int row, double byDrain, double byGate, double bySource)
    {
        c[row, 0] = byDrain;
        c[row, 1] = byGate;
        c[row, 2] = bySource;
        c[row, 3] = -(byDrain + byGate + bySource);
    }

    private readonly record struct Channel(Dual3 Current, Dual3 GateCharge, Dual3 DrainCharge, Dual3 SourceCharge, double NoiseSiemens);

    /// <summary>Forward mode (vd >= vs), n-channel convention.</summary>
    private Channel Evaluate(Dual3 vg, Dual3 vd, Dual3 vs)
    {
        var inverted = vg.Value + c.GateOffset > 0;
        var vgp = vg + c.GateOffset; // VG'
        var vt = c.Vt;

        // Pinch-off voltage with short- and narrow-channel effects
        var gamma0 = c.Gamma - c.ShortChannel * (RootOfSmoothed(vs) + RootOfSmoothed(vd));
        if (c.NarrowChannel != 0 && inverted)
            gamma0 += c.NarrowChannel * (Dual3.Sqrt(vgp + 0.25 * c.Gamma * c.Gamma) - 0.5 * c.Gamma); // sqrt(VP0 + PHI), also where VG' is nearly 0
        var gammaP = 0.5 * (gamma0 + Dual3.Sqrt(Dual3.Square(gamma0) + 0.1 * vt));
        var vp = inverted ? PinchOff(vgp, gammaP) : -c.Phi;
        var n = 1 + c.Gamma / (2 * Dual3.Sqrt(vp + (c.Phi + 4 * vt)));

        // Forward normalised current if = y^2 and velocity saturation
        var yf = NormalisedRoot((vp - vs) / vt);
        var forward = Dual3.Square(yf);
        var vdss = Vc * (Dual3.Sqrt(0.25 + vt / Vc * yf) - 0.5);
        var vdssP = Vc * (Dual3.Sqrt(0.25 + vt / Vc * (yf - 1.5 * Dual3.Log(yf))) - 0.5) + vt * (Math.Log(Vc / (2 * vt)) - 0.6);
        var deltaV2 = 16 * vt * vt * (c.Lambda * (yf - vdss / vt) + 1.0 / 64);
        var half = 0.5 * (vd - vs);
        var vip = Dual3.Sqrt(Dual3.Square(vdss) + deltaV2) - Dual3.Sqrt(Dual3.Square(half - vdss) + deltaV2);

        // Channel length modulation and equivalent length
        var shortening = c.Lambda * c.ModulationLength * Dual3.Log(1 + (half - vip) / (c.ModulationLength * c.Ucrit));
        var lengthP = c.Length - shortening + (half + vip) / c.Ucrit;
        var equivalent = 0.5 * (lengthP + Dual3.Sqrt(Dual3.Square(lengthP) + c.LeastLength * c.LeastLength));

        // Reverse normalised currents: ir' carries velocity saturation, ir is for charges
        var irP = Dual3.Square(NormalisedRoot((vp - half - vs
            - Dual3.Sqrt(Dual3.Square(vdssP) + deltaV2) + Dual3.Sqrt(Dual3.Square(half - vdssP) + deltaV2)) / vt));
        var yr = NormalisedRoot((vp - vd) / vt);

        // Quasi-static charges, normalised to COX W L Vt
        Dual3 xf = Dual3.Sqrt(0.25 + forward), xr = Dual3.Sqrt(0.25 + Dual3.Square(yr)), sum = xf + xr;
        var depletion = Dual3.Sqrt(vp + c.Phi + 1e-6);
        var nq = 1 + c.Gamma / (2 * depletion);
        Dual3 xf2 = Dual3.Square(xf), xr2 = Dual3.Square(xr), inverseSum2 = 1 / Dual3.Square(sum);
        var qd = -nq * (4.0 / 15 * (3 * xr2 * xr + 6 * xr2 * xf + 4 * xr * xf2 + 2 * xf2 * xf) * inverseSum2 - 0.5);
        var qs = -nq * (4.0 / 15 * (3 * xf2 * xf + 6 * xf2 * xr + 4 * xf * xr2 + 2 * xr2 * xr) * inverseSum2 - 0.5);
        var qi = qd + qs;
        var qb = inverted ? -c.Gamma / vt * depletion - (nq - 1) / nq * qi : -vgp / vt;
        var qg = -qi - qb;

        // Mobility reduction by the vertical field, and the current
        var field = qb + c.Eta * qi; // in accumulation it has the other sign
        var beta = c.Beta / (equivalent * (1 + c.Mobility * vt * (field.Value < 0 ? -field : field)));
        var current = 2 * vt * vt * n * beta * (forward - irP);
        return new Channel(current, c.OxideCharge * qg, c.OxideCharge * qd, c.OxideCharge * qs, beta.Value * vt * Math.Abs(qi.Value));
    }

    // VP = VG' - PHI - gamma (sqrt(VG' + (gamma/2)^2) - gamma/2)
    private Dual3 PinchOff(Dual3 vgp, Dual3 gamma) =>
        vgp - c.Phi - gamma * (Dual3.Sqrt(vgp + 0.25 * Dual3.Square(gamma)) - 0.5 * gamma);

    // sqrt(V'), V' = 1/2 (V + PHI + sqrt((V + PHI)^2 + (4 Vt)^2))
    private Dual3 RootOfSmoothed(Dual3 v) =>
        Dual3.Sqrt(0.5 * (v + c.Phi + Dual3.Sqrt(Dual3.Square(v + c.Phi) + 16 * c.Vt * c.Vt)));

    // sqrt(F(v)) = ln(1 + exp(v/2)); the floor keeps its logarithm finite (e^-300, far below any current)
    private static Dual3 NormalisedRoot(Dual3 v) => v.Value < -600 ? Math.Exp(-300) : Dual3.SoftPlus(0.5 * v);
}
