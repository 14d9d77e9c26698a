using System.Globalization;
using System.Text.RegularExpressions;
using AnalogAttention.Calibration.Benches;

namespace AnalogAttention.Calibration.Extraction;

/// <summary>The product's <c>gain-cell.lib</c> with its two read models replaced by extracted ones.</summary>
public static partial class ExtractedLibrary
{
    [GeneratedRegex(@"^\* Device parameters .*?ASSUMED:", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Origin();

    [GeneratedRegex(@"(I_out = I_NMOS - I_PMOS), .*$", RegexOptions.Multiline)]
    private static partial Regex OwnCurrents();

    [GeneratedRegex(@"^\.model read_[np] .*\n(?:\+.*\n)*", RegexOptions.Multiline)]
    private static partial Regex ReadModels();

    public static string Format(MeasuredTable table, ExtractionResult extraction)
    {
        var text = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Netlists", CellDeck.LibraryName)).ReplaceLineEndings("\n");
        text = OwnCurrents().Replace(text, "$1");
        text = Origin().Replace(text, _ => string.Create(CultureInfo.InvariantCulture, $"""
            * Device parameters (EKV 2.6, level 44). EXTRACTED from a measured table I_out(V_store, V_in): {string.Join(", ", extraction.Parameters.GroupBy(p => p.Parameter.Device).Select(g => $"{g.Key} {string.Join(' ', g.Select(p => p.Parameter.Name))}"))}
            *   table    {table.FileName}, {table.Points} points
            *   sha256   {table.Sha256}
            *   error    {extraction.RmsAmperes * 1e9:f1} nA RMS; held out {extraction.HeldOutRmsAmperes * 1e9:f1} nA RMS, {extraction.HeldOutMaxAmperes * 1e9:f0} nA max; R2 = {extraction.RSquared:f6}
            * ASSUMED:
            """).ReplaceLineEndings("\n"));
        return ReadModels().Replace(text, block => Replaced(block.Value, extraction));
    }

    /// <summary>The two <c>.model</c> statements alone, to be pasted into a library.</summary>
    public static string Models(MeasuredTable table, ExtractionResult extraction) => string.Concat(ReadModels().Matches(Format(table, extraction)).Select(m => m.Value));

    private static string Replaced(string block, ExtractionResult extraction)
    {
        foreach (var extracted in extraction.Parameters.Where(p => block.StartsWith($".model {p.Parameter.Device} ", StringComparison.Ordinal)))
            block = Regex.Replace(block, $@"(?<=\s){extracted.Parameter.Name}=\S+", $"{extracted.Parameter.Name}={extracted.Value.ToString("g9", CultureInfo.InvariantCulture)}");
        return block;
    }
}
