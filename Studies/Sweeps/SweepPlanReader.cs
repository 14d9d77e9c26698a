using AnalogAttention.Calibration.Fits;
using AnalogAttention.Circuits;
using AnalogAttention.Circuits.Language;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace AnalogAttention.Studies.Sweeps;

/// <summary>Reads a sweep plan, YAML; what is wrong is named with its line (Docs/sweeps.md).</summary>
public static class SweepPlanReader
{
    internal const int MostPoints = 10_000_000;

    private static readonly string[] Keys = ["name", "deck", "library", "engine", "parameters", "paired", "corners", "temperature", "monte-carlo", "measures", "curves", "calibrate", "fidelity", "specification"];

    /// <exception cref="BadInputException">The file is missing, no YAML, or contradicts the schema.</exception>
    public static SweepPlan Read(string path)
    {
        var stream = new YamlStream();
        try
        {
            using var reader = new StreamReader(path);
            stream.Load(reader);
        }
        catch (YamlException e)
        {
            throw new BadInputException($"{path}:{e.Start.Line}:{e.Start.Column}: {e.InnerException?.Message ?? e.Message}", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException($"{path}: cannot read the plan: {e.Message}", e);
        }
        if (stream.Documents is not [{ RootNode: YamlMappingNode root }])
            throw new BadInputException($"{path}:1:1: a plan is one YAML mapping");
        return new Reading(path).Plan(root);
    }

    internal static SweepPlan Bounded(SweepPlan plan, string place)
    {
        try
        {
            return plan.Count <= MostPoints ? plan : throw new BadInputException($"{place}: the plan has {plan.Count} points, at most {MostPoints}");
        }
        catch (OverflowException e)
        {
            throw new BadInputException($"{place}: the plan has more than {MostPoints} points", e);
        }
    }

    private sealed class Reading(string path)
    {
        private readonly Dictionary<string, string> _places = [];

        public SweepPlan Plan(YamlMappingNode root)
        {
            var entries = Entries(root);
            foreach (var (key, _, node) in entries)
                if (!Keys.Contains(key))
                    throw Bad(node, $"there is no key '{key}'; there are {string.Join(", ", Keys)}");
            YamlNode? Find(string key) => entries.FirstOrDefault(e => e.Key == key).Value;
            FidelityPlan? fidelity = Find("fidelity") is { } asked ? Fidelity(asked) : null;
            CalibrationPlan? calibration = Find("calibrate") is { } wanted ? Calibration(wanted) : null;
            if (fidelity is not null && entries.FirstOrDefault(e => e.Key is "deck" or "measures" or "curves" or "temperature") is { Key: { } other } odd)
                throw Bad(odd.Node, $"points of 'fidelity' are evaluations of a model, they have no '{other}'");
            if (calibration is not null && entries.FirstOrDefault(e => e.Key is "deck" or "measures" or "curves" or "temperature") is { Key: { } another } stray)
                throw Bad(stray.Node, $"points of 'calibrate' are calibrations of the cell, they have no '{another}'");
            string deck = fidelity is not null || calibration is not null ? "" : Text(Find("deck") ?? throw Bad(root, "a plan needs 'deck', 'calibrate' or 'fidelity'"));
            string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
            string Resolved(string name) => File.Exists(Path.Combine(folder, name)) ? Path.GetFullPath(Path.Combine(folder, name)) : name;

            var axes = new List<SweepAxis>();
            foreach (var (name, value, node) in Find("parameters") is { } parameters ? Entries(parameters) : [])
                axes.Add(new SweepAxis([Parameter(name, node)], [.. Numbers(value).Select(v => (IReadOnlyList<double>)[v])]));
            foreach (var group in Find("paired") is { } paired ? Items(paired) : [])
            {
                var columns = Entries(group);
                double[][] values = [.. columns.Select(c => Numbers(c.Value))];
                if (values.Select(v => v.Length).Distinct().Count() != 1)
                    throw Bad(group, "parameters that move together need lists of equal length");
                axes.Add(new SweepAxis([.. columns.Select(c => Parameter(c.Key, c.Node))], [.. Enumerable.Range(0, values[0].Length).Select(i => (IReadOnlyList<double>)[.. values.Select(v => v[i])])]));
            }
            if (axes.SelectMany(a => a.Names).GroupBy(n => n).FirstOrDefault(g => g.Count() > 1) is { } twice)
                throw Bad(root, $"parameter '{twice.Key}' is swept twice");
            var corners = new List<Corner>();
            foreach (var (name, value, _) in Find("corners") is { } named ? Entries(named) : [])
            {
                var set = Entries(value);
                corners.Add(new Corner(name, set.Where(e => e.Key != "temperature").ToDictionary(e => Parameter(e.Key, e.Node), e => Number(e.Value)),
                    set.Where(e => e.Key == "temperature").Select(e => (double?)Number(e.Value)).FirstOrDefault()));
            }
            var monteCarlo = Find("monte-carlo") is { } drawn ? Draws(drawn) : null;
            if (monteCarlo?.Die.Keys.FirstOrDefault(n => axes.SelectMany(a => a.Names).Concat(corners.SelectMany(c => c.Parameters.Keys)).Contains(n)) is { } both)
                throw Bad(Find("monte-carlo")!, $"parameter '{both}' is both swept and drawn");
            var plan = new SweepPlan(
                Find("name") is { } title ? Text(title) : Path.GetFileNameWithoutExtension(path), Resolved(deck),
                Find("library") is { } library ? Resolved(Text(library)) : null, Find("engine") is { } engine ? Text(engine) : "embedded",
                axes, corners, Find("temperature") is { } temperatures ? Numbers(temperatures) : [],
                Find("measures") is { } measures ? [.. Items(measures).Select(m => Text(m).ToLowerInvariant())] : [],
                Find("curves") is { } curves ? [.. Items(curves).Select(c => Text(c).ToLowerInvariant())] : [], monteCarlo, fidelity)
            {
                Calibration = calibration,
                DeckPlace = Find("deck") is { } written ? Place(written) : "",
                Places = _places,
                Specifications = Find("specification") is { } specification ? [.. Entries(specification).Select(e => Specified(e.Key.ToLowerInvariant(), e.Value, e.Node))] : [],
            };
            if (plan.Specifications.GroupBy(l => l.Measure).FirstOrDefault(g => g.Count() > 1) is { } doubled)
                throw new BadInputException($"{doubled.Last().Place}: measure '{doubled.Key}' is specified twice");
            if (plan.Measures.Count > 0)
                foreach (var limits in plan.Specifications)
                    limits.Check(plan.Measures);
            if (plan.AreCells)
                CheckCells(plan, root);
            return Bounded(plan, Place(root));
        }

        private FidelityPlan Fidelity(YamlNode node)
        {
            var entries = Entries(node);
            if (entries.FirstOrDefault(e => e.Key is not ("model" or "text" or "windows")) is { Key: not null } stray)
                throw Bad(stray.Node, $"fidelity has model, text and windows; not '{stray.Key}'");
            YamlNode? Find(string key) => entries.FirstOrDefault(e => e.Key == key).Value;
            string Beside(YamlNode name) => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, Text(name)));
            return new FidelityPlan(Find("model") is not { } model || Text(model) == "embedded" ? null : Beside(model), Find("text") is { } text ? Beside(text) : null,
                Find("windows") is { } windows ? (int)Whole(windows, 1, int.MaxValue) : 8);
        }

