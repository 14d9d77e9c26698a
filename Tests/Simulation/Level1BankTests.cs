using System.Collections.Immutable;
using AnalogAttention.Circuits;
using AnalogAttention.Simulation.Devices;
using AnalogAttention.Simulation.Embedded;

namespace AnalogAttention.Tests.Simulation;

public class Level1BankTests
{
    private static readonly SourceSpan Here = new("test", 1, 1);
    private const double Width = 2e-6, Length = 1e-6, Kp = 1e-4, Tox = 1e-8;

    private static Level1Transistor Transistor(string type, params (string Name, double Value)[] parameters)
    {
        var sign = type == "pmos" ? -1 : 1;
        var card = new Dictionary<string, double> { ["level"] = 1, ["vto"] = sign * 0.6, ["kp"] = Kp };
        var instance = new Dictionary<string, double> { ["w"] = Width, ["l"] = Length };
        foreach (var (name, value) in parameters)
            (name is "ad" or "as" or "pd" or "ps" ? instance : card)[name] = value;
        return new Level1Transistor(new ModelCard("m", type, card.ToImmutableDictionary(), Here), new Mosfet("m1", Here, "d", "g", "s", "b", "m", instance.ToImmutableDictionary()), new SimulationOptions());
    }

    private static readonly (string, double)[] Regions = [("ad", 1e-12), ("as", 2e-12), ("pd", 4e-6), ("ps", 6e-6)];

    private static readonly (string Name, double Value)[][] Cards =
    [
        [],
        [("is", 0)],
        [("gamma", 0.5), ("lambda", 0.05)],
        [("tox", Tox), ("gamma", 0.4), ("phi", 0.7)],
        [("tox", Tox), ("cj", 1e-4), .. Regions],
        [("cj", 1e-4), ("cjsw", 1e-10), ("mjsw", 0.33), ("js", 1e-6), ("lambda", 0.1), ("gamma", 1.1), .. Regions],
        [("cbd", 1e-15), ("cbs", 2e-15), ("mj", 0.4), ("fc", 0.3), ("is", 1e-16)],
        [("cjsw", 1e-10), ("mj", 1), .. Regions],
    ];

    private static readonly double[] Corners = [-5, -1, -0.0776, 0, 1e-12, 0.4, 0.6, 0.625, 1.2, 5];

    private static double[][] Biases(int padded, int seed)
    {
        var random = new Random(seed);
        var range = seed % 4 == 0 ? 5.0 : 1.5;
        double Volts() => random.Next(4) == 0 ? Corners[random.Next(Corners.Length)] : range * (2 * random.NextDouble() - 1);
        double[][] v = [.. Enumerable.Range(0, 4).Select(_ => Enumerable.Range(0, padded).Select(_ => Volts()).ToArray())];
        for (var k = seed % 3; k < padded; k += 3)
            v[0][k] = v[2][k]; // no voltage along the channel
        return v;
    }

    private static Level1Transistor[] Transistors() =>
        [.. from card in Cards from type in new[] { "nmos", "pmos" } select Transistor(type, card), Transistor("nmos")];

    private static double[][] Arrays(Level1Outputs o) =>
    [
        o.Id, o.Gm, o.Gds, o.Gmbs, o.DrainAmperes, o.DrainSiemens, o.SourceAmperes, o.SourceSiemens,
        o.DrainCoulombs, o.DrainFarads, o.SourceCoulombs, o.SourceFarads, o.HalfGs, o.HalfGd, o.HalfGb,
    ];

    private static Level1Outputs Evaluate(Level1Bank bank, double[][] v)
    {
        var outputs = new Level1Outputs(bank.Padded);
        bank.Evaluate(v[0], v[1], v[2], v[3], outputs);
        return outputs;
    }

