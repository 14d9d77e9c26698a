using System.Collections.Immutable;
using System.Globalization;
using AnalogAttention.Circuits;

namespace AnalogAttention.Calibration.Benches;

/// <summary>
/// The product's test benches around one cell library: <paramref name="LibraryPath"/> replaces <c>gain-cell.lib</c>
/// (same subcircuit, same pins); null is the product's own.
/// </summary>
public sealed record CellDeck(string? LibraryPath = null)
{
    public const string LibraryName = "gain-cell.lib";

    private const string LeakageSubcircuit = "gain_cell_leakage", Leakage = "gain-cell-leakage.inc", NoLeakage = "gain-cell-no-leakage.inc";

    /// <summary>Reads a bench of <c>Netlists/</c> with some of its top-level parameters altered.</summary>
    /// <exception cref="BadInputException">The library is missing or wrong.</exception>
    public Circuit Read(string bench, params (string Name, double Value)[] parameters) => Read(bench, ImmutableDictionary<string, string>.Empty, parameters);

    /// <summary>Reads a bench in which <c>gain_cell_leakage</c> stands beside the cell; a library that has none states all its leakage in the cell.</summary>
    /// <exception cref="BadInputException">The library is missing or wrong.</exception>
    public Circuit ReadWithLeakage(string bench, params (string Name, double Value)[] parameters)
    {
        try
        {
            return Read(bench, parameters);
        }
        catch (DeckException e) when (e.Diagnostics.Where(d => d.Severity == DiagnosticSeverity.Error).All(d => d.Code == Circuits.Language.DiagnosticCodes.UnknownSubcircuit && d.Message.Contains(LeakageSubcircuit, StringComparison.Ordinal)))
        {
            return Read(bench, ImmutableDictionary<string, string>.Empty.Add(Leakage, PathOf(NoLeakage)), parameters);
        }
    }

    private Circuit Read(string bench, ImmutableDictionary<string, string> substitutions, (string Name, double Value)[] parameters)
    {
        if (LibraryPath is not null && !File.Exists(LibraryPath))
            throw new BadInputException($"{LibraryPath}: there is no such cell library");
        return DeckReader.Read(PathOf(bench), new DeckReaderOptions
        {
            Substitutions = LibraryPath is null ? substitutions : substitutions.Add(LibraryName, LibraryPath),
            Parameters = parameters.ToImmutableDictionary(p => p.Name, p => p.Value),
        });
    }

    private static string PathOf(string bench) => Path.Combine(AppContext.BaseDirectory, "Netlists", bench);

    /// <summary>A parameter value as a deck and a provenance entry spell it: shortest round-trip digits.</summary>
    public static string Spell(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}
