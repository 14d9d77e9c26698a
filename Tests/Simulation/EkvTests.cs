using System.Collections.Immutable;
using AnalogAttention.Circuits;
using AnalogAttention.Simulation.Devices.Ekv;

namespace AnalogAttention.Tests.Simulation;

public class EkvTests
{
    private static readonly SourceSpan Here = new("test", 1, 1);

    private static EkvTransistor Transistor(string type, double celsius = 27, params (string Name, double Value)[] parameters)
    {
        var card = new Dictionary<string, double>
        {
            ["level"] = 44,
            ["cox"] = 0.0173,
            ["xj"] = 20e-9,
            ["kp"] = 300e-6,
            ["vto"] = type == "pmos" ? -0.42 : 0.3,
            ["gamma"] = 0.3,
            ["phi"] = 0.8,
            ["ucrit"] = 8e6,
            ["e0"] = 3e8,
            ["lambda"] = 0.6,
            ["leta"] = 0.1,
            ["weta"] = 0.2,
            ["q0"] = 1e-4,
            ["cgso"] = 2e-10,
            ["cgdo"] = 3e-10,
            ["cgbo"] = 1e-10,
        };
        foreach (var (name, value) in parameters)
            card[name] = value;
        var model = new ModelCard("m", type, card.ToImmutableDictionary(), Here);
        var instance = new Mosfet("m1", Here, "d", "g", "s", "b", "m", new Dictionary<string, double> { ["w"] = 200e-9, ["l"] = 120e-9 }.ToImmutableDictionary());
        return EkvTransistor.Create(model, instance, celsius + 273.15);
    }

    private static EkvState At(EkvTransistor t, double d, double g, double s, double b)
    {
        var state = new EkvState();
        t.Evaluate(d, g, s, b, ref state);
        return state;
    }

    private static IEnumerable<double[]> Biases()
    {
        double[] volts = [-0.3, 0, 0.05, 0.4, 0.9, 1.2];
        return from d in volts from g in volts from s in volts from b in new[] { -0.2, 0.0 } select new[] { d, g, s, b };
    }

    [Test]
    public void Derivatives_of_current_and_charges_equal_central_differences([Values("nmos", "pmos")] string type)
    {
        var t = Transistor(type);
        const double h = 1e-5;
        foreach (var v in Biases())
        {
            if (v[0] == v[2])
                continue; // the reference swaps source and drain inside the difference; continuity has its own test
            var state = At(t, v[0], v[1], v[2], v[3]);
            double[] analytic = [state.GdVd, state.GdVg, state.GdVs, state.GdVb];
            for (var k = 0; k < 4; k++)
            {
                var up = (double[])v.Clone();
                var down = (double[])v.Clone();
                up[k] += h;
                down[k] -= h;
                EkvState a = At(t, up[0], up[1], up[2], up[3]), b = At(t, down[0], down[1], down[2], down[3]);
                // h^2 f'''/6 with f''' at most f'/(2 Vt)^2-scale: 1e-10/6/2.7e-3 relative, plus rounding of I/h
                Assert.That((a.Id - b.Id) / (2 * h), Is.EqualTo(analytic[k]).Within(1e-6 * Math.Abs(analytic[k]) + 1e-10), $"dI/dV{k} at {string.Join(' ', v)}");
                double[] dq = [a.Qd - b.Qd, a.Qg - b.Qg, a.Qs - b.Qs, a.Qb - b.Qb];
                for (var row = 0; row < 4; row++)
                    Assert.That(dq[row] / (2 * h), Is.EqualTo(state.C[row, k]).Within(2e-21), $"dQ{row}/dV{k} at {string.Join(' ', v)}");
            }
        }
    }

    [Test]
    public void Charges_sum_to_zero_and_current_is_antisymmetric_in_drain_and_source([Values("nmos", "pmos")] string type)
    {
        var t = Transistor(type, parameters: [("cgso", 2e-10), ("cgdo", 2e-10)]);
        foreach (var v in Biases())
        {
            EkvState a = At(t, v[0], v[1], v[2], v[3]), b = At(t, v[2], v[1], v[0], v[3]);
            Assert.Multiple(() =>
            {
                Assert.That(a.Qd + a.Qg + a.Qs + a.Qb, Is.EqualTo(0).Within(1e-30));
                Assert.That(b.Id, v[0] == v[2] ? Is.EqualTo(a.Id) : Is.EqualTo(-a.Id));
                Assert.That(b.Qs, Is.EqualTo(a.Qd));
            });
        }
    }

