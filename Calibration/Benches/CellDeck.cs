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

    /// <summary>Reads a bench of <c>Netlists/</c> with some of its top-level parameters altered.</summary>
    /// <exception cref="BadInputException">The library is missing or wrong.</exception>
    public Circuit Read(string bench, params (string Name, double Value)[] parameters)
    {
        if (LibraryPath is not null && !File.Exists(LibraryPath))
            throw new BadInputException($"{LibraryPath}: there is no such cell library");
        var path = Path.Combine(AppContext.BaseDirectory, "Netlists", bench);
        return DeckReader.Read(path, new DeckReaderOptions
        {
            Substitutions = LibraryPath is null ? ImmutableDictionary<string, string>.Empty : ImmutableDictionary<string, string>.Empty.Add(LibraryName, LibraryPath),
            Parameters = parameters.ToImmutableDictionary(p => p.Name, p => p.Value),
        });
    }

    /// <summary>A parameter value as a deck and a provenance entry spell it: shortest round-trip digits.</summary>
    public static string Spell(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}