        private CalibrationPlan Calibration(YamlNode node)
        {
            var entries = Entries(node);
            if (entries.FirstOrDefault(e => e.Key != "order") is { Key: not null } stray)
                throw Bad(stray.Node, $"calibrate has order; not '{stray.Key}'");
            return new CalibrationPlan(entries.Select(e => (int?)Whole(e.Value, TransferFit.LeastOrder, TransferFit.MostOrder)).FirstOrDefault());
        }

        private void CheckCells(SweepPlan plan, YamlNode root)
        {
            string kind = plan.Fidelity is null ? "calibrate" : "fidelity";
            bool IsCoefficient(string name) => name is CellPoints.Avto or CellPoints.Akp;
            if (plan.Places.FirstOrDefault(p => !p.Key.Contains('.') && !(plan.Fidelity is not null && IsCoefficient(p.Key))) is { Key: { } unknown, Value: var place })
                throw new BadInputException($"{place}: parameters of '{kind}' are numbers of the library, as gain_cell.c_store or read_n.vto{(plan.Fidelity is null ? "" : $", and {CellPoints.Avto} and {CellPoints.Akp} of all its transistors")}; not '{unknown}'");
            if (plan.Corners.FirstOrDefault(c => c.Celsius is not null) is { } tempered)
                throw Bad(root, $"corner '{tempered.Name}' of '{kind}' has a temperature: cells are calibrated at that of their benches");
            if (plan.Axes.Any(a => a.Names.Select((n, i) => (n, i)).Any(x => IsCoefficient(x.n) && a.Values.Any(v => v[x.i] < 0))))
                throw Bad(root, $"{CellPoints.Avto} and {CellPoints.Akp} are not negative");
            if (plan.MonteCarlo is { } drawn && (drawn.Instances.Count > 0 || drawn.Mismatch is { Count: > 0 } || plan.Fidelity is null && drawn.Mismatch is not null || drawn.Mismatch is not null && drawn.Sampling != Sampling.Random))
                throw Bad(root, plan.Fidelity is null
                    ? "samples of 'calibrate' are libraries drawn anew: 'die' alone; the mismatch of its transistors is in each cell model"
                    : "samples of 'fidelity' are arrays whose cells are all drawn: 'mismatch: all', sampling random, or libraries drawn anew: 'die'; no 'instances'");
        }

