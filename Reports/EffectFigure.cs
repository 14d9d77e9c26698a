using System.Collections.Immutable;

namespace AnalogAttention.Reports;

/// <summary>A value with its spread at every level of one factor.</summary>
public sealed record EffectPanel
{
    /// <param name="x">The factor.</param>
    /// <param name="levels">In the order shown; places where there are <paramref name="names"/>.</param>
    /// <param name="names">Of levels that are no numbers; null: they are.</param>
    /// <exception cref="ArgumentException">The columns have unequal lengths.</exception>
    public EffectPanel(Axis x, IReadOnlyList<double> levels, IReadOnlyList<double> values, IReadOnlyList<double> lower, IReadOnlyList<double> upper, IReadOnlyList<string>? names = null)
    {
        if (new[] { values.Count, lower.Count, upper.Count, names?.Count ?? levels.Count }.Any(n => n != levels.Count))
            throw new ArgumentException($"factor '{x.Title}': {levels.Count} levels, {values.Count} values, {lower.Count} lower and {upper.Count} upper ends, {names?.Count} names");
        (X, Levels, Values, Lower, Upper, Names) = (x, levels, values, lower, upper, names);
    }

    public Axis X { get; }
    public IReadOnlyList<double> Levels { get; }
    public IReadOnlyList<double> Values { get; }
    public IReadOnlyList<double> Lower { get; }
    public IReadOnlyList<double> Upper { get; }
    public IReadOnlyList<string>? Names { get; }
}

/// <summary>Small multiples: one quantity over several factors, side by side on one scale.</summary>
public sealed record EffectFigure(string Title, string Caption, Axis Y, ImmutableArray<EffectPanel> Panels) : Figure(Title, Caption)
{
    public override string AltText => $"Small charts of {Y.Title} over {string.Join(", ", Panels.Select(p => p.X.Title))}.";
}
