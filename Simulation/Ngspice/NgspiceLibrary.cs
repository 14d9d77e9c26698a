using System.Collections.Concurrent;
using AnalogAttention.NgspiceHost;
using AnalogAttention.Simulation.Files;

namespace AnalogAttention.Simulation.Ngspice;

/// <summary>The ngspice library in processes of its own: as many as run at the same time, kept for the next deck, replaced when they die or have run many.</summary>
internal sealed class NgspiceLibrary : INgspice
{
    /// <summary>ngspice 39 leaks about 170 kB per deck of one gain cell.</summary>
    private const int MostRuns = 1000;
    private const long MostBytes = 1L << 30;

    private readonly string[] _names;
    private readonly ConcurrentBag<NgspiceHostProcess> _idle = [];

    /// <exception cref="EngineAbsentException">None of the libraries can be loaded.</exception>
    public NgspiceLibrary(params string[] names)
    {
        _names = names;
        var first = new NgspiceHostProcess(names);
        (Version, Location) = (first.Version, $"library {first.Library}");
        _idle.Add(first);
    }

    public string Version { get; }

    public string Location { get; }

    public NgspiceOutput Run(string deck, Action<double> progress, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        while (_idle.TryTake(out var idle))
        {
            try
            {
                return Run(idle, deck, progress, cancellation);
            }
            catch (IOException)
            {
                // it died since its last deck
            }
        }
        return Run(new NgspiceHostProcess(_names), deck, progress, cancellation);
    }

    private NgspiceOutput Run(NgspiceHostProcess host, string deck, Action<double> progress, CancellationToken cancellation)
    {
        HostReply? reply = null;
        try
        {
            reply = host.Run(deck, progress, cancellation);
            return reply is null
                ? new NgspiceOutput([], [$"ngspice ended itself: {host.LastComplaint}"])
                : new NgspiceOutput([.. reply.Plots.Select(Waveforms)], reply.Printed);
        }
        finally
        {
            if (reply is { IsAlive: true } && host.Runs < MostRuns && host.WorkingSet < MostBytes)
                _idle.Add(host);
            else
                host.Dispose();
        }
    }

    // named as in a raw file
    private static WaveformSet Waveforms(HostPlot plot) => new(plot.Name.TrimEnd([.. "0123456789"]),
        [.. plot.Vectors.SelectMany((vector, k) => Columns(vector, isFirst: k == 0, isNoise: plot.Name.StartsWith("noise", StringComparison.Ordinal)))]);

    private static IEnumerable<Waveform> Columns(HostVector vector, bool isFirst, bool isNoise)
    {
        var name = vector switch
        {
            { Type: VectorType.Time } => "time",
            { Type: VectorType.Frequency } => "frequency",
            { Name: var n, Type: VectorType.Current } when n.EndsWith("#branch", StringComparison.Ordinal) => $"i({n[..^"#branch".Length]})",
            { Name: var n, Type: VectorType.Voltage } when !isNoise && !n.EndsWith("-sweep", StringComparison.Ordinal) && !n.Contains('(') => $"v({n})",
            { Name: var n } => n,
        };
        var unit = WaveformFiles.UnitOf(name);
        if (!vector.IsComplex)
            return [new Waveform(name, unit, vector.Values)];
        double[] Part(int offset) => [.. Enumerable.Range(0, vector.Values.Length / 2).Select(k => vector.Values[2 * k + offset])];
        return isFirst && vector.Type == VectorType.Frequency
            ? [new Waveform(name, unit, Part(0))]
            : [new Waveform($"re({name})", unit, Part(0)), new Waveform($"im({name})", unit, Part(1))];
    }
}
