using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;

namespace AnalogAttention.Circuits.Language;

/// <summary>Gathers the statements of a deck and of all it includes into one list, and remembers every file read.</summary>
internal sealed class DeckSource(DeckReaderOptions options, DiagnosticList diagnostics)
{
    private const int MostNested = 40;
    private const int MostReadings = 10_000;
    private const int MostLines = 5_000_000;

    /// <summary>A file as the user would name it, and where it lies.</summary>
    private sealed record FoundFile(string Shown, string FullPath);

    private sealed record SplitFile(string Shown, string FullPath, List<LogicalLine> Lines);

    private readonly List<LogicalLine> _lines = [];
    private readonly List<DeckFile> _files = [];
    private readonly Dictionary<string, SplitFile> _read = [];
    private readonly List<(string FullPath, string? Section)> _open = [];
    private int _readings;

    /// <summary>The product's own decks.</summary>
    private static readonly string ProductDirectory = Path.Combine(AppContext.BaseDirectory, "Netlists");

    public IReadOnlyList<LogicalLine> Lines => _lines;

    public ImmutableArray<DeckFile> Files => [.. _files];

    /// <returns>The title, its first line.</returns>
    public string ReadDeck(string text, string name, byte[] bytes)
    {
        var shown = Shown(name, name);
        diagnostics.FileRead(shown);
        _files.Add(new DeckFile(shown, Hash(bytes)));
        var lines = LogicalLine.Split(shown, text, hasTitle: true, diagnostics);
        Gather(new SplitFile(shown, FullPath(name), lines), null);
        var end = text.AsSpan().IndexOfAny('\r', '\n');
        return (end < 0 ? text : text[..end]).Trim();
    }

    /// <returns>False when the file has no such section.</returns>
    private bool Gather(SplitFile file, string? section)
    {
        _open.Add((file.FullPath, section));
        var (inside, opened) = (default(string), default(SourceSpan));
        SourceSpan? control = null;
        var found = section is null;
        foreach (var line in file.Lines)
        {
            var cursor = new LineCursor(line);
            var head = cursor.AtWord ? cursor.Word("a statement") : default;
            if (control is not null)
            {
                control = head.Text == ".endc" ? null : control;
                continue;
            }
            try
            {
                if (head.Text == ".lib" && IsSectionStart(cursor))
                {
                    if (inside is not null)
                        diagnostics.Error(DiagnosticCodes.SectionNotClosed, opened, $"section '{inside}' is not closed by .endl");
                    (inside, opened) = (cursor.Word("a section name").Text, head.Span);
                    found |= inside == section;
                }
                else if (head.Text == ".endl")
                {
                    if (inside is null)
                        throw new StatementException(DiagnosticCodes.NothingToEnd, head.Span, ".endl without .lib NAME before it");
                    inside = null;
                }
                else if (head.Text == ".control")
                    control = head.Span;
                else if (head.Text == ".end" && inside is null)
                    break;
                else if (inside == section)
                    Gather(head, cursor, file);
            }
            catch (StatementException e)
            {
                diagnostics.Add(e.Diagnostic);
            }
            if (control is { } ignored && inside == section)
                diagnostics.Warning(DiagnosticCodes.Ignored, ignored, ".control is for ngspice's interpreter: ignored up to .endc");
        }
        if (control is { } span)
            diagnostics.Error(DiagnosticCodes.NotClosed, span, ".control is not closed by .endc");
        if (inside is not null)
            diagnostics.Error(DiagnosticCodes.SectionNotClosed, opened, $"section '{inside}' is not closed by .endl (a whole file is read by .include FILE)");
        _open.RemoveAt(_open.Count - 1);
        return found;
    }

    private void Gather(Name head, LineCursor cursor, SplitFile file)
    {
        if (head.Text is ".include" or ".inc" or ".lib")
            Include(cursor, file, withSection: head.Text == ".lib");
        else if (_lines.Count < MostLines)
            _lines.Add(cursor.Line);
        else
            diagnostics.Fatal(DiagnosticCodes.TooLarge, cursor.Line.SpanAt(0), $"the deck has more than {MostLines} statements");
    }

    /// <summary><c>.lib NAME</c> starts a section, <c>.lib FILE NAME</c> reads one.</summary>
    private static bool IsSectionStart(LineCursor cursor)
    {
        var mark = cursor.Mark();
        if (cursor.AtEnd)
            return false;
        cursor.Path("a file");
        var only = cursor.AtEnd;
        cursor.Return(mark);
        return only;
    }

