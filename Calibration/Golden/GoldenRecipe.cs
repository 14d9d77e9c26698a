using System.Globalization;
using AnalogAttention.Calibration.Benches;
using AnalogAttention.Circuits;
using AnalogAttention.Simulation;
using MathNet.Numerics.Interpolation;

namespace AnalogAttention.Calibration.Golden;

/// <summary>How a golden curve is measured again: a deck, and what of it is looked at.</summary>
/// <param name="Bench">Deck, relative to the folder of the curve; else the name of one of the product's benches.</param>
/// <param name="Signal">A column of the deck's results, as <c>i(vbl)</c> or <c>onoise_spectrum</c>; null where a measure is looked at.</param>
/// <param name="Measure">A <c>.measure</c> of the deck; needs a sweep.</param>
/// <param name="Sweep">A parameter of the deck whose values are the abscissae, one run each; null: they are those of one run.</param>
public sealed record GoldenRecipe(string Bench, string? Signal, string? Measure, string? Sweep)
{
    /// <summary>With a sweep and a signal: the abscissa of every run at which it is taken.</summary>
    public double? At { get; init; }

    /// <summary>Of a nested <c>.dc</c>: the outer value, the nearest of the sweep; null: the last.</summary>
    public double? Outer { get; init; }

    /// <summary>Factor on the values, -1 for a current that is counted the other way.</summary>
    public double Scale { get; init; } = 1;

    /// <summary>Top-level parameters of the deck that are altered.</summary>
    public IReadOnlyList<(string Name, double Value)> Parameters { get; init; } = [];

    /// <param name="folder">Of the curve.</param>
    public string ResolvedBench(string folder)
    {
        var path = Path.Combine(folder, Bench);
        return File.Exists(path) ? Path.GetFullPath(path) : Bench;
    }

    /// <param name="x">Abscissae.</param>
    /// <param name="alter">Applied to every circuit before it runs.</param>
    /// <exception cref="BadInputException">The deck is missing or wrong, or does not have what the curve looks at.</exception>
    /// <exception cref="ConvergenceException">A run did not converge.</exception>
    public double[] Values(string folder, IReadOnlyList<double> x, CellDeck cell, IEngine engine, int jobs, Func<Circuit, Circuit>? alter = null, CancellationToken cancellation = default)
    {
        var bench = ResolvedBench(folder);
        Circuit Read(params (string, double)[] swept)
        {
            var circuit = cell.ReadWithLeakage(bench, [.. Parameters, .. swept]);
            return alter?.Invoke(circuit) ?? circuit;
        }
        if (Sweep is null)
        {
            var circuit = Read();
            var (abscissae, values) = Column(circuit, engine.Run(circuit, cancellation: cancellation));
            var curve = LinearSpline.InterpolateSorted(abscissae, values);
            return [.. x.Select(at => Scale * curve.Interpolate(Within(abscissae, at)))];
        }
        return BenchRuns.All(x.Count, jobs, i =>
        {
            var circuit = Read((Sweep, x[i]));
            var run = engine.Run(circuit, cancellation: cancellation);
            if (Measure is not null)
                return Scale * BenchRuns.Measured(run, Bench, Measure);
            var (abscissae, values) = Column(circuit, run);
            return Scale * LinearSpline.InterpolateSorted(abscissae, values).Interpolate(At is { } at ? Within(abscissae, at) : abscissae[^1]);
        }, null, cancellation);
    }

    /// <summary>Abscissae of the deck's own run: about <paramref name="most"/> of them, the ends included; times are spread evenly.</summary>
    public double[] OwnAbscissae(string folder, CellDeck cell, IEngine engine, int most, CancellationToken cancellation = default)
    {
        var circuit = cell.ReadWithLeakage(ResolvedBench(folder), [.. Parameters]);
        var (abscissae, _) = Column(circuit, engine.Run(circuit, cancellation: cancellation));
        int stride = (abscissae.Length + most - 2) / most;
        return circuit.Analyses.OfType<Transient>().Any()
            ? [.. Enumerable.Range(0, most).Select(i => abscissae[0] + (abscissae[^1] - abscissae[0]) * i / (most - 1))]
            : [.. abscissae.Where((_, i) => i % stride == 0 || i == abscissae.Length - 1)];
    }

    /// <summary>Name and unit of the abscissa and of the values, as the header of the curve shows them.</summary>
    public (string X, string Y) Labels(string folder, CellDeck cell, IEngine engine, double firstSwept, CancellationToken cancellation = default)
    {
        var circuit = cell.ReadWithLeakage(ResolvedBench(folder), Sweep is null ? [.. Parameters] : [.. Parameters, (Sweep, firstSwept)]);
        if (Measure is not null)
            return (Sweep!, Measure);
        var set = SetOf(engine.Run(circuit, cancellation: cancellation));
        var column = set.Columns.First(c => IsSignal(c.Name));
        return (Sweep ?? $"{set.Abscissa.Name} [{set.Abscissa.Unit}]", $"{column.Name} [{column.Unit}]");
    }

