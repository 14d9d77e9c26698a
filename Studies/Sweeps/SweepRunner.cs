using System.Collections.Immutable;
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
    private static readonly NormalDistribution StandardNormal = new(0, 1);

    private readonly SweepPlan _plan;
    private readonly IEngine _engine;
    private readonly CellDeck _cell;
    private readonly string _deckKey;
    private readonly IReadOnlyList<string> _mismatch = [];
    private readonly CellPoints? _cells;
    private readonly IReadOnlyList<KeyValuePair<string, Distribution>> _instances = [];
    private readonly MonteCarlo? _draws;

    /// <exception cref="BadInputException">The deck is missing or wrong, has not the parameters or measures of the plan, or draws more dimensions than Sobol's sequence has.</exception>
    public SweepRunner(SweepPlan plan, IEngine engine)
    {
        (_plan, _engine, _cell) = (plan, engine, new CellDeck(plan.Library) { Sweeps = plan.DeckSweeps });
        string tool = $"analog-attention/sweep/1\n{engine.Name} {engine.Version}";
        if (plan.AreCells)
        {
            _cells = new CellPoints(plan.Calibration ?? new CalibrationPlan(), plan.Fidelity, plan.Places.Keys.Any(k => k.Contains('.')), _cell, engine);
            if (plan.Places.FirstOrDefault(p => _cells.Lacks(p.Key)) is { Key: { } name, Value: var place })
                throw new BadInputException($"{place}: {plan.Library ?? CellDeck.LibraryName} states no '{name}'; it is a number of a subcircuit or model card, as gain_cell.c_store or read_n.vto");
            (Measures, DrawnNames, _deckKey) = (_cells.Measures, [.. plan.MonteCarlo?.Die.Keys ?? []], $"{tool}\n{_cells.Key}");
            _draws = plan.MonteCarlo?.Over([]);
            return;
        }
        if (plan.DeckPlace.Length > 0 && !Path.IsPathRooted(plan.Deck) && !File.Exists(Path.Combine(AppContext.BaseDirectory, "Netlists", plan.Deck)))
            throw new BadInputException($"{plan.DeckPlace}: there is no deck '{plan.Deck}', neither beside the plan nor among the product's benches");
        RequireParameters();
        var first = Read(plan.At(0));
        Measures = plan.Measures.Count > 0 ? plan.Measures : [.. first.Measures.Select(m => m.Name)];
        if (Measures.FirstOrDefault(name => first.Measures.All(m => m.Name != name)) is { } unknown)
            throw new BadInputException($"{plan.Deck}: has no measure '{unknown}'; there are {string.Join(", ", first.Measures.Select(m => m.Name))}");
        if (Measures.Count == 0 && plan.Curves.Count == 0)
            throw new BadInputException($"{plan.Deck}: has no .measure, and the plan names no curves, so a sweep of it has nothing to tell");
        if (plan.Curves.Count > 0 && first.Analyses is not [DcSweep or SmallSignal, ..])
            throw new BadInputException($"{plan.Deck}: curves are kept of a .dc or .ac that comes first; the time points of a transient differ from point to point: use .measure");
        RequireCurves(first);
        _mismatch = plan.MonteCarlo?.Mismatch is { } instances ? TransistorMismatch.Names(first, instances) : [];
        if (plan.MonteCarlo is { } drawn)
        {
            _instances = InstanceDraws.Dimensions(first, drawn.Instances, drawn.Place);
            _draws = drawn.Over([.. _mismatch, .. _instances.Select(i => i.Key)]);
        }
        DrawnNames = [.. _mismatch, .. _instances.Select(i => i.Key), .. plan.MonteCarlo?.Die.Keys ?? []];
        _deckKey = string.Join('\n', first.Files.Select(f => f.Sha256).Prepend(tool));
    }

    /// <summary>A point that runs longer ends as a row that says so, and is computed again by a later run. Null: no limit.</summary>
    public TimeSpan? PointTimeout { get; init; }

    /// <summary>Columns of the table.</summary>
    public IReadOnlyList<string> Measures { get; }

    /// <summary>Drawn quantities: <c>xcell.mn.vto</c>, volts from nominal; <c>xcell.mn.kp</c>, relative; then parameters of instances, <c>xcell.c_store</c>, and those drawn per die.</summary>
    public IReadOnlyList<string> DrawnNames { get; }

    /// <summary>What was drawn for a finished point; transistors are absent where the deck refused the point's values.</summary>
    public IReadOnlyDictionary<string, double> Drawn(SweepPoint point, SweepOutcome outcome) =>
        DrawnNames.Where(n => outcome.Values.ContainsKey(n) || point.Parameters.ContainsKey(n)).ToDictionary(n => n, n => outcome.Values.TryGetValue(n, out double shift) ? shift : point.Parameters[n]);

    /// <summary>SHA-256 of the deck's files, the engine, its version, and what the point alters.</summary>
    public string Key(SweepPoint point)
    {
        var text = new StringBuilder(_deckKey).Append('\n').Append(CultureInfo.InvariantCulture, $"temperature={point.Celsius?.ToString("R", CultureInfo.InvariantCulture)}\n");
        foreach (var (name, value) in point.Parameters)
            text.Append(CultureInfo.InvariantCulture, $"{name}={value:R}\n");
        // with the deck and its parameters the deviates determine the shifts
        foreach (string name in _mismatch)
            text.Append(CultureInfo.InvariantCulture, $"deviate {name}={Deviate(point, name):R}\n");
        if (_cells is not null)
            text.Append(CultureInfo.InvariantCulture, $"arrays {ArraySeed(point)}\n");
        foreach (var (name, value) in InstanceValues(point))
            text.Append(CultureInfo.InvariantCulture, $"instance {name}={value:R}\n");
        foreach (string curve in _plan.Curves)
            text.Append(CultureInfo.InvariantCulture, $"curve {curve}\n");
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }

    /// <param name="indices">Of the points that are this run's.</param>
    /// <returns>How many were computed; the others were in the store.</returns>
    /// <exception cref="IOException">The store cannot keep a point.</exception>
    public int Run(SweepStore store, IReadOnlyList<int> indices, int jobs, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        int next = -1, done = 0, computed = 0;
        bool stops = false;
        void Work()
        {
            try
            {
                Compute();
            }
            catch
            {
                Volatile.Write(ref stops, true);
                throw;
            }
        }
        void Compute()
        {
            var worker = new Worker(this);
            while (!Volatile.Read(ref stops) && Interlocked.Increment(ref next) is var at && at < indices.Count)
            {
                cancellation.ThrowIfCancellationRequested();
                var point = _plan.At(indices[at]);
                var key = Key(point);
                if (!store.Contains(key))
                {
                    store.Add(key, worker.Outcome(point, cancellation));
                    Interlocked.Increment(ref computed);
                }
                progress?.Report(Interlocked.Increment(ref done) / (double)indices.Count);
            }
        }
        // threads that keep their worker to the end, unlike those of Parallel.ForEach
        var tasks = Enumerable.Range(0, Math.Clamp(indices.Count, 1, jobs)).Select(_ => Task.Factory.StartNew(Work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)).ToArray();
        try
        {
            Task.WaitAll(tasks);
        }
        catch (AggregateException e)
        {
            cancellation.ThrowIfCancellationRequested();
            ExceptionDispatchInfo.Throw(e.Flatten().InnerExceptions.FirstOrDefault(x => x is not OperationCanceledException) ?? e.Flatten().InnerExceptions[0]);
        }
        return computed;
    }

    /// <summary>A point that does not converge, whose values the deck refuses, or that runs past its time is a row with its error.</summary>
    public SweepOutcome Outcome(SweepPoint point, CancellationToken cancellation = default) => new Worker(this).Outcome(point, cancellation);

    /// <summary>The points that the store holds, in the plan's order.</summary>
    /// <param name="indices">Among these; null: among all.</param>
    public IEnumerable<(SweepPoint Point, SweepOutcome Outcome)> Finished(SweepStore store, IEnumerable<int>? indices = null)
    {
        foreach (int index in indices ?? Enumerable.Range(0, _plan.Count))
            if (_plan.At(index) is var point && store.TryGet(Key(point), out var outcome))
                yield return (point, outcome);
    }

    /// <summary>The abscissae of the kept curves, by name: those of the first analysis at this point.</summary>
    public IReadOnlyList<Waveform> Grid(SweepPoint point) =>
        [.. _engine.Run(Read(point)).Analyses[0].Columns.TakeWhile(c => !c.Name.Contains('('))];

    /// <summary>One after another, what it keeps makes the next point faster and leaves its bits alone.</summary>
    private sealed class Worker(SweepRunner runner)
    {
        private readonly IEngineSession _session = runner._engine.Open();
        private (IReadOnlyDictionary<string, double> Parameters, double? Celsius, int? Sample, Circuit Circuit)? _latest;

        public SweepOutcome Outcome(SweepPoint point, CancellationToken cancellation)
        {
            using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            if (runner.PointTimeout is { } limit)
                limited.CancelAfter(limit);
            try
            {
                return Computed(point, limited.Token);
            }
            catch (OperationCanceledException) when (runner.PointTimeout is { } passed && !cancellation.IsCancellationRequested)
            {
                return new SweepOutcome(new Dictionary<string, double>(), string.Create(CultureInfo.InvariantCulture, $"timed out after {passed.TotalSeconds:R} s"), TimedOut: true);
            }
        }

        private SweepOutcome Computed(SweepPoint point, CancellationToken cancellation)
        {
            if (runner._cells is { } cells)
                try
                {
                    return cells.Outcome(point, runner.ArraySeed(point), cancellation);
                }
                catch (Exception e) when (e is ConvergenceException or BadInputException)
                {
                    return new SweepOutcome(new Dictionary<string, double>(), runner.WithoutFolders(e.Message));
                }
            IReadOnlyDictionary<string, double> shifts = runner.InstanceValues(point);
            try
            {
                var circuit = Read(point);
                if (runner._plan.MonteCarlo?.Mismatch is { } instances)
                {
                    (circuit, var transistors) = TransistorMismatch.Applied(circuit, instances, name => runner.Deviate(point, name));
                    shifts = transistors.Concat(shifts).ToDictionary();
                }
                var run = _session.Run(circuit, cancellation: cancellation);
                string[] missing = [.. runner.Measures.Where(m => !run.Measures.ContainsKey(m))];
                return new SweepOutcome(
                    runner.Measures.Where(run.Measures.ContainsKey).Select(m => KeyValuePair.Create(m, run.Measures[m])).Concat(shifts).ToDictionary(),
                    missing.Length > 0 ? $"no value: {string.Join(", ", missing)}" : null,
                    runner._plan.Curves.Count > 0 ? runner._plan.Curves.ToDictionary(c => c, c => Signal(run.Analyses[0], c)) : null);
            }
            catch (Exception e) when (e is ConvergenceException or BadInputException)
            {
                return new SweepOutcome(shifts, runner.WithoutFolders(e.Message));
            }
        }

        /// <summary>Samples of one point of the axes follow each other: the deck is read once for all of them, unless its instances differ.</summary>
        private Circuit Read(SweepPoint point)
        {
            int? sample = runner._instances.Count > 0 ? point.Sample : null;
            if (_latest is { } latest && latest.Sample == sample && latest.Celsius == point.Celsius && latest.Parameters.SequenceEqual(point.Parameters))
                return latest.Circuit;
            var circuit = runner.Read(point);
            _latest = (point.Parameters, point.Celsius, sample, circuit);
            return circuit;
        }

        private double[] Signal(WaveformSet waves, string name)
        {
            try
            {
                return waves[name];
            }
            catch (KeyNotFoundException e)
            {
                throw new BadInputException($"{runner._plan.Deck}: {e.Message}", e);
            }
        }
    }

    /// <summary>A row is the same wherever plan and product lie.</summary>
    private string WithoutFolders(string message) =>
        new[] { Path.GetDirectoryName(Path.GetFullPath(_plan.Deck.Length > 0 ? _plan.Deck : _plan.Library ?? CellDeck.LibraryName))!, Path.Combine(AppContext.BaseDirectory, "Netlists") }
            .Aggregate(message.ReplaceLineEndings(" "), (text, folder) => text.Replace(Path.TrimEndingDirectorySeparator(folder) + Path.DirectorySeparatorChar, "", StringComparison.Ordinal));

    private void RequireCurves(Circuit first)
    {
        if (_plan.Curves.Count == 0)
            return;
        WaveformSet waves;
        try
        {
            waves = _engine.Run(first).Analyses[0];
        }
        catch (ConvergenceException)
        {
            return;                                     // a row like any other; what curves there are, a later point tells
        }
        if (_plan.Curves.FirstOrDefault(c => !waves.Columns.Any(w => string.Equals(w.Name, c, StringComparison.OrdinalIgnoreCase))) is { } absent)
            throw new BadInputException($"{_plan.Deck}: has no signal '{absent}'; there are {string.Join(", ", waves.Columns.Select(w => w.Name).Take(12))}");
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

    /// <summary>Of all cells of a sample's arrays; null where cells are alike.</summary>
    private long? ArraySeed(SweepPoint point) => _plan.MonteCarlo is { Mismatch: not null } drawn ? drawn.Seed << 32 | (long)point.Sample!.Value : null;

    private double Deviate(SweepPoint point, string dimension) => StandardNormal.At(_draws!.Probability(dimension, point.Sample!.Value));

    private Dictionary<string, double> InstanceValues(SweepPoint point) => _instances.ToDictionary(i => i.Key, i => i.Value.At(_draws!.Probability(i.Key, point.Sample!.Value)));

    private Circuit Read(SweepPoint point)
    {
        var cell = _instances.Count > 0 ? _cell with { InstanceParameters = InstanceValues(point).ToImmutableDictionary() } : _cell;
        var circuit = cell.ReadWithLeakage(_plan.Deck, [.. point.Parameters.Select(p => (p.Key, p.Value))]);
        return point.Celsius is { } celsius ? circuit with { TemperatureCelsius = celsius } : circuit;
    }
}