    private void Include(LineCursor cursor, SplitFile from, bool withSection)
    {
        var (written, span) = cursor.Path("a file name");
        var section = withSection ? cursor.Word("a section name") : default;
        cursor.ExpectEnd();
        if (_open.Count >= MostNested || ++_readings > MostReadings)
            diagnostics.Fatal(DiagnosticCodes.TooManyIncludes, span, $"files are included more than {MostNested} deep or {MostReadings} times");
        var found = Find(written, from)
            ?? throw new StatementException(DiagnosticCodes.FileNotFound, span, $"there is no file '{written}' beside '{from.Shown}'{(options.IncludeDirectories.IsEmpty ? "" : ", in the include directories")} or among the product's netlists");
        if (_open.Contains((found.FullPath, section.Text)))
            throw new StatementException(DiagnosticCodes.IncludeCycle, span, $"'{found.Shown}' includes itself");
        var file = Load(found, span);
        if (!Gather(file, section.Text))
            throw new StatementException(DiagnosticCodes.SectionNotFound, section.Span, $"'{found.Shown}' has no section '{section.Text}'");
        if (options.Supplements.TryGetValue(written, out var supplement) || options.Supplements.TryGetValue(Path.GetFileName(written), out supplement))
            _lines.AddRange(LogicalLine.Split(found.Shown, supplement.Text, hasTitle: false, diagnostics).Select(line => line.ReportedAt(supplement.Place)));
    }

    private SplitFile Load(FoundFile found, SourceSpan span)
    {
        if (_read.TryGetValue(found.FullPath, out var known))
            return known;
        byte[] bytes;
        try
        {
            bytes = File.ReadAllBytes(found.FullPath);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StatementException(DiagnosticCodes.FileNotFound, span, $"cannot read '{found.Shown}'");
        }
        if (!IsText(bytes))
            throw new StatementException(DiagnosticCodes.NotText, span, $"'{found.Shown}' is not UTF-8 text");
        diagnostics.FileRead(found.Shown);
        _files.Add(new DeckFile(found.Shown, Hash(bytes)));
        var file = new SplitFile(found.Shown, found.FullPath, LogicalLine.Split(found.Shown, Decode(bytes), hasTitle: false, diagnostics));
        _read.Add(found.FullPath, file);
        return file;
    }

    private FoundFile? Find(string written, SplitFile from)
    {
        if (written.Length == 0 || written.Contains('\0'))
            return null;
        if (options.Substitutions.TryGetValue(written, out var other) || options.Substitutions.TryGetValue(Path.GetFileName(written), out other))
            return Existing(other);
        if (Path.IsPathRooted(written))
            return Existing(written);
        var folder = Path.GetDirectoryName(from.Shown) ?? "";
        foreach (var candidate in new[] { written, $"Netlists/{written}" })
        {
            var beside = Path.Combine(Path.GetDirectoryName(from.FullPath) ?? "", candidate);
            if (File.Exists(beside))
                return new FoundFile(Shown(folder.Length == 0 ? candidate : $"{folder}/{candidate}", beside), FullPath(beside));
        }
        foreach (var directory in options.IncludeDirectories)
        {
            if (Existing(Path.Combine(directory, written)) is { } found)
                return found;
        }
        return Existing(Path.Combine(ProductDirectory, written))
            ?? (written.StartsWith("Netlists/", StringComparison.Ordinal) ? Existing(Path.Combine(AppContext.BaseDirectory, written)) : null);
    }

    private static FoundFile? Existing(string path) => File.Exists(path) ? new FoundFile(Shown(path, path), FullPath(path)) : null;

    /// <summary>A product file is named <c>Netlists/NAME</c> wherever the product is installed; any other as it was written.</summary>
    private static string Shown(string named, string path)
    {
        if (path.Length == 0)
            return named;
        var inProduct = Path.GetRelativePath(ProductDirectory, FullPath(path)).Replace('\\', '/');
        return inProduct.StartsWith("../", StringComparison.Ordinal) || inProduct == ".." || Path.IsPathRooted(inProduct) ? named : $"Netlists/{inProduct}";
    }

    private static string FullPath(string path) => path.Length == 0 || path.Contains('\0') ? path : Path.GetFullPath(path);

    /// <summary>UTF-16, UTF-32 and binary files hold bytes of 0. Single bytes that are not UTF-8, as in old comments, do not matter.</summary>
    internal static bool IsText(ReadOnlySpan<byte> bytes) => !bytes.Contains((byte)0);

    internal static string Decode(byte[] bytes) => Encoding.UTF8.GetString(bytes).TrimStart('\uFEFF');

    private static string Hash(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