    [Test]
    public void No_current_without_drain_source_voltage([Values("nmos", "pmos")] string type)
    {
        foreach (var g in new[] { -1.0, 0, 0.3, 0.6, 1.2 })
        {
            // if - ir' cancels to rounding of the forward current, 16 ulp
            var forward = Math.Abs(At(Transistor(type), type == "pmos" ? -3 : 3, g, 0.45, 0).Id);
            Assert.That(At(Transistor(type), 0.45, g, 0.45, 0).Id, Is.EqualTo(0).Within(16 * double.Epsilon + 4e-15 * forward));
        }
    }

    // 1 + COX/(E0 eps) Vt |qB + eta qI|: without the bars beta has a pole at VG' = -E0 eps/COX, here -0.3 V, and changes its sign there
    [Test]
    public void Current_keeps_its_sign_in_accumulation([Values("nmos", "pmos")] string type)
    {
        var sign = type == "pmos" ? -1 : 1;
        var t = Transistor(type, 27, ("e0", 50e6), ("vto", sign * 0.3));
        for (var vg = -3.0; vg <= 0; vg += 0.05)
            Assert.That(sign * At(t, sign * -0.5, sign * vg, 0, 0).Id, Is.LessThanOrEqualTo(0), $"vg {vg}");
    }

    [Test]
    public void Conductance_is_continuous_where_drain_and_source_swap()
    {
        var t = Transistor("nmos");
        EkvState above = At(t, 0.2 + 1e-9, 0.6, 0.2, 0), below = At(t, 0.2 - 1e-9, 0.6, 0.2, 0);
        Assert.That(above.GdVd, Is.EqualTo(below.GdVd).Within(1e-6 * above.GdVd));
    }

    // gamma' = 1/2 (gamma + sqrt(gamma^2 + 0.1 Vt)) and Leq = L/2 (1 + sqrt(1.01)) remain when every second-order effect is off.
    private static readonly (string, double)[] IdealLongChannel = [("lambda", 0), ("leta", 0), ("weta", 0), ("q0", 0), ("ucrit", 1e12), ("e0", 1e20)];
    private const double Vt = 8.617333262e-5 * 300.15;

    private static (double Volts, double SlopeFactor) PinchOff(double vg, double vto, double gamma, double phi)
    {
        var gammaP = 0.5 * (gamma + Math.Sqrt(gamma * gamma + 0.1 * Vt));
        var root = Math.Sqrt(vg - vto + phi + gamma * Math.Sqrt(phi) + gammaP * gammaP / 4);
        return (vg - vto + gamma * Math.Sqrt(phi) - gammaP * (root - gammaP / 2), 1 / (1 - gammaP / (2 * root)));
    }

    [Test]
    public void Weak_inversion_slope_is_n_Vt_per_e_fold()
    {
        var state = At(Transistor("nmos", parameters: [.. IdealLongChannel, ("gamma", 0.1)]), 1, -0.2, 0, 0);
        var expected = 1 / (PinchOff(-0.2, 0.3, 0.1, 0.8).SlopeFactor * Vt);
        // the prefactor n moves with VG as well: d ln n / dVG about 0.1/V against 36/V
        Assert.That(state.GdVg / state.Id, Is.EqualTo(expected).Within(0.004 * expected));
    }

    [Test]
    public void Strong_inversion_saturation_current_is_square_law_of_pinch_off()
    {
        var vp = PinchOff(3, 0.3, 0.3, 0.8).Volts;
        var n = 1 + 0.3 / (2 * Math.Sqrt(vp + 0.8 + 4 * Vt));
        var equivalentLength = 120e-9 * 0.5 * (1 + Math.Sqrt(1.01));
        // F(v) -> (v/2)^2 at v = 90: I = n beta VP^2 / 2; the smoothed VDSS' leaves ir' near 2e-5 of if in saturation
        var expected = n * 300e-6 * 200e-9 / equivalentLength * vp * vp / 2;
        Assert.That(At(Transistor("nmos", parameters: IdealLongChannel), 4, 3, 0, 0).Id, Is.EqualTo(expected).Within(5e-5 * expected));
    }

