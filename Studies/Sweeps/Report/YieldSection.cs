using System.Collections.Immutable;
using AnalogAttention.Reports;
using static System.FormattableString;

namespace AnalogAttention.Studies.Sweeps.Report;

/// <summary>Points within the specification, with what their number leaves uncertain.</summary>
internal static class YieldSection
{
    public static ReportSection Of(SweepData data)
    {
        SweepResponse[] specified = [.. data.Responses.Where(r => r.Specification is not null)];
        if (specified.Length == 0)
            return new ReportSection("Yield", "The plan has no specification to count against; see Docs/sweeps.md.", []);
        int failed = data.Errors.Count(e => e is not null);
        TableRow[] rows =
        [
            .. specified.SelectMany(r => Rows(r.Name, Limits(r.Specification!), YieldEstimate.Of(data, i => r.Specification!.Holds(r.Values[i])))),
            .. Rows("overall", "all of them", YieldEstimate.Of(data, i => Overall(data, specified, i))),
        ];
        return new ReportSection("Yield",
            Invariant($"A point passes where its value lies within the specification, ends included; overall, where it passes all of them and has no error. ") +
            Invariant($"A point without a value counts as failing: {failed:n0} of {data.Points.Count:n0} points failed in simulation. Intervals are Wilson's, 95 %; they hold for samples drawn alike, and tell nothing of the grid of a plan's own axes."),
            [new ReportTable("Points within the specification", [new("response"), new("specification"), new("of"), new("passed", Alignment: ColumnAlignment.Right), new("yield", Alignment: ColumnAlignment.Right), new("95 % interval", Alignment: ColumnAlignment.Right)], [.. rows])]);
    }

    /// <summary>Of the whole table, all specifications together; null where there are none, or no points.</summary>
    public static YieldEstimate? Overall(SweepData data)
    {
        SweepResponse[] specified = [.. data.Responses.Where(r => r.Specification is not null)];
        return specified.Length == 0 || data.Points.Count == 0 ? null : YieldEstimate.Of(data, i => Overall(data, specified, i)).First();
    }

    public static string Percent(double fraction) => Invariant($"{100 * fraction:0.##} %");

    private static bool Overall(SweepData data, SweepResponse[] specified, int row) => data.Errors[row] is null && specified.All(r => r.Specification!.Holds(r.Values[row]));

    private static IEnumerable<TableRow> Rows(string response, string limits, IEnumerable<YieldEstimate> yields) => yields.Where(y => y.Total > 0).Select(y =>
    {
        var (low, high) = y.Wilson();
        return new TableRow([response, limits, y.Scope, Invariant($"{y.Passed:n0} of {y.Total:n0}"), Percent(y.Fraction), $"{Percent(low)} to {Percent(high)}"]);
    });

    private static string Limits(Specification s) => s switch
    {
        { Min: { } min, Max: { } max } => $"{new Quantity(min)} to {new Quantity(max)}",
        { Min: { } min } => $"at least {new Quantity(min)}",
        _ => $"at most {new Quantity(s.Max!.Value)}",
    };
}
