using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using AnalogAttention.Circuits;
using AnalogAttention.Simulation.Devices;
using AnalogAttention.Simulation.Devices.Ekv;
using AnalogAttention.Simulation.Embedded;

namespace AnalogAttention.Benchmarks;

/// <summary>Nanoseconds that a transistor's equations take, in each width of the lanes: the least of twenty repetitions.</summary>
internal static class Kernels
{
    private const int Transistors = 256, Repetitions = 20;

    public static void Run(TextWriter output)
    {
        output.WriteLine($"{"kernel",-40}{"width",8}{"ns/transistor",16}");
        foreach (var (name, extra) in Cards())
            foreach (var width in new[] { 1, 4, 8 })
            {
                var bank = new EkvBank([.. Enumerable.Range(0, Transistors).Select(k => Ekv(k, extra))], width);
                var outputs = new EkvOutputs(bank.Padded);
                double[] d = Volts(bank.Padded, 1), g = Volts(bank.Padded, 2), s = Volts(bank.Padded, 3), b = new double[bank.Padded];
                Report(output, $"{name}, with charges", width, () => bank.Evaluate(d, g, s, b, outputs));
                Report(output, $"{name}, currents", width, () => bank.EvaluateStatic(d, g, s, b, outputs));
            }
        RunLevel1(output);
    }

    private static void RunLevel1(TextWriter output)
    {
        foreach (var (name, extra) in Level1Cards())
            foreach (var width in new[] { 1, 4, 8 })
            {
                var bank = new Level1Bank([.. Enumerable.Range(0, Transistors).Select(k => Level1(k, extra))], width);
                var outputs = new Level1Outputs(bank.Padded);
                double[] d = Volts(bank.Padded, 1), g = Volts(bank.Padded, 2), s = Volts(bank.Padded, 3), b = new double[bank.Padded];
                Report(output, name, width, () => bank.Evaluate(d, g, s, b, outputs));
            }
    }

    private static IEnumerable<(string Name, (string, double)[] Extra)> Level1Cards() =>
    [
        ("level 1, channel", [("is", 0)]),
        ("level 1, gamma junctions gate", [("gamma", 0.4), ("tox", 1e-8)]),
        ("level 1, the same and depletion", [("gamma", 0.4), ("tox", 1e-8), ("cbd", 1e-15), ("cbs", 1e-15)]),
        ("level 1, the same with mj 0.4", [("gamma", 0.4), ("tox", 1e-8), ("cbd", 1e-15), ("cbs", 1e-15), ("mj", 0.4)]),
    ];

    private static Level1Transistor Level1(int k, (string Name, double Value)[] extra)
    {
        var here = new SourceSpan("kernels", 1, 1);
        var card = new Dictionary<string, double> { ["level"] = 1, ["vto"] = k % 2 == 0 ? 0.4 : -0.4, ["kp"] = 1e-4, ["lambda"] = 0.05 };
        foreach (var (name, value) in extra)
            card[name] = value;
        var model = new ModelCard("m", k % 2 == 0 ? "nmos" : "pmos", card.ToImmutableDictionary(), here);
        var size = new Dictionary<string, double> { ["w"] = (100 + k) * 1e-8, ["l"] = 1e-6 };
        return new Level1Transistor(model, new Mosfet($"m{k}", here, "d", "g", "s", "b", "m", size.ToImmutableDictionary()), new SimulationOptions());
    }

    private static IEnumerable<(string Name, (string, double)[] Extra)> Cards() =>
    [
        ("ekv, lambda", [("leta", 0), ("weta", 0)]),
        ("ekv, lambda leta weta", [("leta", 0.1), ("weta", 0.2)]),
    ];

    private static void Report(TextWriter output, string name, int width, Action evaluate)
    {
        // past the tiers of the compiler, which waits for 0.1 s without new methods
        for (var tier = 0; tier < 3; tier++)
        {
            for (var k = 0; k < 100; k++)
                evaluate();
            Thread.Sleep(300);
        }
        const int calls = 100;
        var least = double.PositiveInfinity;
        for (var repetition = 0; repetition < Repetitions; repetition++)
        {
            var start = Stopwatch.GetTimestamp();
            for (var k = 0; k < calls; k++)
                evaluate();
            least = Math.Min(least, Stopwatch.GetElapsedTime(start).TotalNanoseconds / calls / Transistors);
        }
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-40}{width,8}{least,16:f1}"));
    }

    private static double[] Volts(int length, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, length).Select(_ => 1.2 * random.NextDouble() - 0.1)];
    }

    private static EkvTransistor Ekv(int k, (string Name, double Value)[] extra)
    {
        var here = new SourceSpan("kernels", 1, 1);
        var card = new Dictionary<string, double> { ["level"] = 44, ["cox"] = 0.0173, ["xj"] = 20e-9, ["kp"] = 300e-6, ["vto"] = k % 2 == 0 ? 0.3 : -0.42, ["gamma"] = 0.3, ["phi"] = 0.8, ["ucrit"] = 8e6, ["e0"] = 3e8, ["lambda"] = 0.6 };
        foreach (var (name, value) in extra)
            card[name] = value;
        var model = new ModelCard("m", k % 2 == 0 ? "nmos" : "pmos", card.ToImmutableDictionary(), here);
        var size = new Dictionary<string, double> { ["w"] = (100 + k) * 1e-9, ["l"] = 60e-9 };
        return EkvTransistor.Create(model, new Mosfet($"m{k}", here, "d", "g", "s", "b", "m", size.ToImmutableDictionary()), 300.15);
    }
}
