using System.Runtime.CompilerServices;
using AnalogAttention.Simulation.Devices.Lanes;

namespace AnalogAttention.Simulation.Devices.Ekv;

/// <summary>Currents, charges and derivatives of a block of transistors; gate and bulk carry no current. Amperes, siemens, coulombs, farads.</summary>
internal struct EkvTerminals<T> where T : struct, ILane<T>
{
    public T Id, GdVd, GdVg, GdVs;

    /// <inheritdoc cref="EkvState.NoiseSiemens"/>
    public T NoiseSiemens;

    public T Qd, Qg, Qs;

    /// <summary>dQ/dV, first the charge, then the voltage.</summary>
    public T Cdd, Cdg, Cds, Cgd, Cgg, Cgs, Csd, Csg, Css;
}

/// <summary>
/// The equations of EKV 2.6 (Bucher et al., EPFL 1998; symbols as there) over lanes. Beside the gate voltage everything depends on
/// VP, on a = VP - VS, on b = VP - VD and on h = (VD - VS)/2, mostly on one of them: derivatives are taken by these
/// (suffixes P, A, B, H; X for P + A + B, all that moves with VP) and by the terminals at the end.
/// </summary>
internal static class EkvEquations<T> where T : struct, ILane<T>
{
    // A method of its own, since the compiler stops inlining at 512 variables; optimised at once, since lanes are twenty times slower before.
    private const MethodImplOptions Stage = MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization;

    /// <summary>Pinch-off, forward and reverse currents, and the equivalent length.</summary>
    private struct Channel
    {
        public T Inverted, Vgp; // mask VG' > 0; VG'
        public T Vp, VpByG, VpByD, VpByS, Root; // VP + PHI = Root^2
        public T Yf, FlowA; // sqrt(if); Yf dYf/da
        public T Vdss, VdssA, VdssP, VdssPA, Delta, HalfDeltaA; // VDSS, VDSS', Delta V^2
        public T Excess, ExcessA, ExcessH; // if - ir'
        public T Lp, LpA, LpH; // L'
    }

    /// <summary>Terminal voltages refer to ground.</summary>
    /// <param name="columns">The block's columns of <see cref="EkvColumn"/>.</param>
    /// <param name="terms">Those of all its transistors, or more.</param>
    /// <param name="charged">Whether charges and capacitances are wanted; otherwise they stay as they were.</param>
    [SkipLocalsInit]
    public static void Evaluate(LaneBlock<T> columns, EkvTerms terms, bool charged, T vd, T vg, T vs, T vb, ref EkvTerminals<T> terminals)
    {
        var sign = columns[EkvColumn.Sign];
        T d = sign * (vd - vb), g = sign * (vg - vb), s = sign * (vs - vb);
        T high = T.Max(d, s), low = T.Min(d, s);
        Unsafe.SkipInit(out Channel channel);
        PinchOff(columns, terms, g, high, low, ref channel);
        Saturation(columns, low, ref channel);
        Currents(columns, terms, high, low, ref channel);
        Terminals(columns, terms, charged, high, in channel, ref terminals);
        Orient(columns, charged, d, g, s, ref terminals);
    }