    [Test]
    public void Weak_inversion_noise_is_shot_noise()
    {
        var state = At(Transistor("nmos", parameters: [.. IdealLongChannel, ("gamma", 0.1)]), 1, -0.2, 0, 0);
        // 4 k T G = 2 q I, but for the slope factor: the current has it at VP + PHI + 4 Vt, the charge at VP + PHI; if = 4e-5 is nearly 0
        var surface = PinchOff(-0.2, 0.3, 0.1, 0.8).Volts + 0.8;
        var slopeFactors = (1 + 0.05 / Math.Sqrt(surface)) / (1 + 0.05 / Math.Sqrt(surface + 4 * Vt));
        Assert.That(2 * Vt * state.NoiseSiemens / state.Id, Is.EqualTo(slopeFactors).Within(1e-3));
    }

    [Test]
    public void Strong_inversion_noise_is_two_thirds_of_the_source_conductance()
    {
        var state = At(Transistor("nmos", parameters: IdealLongChannel), 4, 3, 0, 0);
        // xf - 1/2 against sqrt(if), here 41: 1.2 %; n as above: 0.6 %
        Assert.That(state.NoiseSiemens / -state.GdVs, Is.EqualTo(2.0 / 3).Within(0.02 * 2 / 3));
        // and without drain voltage that of the channel as a resistor
        var linear = At(Transistor("nmos", parameters: IdealLongChannel), 0, 3, 0, 0);
        Assert.That(linear.NoiseSiemens / linear.GdVd, Is.EqualTo(1).Within(0.02));
    }

    [Test]
    public void Noise_and_its_parameters_reach_the_analysis()
    {
        var noise = new AnalogAttention.Simulation.Embedded.EmbeddedEngine().Run(DeckReader.Parse("""
            one transistor
            vg g 0 0.7 ac 1
            vd p 0 0.9
            rd p d 1k
            m1 d g 0 0 nx w=1u l=0.1u m=2
            .model nx nmos level=44 cox=17m xj=20n kp=300u vto=0.3 gamma=0.3 phi=0.8 kf=1e-27 af=1.2
            .noise v(d) vg lin 2 10 1k 1
            .op
            .end
            """, "noise.cir")).Analyses;
        var t = EkvTransistor.Create(
            new ModelCard("nx", "nmos", new Dictionary<string, double> { ["level"] = 44, ["cox"] = 17e-3, ["xj"] = 20e-9, ["kp"] = 300e-6, ["vto"] = 0.3, ["gamma"] = 0.3, ["phi"] = 0.8 }.ToImmutableDictionary(), Here),
            new Mosfet("m1", Here, "d", "g", "s", "b", "nx", new Dictionary<string, double> { ["w"] = 1e-6, ["l"] = 1e-7, ["m"] = 2 }.ToImmutableDictionary()), 300.15);
        var at = At(t, noise[2]["v(d)"][0], 0.7, 0, 0);
        var load = 1 / (1e-3 + at.GdVd);
        Assert.That(noise[0]["onoise_m1_id"], Is.EqualTo(new[] { 1, 1 }.Select(_ => load * Math.Sqrt(4 * 1.380649e-23 * 300.15 * at.NoiseSiemens))).Within(1e-6).Percent);
        Assert.That(noise[0]["onoise_m1_1overf"], Is.EqualTo(new[] { 10.0, 1000 }.Select(f => load * Math.Sqrt(1e-27 * at.GdVg * at.GdVg / (2e-13 * 17e-3 * Math.Pow(f, 1.2))))).Within(1e-6).Percent);
    }

