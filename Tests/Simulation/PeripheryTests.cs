using AnalogAttention.Circuits;
using AnalogAttention.Simulation.Embedded;
using AnalogAttention.Simulation.Ngspice;

namespace AnalogAttention.Tests.Simulation;

/// <summary>Charge-to-pulse circuits of Netlists/periphery.lib against HardSigmoid.</summary>
[TestFixture(false, "ideal")]
[TestFixture(true, "ideal")]
[TestFixture(false, "transistor")]
[TestFixture(true, "transistor")]
public class PeripheryTests(bool signed, string section)
{
    // 64 full cells on for 15 ns, 10.1 uA each
    private const double WorstCoulombs = 9.7e-12;

    private readonly PeripheryDeck _deck = new(signed, section);

    [Test]
    public void Pulse_width_is_the_HardSigmoid_of_the_charge()
    {
        double[] fractions = signed ? [-1.2, -0.97, -0.5, -0.02, 0, 0.02, 0.5, 0.97, 1.2] : [-1.2, -0.02, 0, 0.005, 0.02, 0.5, 0.97, 1.2];
        var results = _deck.Convert(new EmbeddedEngine(), [.. fractions.Select(f => f * _deck.SaturationCoulombs)]);
        Assert.Multiple(() =>
        {
            foreach (var result in results)
            {
                var fraction = result.Coulombs / _deck.SaturationCoulombs;
                Assert.That(result.WidthSeconds, Is.EqualTo(_deck.Expected(result.Coulombs)).Within(PeripheryDeck.ToleranceSeconds), $"{fraction:f2} Q_sat");
                if (!signed && fraction < 0)
                    Assert.That(result.PeakVolts, Is.LessThan(0.46), $"{fraction:f2} Q_sat: not a trace of a pulse");
                if (signed && fraction != 0)
                    Assert.That(result.SignVolts, Is.EqualTo(fraction > 0 ? 0.9 : 0).Within(0.01), $"sign at {fraction:f2} Q_sat");
                if (result.WidthSeconds > 0)
                    Assert.That(result.BeginSeconds, Is.InRange(0, 0.4e-9), $"begins with read, {fraction:f2} Q_sat");
            }
            foreach (var side in results.GroupBy(r => r.Coulombs < 0))
            {
                var widths = side.OrderBy(r => Math.Abs(r.Coulombs)).Select(r => r.WidthSeconds).ToArray();
                for (var k = 1; k < widths.Length; k++)
                    // where the pulse is as wide as read, what is left is the crossing's interpolation between points
                    Assert.That(widths[k], Is.GreaterThanOrEqualTo(widths[k - 1] - 5e-12), "monotone");
            }
        });
    }

    [Test]
    public void The_worst_case_saturates_and_is_forgotten_by_the_next_read()
    {
        var small = 0.1 * _deck.SaturationCoulombs;
        double[] before = [WorstCoulombs, -WorstCoulombs, 0];
        var runs = new (Conversion First, Conversion Second)[before.Length];
        Parallel.For(0, before.Length, new ParallelOptions { MaxDegreeOfParallelism = 2 }, k => runs[k] = _deck.Convert(new EmbeddedEngine(), before[k], small));
        Assert.Multiple(() =>
        {
            foreach (var (worst, after) in runs)
            {
                Assert.That(worst.WidthSeconds, Is.EqualTo(_deck.Expected(worst.Coulombs)).Within(PeripheryDeck.ToleranceSeconds), $"{worst.Coulombs} C");
                Assert.That(after.WidthSeconds, Is.EqualTo(_deck.Expected(small)).Within(PeripheryDeck.ToleranceSeconds), $"after {worst.Coulombs} C");
                // 0.1 % of full scale
                Assert.That(after.WidthSeconds, Is.EqualTo(runs[^1].Second.WidthSeconds).Within(0.1 * PeripheryDeck.ToleranceSeconds), $"after {worst.Coulombs} C as if nothing had been before");
            }
        });
    }

    [Test]
    public void Ngspice_agrees()
    {
        NgspiceReference.RequireInstalled();
        if (section == "ideal")
        {
            foreach (var fraction in new[] { -0.6, 0.1, 0.6 })
            {
                var (first, second) = _deck.Convert(new EmbeddedEngine(), fraction * _deck.SaturationCoulombs, 0.9 * _deck.SaturationCoulombs);
                var (reference, referenceSecond) = _deck.Convert(new NgspiceEngine(), fraction * _deck.SaturationCoulombs, 0.9 * _deck.SaturationCoulombs);
                // straight lines between points 50 ps apart on edges of 50 ps: a quarter of a step
                Assert.That(first.WidthSeconds, Is.EqualTo(reference.WidthSeconds).Within(12.5e-12));
                Assert.That(second.WidthSeconds, Is.EqualTo(referenceSecond.WidthSeconds).Within(12.5e-12));
            }
            return;
        }
        // a transient takes ngspice minutes (EveryTransientOfNgspice below); rest compares every transistor's current
        var circuit = _deck.Read();
        circuit = circuit with { Analyses = [new OperatingPoint(circuit.Analyses[0].Span)], Measures = [] };
        var ours = new EmbeddedEngine().Run(circuit).Analyses[0];
        var theirs = new NgspiceEngine().Run(circuit).Analyses[0];
        foreach (var column in theirs.Columns)
            Assert.That(ours[column.Name][0], Is.EqualTo(column.Values[0]).Within(column.Unit == "A" ? 1e-7 : 1e-3), column.Name);
    }

    [Test, Explicit("minutes: ngspice solves each transistor as a chain of behavioural sources"), Category("Slow")]
    public void EveryTransientOfNgspice()
    {
        NgspiceReference.RequireInstalled();
        var (first, second) = _deck.Convert(new EmbeddedEngine(), 0.5 * _deck.SaturationCoulombs, 0.25 * _deck.SaturationCoulombs);
        var (reference, referenceSecond) = _deck.Convert(new NgspiceEngine(), 0.5 * _deck.SaturationCoulombs, 0.25 * _deck.SaturationCoulombs);
        Assert.That(first.WidthSeconds, Is.EqualTo(reference.WidthSeconds).Within(0.1 * PeripheryDeck.ToleranceSeconds));
        Assert.That(second.WidthSeconds, Is.EqualTo(referenceSecond.WidthSeconds).Within(0.1 * PeripheryDeck.ToleranceSeconds));
    }
}
