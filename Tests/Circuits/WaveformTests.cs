using AnalogAttention.Circuits;
using NUnit.Framework;

namespace AnalogAttention.Tests.Circuits;

/// <summary>Values printed by ngspice 39 (<c>.tran 0.5n</c>, <c>linearize</c>) at multiples of 0.5 ns.</summary>
public class WaveformTests
{
    private static readonly (string Source, double StopSeconds, double[] Printed)[] Recorded =
    [
        ("dc 0.3 pulse(0.1 1 1n 1n 1n 2n 5n)", 12e-9,
            [0.1, 0.1, 0.1, 0.55, 1, 1, 1, 1, 1, 0.55, 0.1, 0.1, 0.1, 0.55, 1, 1, 1, 1]),
        ("pulse(0.1 1 1n 0.2n 0.2n 0)", 6e-9, [0.1, 0.1, 0.1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]),
        ("pulse(0 1)", 6e-9, [0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]),
        ("pulse(0.1 1 1n)", 6e-9, [0.1, 0.1, 0.1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]),
        ("pulse(0 1 1n 1n 1n 3n 4n)", 6e-9, [0, 0, 0, 0.5, 1, 1, 1, 1, 1, 1, 0.9999999999999, 0.5, 1]),
        ("exp(0 1 1n 2n 4n 3n)", 6e-9,
            [0, 0, 1.199981999e-05, 0.2211992167, 0.3934693401, 0.5276334471, 0.6321205587, 0.7134952031, 0.7768618399, 0.6727077815, 0.5811960274, 0.5011314352, 0.4313321204]),
        ("exp(0 1)", 6e-9,
            [0, 4.799712013e-05, 0.6320725599, 0.2325441591, 0.08554821528, 0.03147142963, 0.01157769195, 0.004259194843, 0.001566870219, 0.0005764193404, 0.0002120528248, 7.80098747e-05, 2.869822897e-05]),
        // It jumps at 2 ns: ngspice's interpolated value there says nothing.
        ("exp(1 0 2n 1n 1n 1n)", 6e-9, [1, 1, 1, 1, double.NaN, 1.3834005, 1.232544158, 1.141045162, 1.085548215, 1.051887615, 1.03147143, 1.019088387, 1.011577692]),
        ("sin(0.5 0.3 200meg 1n 1e8 30)", 6e-9,
            [0.65, 0.65, 0.6500074754, 0.7606973955, 0.7655193644, 0.6727778148, 0.5256742003, 0.3831798828, 0.2969686643, 0.2932133111, 0.3654405026, 0.4800049127, 0.590979599]),
        ("sin(0.5 0.3)", 6e-9,
            [0.5, 0.6499999998, 0.7598076208, 0.7999999996, 0.7598076208, 0.6499999998, 0.5, 0.3500000002, 0.2401923792, 0.2000000004, 0.2401923792, 0.3500000002, 0.5]),
        ("pwl(1n 0.2 2n 0.7 2.5n 0.1)", 6e-9, [0.2, 0.2, 0.2, 0.45, 0.7, 0.1, 0.1]),
        ("PWL 0 0, 1n 1, 2n 0", 6e-9, [0, 0.5, 1, 0.5, 0, 0, 0]),
    ];

    private static IEnumerable<TestCaseData> Cases() => Recorded.Select(r => new TestCaseData(r.Source, r.StopSeconds, r.Printed).SetArgDisplayNames(r.Source));

    [TestCaseSource(nameof(Cases))]
    public void Sources_have_the_values_of_ngspice(string source, double stopSeconds, double[] printed)
    {
        var waveform = Waveform(source, stopSeconds);
        // Interpolated by ngspice between time points 24 fs apart: straight lines exact, a curve off by its slope (2 V/ns at most) times that.
        var tolerance = source.StartsWith("sin") || source.StartsWith("exp") ? 5e-5 : 1e-10;
        foreach (var i in Enumerable.Range(0, printed.Length).Where(i => !double.IsNaN(printed[i])))
            Assert.That(waveform.ValueAt(i * 5 / 1e10), Is.EqualTo(printed[i]).Within(tolerance), $"at {i * 0.5} ns");
    }

    [Test]
    public void The_dc_value_is_the_one_given_or_the_value_at_the_start()
    {
        Assert.That(Waveform("dc 0.3 pulse(0.1 1 1n 1n 1n 2n 5n)", 1e-8).DcValue, Is.EqualTo(0.3));
        Assert.That(Waveform("pulse(0.1 1 1n 1n 1n 2n 5n)", 1e-8).DcValue, Is.EqualTo(0.1));
        Assert.That(Waveform("sin(0.5 0.3 200meg 1n 1e8 30)", 1e-8).DcValue, Is.EqualTo(0.65).Within(1e-15));
        Assert.That(Waveform("0.7", 1e-8).ValueAt(5e-9), Is.EqualTo(0.7));
    }

    [TestCase("pulse(0 1 1n 0.1n 0.2n 0.5n 2n)", 4e-9, new[] { 1, 1.1, 1.6, 1.8, 3, 3.1, 3.6, 3.8 })]
    [TestCase("pulse(0 1 0 0.1n 0.2n 0)", 4e-9, new[] { 0.1, 3.999999996, 4 })]
    [TestCase("pulse(0 1 0 1n 1n 1n 1.5n)", 4e-9, new[] { 1, 1.4999999985, 1.5, 2.5, 2.9999999985, 3.0, 4.0 })]
    [TestCase("pwl(0 0 1n 1 9n 2)", 4e-9, new[] { 1.0 })]
    [TestCase("exp(0 1 1n 1n 2n 1n)", 4e-9, new[] { 1.0, 2.0 })]
    [TestCase("sin(0 1 1meg 1n)", 4e-9, new[] { 1.0 })]
    public void Breakpoints_are_where_the_slope_jumps(string source, double stopSeconds, double[] nanoseconds) =>
        Assert.That(Waveform(source, stopSeconds).Breakpoints(stopSeconds), Is.EqualTo(nanoseconds.Select(t => t * 1e-9)).Within(1e-22));

    [Test]
    public void Between_breakpoints_a_pulse_is_straight()
    {
        var pulse = Waveform("pulse(0.2 1 0.3n 0.1n 0.25n 0.5n 1.7n)", 8e-9);
        var corners = pulse.Breakpoints(8e-9).Prepend(0).ToList();
        foreach (var (from, to) in corners.Zip(corners.Skip(1)))
        {
            // Just inside, since a pulse may jump at its corners.
            double a = from + 1e-6 * (to - from), b = to - 1e-6 * (to - from);
            Assert.That(pulse.ValueAt((a + b) / 2), Is.EqualTo((pulse.ValueAt(a) + pulse.ValueAt(b)) / 2).Within(1e-9));
        }
    }

    private static SourceWaveform Waveform(string source, double stopSeconds) =>
        DeckReader.Parse(FormattableString.Invariant($"t\nv1 a 0 {source}\n.tran 0.5n {stopSeconds}\n"), "w.cir").Find<VoltageSource>("v1").Waveform;
}