    [Test]
    public void Every_width_and_every_bank_give_the_same_bits_and_numbers()
    {
        var transistors = Transistors();
        Level1Bank one = new(transistors, 1), four = new(transistors, 4), eight = new(transistors, 8);
        Level1Bank[] alone = [.. transistors.Select(t => new Level1Bank([t], 1))];
        Assert.That((eight.Count, eight.Padded), Is.EqualTo((17, 24)));
        for (var seed = 0; seed < 400; seed++)
        {
            var v = Biases(eight.Padded, seed);
            double[][] x = Arrays(Evaluate(one, v)), y = Arrays(Evaluate(four, v)), z = Arrays(Evaluate(eight, v));
            for (var output = 0; output < x.Length; output++)
            {
                Assert.That(x[output].All(double.IsFinite));
                Assert.That(y[output].Select(BitConverter.DoubleToInt64Bits), Is.EqualTo(x[output].Select(BitConverter.DoubleToInt64Bits)));
                Assert.That(z[output].Select(BitConverter.DoubleToInt64Bits), Is.EqualTo(x[output].Select(BitConverter.DoubleToInt64Bits)));
            }
            // a lone transistor leaves out what others of the bank have; its roots are those of an exponent 1/2
            for (var k = 0; k < transistors.Length && seed < 100; k++)
            {
                var single = Arrays(Evaluate(alone[k], [.. v.Select(volts => Enumerable.Repeat(volts[k], 8).ToArray())]));
                for (var output = 0; output < x.Length; output++)
                    Assert.That(single[output][0], Is.EqualTo(x[output][k]).Within(output is >= 8 and < 12 ? 1e-14 * Math.Abs(x[output][k]) + 1e-30 : 0), $"transistor {k}, output {output}, seed {seed}");
            }
        }
    }

    [Test]
    public void Static_evaluation_gives_the_currents_alone()
    {
        var bank = new Level1Bank(Transistors());
        var v = Biases(bank.Padded, 1);
        var currents = new Level1Outputs(bank.Padded);
        bank.EvaluateStatic(v[0], v[1], v[2], v[3], currents);
        double[][] all = Arrays(Evaluate(bank, v)), found = Arrays(currents);
        Assert.Multiple(() =>
        {
            for (var k = 0; k < 8; k++)
                Assert.That(found[k], Is.EqualTo(all[k]));
            Assert.That(found[8..].SelectMany(x => x), Is.All.Zero);
        });
    }

    // A few operations after each other, an ulp each, but for: vgs - von rounds to 4 ulp of the voltages, beta (1 + lambda vds) times
    // that in slopes, over the least saturation voltage in Meyer's shares; v/Vt reaches 400 in an exponential, 1e-13.
    [Test]
    public void Equals_the_equations_of_one_transistor()
    {
        var transistors = Transistors();
        var bank = new Level1Bank(transistors);
        for (var seed = 0; seed < 400; seed++)
        {
            var v = Biases(bank.Padded, seed);
            var found = Arrays(Evaluate(bank, v));
            for (var k = 0; k < transistors.Length; k++)
            {
                var t = transistors[k];
                double sign = t.Sign, vgs = sign * (v[1][k] - v[2][k]), vds = sign * (v[0][k] - v[2][k]), vbs = sign * (v[3][k] - v[2][k]);
                var (id, gm, gds, gmbs, gate) = t.At(vgs, vds, vbs);
                var (drain, drainSlope) = t.Junction(vbs - vds, t.DrainSaturation);
                var (source, sourceSlope) = t.Junction(vbs, t.SourceSaturation);
                var (qd0, cd0) = t.DrainBottom.At(vbs - vds);
                var (qd1, cd1) = t.DrainSide.At(vbs - vds);
                var (qs0, cs0) = t.SourceBottom.At(vbs);
                var (qs1, cs1) = t.SourceSide.At(vbs);
                double[] expected = [id, gm, gds, gmbs, drain, drainSlope, source, sourceSlope, qd0 + qd1, cd0 + cd1, qs0 + qs1, cs0 + cs1, gate.Gs, gate.Gd, gate.Gb];

                double volts = Math.Abs(vgs) + Math.Abs(vds) + Math.Abs(vbs) + 1, rounding = 4 * Math.Pow(2, -52) * volts;
                double slopes = 2 * Kp * Width / Length * (1 + 0.1 * Math.Abs(vds)) * rounding, oxide = 3.9 * 8.854214871e-12 / Tox * Width * Length;
                double[] within =
                [
                    slopes * volts, slopes, slopes, slopes, 1e-13 * t.DrainSaturation, 0, 1e-13 * t.SourceSaturation, 0,
                    1e-14 * (cd0 + cd1), 0, 1e-14 * (cs0 + cs1), 0, oxide * rounding / 0.025, oxide * rounding / 0.025, oxide * rounding / 0.6,
                ];
                for (var output = 0; output < expected.Length; output++)
                    if (!(Math.Abs(found[output][k] - expected[output]) <= 1e-12 * Math.Abs(expected[output]) + within[output]))
                        Assert.Fail($"output {output} of transistor {k} at {vgs:r} {vds:r} {vbs:r} is {found[output][k]:r}, not {expected[output]:r}");
            }
        }
    }