    [MethodImpl(Stage)]
    private static void PinchOff(LaneBlock<T> columns, EkvTerms terms, T vg, T vd, T vs, ref Channel channel)
    {
        var zero = T.Broadcast(0);
        var vgp = vg + columns[EkvColumn.GateOffset];
        var inverted = T.LessThan(zero, vgp);
        channel.Vgp = vgp;
        channel.Inverted = inverted;
        vgp = T.Max(vgp, zero);

        // gamma' with short- and narrow-channel effects
        var gammaP = columns[EkvColumn.GammaPrime];
        T gammaByG = zero, gammaByD = zero, gammaByS = zero;
        if ((terms & (EkvTerms.ShortChannel | EkvTerms.NarrowChannel)) != 0)
        {
            var gamma0 = columns[EkvColumn.Gamma];
            if ((terms & EkvTerms.ShortChannel) != 0)
            {
                var shortChannel = columns[EkvColumn.ShortChannel];
                gamma0 -= shortChannel * (RootOfSmoothed(columns, vs, out gammaByS) + RootOfSmoothed(columns, vd, out gammaByD));
                gammaByD = -(shortChannel * gammaByD);
                gammaByS = -(shortChannel * gammaByS);
            }
            if ((terms & EkvTerms.NarrowChannel) != 0)
            {
                // sqrt(VP0 + PHI), also where VG' is nearly 0; without GAMMA and VG' its slope has no number
                var narrow = T.Select(inverted, columns[EkvColumn.NarrowChannel], zero);
                var root0 = T.Sqrt(vgp + columns[EkvColumn.QuarterGammaSquared]);
                gamma0 += narrow * (root0 - columns[EkvColumn.HalfGamma]);
                gammaByG = T.Select(inverted, 0.5 * narrow / root0, zero);
            }
            var rootP = T.Sqrt(gamma0 * gamma0 + columns[EkvColumn.TenthVt]);
            gammaP = 0.5 * (gamma0 + rootP);
            var slope = gammaP / rootP;
            gammaByG *= slope;
            gammaByD *= slope;
            gammaByS *= slope;
        }

        // VP = VG' - PHI - gamma' (sqrt(VG' + (gamma'/2)^2) - gamma'/2), -PHI in accumulation
        var halfGamma = 0.5 * gammaP;
        var root = T.Sqrt(vgp + halfGamma * halfGamma);
        var rest = T.Select(inverted, root - halfGamma, zero);
        channel.Root = rest;
        channel.Vp = T.Select(inverted, vgp - columns[EkvColumn.Phi] - gammaP * rest, -columns[EkvColumn.Phi]);
        var byG = rest / root;
        var byGamma = -(rest * byG);
        channel.VpByG = T.MultiplyAdd(byGamma, gammaByG, byG);
        if ((terms & EkvTerms.ShortChannel) != 0)
        {
            channel.VpByD = byGamma * gammaByD;
            channel.VpByS = byGamma * gammaByS;
        }
    }

    // sqrt(V'), V' = 1/2 (V + PHI + sqrt((V + PHI)^2 + (4 Vt)^2))
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T RootOfSmoothed(LaneBlock<T> columns, T v, out T slope)
    {
        var volts = v + columns[EkvColumn.Phi];
        var root = T.Sqrt(volts * volts + columns[EkvColumn.SixteenVtSquared]);
        var result = T.Sqrt(0.5 * (volts + root));
        slope = 0.5 * result / root;
        return result;
    }

    [MethodImpl(Stage)]
    private static void Saturation(LaneBlock<T> columns, T vs, ref Channel channel)
    {
        // Forward normalised current if = yf^2 and velocity saturation
        T halfOverVt = columns[EkvColumn.HalfOverVt], halfVt = columns[EkvColumn.HalfVt];
        var yf = LaneMath.SoftPlus(halfOverVt * (channel.Vp - vs), out var yfA);
        yfA *= halfOverVt;
        T overVc = columns[EkvColumn.VtOverVc], vc = columns[EkvColumn.Vc];
        var root = T.Sqrt(T.MultiplyAdd(overVc, yf, T.Broadcast(0.25)));
        var rootP = T.Sqrt(T.MultiplyAdd(overVc, yf - 1.5 * LaneMath.Log(yf), T.Broadcast(0.25)));
        var vdss = vc * (-0.5 + root);
        var vdssP = T.MultiplyAdd(vc, -0.5 + rootP, columns[EkvColumn.SaturationOffset]);
        var rootPYf = rootP * yf;
        var inverse = halfVt * yfA / (root * rootPYf);
        var vdssA = inverse * rootPYf;
        var vdssPA = inverse * root * (-1.5 + yf);

        // Delta V^2 = 16 Vt^2 (lambda (yf - VDSS/Vt) + 1/64)
        T vt = columns[EkvColumn.Vt], deltaSlope = columns[EkvColumn.DeltaSlope];
        var delta = T.MultiplyAdd(deltaSlope, T.MultiplyAdd(vt, yf, -vdss), columns[EkvColumn.DeltaFloor]);
        channel.Delta = delta;
        channel.HalfDeltaA = 0.5 * deltaSlope * T.MultiplyAdd(vt, yfA, -vdssA);
        channel.Vdss = vdss;
        channel.VdssA = vdssA;
        channel.VdssP = vdssP;
        channel.VdssPA = vdssPA;
        channel.Yf = yf;
        channel.FlowA = yf * yfA;
    }

