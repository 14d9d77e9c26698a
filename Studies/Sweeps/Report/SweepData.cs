namespace AnalogAttention.Studies.Sweeps.Report;

/// <summary>What differs from point to point.</summary>
/// <param name="IsDrawn">By Monte Carlo, not stated in the plan.</param>
/// <param name="Values">By point; NaN where the point has none. Where there are <paramref name="Levels"/>, places among them.</param>
/// <param name="Levels">Names, for what is no number: the corners.</param>
public sealed record SweepFactor(string Name, string Unit, bool IsDrawn, IReadOnlyList<double> Values, IReadOnlyList<string>? Levels = null);

/// <param name="Values">By point; NaN where the point has none.</param>
public sealed record SweepResponse(string Name, IReadOnlyList<double> Values, Specification? Specification = null);

/// <summary>The table of a sweep by column: finished points only.</summary>
/// <param name="Planned">Points of the plan.</param>
/// <param name="Points">Their numbers in the plan, rising.</param>
/// <param name="Factors">Corner, temperature, parameters, drawn quantities, where the sweep has them.</param>
/// <param name="Errors">By point; null where it succeeded.</param>
public sealed record SweepData(string Name, int Planned, IReadOnlyList<int> Points, IReadOnlyList<SweepFactor> Factors, IReadOnlyList<SweepResponse> Responses, IReadOnlyList<string?> Errors)
{
    public SweepFactor? Corner => Factors.FirstOrDefault(f => f.Levels is not null);

    /// <exception cref="Circuits.BadInputException">A specification names no measure of the sweep.</exception>
    public static SweepData From(SweepPlan plan, SweepRunner runner, SweepStore store)
    {
        foreach (var specification in plan.Specifications)
            specification.Check(runner.Measures);
        var points = new List<int>();
        var errors = new List<string?>();
        List<double> corner = [], celsius = [];
        List<double>[] parameters = Columns(plan.ParameterNames), drawn = Columns(runner.DrawnNames), measures = Columns(runner.Measures);
        string[] corners = [.. plan.Corners.Select(c => c.Name)];
        foreach (var (point, outcome) in runner.Finished(store))
        {
            points.Add(point.Index);
            errors.Add(outcome.Error);
            corner.Add(Array.IndexOf(corners, point.Corner));
            celsius.Add(point.Celsius ?? double.NaN);
            Append(parameters, plan.ParameterNames, point.Parameters);
            Append(drawn, runner.DrawnNames, runner.Drawn(point, outcome));
            Append(measures, runner.Measures, outcome.Values);
        }
        return new SweepData(plan.Name, plan.Count, points,
            [
                .. corners.Length > 0 ? [new SweepFactor("corner", "", false, corner, corners)] : Array.Empty<SweepFactor>(),
                .. celsius.Any(double.IsFinite) ? [new SweepFactor("temperature", "°C", false, celsius)] : Array.Empty<SweepFactor>(),
                .. plan.ParameterNames.Select((name, i) => new SweepFactor(name, "", false, parameters[i])),
                .. runner.DrawnNames.Select((name, i) => new SweepFactor(name, name.EndsWith(".vto", StringComparison.Ordinal) ? "V" : "", true, drawn[i])),
            ],
            [.. runner.Measures.Select((name, i) => new SweepResponse(name, measures[i], plan.Specifications.FirstOrDefault(s => s.Measure == name)))], errors);
    }

    private static List<double>[] Columns(IReadOnlyList<string> names) => [.. names.Select(_ => new List<double>())];

    private static void Append(List<double>[] columns, IReadOnlyList<string> names, IReadOnlyDictionary<string, double> values)
    {
        for (var i = 0; i < columns.Length; i++)
            columns[i].Add(values.TryGetValue(names[i], out double value) ? value : double.NaN);
    }
}
