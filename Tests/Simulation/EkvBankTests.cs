using System.Collections.Immutable;
using AnalogAttention.Circuits;
using AnalogAttention.Simulation.Devices.Ekv;
using AnalogAttention.Simulation.Devices.Lanes;

namespace AnalogAttention.Tests.Simulation;

public class EkvBankTests
{
    private static readonly SourceSpan Here = new("test", 1, 1);

    private static EkvTransistor Transistor(string type, params (string Name, double Value)[] parameters)
    {
        var sign = type == "pmos" ? -1 : 1;
        var card = new Dictionary<string, double>
        {
            ["level"] = 44,
            ["cox"] = 0.0173,
            ["xj"] = 20e-9,
            ["kp"] = 300e-6,
            ["vto"] = sign * 0.35,
            ["gamma"] = 0.3,
            ["phi"] = 0.8,
            ["ucrit"] = 8e6,
            ["e0"] = 3e8,
            ["lambda"] = 0.6,
            ["leta"] = 0,
            ["weta"] = 0,
            ["q0"] = 1e-4,
            ["cgso"] = 2e-10,
            ["cgdo"] = 3e-10,
            ["cgbo"] = 1e-10,
        };
        foreach (var (name, value) in parameters)
            card[name] = value;
        var size = new Dictionary<string, double> { ["w"] = 200e-9, ["l"] = 120e-9 }.ToImmutableDictionary();
        return EkvTransistor.Create(new ModelCard("m", type, card.ToImmutableDictionary(), Here), new Mosfet("m1", Here, "d", "g", "s", "b", "m", size), 300.15);
    }

    // cards of a bank: with and without each effect, so that its terms differ
    private static readonly (string Name, double Value)[][] Cards =
    [
        [],
        [("leta", 0.3)],
        [("weta", 0.4)],
        [("leta", 0.1), ("weta", 0.2)],
        [("lambda", 0)],
        [("lambda", 0), ("e0", 1e20), ("ucrit", 1e12)],
        [("e0", 5e7), ("gamma", 0.9)],
        [("gamma", 0), ("weta", 0.2)],
        [("ucrit", 5e5), ("lambda", 2), ("gamma", 1.2), ("phi", 0.5)],
    ];

    private static readonly double[] Corners = [-10, -1.2, -0.5, 0, 1e-12, 0.3, 0.45, 0.9, 1.2, 3, 10];

    private sealed record Biases(double[] D, double[] G, double[] S, double[] B)
    {
        public static Biases Draw(int padded, int seed)
        {
            var random = new Random(seed);
            var range = seed % 5 == 0 ? 10.0 : 1.5;
            double Volts() => random.Next(4) == 0 ? Corners[random.Next(Corners.Length)] : range * (2 * random.NextDouble() - 1);
            double[] Array() => [.. Enumerable.Range(0, padded).Select(_ => Volts())];
            var biases = new Biases(Array(), Array(), Array(), Array());
            for (var k = seed % 3; k < padded; k += 3)
                biases.D[k] = biases.S[k]; // no voltage along the channel
            return biases;
        }
    }

    private static EkvTransistor[] Transistors(params (string, double)[][] cards) =>
        [.. from card in cards from type in new[] { "nmos", "pmos" } select Transistor(type, card)];

    private static double[][] Arrays(EkvOutputs o) =>
        [o.Id, o.GdVd, o.GdVg, o.GdVs, o.Qd, o.Qg, o.Qs, o.Cdd, o.Cdg, o.Cds, o.Cgd, o.Cgg, o.Cgs, o.Csd, o.Csg, o.Css];

    private static double[] Values(in EkvState s) =>
        [s.Id, s.GdVd, s.GdVg, s.GdVs, s.Qd, s.Qg, s.Qs, s.C[0, 0], s.C[0, 1], s.C[0, 2], s.C[1, 0], s.C[1, 1], s.C[1, 2], s.C[2, 0], s.C[2, 1], s.C[2, 2]];

