using AnalogAttention.Circuits;
using AnalogAttention.Simulation.Devices;
using AnalogAttention.Simulation.Embedded;

namespace AnalogAttention.Simulation.Analyses;

/// <summary>
/// <c>.tran</c> of a circuit that falls into <see cref="IndependentParts"/>: each part takes the steps that it needs. The waveforms stand at
/// the points of all parts together; between its own points a part is on straight lines, so that sums and integrals over the
/// joined points are those over its own. The parts advance window by window, so that a run that is cut short has all of them up to one time.
/// </summary>
public sealed class PartedTransient : IRecording
{
    private const int Windows = 16;

    private readonly CompiledCircuit _whole;
    private readonly Transient _transient;
    private readonly CancellationToken _cancellation;
    private readonly int _threads;
    private readonly Part[] _parts;
    private readonly (string Name, string Unit, int Plus, int Minus)[] _columns;
    private readonly int _saved;
    private (double[] Times, double[][] Values)? _joined;

    /// <param name="Recorded">By column of the recorder: the unknown of the whole circuit it belongs to.</param>
    private sealed record Part(NewtonIteration Newton, TransientAnalysis Analysis, int[] Recorded);

    public PartedTransient(CompiledCircuit whole, IReadOnlyList<Circuit> parts, Transient transient, int threads, CancellationToken cancellation)
    {
        (_whole, _transient, _threads, _cancellation) = (whole, transient, threads, cancellation);
        (_columns, _saved) = Recorder.Selection("tran", whole.Circuit, whole.Unknowns);
        var wanted = new bool[whole.Unknowns.Count + 1];
        foreach (var (_, _, plus, minus) in _columns)
            wanted[plus] = wanted[minus] = true;
        _parts = new Part[parts.Count];
        Each(k => _parts[k] = Compile(parts[k], wanted));
    }

    public int Count => Joined.Times.Length;

    /// <summary>What there is up to now, or in the end; joined once.</summary>
    private (double[] Times, double[][] Values) Joined => _joined ??= Join();

    public int Rejected => _parts.Sum(p => p.Analysis.Rejected);

    public int Iterations => _parts.Sum(p => p.Newton.Iterations);

    public void Start() => Each(k =>
    {
        _parts[k].Analysis.Start();
        _parts[k].Analysis.Begin();
    });

    public void Run(Action<double> progress)
    {
        var done = 0;
        for (var window = 1; window <= Windows; window++)
        {
            _joined = null;
            var until = window == Windows ? _transient.Stop : _transient.Stop * window / Windows;
            Each(k =>
            {
                _parts[k].Analysis.Advance(until);
                lock (_parts)
                    progress(++done / ((double)Windows * _parts.Length));
            });
        }
    }

    public WaveformSet ToWaveforms() => ToWaveforms(_saved);

    public WaveformSet ToMeasured() => ToWaveforms(_columns.Length);

    private Part Compile(Circuit circuit, bool[] wanted)
    {
        var compiled = new CompiledCircuit(circuit);
        var newton = new NewtonIteration(compiled, _cancellation);
        List<int> local = [], recorded = [];
        for (var unknown = 1; unknown <= compiled.Unknowns.Count; unknown++)
        {
            var name = compiled.Unknowns[unknown];
            var isNode = compiled.Unknowns.IsNode(unknown);
            // the sources give the known voltages, at any time; of their currents every part has its share
            if ((isNode && compiled.Known[unknown]) || !(isNode ? _whole.Unknowns.TryNode(name, out var there) : _whole.Unknowns.TryBranch(name, out there)) || !wanted[there])
                continue;
            local.Add(unknown);
            recorded.Add(there);
        }
        var recorder = new Recorder("tran", ("time", "s"), local, compiled.Unknowns);
        return new Part(newton, new TransientAnalysis(compiled, newton, _transient, recorder), [.. recorded]);
    }