        private Specification Specified(string measure, YamlNode node, YamlNode at)
        {
            var entries = Entries(node);
            if (entries.FirstOrDefault(e => e.Key is not ("min" or "max")) is { Key: not null } stray)
                throw Bad(stray.Node, $"a specification has min and max, not '{stray.Key}'");
            double? End(string key) => entries.Where(e => e.Key == key).Select(e => (double?)Number(e.Value)).FirstOrDefault();
            double? min = End("min"), max = End("max");
            if (min is null && max is null || min > max)
                throw Bad(node, "a specification needs min or max, and min at most max");
            return new Specification(measure, min, max, Place(at));
        }

        private MonteCarlo Draws(YamlNode node)
        {
            var entries = Entries(node);
            if (entries.FirstOrDefault(e => e.Key is not ("samples" or "seed" or "sampling" or "mismatch" or "instances" or "die")) is { Key: not null } stray)
                throw Bad(stray.Node, $"monte-carlo has samples, seed, sampling, mismatch, instances and die; not '{stray.Key}'");
            YamlNode? Find(string key) => entries.FirstOrDefault(e => e.Key == key).Value;
            var sampling = Sampling.Random;
            if (Find("sampling") is { } way && !MonteCarlo.Samplings.TryGetValue(Text(way), out sampling))
                throw Bad(way, $"sampling is one of {string.Join(", ", MonteCarlo.Samplings.Keys)}, not '{Text(way)}'");
            string[]? mismatch = Find("mismatch") switch
            {
                null => null,
                YamlScalarNode { Value: "all" } => [],
                YamlSequenceNode { Children.Count: > 0 } list => [.. list.Select(i => Text(i).ToLowerInvariant())],
                var other => throw Bad(other, "mismatch is 'all' or a list of instances"),
            };
            var die = Distributions(Find("die"));
            foreach (var (name, _, at) in Find("die") is { } perDie ? Entries(perDie) : [])
                Parameter(name, at);
            var instances = Distributions(Find("instances"));
            foreach (var (name, _, at) in Find("instances") is { } perInstance ? Entries(perInstance) : [])
                if (name.LastIndexOf('.') is var dot && (dot < 1 || dot == name.Length - 1))
                    throw Bad(at, $"'{name}': expected SUBCIRCUIT.PARAMETER");
            if (mismatch is null && die.Count + instances.Count == 0)
                throw Bad(node, "monte-carlo draws nothing: it needs 'mismatch', 'instances' or 'die'");
            return new MonteCarlo((int)Whole(Find("samples") ?? throw Bad(node, "monte-carlo needs 'samples'"), 1, MostPoints),
                Find("seed") is { } seed ? Whole(seed, 0, int.MaxValue) : 1, sampling, mismatch, die)
            { Place = Place(node), Instances = instances }.Over([]);
        }

        private SortedDictionary<string, Distribution> Distributions(YamlNode? node)
        {
            var drawn = new SortedDictionary<string, Distribution>(StringComparer.Ordinal);
            foreach (var (name, value, at) in node is null ? [] : Entries(node))
                if (!drawn.TryAdd(name.ToLowerInvariant(), Distributed(value)))
                    throw Bad(at, $"parameter '{name}' is drawn twice");
            return drawn;
        }

