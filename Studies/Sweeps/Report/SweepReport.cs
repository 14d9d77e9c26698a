using AnalogAttention.Reports;
using static System.FormattableString;

namespace AnalogAttention.Studies.Sweeps.Report;

/// <summary>A sweep as tables and figures; of a plan that is empty, constant or failed throughout, a report that says so.</summary>
public static class SweepReport
{
    /// <param name="planPath">For the printed commands.</param>
    public static Reports.Report Of(SweepData data, string planPath)
    {
        var command = new PointCommand(planPath);
        var title = $"Sweep {data.Name}";
        string subtitle = Invariant($"{data.Points.Count:n0} of {data.Planned:n0} points, {data.Factors.Count} factor{(data.Factors.Count == 1 ? "" : "s")}, {data.Responses.Count} response{(data.Responses.Count == 1 ? "" : "s")}");
        if (data.Points.Count == 0)
            return new Reports.Report(title, subtitle, [new ReportSection("Overview", "The table has no point yet.", [])]);
        if (data.Responses.Count == 0)
            return new Reports.Report(title, subtitle, [Overview(data), .. Sections(WorstCases.Failures(data, command))]);
        return new Reports.Report(title, subtitle,
            [Overview(data), YieldSection.Of(data), FactorSections.MainEffects(data), FactorSections.Ranking(data), DistributionSection.Of(data), WorstCases.Section(data, command), .. Sections(WorstCases.Failures(data, command))]);
    }

    private static IEnumerable<ReportSection> Sections(ReportSection? section) => section is null ? [] : [section];

    private static ReportSection Overview(SweepData data)
    {
        int failed = data.Errors.Count(e => e is not null);
        string[] remarks =
        [
            .. data.Points.Count < data.Planned ? [Invariant($"{data.Planned - data.Points.Count:n0} points of the plan are not in the table: a shard, or a run that was cut short.")] : Array.Empty<string>(),
            .. failed == data.Points.Count ? ["Every point failed."] : Array.Empty<string>(),
            .. data.Responses.Count == 0 ? ["The sweep has no measures, so there are no statistics; its curves are in curves.npz."] : Array.Empty<string>(),
        ];
        return new ReportSection("Overview", remarks.Length > 0 ? string.Join("\n\n", remarks) : null,
        [
            new KeyFigures(
            [
                new KeyFigure("points", Invariant($"{data.Points.Count:n0}"), Invariant($"of {data.Planned:n0} in the plan")),
                new KeyFigure("failed points", Invariant($"{failed:n0}"), null, failed > 0 ? Verdict.Warn : null),
                .. YieldSection.Overall(data) is { } yield ? [new KeyFigure("yield", YieldSection.Percent(yield.Fraction), $"{YieldSection.Percent(yield.Wilson().Low)} to {YieldSection.Percent(yield.Wilson().High)}, 95 %")] : Array.Empty<KeyFigure>(),
            ]),
            new ReportTable("Factors", [new("factor"), new("kind"), new("levels", Alignment: ColumnAlignment.Right), new("from"), new("to")], [.. data.Factors.Select(Factor)]),
        ]);
    }

    private static TableRow Factor(SweepFactor factor)
    {
        double[] levels = [.. factor.Values.Where(double.IsFinite).Distinct().Order()];
        TableCell End(double value) => factor.Levels is { } names ? names[(int)value] : new Quantity(value, factor.Unit, 4);
        return new TableRow([factor.Name, factor.Levels is not null ? "corner" : factor.IsDrawn ? "drawn" : "plan", Invariant($"{levels.Length:n0}"),
            levels.Length > 0 ? End(levels[0]) : "-", levels.Length > 0 ? End(levels[^1]) : "-"]);
    }
}
