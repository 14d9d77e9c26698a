using System.Collections.Immutable;
using AnalogAttention.Circuits;
using AnalogAttention.Circuits.Language;

namespace AnalogAttention.Simulation.Embedded;

/// <summary>What a deck may ask of ngspice and the embedded engine does not have: refused, where it would change the result.</summary>
internal static class EmbeddedDialect
{
    // value under which an option changes nothing
    private static readonly (string Option, double Neutral, string Effect)[] Refused =
    [
        ("rshunt", double.PositiveInfinity, "a resistor from every node to ground"),
        ("cshunt", 0, "a capacitor from every node to ground"),
        ("scale", 1, "a factor of lengths and widths"),
        ("xmu", 0.5, "a weight of the trapezoidal rule"),
        ("ramptime", 0, "a rise of the sources"),
    ];

    private static readonly int[] Levels = [1, 44];

    /// <exception cref="DeckException">All that is refused, in deck order.</exception>
    public static void Check(Circuit circuit)
    {
        var found = Refused.Where(r => circuit.Options.TryGetValue(r.Option, out var value) && value != r.Neutral)
            .Select(r => (circuit.OptionPlaces.GetValueOrDefault(r.Option, new SourceSpan(circuit.Title, 0, 0)), $"option '{r.Option}' ({r.Effect}) is not supported by the embedded engine"));
        if (circuit.Options.GetValueOrDefault("maxord", 2) > 2 && circuit.Options.GetValueOrDefault("method", SimulatorOptions.Trapezoidal) == SimulatorOptions.Gear)
            found = found.Append((circuit.OptionPlaces.GetValueOrDefault("maxord"), "the embedded engine integrates with orders up to 2 (maxord)"));
        found = found.Concat(circuit.Elements.OfType<Mosfet>().Select(m => m.Model).Distinct().Select(circuit.Models.GetValueOrDefault).OfType<ModelCard>()
            .Where(m => !Levels.Contains(m.Level))
            .Select(m => (m.Span, $"model '{m.Name}': the embedded engine has MOS levels {string.Join(" and ", Levels)}, found level={SpiceNumber.Format(m.Parameters["level"])}")));
        var errors = found.Select(f => new Diagnostic(DiagnosticCodes.NotEmbedded, DiagnosticSeverity.Error, f.Item1, f.Item2)).OrderBy(d => d.Span.File, StringComparer.Ordinal).ThenBy(d => d.Span.Line).ThenBy(d => d.Span.Column).ToImmutableArray();
        if (!errors.IsEmpty)
            throw new DeckException(errors);
    }
}
