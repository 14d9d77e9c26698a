using AnalogAttention.Calibration;
using AnalogAttention.Calibration.Benches;
using AnalogAttention.Circuits;
using AnalogAttention.Simulation.Embedded;
using MathNet.Numerics.Distributions;

namespace AnalogAttention.Tests.Calibration;

public class ConversionMismatchTests
{
    private const double Longest = 15e-9;
    private static readonly EmbeddedEngine Engine = new();
    private static readonly Lazy<IReadOnlyList<ConversionSensitivity>> Scores = new(() => ConversionMismatchBench.Run(Engine, false, "transistor", 2));

    [Test]
    public void Circuits_of_sources_have_no_mismatch() => Assert.That(ConversionMismatchBench.Run(Engine, true, "ideal", 1), Is.Empty);

    [Test]
    public void Same_changes_for_any_number_of_jobs()
    {
        var alone = ConversionMismatchBench.Run(Engine, false, "transistor", 1);
        Assert.That(alone.SelectMany(s => s.Changes), Is.EqualTo(Scores.Value.SelectMany(s => s.Changes)));
    }

    [Test]
    public void A_copy_of_the_current_sets_the_gain_and_a_pair_the_offset()
    {
        ConversionSensitivity Of(string element, string parameter) => Scores.Value.Single(s => s.Element == element && s.Parameter == parameter);
        var sink = Of("msink", "kp");
        double voltsOffset = Of("xc.m1", "vto").Sigma / 0.188; // full scale is 0.19 V on the capacitor
        Assert.Multiple(() =>
        {
            // the discharge current is proportional to KP of its sink, the time inversely; the gate that steers it takes some per cent of that away
            Assert.That(sink.Changes[0], Is.EqualTo(-sink.Sigma).Within(0.05 * sink.Sigma));
            Assert.That(sink.Changes[1], Is.Zero.Within(0.01 * sink.Sigma));
            // a threshold of the first pair shifts the crossing by itself: no gain, the same on both sides but for their sign
            Assert.That(Math.Abs(Of("xc.m1", "vto").Changes[1]), Is.EqualTo(voltsOffset).Within(0.05 * voltsOffset));
            Assert.That(Of("xc.m2", "vto").Changes[1], Is.EqualTo(-Of("xc.m1", "vto").Changes[1]).Within(0.01 * voltsOffset));
            Assert.That(Of("xc.m1", "vto").Changes[0], Is.Zero.Within(0.01 * voltsOffset));
        });
    }

    [Test]
    public void Logic_and_switches_matter_little_enough_to_be_drawn_together()
    {
        double Variance(int i, bool isDrawn) => Scores.Value.Where(s => s.Parameter == "drawn" == isDrawn).Sum(s => s.Changes[i] * s.Changes[i]);
        // four draws know a variance to a factor of three; a hundredth of all then moves no sigma by more than 1.5 %
        Assert.That(Variance(0, true), Is.LessThan(0.01 * Variance(0, false)));
        Assert.That(Variance(1, true), Is.LessThan(0.01 * Variance(1, false)));
    }

    [Test]
    public void Line_of_first_order_is_what_drawn_circuits_show() => CompareWithDraws(isSigned: false, sign: 1, draws: 120);

    [TestCase(false, 1), TestCase(true, 1), TestCase(true, -1), Explicit("minutes"), Category("Slow")]
    public void Lines_of_first_order_are_what_many_drawn_circuits_show(bool isSigned, int sign) => CompareWithDraws(isSigned, sign, draws: 800);

