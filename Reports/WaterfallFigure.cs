using System.Collections.Immutable;

namespace AnalogAttention.Reports;

/// <summary>One row of a waterfall.</summary>
/// <param name="From">Where the row begins: where the one before it ended.</param>
/// <param name="Low">Ends of an interval about <paramref name="To"/>; both equal to it: none.</param>
/// <param name="Note">Written beside the bar.</param>
public sealed record WaterfallStep(string Name, double From, double To, double Low, double High, string Note);

/// <summary>How a value comes about, one step below the other: bars from where the last one ended, higher and lower in two colours.</summary>
public sealed record WaterfallFigure(string Title, string Caption, string StepTitle, Axis Value, ImmutableArray<WaterfallStep> Steps) : Figure(Title, Caption)
{
    public override string AltText => $"Waterfall of {Value.Title}: {string.Join(", ", Steps.Select(s => $"{s.Name} {s.Note}"))}.";
}
