using System.Collections.Immutable;
using System.Text;
using AnalogAttention.Circuits.Language;

namespace AnalogAttention.Circuits;

/// <summary>
/// Reads a deck in the SPICE dialect of <c>Docs/netlist-language.md</c> into a flat circuit. <c>.include</c> and <c>.lib</c> look beside the
/// including file, then in the include directories, then among the product's netlists.
/// </summary>
public static class DeckReader
{
    /// <exception cref="BadInputException">The file is missing or cannot be read.</exception>
    /// <exception cref="DeckException">The deck has errors: all of them, in file order.</exception>
    public static Circuit Read(string path, DeckReaderOptions? options = null)
    {
        byte[] bytes;
        if (Directory.Exists(path))
            throw new BadInputException($"{path}: is a folder, expected a deck");
        try
        {
            bytes = File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException or ArgumentException)
        {
            throw new BadInputException($"{path}: there is no such deck", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new BadInputException($"{path}: cannot read the deck: {e.Message}", e);
        }
        return Read(bytes, path, options);
    }

    /// <param name="name">Stands for the deck in diagnostics and in <see cref="Circuit.Files"/>; includes are looked up beside it.</param>
    /// <exception cref="DeckException">The deck has errors: all of them, in file order.</exception>
    public static Circuit Parse(string text, string name, DeckReaderOptions? options = null) => Read(Encoding.UTF8.GetBytes(text), name, options);

    /// <summary>The subcircuits a library defines outside others, in file order, its own includes read as well.</summary>
    /// <exception cref="DeckException">The library is missing, or a statement in it is wrong.</exception>
    public static ImmutableArray<SubcircuitPins> Subcircuits(string libraryPath)
    {
        const string library = "library";
        var diagnostics = new DiagnosticList();
        var source = new DeckSource(new DeckReaderOptions { Substitutions = ImmutableDictionary<string, string>.Empty.Add(library, libraryPath) }, diagnostics);
        try
        {
            source.ReadDeck($"title\n.include {library}\n", "", []);
            var statements = new StatementParser(diagnostics).Parse("", source.Lines);
            if (!diagnostics.HasErrors)
                return [.. statements.Top.Subcircuits.Values.Select(s => new SubcircuitPins(s.Name.Text, [.. s.Pins.Select(p => p.Text)], s.Name.Span))];
        }
        catch (DeckLimitException) when (diagnostics.HasErrors)
        {
        }
        throw new DeckException(diagnostics.InFileOrder());
    }

    private static Circuit Read(byte[] bytes, string name, DeckReaderOptions? options)
    {
        options ??= new DeckReaderOptions();
        var diagnostics = new DiagnosticList();
        try
        {
            if (!DeckSource.IsText(bytes))
                diagnostics.Fatal(DiagnosticCodes.NotText, new SourceSpan(name, 0, 0), "not UTF-8 text");
            var source = new DeckSource(options, diagnostics);
            var title = source.ReadDeck(DeckSource.Decode(bytes), name, bytes);
            // Without a file, what it would have defined is missing too: those errors would only hide the cause.
            var isComplete = !diagnostics.HasErrors;
            var statements = new StatementParser(diagnostics).Parse(title, source.Lines);
            if (!isComplete)
                throw new DeckLimitException();
            var circuit = new Elaborator(statements, options, diagnostics).Elaborate(name);
            if (!diagnostics.HasErrors)
                return circuit with { Files = source.Files, Warnings = diagnostics.InFileOrder() };
        }
        catch (DeckLimitException) when (diagnostics.HasErrors)
        {
        }
        throw new DeckException(diagnostics.InFileOrder());
    }
}

/// <param name="Pins">In lower case, in order.</param>
public sealed record SubcircuitPins(string Name, ImmutableArray<string> Pins, SourceSpan Span);
