using System.Collections.Immutable;
using AnalogAttention.Circuits;
using AnalogAttention.Simulation.Embedded;

namespace AnalogAttention.Tests.Calibration;

/// <summary>64 simulated gain cells on the bitline of a charge_to_pulse.</summary>
public class PeripheryColumnTests
{
    // 1 % of 15 ns
    private const double ToleranceSeconds = 0.15e-9;

    private static IReadOnlyDictionary<string, double> Measure(string deck, params (string Name, double Value)[] parameters) =>
        new EmbeddedEngine().Run(DeckReader.Read(Path.Combine(AppContext.BaseDirectory, "Netlists", deck),
            new DeckReaderOptions { Parameters = parameters.ToImmutableDictionary(p => p.Name, p => p.Value) })).Measures;

    [TestCase("charge-to-pulse-column.cir")]
    [TestCase("charge-to-pulse-column-transistor.cir")]
    public void A_read_of_64_cells_becomes_a_pulse_of_their_charge(string deck)
    {
        var measures = Measure(deck, ("on", 1), ("vstore", 0.45), ("width", 15e-9));
        Assert.That(measures["pedestal"], Is.InRange(0.3e-12, 0.6e-12));
        Assert.That(measures["width"], Is.EqualTo(15e-9 * measures["pedestal"] / 1.2e-12).Within(ToleranceSeconds));
    }

    [TestCase("charge-to-pulse-column.cir")]
    [TestCase("charge-to-pulse-column-transistor.cir")]
    public void Idle_read_lines_below_the_bitline_leave_a_pedestal(string deck)
    {
        var measures = Measure(deck, ("dv", 10e-3), ("vstore", 0.9));
        // 64 idle cells of 5.6 uS, known to two digits, and 10 mV over 16 ns; the amplifier rests 0.5 mV off
        Assert.That(measures["pedestal"], Is.EqualTo(64 * 5.6e-6 * 10e-3 * 16e-9).Within(7).Percent);
        Assert.That(measures["width"], Is.EqualTo(15e-9 * measures["pedestal"] / 1.2e-12).Within(ToleranceSeconds));
    }

    [TestCase("charge-to-pulse-transistor.cir", 67, 26.2e-12)]
    [TestCase("signed-charge-to-pulse-transistor.cir", 94, 20.3e-12)]
    public void Gate_area_and_parts_are_those_of_the_librarys_header(string deck, int transistors, double squareMetres)
    {
        var circuit = DeckReader.Read(Path.Combine(AppContext.BaseDirectory, "Netlists", deck));
        var inside = circuit.Elements.Where(e => e.Name.StartsWith("xctp.", StringComparison.Ordinal)).ToList();
        var gates = inside.OfType<Mosfet>().ToList();
        Assert.Multiple(() =>
        {
            Assert.That(inside, Has.All.InstanceOf<Mosfet>().Or.InstanceOf<Resistor>().Or.InstanceOf<Capacitor>().Or.InstanceOf<CurrentSource>());
            Assert.That(inside.OfType<CurrentSource>().Select(s => s.Name), Is.EquivalentTo(new[] { "xctp.ib", "xctp.id" }), "the listed biases");
            Assert.That(gates, Has.Count.EqualTo(transistors));
            Assert.That(gates.Sum(m => m.Parameters["w"] * m.Parameters["l"] * m.Parameters.GetValueOrDefault("m", 1)), Is.EqualTo(squareMetres).Within(0.5).Percent);
        });
    }
}
