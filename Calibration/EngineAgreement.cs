using AnalogAttention.Calibration.Benches;
using AnalogAttention.Simulation;

namespace AnalogAttention.Calibration;

/// <summary>One quantity by two engines.</summary>
/// <param name="Unit">Of the difference.</param>
/// <param name="Largest">Largest difference.</param>
/// <param name="FullScale">Largest value of either.</param>
public sealed record Agreement(string Quantity, string Unit, int Points, double Largest, double FullScale);

/// <summary>The same benches on a second engine: what of the calibration is the engine's own.</summary>
public sealed record EngineAgreement(string Engine, string Peer, IReadOnlyList<Agreement> Quantities)
{
    private const int Widths = 3;

    /// <param name="engine">That calibrated.</param>
    /// <param name="peer">Held against it.</param>
    public static EngineAgreement Run(CellDeck deck, IEngine engine, IEngine peer, StorageModel storage, InputModel input, int jobs, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        double[] levels = [.. Enumerable.Range(0, storage.Levels).Select(storage.LevelVolts)];
        double[] widths = [.. Enumerable.Range(1, Widths).Select(i => input.PulseSeconds * i / Widths)];
        var done = 0;
        Agreement Compare(string quantity, string unit, Func<IEngine, double[,]> measure)
        {
            double[] ours = [.. measure(engine).Cast<double>()], theirs = [.. measure(peer).Cast<double>()];
            progress?.Report(++done / 4.0);
            return new Agreement(quantity, unit, ours.Length, ours.Zip(theirs, (a, b) => Math.Abs(a - b)).Max(), ours.Concat(theirs).Max(Math.Abs));
        }
        return new EngineAgreement($"{engine.Name} {engine.Version}", $"{peer.Name} {peer.Version}",
        [
            Compare("static transfer", "A", e => TransferBench.Run(deck, e, null, cancellation).Table.Amperes),
            Compare("charge of a read", "C", e => PulseBench.Run(deck, e, levels, widths, jobs, cancellation: cancellation).Table.Coulombs),
            Compare("stored after a write", "V", e => WriteBench.Run(deck, e, storage, jobs, cancellation).Table.SettledVolts),
            Compare("leakage", "A", e => LeakageBench.Run(deck, e, null, cancellation).Table.Amperes),
        ]);
    }
}
