using System.Globalization;
using CsvHelper;

namespace AnalogAttention.Studies.Sweeps;

/// <summary>One tidy table: a row for every finished point of a plan, in its order.</summary>
public static class SweepTable
{
    /// <returns>How many rows it has and how many of them failed.</returns>
    public static (int Rows, int Failed) Write(TextWriter text, SweepPlan plan, SweepRunner runner, SweepStore store)
    {
        using var csv = CsvWriter.Create(text, new CsvWriterOptions { NewLine = "\n" });
        csv.WriteRecord([.. new[] { "point", "corner", "temperature [C]" }.Concat(plan.MonteCarlo is null ? [] : ["sample"]).Concat(plan.ParameterNames)
            .Concat(runner.DrawnNames.Select(n => n.EndsWith(".vto", StringComparison.Ordinal) ? n + " [V]" : n)).Concat(runner.Measures).Append("error")]);
        int rows = 0, failed = 0;
        foreach (var (point, outcome) in runner.Finished(store))
        {
            rows++;
            failed += outcome.Error is null ? 0 : 1;
            var drawn = runner.Drawn(point, outcome);
            csv.WriteRecord(
            [
                point.Index.ToString(CultureInfo.InvariantCulture), point.Corner ?? "", Number(point.Celsius),
                .. point.Sample is { } sample ? new[] { sample.ToString(CultureInfo.InvariantCulture) } : [],
                .. plan.ParameterNames.Select(name => point.Parameters.TryGetValue(name, out var value) ? Number(value) : ""),
                .. runner.DrawnNames.Select(name => drawn.TryGetValue(name, out var value) ? Number(value) : ""),
                .. runner.Measures.Select(measure => outcome.Values.TryGetValue(measure, out var value) ? Number(value) : ""),
                outcome.Error ?? "",
            ]);
        }
        csv.Flush();
        return (rows, failed);
    }

    private static string Number(double? value) => value?.ToString("R", CultureInfo.InvariantCulture) ?? "";
}