    private bool IsSignal(string name) => string.Equals(name, Signal, StringComparison.OrdinalIgnoreCase);

    private WaveformSet SetOf(SimulationResult run) => run.Analyses.FirstOrDefault(a => a.Columns.Any(c => IsSignal(c.Name)))
        ?? throw new BadInputException($"{Bench}: no analysis has the signal '{Signal}'; there are {string.Join(", ", run.Analyses.SelectMany(a => a.Columns).Select(c => c.Name).Distinct().Take(12))}");

    private double Within(double[] abscissae, double at)
    {
        double low = abscissae.Min(), high = abscissae.Max(), rounding = 1e-9 * (high - low); // of steps added up
        return at >= low - rounding && at <= high + rounding
            ? at
            : throw new BadInputException(FormattableString.Invariant($"{Bench}: {Signal} at {at:G6} lies outside the run, {low:G6} ... {high:G6}"));
    }

    /// <summary>The signal over its abscissa; of a nested sweep, at one outer value.</summary>
    private (double[] X, double[] Y) Column(Circuit circuit, SimulationResult run)
    {
        var set = SetOf(run);
        double[] x = set.Abscissa.Values, y = set[Signal!];
        if (set.Analysis.StartsWith("dc", StringComparison.Ordinal) && circuit.Analyses.OfType<DcSweep>().FirstOrDefault(d => d.Axes.Length == 2) is { } nested)
        {
            int inner = nested.Axes[0].Count, row = Outer is { } wanted
                ? Enumerable.Range(0, nested.Axes[1].Count).MinBy(i => Math.Abs(nested.Axes[1].At(i) - wanted))
                : nested.Axes[1].Count - 1;
            (x, y) = (x[(row * inner)..((row + 1) * inner)], y[(row * inner)..((row + 1) * inner)]);
        }
        return (x, y);
    }

    /// <summary>The lines of a header that say all this.</summary>
    internal IEnumerable<(string Key, string Value)> Lines()
    {
        yield return ("bench", Bench);
        if (Parameters.Count > 0)
            yield return ("parameters", string.Join(' ', Parameters.Select(p => $"{p.Name}={CellDeck.Spell(p.Value)}")));
        if (Sweep is not null)
            yield return ("sweep", Sweep);
        yield return Measure is not null ? ("measure", Measure) : ("signal", Signal!);
        foreach (var (key, value) in new[] { ("at", At), ("outer", Outer), ("scale", Scale == 1 ? null : (double?)Scale) })
            if (value is { } number)
                yield return (key, CellDeck.Spell(number));
    }

    /// <param name="lines">By key; what is no part of a recipe is left alone.</param>
    /// <param name="bad">Makes the error for a key.</param>
    internal static GoldenRecipe Parse(IReadOnlyDictionary<string, string> lines, Func<string, string, BadInputException> bad)
    {
        double? Number(string key) => !lines.TryGetValue(key, out var text) ? null
            : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value) ? value : throw bad(key, $"'{text}' is not a number");
        var recipe = new GoldenRecipe(
            lines.GetValueOrDefault("bench") ?? throw bad("bench", "expected '# bench: DECK'"),
            lines.GetValueOrDefault("signal"), lines.GetValueOrDefault("measure"), lines.GetValueOrDefault("sweep"))
        {
            At = Number("at"),
            Outer = Number("outer"),
            Scale = Number("scale") ?? 1,
            Parameters = [.. lines.GetValueOrDefault("parameters", "").Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(p => Parameter(p) ?? throw bad("parameters", $"'{p}' is not NAME=VALUE"))],
        };
        return recipe.Fault() is { } fault ? throw bad(recipe.Signal is null ? "measure" : "signal", fault) : recipe;
    }

    /// <summary>What is wrong with it, in words; null: nothing.</summary>
    public string? Fault() => (Signal, Measure, Sweep) switch
    {
        (null, null, _) => "a curve needs a signal or a measure",
        (not null, not null, _) => "a curve has a signal or a measure, not both",
        (_, not null, null) => "a measure needs a sweep of a parameter",
        _ when Scale == 0 => "a scale of 0 leaves no curve",
        _ => null,
    };

    /// <summary><c>NAME=VALUE</c>, the value as in a deck; null where it is not.</summary>
    public static (string Name, double Value)? Parameter(string text) =>
        text.Split('=') is [{ Length: > 0 } name, var value] && Circuits.Language.SpiceNumber.TryParse(value, out var number) ? (name, number) : null;
}
