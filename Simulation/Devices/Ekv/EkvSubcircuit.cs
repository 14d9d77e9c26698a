using System.Collections.Immutable;
using AnalogAttention.Circuits;

namespace AnalogAttention.Simulation.Devices.Ekv;

/// <summary>
/// The equations of <c>EkvTransistor.cs</c> as behavioural sources of ngspice, in the same order under the same names: one internal node
/// per symbol, of the order of 1 V. What does not depend on voltages is a number, temperature included. Arguments of roots, logarithms
/// and quotients have bounds outside what they reach, for iterations on the way: all nodes start at 0.
/// </summary>
public sealed partial class EkvTransistor
{
    /// <summary>COX W L NP NS M, farads: a charge Q stands as Q / C0 volts on a capacitor C0.</summary>
    private double ChargeCapacitance => _oxideCharge / _vt;

    /// <summary>Elements of the subcircuit whose noise is that of the channel: thermal of one, flicker of the other.</summary>
    internal const string ThermalElement = "rthermal", FlickerElement = "dflicker";

    /// <summary>Whether the subcircuit can have the flicker noise: its sources fall as 1/f.</summary>
    internal bool FlickerIsExportable => _flicker == 0 || FlickerExponent == 1;

    /// <summary>Statements of a subcircuit with the pins d, g, s, b; its parameters icd, icg, ics start the charges of a <c>uic</c> run.</summary>
    /// <param name="noisy">With the noise of the channel, for <c>.noise</c>.</param>
    internal ImmutableArray<string> Subcircuit(bool startsFromInitialConditions, bool noisy = false)
    {
        string sign = _sign < 0 ? "-" : "", forward = _sign < 0 ? "v(d)<=v(s)" : "v(d)>=v(s)";
        string phi = N(_phi), halfVd = "0.5*(v(vd)-v(vs))", overVt = N(1 / _vt), dv2 = $"{N(_vt * _vt)}*max(v(dv2),0.1)"; // at least 1/4
        var body = ImmutableArray.CreateBuilder<string>();
        void Node(string name, string formula) => body.Add($"b{name} {name} 0 v={formula}");

        // Flicker noise KF gm^2/(W L COX f) of the current is KF/(W L COX f) at the gate. A diode at 1 A with KF = 1 has 1/f A^2/Hz on its slope
        // resistance Vt; its quiet twin takes the DC away
        var flicker = "";
        if (noisy)
        {
            body.AddRange("iflicker 0 flicker 1", $"{FlickerElement} flicker 0 flickering", "iquiet 0 quiet 1", "dquiet quiet 0 silent",
                ".model flickering d is=1e-14 kf=1 af=1", ".model silent d is=1e-14");
            flicker = $"+{N(Math.Sqrt(_flicker) / _vt)}*(v(flicker)-v(quiet))";
        }
        Node("vgp", $"{sign}(v(g)-v(b))+{N(_gateOffset)}{flicker}");
        Node("vd", $"{forward} ? {sign}(v(d)-v(b)) : {sign}(v(s)-v(b))");
        Node("vs", $"{forward} ? {sign}(v(s)-v(b)) : {sign}(v(d)-v(b))");

        // Pinch-off voltage with short- and narrow-channel effects; sqrt(VP0 + PHI) = sqrt(VG' + gamma^2/4) - gamma/2
        var narrow = _wetaTerm == 0 ? "" : $"+(v(vgp)>0 ? {N(_wetaTerm)}*(sqrt(v(vgp)+{N(0.25 * _gamma * _gamma)})-{N(0.5 * _gamma)}) : 0)";
        var shortened = _letaTerm == 0 ? "" : $"-{N(_letaTerm)}*({RootOfSmoothedText("vs")}+{RootOfSmoothedText("vd")})";
        Node("gamma0", N(_gamma) + shortened + narrow);
        Node("gammap", $"0.5*(v(gamma0)+sqrt(v(gamma0)*v(gamma0)+{N(0.1 * _vt)}))");
        Node("vp", $"v(vgp)>0 ? v(vgp)-{phi}-v(gammap)*(sqrt(v(vgp)+0.25*v(gammap)*v(gammap))-0.5*v(gammap)) : -{phi}");
        Node("n", $"1+{N(0.5 * _gamma)}/sqrt(max(v(vp)+{phi},0)+{N(4 * _vt)})");

        // Forward normalised current if = y^2 and velocity saturation; uf is half the argument of its root, lnyf = ln yf, steady where yf vanishes
        Node("uf", $"{N(0.5 / _vt)}*(v(vp)-v(vs))");
        Node("yf", SoftPlusText("v(uf)"));
        Node("lnyf", $"v(uf)<-15 ? v(uf)-0.5*exp(v(uf)) : ln({SoftPlusText("v(uf)")})");
        Node("vdss", $"{N(_vc)}*(sqrt(0.25+{N(_vt / _vc)}*max(v(yf),0))-0.5)");
        Node("vdssp", $"{N(_vc)}*(sqrt(max(0.25+{N(_vt / _vc)}*(v(yf)-1.5*v(lnyf)),0))-0.5)+{N(_vt * (Math.Log(_vc / (2 * _vt)) - 0.6))}");
        Node("dv2", $"16*({N(_lambda)}*max(v(yf)-{overVt}*v(vdss),0)+{N(1.0 / 64)})"); // in units of Vt^2
        Node("vip", $"sqrt(v(vdss)*v(vdss)+{dv2})-sqrt(({halfVd}-v(vdss))*({halfVd}-v(vdss))+{dv2})");

        // Channel length modulation and equivalent length, in units of the length
        Node("lp", $"1-{N(_lambda * _lc / _length)}*ln(max(1+{N(1 / (_lc * _ucrit))}*({halfVd}-v(vip)),0.5))+{N(1 / (_ucrit * _length))}*({halfVd}+v(vip))");
        Node("leq", $"0.5*(v(lp)+sqrt(v(lp)*v(lp)+{N(Math.Pow(_minLength / _length, 2))}))");

        // Reverse normalised currents
        Node("urp", $"{N(0.5 / _vt)}*(v(vp)-{halfVd}-v(vs)-sqrt(v(vdssp)*v(vdssp)+{dv2})+sqrt(({halfVd}-v(vdssp))*({halfVd}-v(vdssp))+{dv2}))");
        Node("yrp", SoftPlusText("v(urp)"));
        Node("ur", $"{N(0.5 / _vt)}*(v(vp)-v(vd))");
        Node("yr", SoftPlusText("v(ur)"));

        // Quasi-static charges, normalised to COX W L Vt
        Node("xf", "sqrt(0.25+v(yf)*v(yf))");
        Node("xr", "sqrt(0.25+v(yr)*v(yr))");
        Node("depletion", $"sqrt(max(v(vp)+{phi},0)+1e-6)");
        Node("nq", $"1+{N(0.5 * _gamma)}/max(v(depletion),5e-4)");
        const string xf = "max(v(xf),0.4)", xr = "max(v(xr),0.4)", sum = $"({xf}+{xr})";
        Node("qd", $"-v(nq)*(4*(3*{xr}*{xr}*{xr}+6*{xr}*{xr}*{xf}+4*{xr}*{xf}*{xf}+2*{xf}*{xf}*{xf})/(15*{sum}*{sum})-0.5)");
        Node("qs", $"-v(nq)*(4*(3*{xf}*{xf}*{xf}+6*{xf}*{xf}*{xr}+4*{xf}*{xr}*{xr}+2*{xr}*{xr}*{xr})/(15*{sum}*{sum})-0.5)");
        Node("qb", $"v(vgp)>0 ? -{N(_gamma / _vt)}*v(depletion)-(v(nq)-1)/max(v(nq),0.5)*(v(qd)+v(qs)) : -{overVt}*v(vgp)");

        // Mobility reduction by the vertical field, and the current
        var mobility = $"(1+{N(_mobilityFactor * _vt)}*abs(v(qb)+{N(_eta)}*(v(qd)+v(qs))))";
        body.Add($"bid d s i=({forward} ? {sign}1 : {(_sign < 0 ? "" : "-")}1)*{N(2 * _vt * _vt * _beta / _length)}*v(n)/(max(v(leq),0.02)*{mobility})*(v(yf)+v(yrp))*(v(yf)-v(yrp))");

        // Thermal noise: that of 1 Ohm times the root of beta |QI|
        if (noisy)
        {
            body.Add($"{ThermalElement} thermal 0 1");
            body.Add($"bthermal d s i=v(thermal)*sqrt({N(_vt * _beta / _length)}*max(abs(v(qd)+v(qs)),1e-30)/(max(v(leq),0.02)*{mobility}))");
        }

        // Terminal charges: i = C0 d(Q/C0)/dt, mirrored into the terminal; the bulk takes what is left
        string gd = $"{N(_overlapGd / ChargeCapacitance)}*(v(g)-v(d))", gs = $"{N(_overlapGs / ChargeCapacitance)}*(v(g)-v(s))";
        Terminal("d", $"{sign}{N(_vt)}*({forward} ? v(qd) : v(qs))-{gd}");
        Terminal("g", $"{sign}{N(_vt)}*(-v(qd)-v(qs)-v(qb))+{gd}+{gs}+{N(_overlapGb / ChargeCapacitance)}*(v(g)-v(b))");
        Terminal("s", $"{sign}{N(_vt)}*({forward} ? v(qs) : v(qd))-{gs}");
        return body.ToImmutable();

        void Terminal(string pin, string charge)
        {
            Node("c" + pin, charge);
            body.Add($"cc{pin} c{pin} 0 {N(ChargeCapacitance)}{(startsFromInitialConditions ? $" ic={{ic{pin}}}" : "")}");
            body.Add($"fc{pin} {pin} b bc{pin} -1");
        }
    }

    /// <summary>Values of the subcircuit's parameters at terminal voltages in volts.</summary>
    internal ImmutableArray<KeyValuePair<string, double>> InitialCharges(double vd, double vg, double vs, double vb)
    {
        var state = new EkvState();
        Evaluate(vd, vg, vs, vb, ref state);
        return [new("icd", state.Qd / ChargeCapacitance), new("icg", state.Qg / ChargeCapacitance), new("ics", state.Qs / ChargeCapacitance)];
    }

    // RootOfSmoothed of a node
    private string RootOfSmoothedText(string node) =>
        $"sqrt(0.5*(v({node})+{N(_phi)}+sqrt((v({node})+{N(_phi)})*(v({node})+{N(_phi)})+{N(16 * _vt * _vt)})))";

    // ln(1 + e^u); ln(1 + e) = 2 atanh(e/(2 + e)) keeps its digits where e is small
    private static string SoftPlusText(string u) => $"({u}>0 ? {u}+2*atanh(exp(-{u})/(2+exp(-{u}))) : 2*atanh(exp({u})/(2+exp({u}))))";

    private static string N(double value) => value < 0 ? $"({DeckWriter.Number(value)})" : DeckWriter.Number(value);
}