    [Test]
    public void Every_width_and_the_single_transistor_give_the_same_bits_and_numbers()
    {
        var transistors = Transistors(Cards);
        EkvBank one = new(transistors, 1), four = new(transistors, 4), eight = new(transistors, 8);
        Assert.That((eight.Count, eight.Padded), Is.EqualTo((18, 24)));
        var single = new EkvState();
        for (var seed = 0; seed < 400; seed++)
        {
            var v = Biases.Draw(eight.Padded, seed);
            EkvOutputs a = new(one.Padded), b = new(one.Padded), c = new(one.Padded);
            one.Evaluate(v.D, v.G, v.S, v.B, a);
            four.Evaluate(v.D, v.G, v.S, v.B, b);
            eight.Evaluate(v.D, v.G, v.S, v.B, c);
            foreach (var (x, y, z) in Arrays(a).Zip(Arrays(b), Arrays(c)))
            {
                Assert.That(x, Is.All.Not.NaN);
                Assert.That(y.Select(BitConverter.DoubleToInt64Bits), Is.EqualTo(x.Select(BitConverter.DoubleToInt64Bits)));
                Assert.That(z.Select(BitConverter.DoubleToInt64Bits), Is.EqualTo(x.Select(BitConverter.DoubleToInt64Bits)));
            }
            // a lone transistor leaves out what others of the bank have
            for (var k = 0; k < transistors.Length; k++)
            {
                transistors[k].Evaluate(v.D[k], v.G[k], v.S[k], v.B[k], ref single);
                Assert.That(Arrays(a).Select(x => x[k]), Is.EqualTo(Values(single)), $"transistor {k}, seed {seed}");
            }
        }
    }

    [Test]
    public void Static_evaluation_gives_the_currents_alone()
    {
        var bank = new EkvBank(Transistors(Cards));
        var v = Biases.Draw(bank.Padded, 1);
        EkvOutputs all = new(bank.Padded), currents = new(bank.Padded);
        bank.Evaluate(v.D, v.G, v.S, v.B, all);
        bank.EvaluateStatic(v.D, v.G, v.S, v.B, currents);
        Assert.Multiple(() =>
        {
            for (var k = 0; k < 4; k++)
                Assert.That(Arrays(currents)[k], Is.EqualTo(Arrays(all)[k]));
            Assert.That(Arrays(currents)[4..].SelectMany(x => x), Is.All.Zero);
        });
    }

    // VP/Vt reaches 400, 1e-13 of rounding in an exponential, and some ten operations follow it: 1e-12. Near flat band the reference has
    // VP + PHI + 1e-6 from a difference, rounded to 3/2 ulp of its terms. Each value counts against the sum that it may cancel from.
    [Test]
    public void Equals_the_reference([Values(0, 1, 2, 3, 4, 5, 6, 7, 8)] int card)
    {
        foreach (var type in new[] { "nmos", "pmos" })
        {
            var transistor = Transistor(type, Cards[card]);
            var c = transistor.Coefficients;
            var reference = new EkvReference(c);
            EkvState expected = new(), found = new();
            for (var seed = 0; seed < 60; seed++)
            {
                var v = Biases.Draw(24, seed);
                for (var k = 0; k < 24; k++)
                {
                    reference.Evaluate(v.D[k], v.G[k], v.S[k], v.B[k], ref expected);
                    transistor.Evaluate(v.D[k], v.G[k], v.S[k], v.B[k], ref found);
                    Compare(c, expected, found, v.D[k] - v.B[k], v.G[k] - v.B[k], v.S[k] - v.B[k], $"{type} {k} of {seed}");
                }
            }
        }
    }

    private static void Compare(EkvCoefficients c, EkvState expected, EkvState found, double d, double g, double s, string where)
    {
        // least VP + PHI = (sqrt(VG' + gamma'^2/4) - gamma'/2)^2, with gamma' at most gamma0 + sqrt(Vt/10)
        double vgp = Math.Max(0, c.Sign * g + c.GateOffset), gamma = c.Gamma + c.NarrowChannel * Math.Sqrt(vgp + 0.25 * c.Gamma * c.Gamma) + 0.051;
        var root = vgp / (2 * Math.Sqrt(vgp + 0.25 * gamma * gamma));
        var within = 1e-12 + 3 * Math.Pow(2, -53) * (vgp + c.Phi) / (root * root + 1e-6);
        double[] x = Values(expected), y = Values(found);
        double slopes = x[1..4].Sum(Math.Abs), charge = x[4..7].Max(Math.Abs) + c.OxideCharge, farads = x[7..].Sum(Math.Abs);
        var amperes = slopes * (Math.Abs(d) + Math.Abs(g) + Math.Abs(s) + c.Phi);
        for (var k = 0; k < x.Length; k++)
        {
            var scale = k == 0 ? amperes : k < 4 ? slopes : k < 7 ? charge : farads;
            if (!(Math.Abs(y[k] - x[k]) <= within * scale))
                Assert.Fail($"{where}: value {k} at {d:r} {g:r} {s:r} is {y[k]:r}, not {x[k]:r} within {within:g2} of {scale:g3}");
        }
        if (!(Math.Abs(found.NoiseSiemens - expected.NoiseSiemens) <= within * (expected.NoiseSiemens + c.Beta * c.Vt / c.LeastLength)))
            Assert.Fail($"{where}: noise at {d:r} {g:r} {s:r} is {found.NoiseSiemens:r}, not {expected.NoiseSiemens:r}");
    }
}
