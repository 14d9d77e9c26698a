using System.Collections.Immutable;
using System.Globalization;
using AnalogAttention.Reports;
using static System.FormattableString;

namespace AnalogAttention.Studies.Sweeps.Report;

/// <summary>What moves the responses: main effects of the plan's factors, and all factors ranked.</summary>
internal static class FactorSections
{
    private const int ShownBars = 30;

    // a hundredth of a pixel of the figure, and above the rounding of the fit
    private const double LeastShown = 1e-6;

    // below it the linear model misses a fifth of the variance, and a factor may matter that it ranks low
    private const double TrustedRSquared = 0.8;

    public static ReportSection MainEffects(SweepData data)
    {
        var effects = data.Responses.Select(r => (Response: r, Effects: data.Factors.Where(f => !f.IsDrawn).Select(f => MainEffect.Of(f, r)).OfType<MainEffect>().ToArray())).ToArray();
        string[] none = [.. effects.Where(e => e.Effects.Length == 0).Select(e => e.Response.Name)];
        return new ReportSection("Main effects",
            "The mean of a response at every level of a factor, over all points that share the level; whiskers are one standard deviation of them, the spread that all other factors leave." +
            (none.Length > 0 ? $"\n\nNo factor of the plan has two levels at which there are values of {string.Join(", ", none)}." : ""),
            [.. effects.Where(e => e.Effects.Length > 0).Select(e => Figure(e.Response, e.Effects))]);
    }

    private static EffectFigure Figure(SweepResponse response, MainEffect[] effects)
    {
        string[] grouped = [.. effects.Where(e => e.IsGrouped).Select(e => e.Factor.Name)];
        return new EffectFigure($"{response.Name}: main effects", "One scale for all factors." + (grouped.Length > 0 ? string.Create(CultureInfo.InvariantCulture, $" Neighbouring levels of {string.Join(", ", grouped)} are joined to {MainEffect.MostLevels} groups.") : ""),
            new Axis(response.Name), [.. effects.Select(e => new EffectPanel(new Axis(e.Factor.Name, e.Factor.Unit), e.Levels, e.Means,
                [.. e.Means.Zip(e.Sigmas, (m, s) => m - s)], [.. e.Means.Zip(e.Sigmas, (m, s) => m + s)], e.Factor.Levels is { } names ? [.. e.Levels.Select(l => names[(int)l])] : null))]);
    }

    public static ReportSection Ranking(SweepData data)
    {
        var models = data.Responses.Select(r => (Response: r, Model: Sensitivity.Of(data, r))).ToArray();
        var leftOut = models.SelectMany(m => m.Model.LeftOut.Select(l => (m.Response.Name, l.Factor, l.Reason))).GroupBy(l => (l.Factor, l.Reason))
            .Select(g => new TableRow([g.Key.Factor, g.Key.Reason, g.Count() == models.Length ? "all" : string.Join(", ", g.Select(l => l.Name))])).ToImmutableArray();
        return new ReportSection("Sensitivity",
            "Standardised coefficients of a linear regression on all factors: by how many of its standard deviations a response moves when the factor moves by one of its own. A corner counts as 0 or 1, against the first corner. " +
            "Intervals are 95 %, by Student's t; on a grid without drawn quantities their width is what the linear model misses, not chance.\n\n" +
            Invariant($"R² is the part of the variance that the model explains: below {TrustedRSquared} distrust the ranking, for the response then bends, or factors act together."),
            [
                new ReportTable("How far the linear model goes", [new("response"), new("points", Alignment: ColumnAlignment.Right), new("factors", Alignment: ColumnAlignment.Right), new("R²", Alignment: ColumnAlignment.Right), new("remark")],
                    [.. models.Select(m => new TableRow([m.Response.Name, Invariant($"{m.Model.Points:n0}"), Invariant($"{m.Model.Ranking.Count}"), m.Model.WhyNone is null ? Invariant($"{m.Model.RSquared:f4}") : "-", m.Model.WhyNone is { } why ? "no model: " + why : ""],
                        m.Model.WhyNone is not null ? null : m.Model.RSquared < TrustedRSquared ? Verdict.Warn : Verdict.Pass))]),
                .. leftOut.Length == 0 ? Array.Empty<ReportItem>() : [new ReportTable("Left out of the model", [new("factor"), new("why"), new("responses")], leftOut)],
                .. models.Where(m => m.Model.Ranking.Count > 0).Select(m => Bars(m.Response, m.Model)),
            ]);
    }

    private static BarFigure Bars(SweepResponse response, Sensitivity model)
    {
        StandardisedCoefficient[] shown = [.. model.Ranking.Where(c => Math.Abs(c.Value) >= LeastShown).Take(ShownBars)];
        return new BarFigure(Invariant($"{response.Name}: sensitivity, R² = {model.RSquared:f3}"),
            "Standardised regression coefficients, largest first; lines are 95 % intervals." + (model.Ranking.Count > shown.Length ? Invariant($" The first {shown.Length} of {model.Ranking.Count} factors; coefficients below {LeastShown:0.######} in magnitude are left out.") : ""),
            "factor", [.. shown.Select(c => c.Factor)], new Axis("standardised coefficient"), new BarSeries("coefficient", [.. shown.Select(c => c.Value)]) { Intervals = [.. shown.Select(c => (c.Low, c.High))] });
    }
}