    private static void CompareWithDraws(bool isSigned, int sign, int draws)
    {
        // charges that five sigma of the offset do not clip
        const double low = 0.4, high = 0.6;
        double saturation = isSigned ? 0.6e-12 : 1.2e-12;
        var sensitivities = isSigned ? ConversionMismatchBench.Run(Engine, true, "transistor", 2) : Scores.Value;
        var bench = new CellDeck().Read((isSigned ? "signed-" : "") + "charge-to-pulse-transistor.cir", ("q", sign * low * saturation), ("q2", sign * high * saturation));
        Mosfet[] devices = [.. bench.Elements.OfType<Mosfet>()];
        var random = new Random(7);
        // every transistor of the circuit, logic too, VTO 1.8 mV um and KP 0.8 % um
        (Mosfet, string, double)[][] drawn = [.. Enumerable.Range(0, draws).Select(_ => devices.SelectMany(m =>
        {
            double root = Math.Sqrt(m.Parameters["w"] * m.Parameters["l"] * m.Parameters.GetValueOrDefault("m", 1));
            return new[] { (m, "vto", Normal.Sample(random, 0, 1.8e-9 / root)), (m, "kp", Normal.Sample(random, 0, 8e-9 / root)) };
        }).ToArray())];
        double[] first = new double[draws], second = new double[draws];
        Parallel.For(0, draws, new ParallelOptions { MaxDegreeOfParallelism = 2 }, i =>
        {
            var measures = Engine.Run(LocalMismatch.Applied(bench, drawn[i])).Measures;
            (first[i], second[i]) = (measures["width"] / Longest, measures["width2"] / Longest);
        });
        int gain = sign > 0 ? 0 : 2, offset = gain + 1;
        double Predicted(double a, double b) => Math.Sqrt(sensitivities.Sum(s => Math.Pow(a * s.Changes[gain] + b * s.Changes[offset], 2)));
        // two-sided 99.9 % interval of a deviation; second order in the thresholds of the output stage, which work near weak inversion: 5 % more
        double from = Math.Sqrt(ChiSquared.InvCDF(draws - 1, 0.0005) / (draws - 1)) * 0.95, to = Math.Sqrt(ChiSquared.InvCDF(draws - 1, 0.9995) / (draws - 1)) * 1.05;
        foreach (var (name, values, predicted) in new[]
        {
            ("pulse of 0.4 Q_sat", first, Predicted(low, 1)),
            ("pulse of 0.6 Q_sat", second, Predicted(high, 1)),
            ("gain", [.. second.Zip(first, (b, a) => (b - a) / (high - low))], Predicted(1, 0)),
        })
        {
            double mean = values.Average(), deviation = Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / (draws - 1));
            TestContext.Out.WriteLine($"{name}: mean {mean:f4}, deviation {deviation:f4}, first order {predicted:f4}, ratio {deviation / predicted:f3}");
            Assert.That(deviation / predicted, Is.InRange(from, to), name);
        }
    }

    [TestCase(1), TestCase(-1)]
    public void An_offset_turns_the_sign_of_a_small_charge(int direction)
    {
        // one sigma of the copy's NMOS, the largest offset of one transistor: 9 % of full scale
        (double Width, double Sign) Convert(double share)
        {
            var bench = new CellDeck().Read("signed-charge-to-pulse-transistor.cir", ("q", share * 0.6e-12), ("q2", share * 0.6e-12));
            var copy = bench.Elements.OfType<Mosfet>().Single(m => m.Name == "xctp.xint.mnc");
            var measures = Engine.Run(LocalMismatch.Applied(bench, [(copy, "vto", direction * 0.00474)])).Measures;
            return (measures["width2"] / Longest, measures["sign2"] > 0.45 ? 1 : -1);
        }
        double low = Convert(direction * 0.2).Width, high = Convert(direction * 0.8).Width;
        double gain = (high - low) / 0.6, offset = low - 0.2 * gain;
        var (width, sign) = Convert(-direction * 0.05);
        Assert.That(offset, Is.GreaterThan(0.07));
        Assert.That(sign, Is.EqualTo(direction));
        // the line goes on beyond 0, where the circuit is not quite straight: 0.5 % of full scale
        Assert.That(width, Is.EqualTo(offset - 0.05 * gain).Within(5e-3));
    }

    [Test]
    public void Gains_offsets_and_their_correlation_are_found_again()
    {
        // lines 0.9 Q + 0.02 and 1.1 |Q| - 0.03 of full scale
        double[] shares = [.. Enumerable.Range(0, 21).Select(i => (i - 10) / 10.0)];
        var table = new ChargeToPulseTable(1e-12, Longest, true, [.. shares.Select(s => s * 1e-12)], [.. shares.Select(s => Longest * (s > 0 ? 0.9 * s + 0.02 : 1.1 * s + 0.03))], 0);
        var model = ConversionModel.Of(table, [new("a", "vto", 1, [0.03, 0.04, 0.0, -0.04]), new("b", "vto", 1, [0.04, 0.0, 0.0, 0.03])]);
        double[] positive = [model.Positive.Gain, model.Positive.OffsetCoulombs * 1e12, model.Positive.SigmaGain, model.Positive.SigmaOffsetCoulombs * 1e12];
        double[] negative = [model.Negative!.Gain, model.Negative.OffsetCoulombs * 1e12, model.Negative.SigmaGain, model.Negative.SigmaOffsetCoulombs * 1e12];
        Assert.Multiple(() =>
        {
            Assert.That(positive, Is.EqualTo(new[] { 0.9, 0.02, 0.05, 0.04 }).Within(1e-12));
            Assert.That(negative, Is.EqualTo(new[] { 1.1, -0.03, 0, 0.05 }).Within(1e-12));
            Assert.That(model.Correlation[0], Is.EqualTo(new[] { 1, 0.6, 0, 0 }).Within(1e-12)); // 0.03 0.04 / (0.05 0.04); -0.0012 + 0.0012
            Assert.That(model.Correlation[1], Is.EqualTo(new[] { 0.6, 1, 0, -0.8 }).Within(1e-12));
            Assert.That(model.Correlation[2], Is.EqualTo(new double[] { 0, 0, 1, 0 })); // what does not vary is correlated with nothing
        });
    }
}