    [MethodImpl(Stage)]
    private static void Currents(LaneBlock<T> columns, EkvTerms terms, T vd, T vs, ref Channel channel)
    {
        var one = T.Broadcast(1);
        var halfOverVt = columns[EkvColumn.HalfOverVt];
        var a = channel.Vp - vs;
        var h = 0.5 * (vd - vs);
        T vdss = channel.Vdss, vdssA = channel.VdssA, vdssP = channel.VdssP, vdssPA = channel.VdssPA, delta = channel.Delta, halfDeltaA = channel.HalfDeltaA;
        T rest = h - vdss, restP = h - vdssP;
        T near = T.Sqrt(T.MultiplyAdd(vdss, vdss, delta)), far = T.Sqrt(T.MultiplyAdd(rest, rest, delta));
        T nearP = T.Sqrt(T.MultiplyAdd(vdssP, vdssP, delta)), farP = T.Sqrt(T.MultiplyAdd(restP, restP, delta));
        T product = near * far, productP = nearP * farP;
        var overAll = one / (product * productP);
        T over = overAll * productP, overP = overAll * product;
        T overNear = over * far, overFar = over * near, overNearP = overP * farP, overFarP = overP * nearP;

        // Reverse normalised current ir' with velocity saturation
        var yrp = LaneMath.SoftPlus(halfOverVt * (a - h + (farP - nearP)), out var slopeP);
        slopeP *= halfOverVt;
        var yrpA = slopeP * (one - T.MultiplyAdd(vdssP, vdssPA, halfDeltaA) * overNearP - T.MultiplyAdd(restP, vdssPA, -halfDeltaA) * overFarP);
        var yrpH = slopeP * T.MultiplyAdd(restP, overFarP, -one);
        channel.Excess = (channel.Yf - yrp) * (channel.Yf + yrp);
        channel.ExcessA = 2 * (channel.FlowA - yrp * yrpA);
        channel.ExcessH = -2 * (yrp * yrpH);

        // L' = L - lambda LC ln(1 + (h - VIP)/(LC UCRIT)) + (h + VIP)/UCRIT
        var overUcrit = columns[EkvColumn.OverUcrit];
        var vip = near - far;
        var vipA = T.MultiplyAdd(vdss, vdssA, halfDeltaA) * overNear + T.MultiplyAdd(rest, vdssA, -halfDeltaA) * overFar;
        var vipH = -(rest * overFar);
        var lp = T.MultiplyAdd(overUcrit, h + vip, columns[EkvColumn.Length]);
        var lpA = overUcrit * vipA;
        var lpH = overUcrit * (one + vipH);
        if ((terms & EkvTerms.LengthModulation) != 0)
        {
            T shortening = columns[EkvColumn.Shortening], overVolts = columns[EkvColumn.OverModulationVolts];
            var x = T.MultiplyAdd(h - vip, overVolts, one);
            lp -= shortening * LaneMath.Log(x);
            var slope = shortening * overVolts / x;
            lpA += slope * vipA;
            lpH -= slope * (one - vipH);
        }
        channel.Lp = lp;
        channel.LpA = lpA;
        channel.LpH = lpH;
    }

