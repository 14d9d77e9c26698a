using System.Collections.Immutable;

namespace AnalogAttention.Circuits;

/// <summary>A place in a deck: file as the user named it, line and column counted from 1.</summary>
public readonly record struct SourceSpan(string File, int Line, int Column, int Length = 0)
{
    public override string ToString() => Line > 0 ? $"{File}:{Line}:{Column}" : File;
}

public enum DiagnosticSeverity { Warning, Error }

/// <summary>One finding about a deck. The code is stable; the message says what was expected.</summary>
public sealed record Diagnostic(string Code, DiagnosticSeverity Severity, SourceSpan Span, string Message)
{
    public override string ToString() => $"{Span}: {(Severity == DiagnosticSeverity.Error ? "error" : "warning")} {Code}: {Message}";
}

/// <summary>A deck, cell, model or data file is missing or bad (exit code 3).</summary>
public class BadInputException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>A deck with errors: all of them at once, in file order.</summary>
public sealed class DeckException(ImmutableArray<Diagnostic> diagnostics)
    : BadInputException(string.Join(Environment.NewLine, diagnostics.Where(d => d.Severity == DiagnosticSeverity.Error)))
{
    public ImmutableArray<Diagnostic> Diagnostics { get; } = diagnostics;
}