    // h^2 f'''/6: the channel is quadratic in pieces but for the root of the body effect, the junction has f'''/f' = 1/Vt^2
    [Test]
    public void Slopes_equal_central_differences()
    {
        const double h = 1e-5;
        var transistors = Transistors();
        var bank = new Level1Bank(transistors);
        double[] kinks = [-3 * transistors[0].ThermalVolts];
        var random = new Random(3);
        for (var trial = 0; trial < 200; trial++)
        {
            double[][] v = [.. Enumerable.Range(0, 4).Select(_ => Enumerable.Range(0, bank.Padded).Select(_ => 3 * random.NextDouble() - 1.5).ToArray())];
            var at = Evaluate(bank, v);
            Level1Outputs Moved(int terminal, double by) => Evaluate(bank, [.. v.Select((volts, k) => k == terminal ? volts.Select(x => x + by).ToArray() : volts)]);
            for (var terminal = 0; terminal < 4; terminal++)
            {
                Level1Outputs up = Moved(terminal, h), down = Moved(terminal, -h);
                for (var k = 0; k < transistors.Length; k++)
                {
                    var sign = transistors[k].Sign;
                    double vds = sign * (v[0][k] - v[2][k]), vbs = sign * (v[3][k] - v[2][k]), vbd = vbs - vds;
                    if (Math.Abs(vds) < 1e-3 || kinks.Any(kink => Math.Abs(vbs - kink) < 2 * h || Math.Abs(vbd - kink) < 2 * h))
                        continue; // source and drain change places; the junction's slope jumps
                    double Slope(double[] amperes0, double[] amperes1) => sign * (amperes1[k] - amperes0[k]) / (2 * h);
                    double[] byTerminal = [at.Gds[k], at.Gm[k], -(at.Gds[k] + at.Gm[k] + at.Gmbs[k]), at.Gmbs[k]];
                    var beta = Kp * Width / Length * (1 + 0.3);
                    // a step across the edge of saturation or conduction sees the second derivative jump: beta h / 2
                    // SPICE's gmbs goes on as gamma/(2 root) where the bulk conducts and the root is on its tangent
                    if (vbs - Math.Min(vds, 0) < 0 || at.Gmbs[k] == 0)
                        Assert.That(Slope(down.Id, up.Id), Is.EqualTo(byTerminal[terminal]).Within(2 * beta * h), $"channel of {k} by {terminal}");
                    var drain = terminal == 0 ? -at.DrainSiemens[k] : terminal == 3 ? at.DrainSiemens[k] : 0;
                    var source = terminal == 2 ? -at.SourceSiemens[k] : terminal == 3 ? at.SourceSiemens[k] : 0;
                    Assert.That(Slope(down.DrainAmperes, up.DrainAmperes), Is.EqualTo(drain).Within(1e-6 * at.DrainSiemens[k] + 1e-20), $"drain junction of {k} by {terminal}");
                    Assert.That(Slope(down.SourceAmperes, up.SourceAmperes), Is.EqualTo(source).Within(1e-6 * at.SourceSiemens[k] + 1e-20), $"source junction of {k} by {terminal}");
                    var charge = terminal == 0 ? -at.DrainFarads[k] : terminal == 3 ? at.DrainFarads[k] : 0;
                    Assert.That(Slope(down.DrainCoulombs, up.DrainCoulombs), Is.EqualTo(charge).Within(1e-5 * at.DrainFarads[k]), $"drain charge of {k} by {terminal}");
                }
            }
        }
    }
}