    [MethodImpl(Stage)]
    private static void Terminals(LaneBlock<T> columns, EkvTerms terms, bool charged, T vd, ref readonly Channel channel, ref EkvTerminals<T> terminals)
    {
        T zero = T.Broadcast(0), one = T.Broadcast(1);

        // xf = sqrt(1/4 + if), xr = sqrt(1/4 + ir)
        var halfOverVt = columns[EkvColumn.HalfOverVt];
        var yr = LaneMath.SoftPlus(halfOverVt * (channel.Vp - vd), out var flowB);
        flowB *= halfOverVt * yr;
        T xf2 = T.MultiplyAdd(channel.Yf, channel.Yf, T.Broadcast(0.25)), xr2 = T.MultiplyAdd(yr, yr, T.Broadcast(0.25));
        T xf = T.Sqrt(xf2), xr = T.Sqrt(xr2), sum = xf + xr;

        // nq = 1 + gamma/(2 sqrt(VP + PHI + 1e-6)), n = 1 + gamma/(2 sqrt(VP + PHI + 4 Vt))
        var surface = channel.Root * channel.Root;
        T depletion = T.Sqrt(surface + T.Broadcast(1e-6)), slopeRoot = T.Sqrt(surface + columns[EkvColumn.FourVt]);
        var roots = depletion * slopeRoot;
        var overAll = one / (roots * sum);
        T overSum = overAll * roots, overRoots = overAll * sum, overDepletion = overRoots * slopeRoot, overSlopeRoot = overRoots * depletion;
        var halfGamma = columns[EkvColumn.HalfGamma];
        T body = halfGamma * overDepletion, bodyP = -0.5 * body * (overDepletion * overDepletion); // nq - 1
        T slopeFactor = halfGamma * overSlopeRoot, slopeFactorP = -0.5 * slopeFactor * (overSlopeRoot * overSlopeRoot); // n - 1
        var nq = one + body;

        // qD = -nq (4/15 (3 xr^3 + 6 xr^2 xf + 4 xr xf^2 + 2 xf^3)/(xf + xr)^2 - 1/2), qS with xf and xr exchanged; here -q/nq
        var fifteenth = 4.0 / 15 * (overSum * overSum);
        var d = T.MultiplyAdd(fifteenth, xr * (3 * xr2 + 4 * xf2) + xf * (6 * xr2 + 2 * xf2), T.Broadcast(-0.5));
        var s = T.MultiplyAdd(fifteenth, xf * (3 * xf2 + 4 * xr2) + xr * (6 * xf2 + 2 * xr2), T.Broadcast(-0.5));
        fifteenth *= overSum;
        T byF = fifteenth * channel.FlowA, byR = fifteenth * flowB;
        var cross = 3 * (xf * xr);
        var both = 2 * (xf2 + xr2 + cross);
        T dA = both * byF, sB = both * byR;
        T dB = (3 * (xr2 + cross) + 8 * xf2) * byR, sA = (3 * (xf2 + cross) + 8 * xr2) * byF;
        T inversion = d + s, inversionA = dA + sA, inversionB = dB + sB;
        T channelX = T.MultiplyAdd(bodyP, inversion, nq * (inversionA + inversionB));

        // qB = -gamma/Vt sqrt(VP + PHI + 1e-6) - (nq - 1)/nq qI, -VG'/Vt in accumulation
        var inverted = channel.Inverted;
        var overVt = columns[EkvColumn.OverVt];
        var mirrored = T.Select(inverted, body, zero);
        var qb = T.Select(inverted, body * inversion - columns[EkvColumn.GammaOverVt] * depletion, -(overVt * channel.Vgp));
        var qbX = bodyP * inversion + body * (inversionA + inversionB - overVt);
        var qbG = T.Select(inverted, zero, -overVt);

        // beta = beta0/(Leq (1 + COX/(E0 eps) Vt |qB + eta qI|)), Leq = 1/2 (L' + sqrt(L'^2 + Lmin^2))
        T eta = columns[EkvColumn.Eta], mobility = columns[EkvColumn.MobilityVt];
        var field = qb - eta * (nq * inversion);
        mobility = T.Select(T.LessThan(field, zero), -mobility, mobility);
        var mobile = T.MultiplyAdd(mobility, field, one);
        var rootL = T.Sqrt(T.MultiplyAdd(channel.Lp, channel.Lp, columns[EkvColumn.LeastLengthSquared]));
        var scattering = 0.5 * (channel.Lp + rootL) * mobile;
        var overBoth = one / (scattering * rootL);
        var beta = columns[EkvColumn.CurrentFactor] * (overBoth * rootL);
        var overRootL = overBoth * scattering;
        var overMobile = mobility * (0.5 * (channel.Lp + rootL) * (overBoth * rootL));
        var fieldSlope = (mirrored - eta * nq) * overMobile;

        // I = 2 Vt^2 n beta (if - ir')
        var excess = channel.Excess;
        var current = beta * (one + slopeFactor);
        var lengthA = channel.LpA * overRootL;
        var iX = T.MultiplyAdd(beta * slopeFactorP, excess, current * (channel.ExcessA - excess * (lengthA + (qbX - eta * channelX) * overMobile)));
        var iA = current * (channel.ExcessA - excess * (lengthA + fieldSlope * inversionA));
        var halfH = 0.5 * (current * (channel.ExcessH - excess * (channel.LpH * overRootL)));
        current *= excess;
        T byG = iX * channel.VpByG - current * (qbG * overMobile), byD = T.MultiplyAdd(current, fieldSlope * inversionB, halfH), byS = -iA - halfH;
        var moved = (terms & EkvTerms.ShortChannel) != 0;
        if (moved)
        {
            byD = T.MultiplyAdd(iX, channel.VpByD, byD);
            byS = T.MultiplyAdd(iX, channel.VpByS, byS);
        }
        terminals.Id = current;
        terminals.GdVg = byG;
        terminals.GdVd = byD;
        terminals.GdVs = byS;
        terminals.NoiseSiemens = beta * halfOverVt * T.Abs(nq * inversion);
        if (!charged)
            return;

        // charges in coulombs, qG = -qI - qB
        var oxide = columns[EkvColumn.OxideCharge];
        nq *= oxide;
        bodyP *= oxide;
        terminals.Qd = -(nq * d);
        terminals.Qs = -(nq * s);
        terminals.Qg = nq * inversion - oxide * qb;
        T dX = -(bodyP * d + nq * (dA + dB)), sX = -(bodyP * s + nq * (sA + sB)), gX = oxide * (channelX - qbX);
        var gateSlope = nq - oxide * mirrored;
        T dd = nq * dB, ds = nq * dA, sd = nq * sB, ss = nq * sA, gd = -(gateSlope * inversionB), gs = -(gateSlope * inversionA);
        terminals.Cdg = dX * channel.VpByG;
        terminals.Csg = sX * channel.VpByG;
        terminals.Cgg = gX * channel.VpByG - oxide * qbG;
        if (moved)
        {
            T byVd = channel.VpByD, byVs = channel.VpByS;
            dd = T.MultiplyAdd(dX, byVd, dd);
            ds = T.MultiplyAdd(dX, byVs, ds);
            sd = T.MultiplyAdd(sX, byVd, sd);
            ss = T.MultiplyAdd(sX, byVs, ss);
            gd = T.MultiplyAdd(gX, byVd, gd);
            gs = T.MultiplyAdd(gX, byVs, gs);
        }
        terminals.Cdd = dd;
        terminals.Cds = ds;
        terminals.Csd = sd;
        terminals.Css = ss;
        terminals.Cgd = gd;
        terminals.Cgs = gs;
    }