    [Test]
    public void Mismatch_parameters_shift_one_transistor_and_scale_with_area()
    {
        EkvTransistor With(double width, params (string, double)[] instance) => EkvTransistor.Create(
            new ModelCard("m", "nmos", new Dictionary<string, double> { ["level"] = 44, ["avto"] = 2e-9, ["akp"] = 1e-8, ["agamma"] = 3e-9, ["kp"] = 1e-4, ["gamma"] = 0.5 }.ToImmutableDictionary(), Here),
            new Mosfet("m1", Here, "d", "g", "s", "b", "m", instance.Append(("w", width)).Append(("l", 1e-7)).ToImmutableDictionary(p => p.Item1, p => p.Item2)), 300.15);
        var plain = With(1e-6);
        Assert.That(plain.Mismatch.VtoVolts, Is.EqualTo(2e-9 / Math.Sqrt(1e-13)).Within(1e-9).Percent);
        Assert.That(With(4e-6).Mismatch.RelativeKp, Is.EqualTo(plain.Mismatch.RelativeKp / 2).Within(1e-9).Percent);
        Assert.That(With(1e-6, ("m", 4)).Mismatch.Gamma, Is.EqualTo(plain.Mismatch.Gamma / 2).Within(1e-9).Percent);
        var at = At(plain, 0.9, 0.7, 0, 0);
        // a shift of the threshold is one of the gate, but for the overlap-free bulk charge below flat band: VG' holds both
        Assert.That(At(With(1e-6, ("delvto", 0.05)), 0.9, 0.75, 0, 0).Id, Is.EqualTo(at.Id).Within(1e-9).Percent);
        Assert.That(At(With(1e-6, ("mulu0", 1.1)), 0.9, 0.7, 0, 0).Id, Is.EqualTo(1.1 * at.Id).Within(1e-9).Percent);
        Assert.That(At(With(1e-6, ("delgamma", 0.05)), 0.9, 0.7, 0, -0.5).Id, Is.LessThan(At(plain, 0.9, 0.7, 0, -0.5).Id));
    }

    [Test]
    public void Nominal_temperature_comes_from_the_card_or_the_options()
    {
        double Current(string card, string options) => new AnalogAttention.Simulation.Embedded.EmbeddedEngine().Run(DeckReader.Parse(
            $"tnom\nvd d 0 0.9\nm1 d d 0 0 nx w=1u l=0.1u\n.model nx nmos level=44 vto=0.3 {card}\n.options temp=85 {options}\n.op\n.end\n", "tnom.cir")).Analyses[0]["i(vd)"][0];
        Assert.That(Current("", "tnom=60"), Is.EqualTo(Current("tnom=60", "")).And.Not.EqualTo(Current("", "")));
        Assert.That(Current("tnom=27", "tnom=60"), Is.EqualTo(Current("", "")));
    }

    [Test]
    public void Every_bias_gives_finite_numbers([Values("nmos", "pmos")] string type, [Values(-273 + 30, 27, 125)] double celsius)
    {
        var t = Transistor(type, celsius, ("phi", 1.1));
        foreach (var d in new[] { -50.0, -2, 0, 2, 50 })
            foreach (var g in new[] { -50.0, -2, 0, 2, 50 })
            {
                var state = At(t, d, g, 0, 0);
                Assert.That(double.IsFinite(state.Id + state.GdVd + state.GdVg + state.GdVs + state.Qg + state.Qd + state.C[1, 1] + state.C[0, 0]), $"d {d} g {g}");
            }
    }

    [Test]
    public void Flat_band_gives_finite_numbers()
    {
        // VG' = 0 and a few roundings beside it: VTO - PHI - GAMMA sqrt(PHI)
        var t = Transistor("nmos", parameters: [("q0", 0)]);
        var flat = 0.3 - 0.8 - 0.3 * Math.Sqrt(0.8);
        for (var k = -20; k <= 20; k++)
        {
            var state = At(t, 0.1, flat + k * 1e-16, 0, 0);
            Assert.That(double.IsFinite(state.Id + state.GdVg + state.Qg + state.C[1, 1]), $"{k}");
        }
    }

    [Test]
    public void Unknown_and_missing_parameters_are_named()
    {
        Assert.That(() => Transistor("nmos", parameters: [("tox", 2e-9)]), Throws.TypeOf<BadInputException>().With.Message.Contains("tox"));
        var model = new ModelCard("m", "nmos", ImmutableDictionary<string, double>.Empty.Add("level", 44), Here);
        var bare = new Mosfet("m1", Here, "d", "g", "s", "b", "m", ImmutableDictionary<string, double>.Empty);
        Assert.That(() => EkvTransistor.Create(model, bare, 300), Throws.TypeOf<BadInputException>().With.Message.Contains("'w'"));
    }
}
