using AnalogAttention.Calibration.Benches;
using AnalogAttention.Circuits;
using AnalogAttention.Simulation;

namespace AnalogAttention.Calibration;

/// <summary>The cell at one temperature: static transfer and leakage.</summary>
public sealed record TemperaturePoint(double Celsius, TransferTable Transfer, LeakageTable Leakage);

/// <summary>What the benches beyond transfer and pulses say about a cell and its periphery.</summary>
/// <param name="Temperatures">Ascending.</param>
/// <param name="Retention">Levels left alone, write bitline parked at the zero weight.</param>
/// <param name="Disturbed">The same with the write bitline at either end of the storage range: what writes to other rows do at worst.</param>
/// <param name="ScorePulses">Of <c>charge_to_pulse</c>.</param>
/// <param name="OutputPulses">Of <c>signed_charge_to_pulse</c>.</param>
/// <param name="Phases">Waveforms of one column through write, read and conversion.</param>
/// <param name="Section">Of the periphery that was simulated.</param>
public sealed record Characterisation(
    WriteTable Write, LeakageTable Leakage, CapacitanceTable Capacitance, RetentionTable Retention, IReadOnlyList<RetentionTable> Disturbed, BitlineTable Bitline,
    IReadOnlyList<TemperaturePoint> Temperatures, ChargeToPulseTable ScorePulses, ChargeToPulseTable OutputPulses, WaveformSet? Phases, string Section)
{
    public const string PhasesDeck = "read-phases.cir";

    /// <summary>1,024 tokens of 12 layers of 65 ns: the oldest token in the window of the smallest GPT-2.</summary>
    public const double HorizonSeconds = 1024 * 12 * 65e-9;

    private static readonly double[] Celsius = [-20, 27, 85];

    public RetentionRates Rates { get; } = RetentionRates.Of(Leakage, Capacitance);

    /// <summary>Every deck that was simulated.</summary>
    public IReadOnlyList<Circuit> Circuits { get; init; } = [];

    /// <param name="section">Of the periphery: <c>transistor</c> or <c>ideal</c>.</param>
    /// <exception cref="BadInputException">A deck is missing or wrong.</exception>
    /// <exception cref="ConvergenceException">A bench did not converge.</exception>
    public static Characterisation Run(CellDeck deck, IEngine engine, StorageModel storage, double restVolts, string section, int jobs, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        var circuits = new List<Circuit>();
        var step = 0;
        T Bench<T>((T Table, Circuit Circuit) run)
        {
            circuits.Add(run.Circuit);
            progress?.Report(++step / 14.0);
            return run.Table;
        }
        double[] levels = [.. Enumerable.Range(0, storage.Levels).Select(storage.LevelVolts)];
        var write = Bench(WriteBench.Run(deck, engine, storage, jobs, cancellation));
        var leakage = Bench(LeakageBench.Run(deck, engine, null, cancellation));
        var capacitance = Bench(LeakageBench.Capacitance(deck, engine, leakage.StoreVolts, cancellation));
        RetentionTable[] retention = [.. new[] { restVolts, storage.MinVolts, storage.MaxVolts }.Select(parked => Bench(RetentionBench.Run(deck, engine, levels, parked, HorizonSeconds, jobs, cancellation)))];
        var bitline = Bench(BitlineBench.Run(deck, engine, cancellation));
        TemperaturePoint[] temperatures = [.. Celsius.Select(t => new TemperaturePoint(t, Bench(TransferBench.Run(deck, engine, t, cancellation)), Bench(LeakageBench.Run(deck, engine, t, cancellation))))];
        var score = Bench(ChargeToPulseBench.Run(engine, false, section, jobs, null, cancellation));
        var output = Bench(ChargeToPulseBench.Run(engine, true, section, jobs, null, cancellation));
        WaveformSet? phases = null;
        if (section == "transistor")
        {
            var circuit = deck.Read(PhasesDeck);
            phases = Bench((engine.Run(circuit, cancellation: cancellation).Analyses.Single(), circuit));
        }
        return new Characterisation(write, leakage, capacitance, retention[0], retention[1..], bitline, temperatures, score, output, phases, section) { Circuits = circuits };
    }
}