    /// <summary>From the forward mode of an nmos to the terminals, with the overlaps. Voltages against the bulk, negated for a pmos.</summary>
    [MethodImpl(Stage)]
    private static void Orient(LaneBlock<T> columns, bool charged, T d, T g, T s, ref EkvTerminals<T> at)
    {
        var reverse = T.LessThan(d, s);
        var sign = columns[EkvColumn.Sign];
        at.Id = sign * T.Select(reverse, -at.Id, at.Id);
        at.GdVg = T.Select(reverse, -at.GdVg, at.GdVg);
        (at.GdVd, at.GdVs) = (T.Select(reverse, -at.GdVs, at.GdVd), T.Select(reverse, -at.GdVd, at.GdVs));
        if (!charged)
            return;
        T gd = columns[EkvColumn.OverlapGd], gs = columns[EkvColumn.OverlapGs], gb = columns[EkvColumn.OverlapGb];
        T drain = gd * (g - d), source = gs * (g - s);
        (at.Qd, at.Qs) = (sign * (T.Select(reverse, at.Qs, at.Qd) - drain), sign * (T.Select(reverse, at.Qd, at.Qs) - source));
        at.Qg = sign * (at.Qg + drain + source + gb * g);
        (at.Cdd, at.Css) = (T.Select(reverse, at.Css, at.Cdd) + gd, T.Select(reverse, at.Cdd, at.Css) + gs);
        (at.Cds, at.Csd) = (T.Select(reverse, at.Csd, at.Cds), T.Select(reverse, at.Cds, at.Csd));
        (at.Cdg, at.Csg) = (T.Select(reverse, at.Csg, at.Cdg) - gd, T.Select(reverse, at.Cdg, at.Csg) - gs);
        (at.Cgd, at.Cgs) = (T.Select(reverse, at.Cgs, at.Cgd) - gd, T.Select(reverse, at.Cgd, at.Cgs) - gs);
        at.Cgg = at.Cgg + gd + gs + gb;
    }
}