        private Distribution Distributed(YamlNode node)
        {
            var entries = Entries(node);
            string kind = Text(entries.FirstOrDefault(e => e.Key == "distribution").Value ?? throw Bad(node, "a drawn parameter needs 'distribution'"));
            string[] needed = kind switch
            {
                "normal" => ["mean", "sigma"],
                "lognormal" => ["median", "sigma"],
                "uniform" => ["from", "to"],
                _ => throw Bad(node, $"distribution is normal, lognormal or uniform, not '{kind}'"),
            };
            if (entries.FirstOrDefault(e => e.Key != "distribution" && !needed.Contains(e.Key) && (kind, e.Key) != ("normal", "truncate")) is { Key: not null } stray)
                throw Bad(stray.Node, $"a {kind} distribution has no '{stray.Key}'");
            double Given(string key) => Number(entries.FirstOrDefault(e => e.Key == key).Value ?? throw Bad(node, $"a {kind} distribution needs '{key}'"));
            double first = Given(needed[0]), second = Given(needed[1]);
            double? truncate = entries.Any(e => e.Key == "truncate") ? Given("truncate") : null;
            return Distribution.Of(kind, first, second, truncate) ?? throw Bad(node, Distribution.Bounds);
        }

        private long Whole(YamlNode node, long least, long most) =>
            Number(node) is var value && value == Math.Floor(value) && value >= least && value <= most ? (long)value : throw Bad(node, $"expected a whole number from {least} to {most}");

        /// <summary>A list of numbers, one number, or a range: <c>from</c>, <c>to</c> and <c>step</c> or <c>points</c>, <c>scale: log</c>.</summary>
        private double[] Numbers(YamlNode node)
        {
            double[] values = node switch
            {
                YamlScalarNode => [Number(node)],
                YamlSequenceNode list => [.. list.Select(Number)],
                YamlMappingNode range => Range(range),
                _ => throw Bad(node, "expected a number, a list of numbers or a range"),
            };
            return values.Length > 0 ? values : throw Bad(node, "the list is empty");
        }

        private double[] Range(YamlMappingNode node)
        {
            var entries = Entries(node);
            if (entries.FirstOrDefault(e => e.Key is not ("from" or "to" or "step" or "points" or "scale")) is { Key: not null } stray)
                throw Bad(stray.Node, $"a range has from, to, step or points, and scale; not '{stray.Key}'");
            double Given(string key) => Number(entries.FirstOrDefault(e => e.Key == key).Value ?? throw Bad(node, $"a range needs '{key}'"));
            bool Has(string key) => entries.Any(e => e.Key == key);
            double from = Given("from"), to = Given("to");
            bool isLog = Has("scale") && Text(entries.First(e => e.Key == "scale").Value) switch { "log" => true, "linear" => false, var other => throw Bad(node, $"scale is linear or log, not '{other}'") };
            if (Has("step") == Has("points"))
                throw Bad(node, "a range needs either 'step' or 'points'");
            if (Has("step"))
            {
                double step = Given("step");
                if (isLog || !(step > 0 && to >= from))
                    throw Bad(node, "a step is positive, linear, and leads from 'from' up to 'to'");
                double count = Math.Floor((to - from) / step + 1e-9) + 1;
                return count <= MostPoints ? [.. Enumerable.Range(0, (int)count).Select(i => from + i * step)] : throw Bad(node, $"more than {MostPoints} values");
            }
            double points = Given("points");
            if (points != Math.Floor(points) || points is < 2 or > MostPoints)
                throw Bad(node, $"points must be a whole number from 2 to {MostPoints}");
            if (isLog && !(from > 0 && to > 0))
                throw Bad(node, "a logarithmic range lies above 0");
            return [.. Enumerable.Range(0, (int)points).Select(i => i / (points - 1)).Select(x => x == 1 ? to : isLog ? from * Math.Pow(to / from, x) : from + x * (to - from))];
        }

        private double Number(YamlNode node) =>
            SpiceNumber.TryParse(Text(node), out double value) && double.IsFinite(value) ? value : throw Bad(node, $"'{Text(node)}' is not a number");

        private string Text(YamlNode node) => node is YamlScalarNode { Value: { Length: > 0 } text } ? text : throw Bad(node, "expected a value");

        private IEnumerable<YamlNode> Items(YamlNode node) => node is YamlSequenceNode list ? list : throw Bad(node, "expected a list");

        private List<(string Key, YamlNode Value, YamlNode Node)> Entries(YamlNode node) =>
            node is YamlMappingNode map ? [.. map.Select(e => (Text(e.Key), e.Value, e.Key))] : throw Bad(node, "expected names and values");

        private string Parameter(string name, YamlNode node)
        {
            string parameter = name.ToLowerInvariant();
            _places.TryAdd(parameter, Place(node));
            return parameter;
        }

        private string Place(YamlNode node) => $"{path}:{node.Start.Line}:{node.Start.Column}";

        private BadInputException Bad(YamlNode node, string what) => new($"{Place(node)}: {what}");
    }
}
