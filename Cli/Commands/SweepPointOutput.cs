using System.Globalization;
using System.Text.Json.Nodes;
using AnalogAttention.Reports;
using AnalogAttention.Studies.Sweeps;

namespace AnalogAttention.Cli.Commands;

/// <summary>One point of a plan, run again and printed.</summary>
internal static class SweepPointOutput
{
    /// <param name="number">0 ... Count - 1.</param>
    /// <returns><see cref="ExitCode.Done"/>, also where the point fails: its error is printed.</returns>
    /// <exception cref="UsageException">The plan has no such point.</exception>
    public static int Print(SweepPlan plan, SweepRunner runner, int number, bool json, CancellationToken cancellation)
    {
        if (number < 0 || number >= plan.Count)
            throw new UsageException(string.Create(CultureInfo.InvariantCulture, $"--point {number}: the plan has points 0 to {plan.Count - 1}"));
        var point = plan.At(number);
        var outcome = runner.Outcome(point, cancellation);
        var drawn = runner.Drawn(point, outcome);
        List<(string Kind, string Name, JsonNode Value)> rows = [];
        if (point.Corner is { } corner)
            rows.Add(("corner", "corner", corner));
        if (point.Celsius is { } celsius)
            rows.Add(("temperature", "temperature [C]", celsius));
        rows.AddRange(plan.ParameterNames.Where(point.Parameters.ContainsKey).Select(n => ("parameter", n, (JsonNode)point.Parameters[n])));
        rows.AddRange(drawn.Select(d => ("drawn", d.Key, (JsonNode)d.Value)));
        rows.AddRange(runner.Measures.Where(outcome.Values.ContainsKey).Select(m => ("measure", m, (JsonNode)outcome.Values[m])));
        Terminal.Print(new ReportTable(string.Create(CultureInfo.InvariantCulture, $"Point {number} of {plan.Name}"), [new("kind"), new("name"), new("value")],
            [.. rows.Select(r => new TableRow([r.Kind, r.Name, r.Value.ToString()])), .. outcome.Error is { } error ? [new TableRow(["error", "", error])] : Array.Empty<TableRow>()]),
            json, () => new JsonObject
            {
                ["point"] = number,
                ["values"] = new JsonObject(rows.Select(r => KeyValuePair.Create(r.Name, (JsonNode?)r.Value))),
                ["error"] = outcome.Error,
            }.ToJsonString());
        return ExitCode.Done;
    }
}
