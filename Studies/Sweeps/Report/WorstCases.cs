using System.Collections.Immutable;
using AnalogAttention.Reports;
using static System.FormattableString;

namespace AnalogAttention.Studies.Sweeps.Report;

/// <summary>Points to look at: the ends of every response, and those that failed.</summary>
internal static class WorstCases
{
    private const int Shown = 3, ShownErrors = 30;

    public static ReportSection Section(SweepData data, PointCommand command)
    {
        ImmutableArray<TableRow> rows = [.. data.Responses.SelectMany(r => Rows(data, r, command))];
        return new ReportSection("Worst cases",
            rows.Length == 0 ? "No point has a value of any response." : "The lowest and the highest points of every response; with a specification, the points farthest beyond it, or nearest to it where all hold it. The command prints a point's parameters and measures.",
            rows.Length == 0 ? [] : [new ReportTable("Points to run again", [new("response"), new("which"), new("value"), new("where"), new("command")], rows)]);
    }

    /// <summary>Null where no point failed.</summary>
    public static ReportSection? Failures(SweepData data, PointCommand command)
    {
        var groups = Enumerable.Range(0, data.Points.Count).Where(i => data.Errors[i] is not null).GroupBy(i => data.Errors[i]!).OrderByDescending(g => g.Count()).ThenBy(g => g.First()).ToArray();
        return groups.Length == 0 ? null : new ReportSection("Failed points",
            Invariant($"{groups.Sum(g => g.Count()):n0} of {data.Points.Count:n0} points failed{(groups.Length > ShownErrors ? $"; of {groups.Length} different errors the {ShownErrors} most frequent are shown" : "")}. They fail overall and every specification that they have no value for; a response's statistics are of the points that have a value of it."),
            [new ReportTable("Errors", [new("error"), new("points", Alignment: ColumnAlignment.Right), new("example")],
                [.. groups.Take(ShownErrors).Select(g => new TableRow([g.Key, Invariant($"{g.Count()}"), command.For(data.Points[g.First()])]))])]);
    }

    private static IEnumerable<TableRow> Rows(SweepData data, SweepResponse response, PointCommand command)
    {
        int[] points = [.. Enumerable.Range(0, data.Points.Count).Where(i => double.IsFinite(response.Values[i])).OrderBy(i => response.Values[i])];
        TableRow Row(int i, string which, Verdict? verdict = null) =>
            new([response.Name, which, new Quantity(response.Values[i], Digits: 4), Where(data, i), command.For(data.Points[i])], verdict);
        if (response.Specification is { } specification)
            return points.OrderByDescending(i => specification.Excess(response.Values[i])).Take(Shown).Select(i =>
                specification.Holds(response.Values[i]) ? Row(i, "nearest to the limit", Verdict.Pass) : Row(i, response.Values[i] > specification.Max ? "beyond max" : "below min", Verdict.Fail));
        return points.Take(Shown).Select((i, rank) => Row(i, rank == 0 ? "lowest" : Invariant($"lowest but {rank}")))
            .Concat(points.Skip(Shown).Reverse().Take(Shown).Select((i, rank) => Row(i, rank == 0 ? "highest" : Invariant($"highest but {rank}"))));
    }

    private static string Where(SweepData data, int row) => string.Join(", ", data.Factors.Where(f => !f.IsDrawn && double.IsFinite(f.Values[row]) && (f.Levels is null || f.Values[row] >= 0))
        .Select(f => f.Levels is { } levels ? levels[(int)f.Values[row]] : $"{f.Name} = {new Quantity(f.Values[row], f.Unit)}"));
}
