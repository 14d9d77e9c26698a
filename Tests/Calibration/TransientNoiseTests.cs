using System.Collections.Immutable;
using AnalogAttention.Calibration;
using AnalogAttention.Calibration.Benches;
using AnalogAttention.Circuits;
using AnalogAttention.Simulation.Devices.Ekv;
using AnalogAttention.Simulation.Embedded;
using MathNet.Numerics.Distributions;
using MathNet.Numerics.Interpolation;

namespace AnalogAttention.Tests.Calibration;

/// <summary>
/// Charge noise of a gated 15 ns read: the integral over the noise density against Monte Carlo transients, in which each read transistor has
/// a noise current beside its channel, white and 1/f, whose density follows the transistor through the pulse.
/// </summary>
public class TransientNoiseTests
{
    private const double Boltzmann = 1.380649e-23, Kelvin = 300.15, Pulse = 15e-9;
    private const double Sample = 0.1e-9; // white to 5 GHz: 150 samples in a pulse, whose band ends near 30 MHz

    [TestCase(0)]
    [TestCase(7)]
    public void Charge_noise_is_that_of_transients(int level) => Check(level, runs: 800, levels: 2);

    [TestCase(0), TestCase(1), TestCase(2), TestCase(3), TestCase(4), TestCase(5), TestCase(6), TestCase(7)]
    [Explicit("minutes"), Category("Slow")]
    public void Charge_noise_is_that_of_many_transients(int level) => Check(level, runs: 5000, levels: 8);

    /// <param name="levels">Tested side by side: all lie within their intervals with a probability of 95 % (Bonferroni).</param>
    private static void Check(int level, int runs, int levels)
    {
        var model = NoiseBench.Run(new CellDeck(), new EmbeddedEngine(), new StorageModel(0, 0.9, 8), Pulse, flickerLowHertz: 1).Model;
        double expected = model.ReadCoulombs(level, Pulse), found = StandardDeviation(Charges(0.9 * level / 7, model.FlickerLowHertz, runs, seed: 20251 + level));
        double tail = 0.05 / levels / 2, freedom = runs - 1;
        double low = Math.Sqrt(ChiSquared.InvCDF(freedom, tail) / freedom), high = Math.Sqrt(ChiSquared.InvCDF(freedom, 1 - tail) / freedom);
        TestContext.Out.WriteLine($"level {level}: {found:g4} C of {runs} transients, {expected:g4} C integrated, ratio {found / expected:f4} in {low:f4} ... {high:f4}");
        Assert.That(found / expected, Is.InRange(low, high));
    }

    private static double StandardDeviation(double[] values) => Math.Sqrt(values.Sum(v => Math.Pow(v - values.Average(), 2)) / (values.Length - 1));

    /// <summary>Charge of each of many noisy reads.</summary>
    private static double[] Charges(double storeVolts, double lowHertz, int runs, int seed)
    {
        var circuit = new CellDeck().Read(PulseBench.Deck, ("vstore", storeVolts), ("width", Pulse));
        var transient = circuit.Analyses.OfType<Transient>().Single();
        var rest = new EmbeddedEngine().Run(circuit with { Measures = [] }).Analyses.Single();
        var store = LinearSpline.InterpolateSorted(rest["time"], rest["v(xcell.store)"]);
        var readLine = circuit.Elements.OfType<VoltageSource>().Single(v => v.Name == "vrwl").Waveform;
        int samples = (int)Math.Round(transient.Stop / Sample) + 1;

        var transistors = circuit.Elements.OfType<Mosfet>().Where(m => m.Name is "xcell.mn" or "xcell.mp").ToList();
        Assert.That(transistors, Has.Count.EqualTo(2));
        var densities = transistors.Select(m =>
        {
            var transistor = EkvTransistor.Create(circuit.Models[m.Model], m, Kelvin);
            Assert.That(transistor.FlickerExponent, Is.EqualTo(1));
            return Enumerable.Range(0, samples).Select(k =>
            {
                double t = k * Sample, line = readLine.ValueAt(t), source = m.Source == "rwl" ? line : 0.9 - line;
                var at = new EkvState();
                transistor.Evaluate(0.45, store.Interpolate(t), source, m.Bulk == "vdd" ? 0.9 : 0, ref at);
                // one sample of white noise up to 1/(2 Sample) has the variance S/(2 Sample); flicker in A/sqrt(Hz) at 1 Hz
                return (White: Math.Sqrt(4 * Boltzmann * Kelvin * at.NoiseSiemens / (2 * Sample)), Flicker: Math.Sqrt(transistor.FlickerDensity(at.GdVg)));
            }).ToArray();
        }).ToArray();

        var random = new Random(seed);
        var normal = new Normal(0, 1, random);
        Circuit Noisy() => circuit with
        {
            Measures = [],
            Elements = circuit.Elements.AddRange(transistors.Select((m, i) =>
            {
                var flicker = Flicker(normal, lowHertz, samples);
                var points = densities[i].Select((d, k) => (k * Sample, d.White * normal.Sample() + d.Flicker * flicker[k]));
                return new CurrentSource($"inoise{i}", m.Span, m.Drain, m.Source, new PwlWaveform([.. points]));
            })),
        };
        var first = Noisy();
        var run = new EmbeddedRun(new CompiledCircuit(first));
        var charges = new double[runs];
        for (var k = 0; k < runs; k++)
        {
            run.Alter(k == 0 ? first : Noisy());
            var waves = run.Run(transient).ToWaveforms();
            double[] time = waves["time"], bitline = waves["i(vbl)"];
            for (var n = 1; n < time.Length; n++)
                charges[k] -= 0.5 * (bitline[n] + bitline[n - 1]) * (time[n] - time[n - 1]);
        }
        return charges;
    }

    /// <summary>
    /// A process with the density 1/f above a limit: relaxations an octave apart, each of the variance ln 2. With the slowest at
    /// 1/(2 pi sqrt 2 low) its variance up to any frequency is that of 1/f cut off at the limit.
    /// </summary>
    private static double[] Flicker(Normal normal, double lowHertz, int samples)
    {
        var sum = new double[samples];
        for (var tau = 1 / (2 * Math.PI * Math.Sqrt(2) * lowHertz); tau > Sample / 2; tau /= 2)
        {
            double kept = Math.Exp(-Sample / tau), fresh = Math.Sqrt(-Math.Log(2) * double.ExpM1(-2 * Sample / tau)), state = Math.Sqrt(Math.Log(2)) * normal.Sample();
            for (var k = 0; k < samples; k++)
            {
                sum[k] += state;
                state = kept * state + fresh * normal.Sample();
            }
        }
        return sum;
    }
}
