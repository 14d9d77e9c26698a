using System.Collections.Immutable;

namespace AnalogAttention.Circuits.Language;

/// <summary>One statement cannot be understood: caught where the statement ends, so that the next one is still read.</summary>
internal sealed class StatementException(Diagnostic diagnostic) : Exception(diagnostic.Message)
{
    public StatementException(string code, SourceSpan span, string message)
        : this(new Diagnostic(code, DiagnosticSeverity.Error, span, message))
    {
    }

    public Diagnostic Diagnostic { get; } = diagnostic;
}

/// <summary>A limit is passed that leaves nothing to recover: reading ends with what was found so far.</summary>
internal sealed class DeckLimitException : Exception;

/// <summary>What was found in a deck; equal findings (one line expanded many times) are kept once.</summary>
internal sealed class DiagnosticList
{
    private const int Most = 1000;

    private readonly List<Diagnostic> _found = [];
    private readonly HashSet<(string, SourceSpan)> _seen = [];
    private readonly Dictionary<string, int> _fileOrder = [];

    public bool HasErrors { get; private set; }

    public void FileRead(string file) => _fileOrder.TryAdd(file, _fileOrder.Count);

    public void Error(string code, SourceSpan span, string message) => Add(new Diagnostic(code, DiagnosticSeverity.Error, span, message));

    public void Warning(string code, SourceSpan span, string message) => Add(new Diagnostic(code, DiagnosticSeverity.Warning, span, message));

    public void Fatal(string code, SourceSpan span, string message)
    {
        Error(code, span, message);
        throw new DeckLimitException();
    }

    public void Add(Diagnostic diagnostic)
    {
        if (_seen.Count >= Most || !_seen.Add((diagnostic.Code, diagnostic.Span)))
        {
            HasErrors |= diagnostic.Severity == DiagnosticSeverity.Error;
            if (_seen.Count >= Most && _found.Exists(d => d.Severity == DiagnosticSeverity.Error))
                throw new DeckLimitException();
            return;
        }
        HasErrors |= diagnostic.Severity == DiagnosticSeverity.Error;
        _found.Add(diagnostic);
    }

    /// <summary>In the order of the files' first reading, then of lines and columns.</summary>
    public ImmutableArray<Diagnostic> InFileOrder() =>
        [.. _found.OrderBy(d => _fileOrder.GetValueOrDefault(d.Span.File, int.MaxValue)).ThenBy(d => d.Span.Line).ThenBy(d => d.Span.Column)];
}