    /// <summary>Runs for every part; of several failures the first part's is thrown.</summary>
    private void Each(Action<int> action)
    {
        var failures = new Exception?[_parts.Length];
        Parallel.For(0, _parts.Length, new ParallelOptions { MaxDegreeOfParallelism = _threads }, k =>
        {
            try
            {
                action(k);
            }
            catch (Exception e)
            {
                failures[k] = e;
            }
        });
        if (failures.FirstOrDefault(f => f is not null) is { } first)
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(first);
    }

    private WaveformSet ToWaveforms(int count)
    {
        var (times, values) = Joined;
        var columns = new List<Waveform> { new("time", "s", [.. times]) };
        for (var k = 0; k < count; k++)
        {
            var (name, unit, plus, minus) = _columns[k];
            var column = (double[])values[plus].Clone();
            if (minus != 0)
                System.Numerics.Tensors.TensorPrimitives.Subtract(column, values[minus], column);
            columns.Add(new Waveform(name, unit, column));
        }
        return new WaveformSet("tran", columns);
    }

    /// <summary>All points that every part has reached, and the wanted unknowns there.</summary>
    private (double[] Times, double[][] Values) Join()
    {
        var waves = _parts.Select(p => p.Analysis.Recorder.Count > 0 ? p.Analysis.Recorder.ToWaveforms() : null).ToArray();
        if (waves.Any(w => w is null))
            return ([], Enumerable.Repeat<double[]>([], _whole.Unknowns.Count + 1).ToArray());
        var end = waves.Min(w => w!.Abscissa.Values[^1]);
        var times = Union(waves.Select(w => w!.Abscissa.Values), end);
        var values = new double[_whole.Unknowns.Count + 1][];
        foreach (var (_, _, plus, minus) in _columns)
            (values[plus], values[minus]) = (values[plus] ?? new double[times.Length], values[minus] ?? new double[times.Length]);
        Known(times, values);
        for (var k = 0; k < _parts.Length; k++)
        {
            var own = waves[k]!.Abscissa.Values;
            var place = Places(own, times);
            for (var column = 0; column < _parts[k].Recorded.Length; column++)
            {
                var (from, to) = (waves[k]!.Columns[column + 1].Values, values[_parts[k].Recorded[column]]);
                for (var row = 0; row < times.Length; row++)
                {
                    var (before, part) = place[row];
                    to[row] += part == 0 ? from[before] : from[before] + part * (from[before + 1] - from[before]);
                }
            }
        }
        return (times, values);
    }

    private void Known(double[] times, double[][] values)
    {
        int[] nodes = [.. _columns.SelectMany(c => new[] { c.Plus, c.Minus }).Distinct().Where(u => u > 0 && _whole.Unknowns.IsNode(u) && _whole.Known[u])];
        if (nodes.Length == 0)
            return;
        var x = new double[_whole.Unknowns.Count + 1];
        for (var row = 0; row < times.Length; row++)
        {
            _whole.Known.Set(x, _whole.VoltageSources, new Excitation(times[row], 1));
            foreach (var node in nodes)
                values[node][row] = x[node];
        }
    }

    private static double[] Union(IEnumerable<double[]> grids, double end)
    {
        var all = grids.SelectMany(g => g.TakeWhile(t => t <= end)).ToArray();
        Array.Sort(all);
        var kept = 0;
        foreach (var time in all)
            if (kept == 0 || time - all[kept - 1] > 4 * (Math.BitIncrement(time) - time))
                all[kept++] = time;
        return all[..kept];
    }

    // where each time lies on a grid: the point before it and the part of the way to the next one
    private static (int Before, double Part)[] Places(double[] grid, double[] times)
    {
        var places = new (int, double)[times.Length];
        var before = 0;
        for (var row = 0; row < times.Length; row++)
        {
            while (before + 1 < grid.Length && grid[before + 1] <= times[row])
                before++;
            places[row] = before + 1 == grid.Length || grid[before] >= times[row] ? (before, 0) : (before, (times[row] - grid[before]) / (grid[before + 1] - grid[before]));
        }
        return places;
    }
}
