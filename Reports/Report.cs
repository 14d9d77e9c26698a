using System.Collections.Immutable;

namespace AnalogAttention.Reports;

/// <summary>What a reader is handed: sections of figures, tables and text. Plain data; <see cref="HtmlReport"/> writes it.</summary>
public sealed record Report(string Title, string Subtitle, ImmutableArray<ReportSection> Sections);

/// <param name="Text">Paragraphs apart by an empty line; plain text, no markup.</param>
public sealed record ReportSection(string Title, string? Text, ImmutableArray<ReportItem> Items);

/// <summary>A table, a figure, key figures or a text sample: what a section holds, in order.</summary>
public abstract record ReportItem;

/// <summary>How a measured value stands against its limit. Always shown as a word, the colour only repeats it.</summary>
public enum Verdict { Pass, Warn, Fail }

/// <summary>The few numbers a reader looks for first, set large.</summary>
public sealed record KeyFigures(ImmutableArray<KeyFigure> Figures) : ReportItem;

/// <param name="Note">What the value is held against, or where it comes from.</param>
public sealed record KeyFigure(string Label, TableCell Value, string? Note = null, Verdict? Verdict = null);

/// <summary>Preformatted text (a generated sample, a netlist), shown as it is, long lines wrapped.</summary>
public sealed record TextSample(string Title, string Text) : ReportItem;
