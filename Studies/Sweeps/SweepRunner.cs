using System.Globalization;
using System.Runtime.ExceptionServices;
using System.Security.Cryptography;
using System.Text;
using AnalogAttention.Calibration.Benches;
using AnalogAttention.Circuits;
using AnalogAttention.Circuits.Language;
using AnalogAttention.Simulation;

namespace AnalogAttention.Studies.Sweeps;

/// <summary>Runs the points of a plan that its store does not hold yet; the outcome of a point depends on nothing but its key.</summary>
public sealed class SweepRunner
{
    private readonly SweepPlan _plan;
    private readonly IEngine _engine;
    private readonly CellDeck _cell;
    private readonly string _deckKey;

    /// <exception cref="BadInputException">The deck is missing or wrong, or has not the parameters or measures of the plan.</exception>
    public SweepRunner(SweepPlan plan, IEngine engine)
    {
        (_plan, _engine, _cell) = (plan, engine, new CellDeck(plan.Library));
        RequireParameters();
        var first = Read(plan.At(0));
        Measures = plan.Measures.Count > 0 ? plan.Measures : [.. first.Measures.Select(m => m.Name)];
        if (Measures.FirstOrDefault(name => first.Measures.All(m => m.Name != name)) is { } unknown)
            throw new BadInputException($"{plan.Deck}: has no measure '{unknown}'; there are {string.Join(", ", first.Measures.Select(m => m.Name))}");
        if (Measures.Count == 0)
            throw new BadInputException($"{plan.Deck}: has no .measure, so a sweep of it has nothing to tell");
        _deckKey = string.Join('\n', first.Files.Select(f => f.Sha256).Prepend($"{engine.Name} {engine.Version}").Prepend("analog-attention/sweep/1"));
    }

    /// <summary>A point that runs longer ends as a row that says so, and is computed again by a later run. Null: no limit.</summary>
    public TimeSpan? PointTimeout { get; init; }

    /// <summary>Columns of the table.</summary>
    public IReadOnlyList<string> Measures { get; }

    /// <summary>SHA-256 of the deck's files, the engine, its version, and what the point alters.</summary>
    public string Key(SweepPoint point)
    {
        var text = new StringBuilder(_deckKey).Append('\n').Append(CultureInfo.InvariantCulture, $"temperature={point.Celsius?.ToString("R", CultureInfo.InvariantCulture)}\n");
        foreach (var (name, value) in point.Parameters)
            text.Append(CultureInfo.InvariantCulture, $"{name}={value:R}\n");
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }

    /// <param name="indices">Of the points that are this run's.</param>
    /// <returns>How many were computed; the others were in the store.</returns>
    /// <exception cref="IOException">The store cannot keep a point.</exception>
    public int Run(SweepStore store, IReadOnlyList<int> indices, int jobs, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        int done = 0, computed = 0;
        try
        {
            Parallel.ForEach(indices, new ParallelOptions { MaxDegreeOfParallelism = jobs, CancellationToken = cancellation }, index =>
            {
                var point = _plan.At(index);
                var key = Key(point);
                if (!store.TryGet(key, out var known) || known.TimedOut)
                {
                    store.Add(key, Outcome(point, cancellation));
                    Interlocked.Increment(ref computed);
                }
                progress?.Report(Interlocked.Increment(ref done) / (double)indices.Count);
            });
        }
        catch (AggregateException e)
        {
            cancellation.ThrowIfCancellationRequested();
            ExceptionDispatchInfo.Throw(e.InnerExceptions[0]);      // each worker stops at its own; the disk is full for all of them
        }
        return computed;
    }

    /// <summary>A point that does not converge, whose values the deck refuses, or that runs past its time is a row with its error.</summary>
    public SweepOutcome Outcome(SweepPoint point, CancellationToken cancellation = default)
    {
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        if (PointTimeout is { } limit)
            limited.CancelAfter(limit);
        try
        {
            var run = _engine.Run(Read(point), cancellation: limited.Token);
            string[] missing = [.. Measures.Where(m => !run.Measures.ContainsKey(m))];
            return new SweepOutcome(Measures.Where(run.Measures.ContainsKey).ToDictionary(m => m, m => run.Measures[m]), missing.Length > 0 ? $"no value: {string.Join(", ", missing)}" : null);
        }
        catch (Exception e) when (e is ConvergenceException or BadInputException)
        {
            return new SweepOutcome(new Dictionary<string, double>(), e.Message.ReplaceLineEndings(" "));
        }
        catch (OperationCanceledException) when (PointTimeout is { } passed && !cancellation.IsCancellationRequested)
        {
            return new SweepOutcome(new Dictionary<string, double>(), string.Create(CultureInfo.InvariantCulture, $"timed out after {passed.TotalSeconds:R} s"), TimedOut: true);
        }
    }

    /// <summary>Every parameter of the plan, also one that a later corner alone sets.</summary>
    private void RequireParameters()
    {
        if (Lacks(_plan.Places.Keys) && _plan.Places.FirstOrDefault(p => Lacks([p.Key])) is { Key: not null } unknown)
            throw new BadInputException($"{unknown.Value}: {_plan.Deck} has no parameter '{unknown.Key}'");
    }

    private bool Lacks(IEnumerable<string> parameters)
    {
        try
        {
            _cell.ReadWithLeakage(_plan.Deck, [.. parameters.Select(name => (name, 1.0))]);
            return false;
        }
        catch (BadInputException e)
        {
            return e is DeckException { Diagnostics: var found } && found.Any(d => d.Code == DiagnosticCodes.UnknownOverride);
        }
    }

    private Circuit Read(SweepPoint point)
    {
        var circuit = _cell.ReadWithLeakage(_plan.Deck, [.. point.Parameters.Select(p => (p.Key, p.Value))]);
        return point.Celsius is { } celsius ? circuit with { TemperatureCelsius = celsius } : circuit;
    }
}
