using AnalogAttention.Circuits;

namespace AnalogAttention.Tests.Circuits;

internal static class Decks
{
    /// <summary>Reads a deck whose title line is added here: the first line given is line 2.</summary>
    public static Circuit Parse(string lines, DeckReaderOptions? options = null) => DeckReader.Parse("title\n" + lines, "deck.cir", options);

    /// <summary>Value of a formula, as the voltage of a source.</summary>
    public static double Evaluate(string formula, string more = "") =>
        ((VoltageSource)Parse($"v1 a 0 {{{formula}}}\n{more}").Elements[0]).Waveform.DcValue;

    public static T Find<T>(this Circuit circuit, string name) where T : Element => (T)circuit.Elements.Single(e => e.Name == name);

    public static IReadOnlyList<Diagnostic> Errors(string lines, DeckReaderOptions? options = null)
    {
        try
        {
            Parse(lines, options);
            return [];
        }
        catch (DeckException e)
        {
            return [.. e.Diagnostics.Where(d => d.Severity == DiagnosticSeverity.Error)];
        }
    }
}
