using AnalogAttention.Circuits;
using AnalogAttention.Simulation;
using MathNet.Numerics.Interpolation;

namespace AnalogAttention.Calibration.Benches;

/// <summary>One-sided noise current of the bitline while a cell is read, S(f) = White^2 + Flicker^2 / f^exponent.</summary>
/// <param name="StoreVolts">As stored.</param>
/// <param name="ReadingVolts">What the edges of the read lines make of it during the pulse: where the noise was taken.</param>
/// <param name="White">A/sqrt(Hz)</param>
/// <param name="Flicker">A/sqrt(Hz) at 1 Hz; 0 where no device has flicker noise.</param>
/// <param name="StoreFarads">Capacitance of the storage node at rest, write gate closed.</param>
public sealed record ReadNoise(double StoreVolts, double ReadingVolts, double[] Hertz, double[] AmperesPerRootHertz, double White, double Flicker, double StoreFarads);

/// <param name="Points">Ascending in the stored voltage; every <paramref name="Stride"/>-th is a level.</param>
/// <param name="Model">What the cell file takes.</param>
/// <param name="Decks">What was simulated.</param>
public sealed record NoiseTable(IReadOnlyList<ReadNoise> Points, int Stride, NoiseModel Model, IReadOnlyList<Circuit> Decks)
{
    public IEnumerable<ReadNoise> Levels => Points.Where((_, i) => i % Stride == 0);

    /// <summary>Frequency where flicker and white noise are equal; null where either is none.</summary>
    public double? CornerHertz(ReadNoise point) =>
        point is { White: > 0, Flicker: > 0 } ? Math.Pow(point.Flicker / point.White, 2 / Model.FlickerExponent) : null;
}

/// <summary>
/// Noise of the cell, bench <c>gain-cell-noise.cir</c>, at the voltage that the store has during a pulse of <c>gain-cell-pulse.cir</c>, and
/// of the comparator that ends a read, <c>comparator-noise.cir</c>.
/// </summary>
public static class NoiseBench
{
    public const string Deck = "gain-cell-noise.cir", ComparatorDeck = "comparator-noise.cir";

    // charge_to_pulse of periphery.lib: Q_sat divided to 75 fC, on 400 fF
    private const double ComparatorFullScaleVolts = 75.0 / 400;

    private const double Boltzmann = 1.380649e-23; // J/K (CODATA 2018)
    private const int Stride = 4;

    /// <param name="flickerLowHertz">Above 0, below 1 MHz.</param>
    /// <param name="jobs">Points at once; the result does not depend on it.</param>
    public static NoiseTable Run(CellDeck deck, IEngine engine, StorageModel storage, double pulseSeconds, double flickerLowHertz, int jobs = 1, CancellationToken cancellation = default)
    {
        if (!(flickerLowHertz is > 0 and < 1e6))
            throw new ArgumentOutOfRangeException(nameof(flickerLowHertz), flickerLowHertz, "the low-frequency limit of flicker noise lies between 0 and 1 MHz");
        var count = (storage.Levels - 1) * Stride + 1;
        Spectrum[] spectra = BenchRuns.All(count, jobs, i =>
            Measure(deck, engine, storage.MinVolts + i * (storage.MaxVolts - storage.MinVolts) / (count - 1), pulseSeconds, flickerLowHertz, cancellation), null, cancellation);

        // one exponent for all points, from their sum: the limit and the window's own frequency are the ends that count
        var hertz = spectra[0].Hertz;
        var window = Nearest(hertz, 1 / pulseSeconds);
        double FlickerAt(int k) => spectra.Sum(s => s.Flicker[k]);
        var exponent = FlickerAt(0) > 0 ? -Math.Log(FlickerAt(window) / FlickerAt(0)) / Math.Log(hertz[window] / hertz[0]) : 1;
        var middle = Nearest(hertz, Math.Sqrt(hertz[0] * hertz[window]));
        ReadNoise[] points = [.. spectra.Select(s => new ReadNoise(s.StoreVolts, s.ReadingVolts, hertz, [.. s.Total.Select(Math.Sqrt)],
            Math.Sqrt(s.Total[window] - s.Flicker[window]), Math.Sqrt(s.Flicker[middle] * Math.Pow(hertz[middle], exponent)), s.StoreFarads))];

        var comparator = deck.Read(ComparatorDeck);
        var circuit = deck.Read(Deck);
        ReadNoise[] levels = [.. points.Where((_, i) => i % Stride == 0)];
        return new NoiseTable(points, Stride, new NoiseModel([.. levels.Select(p => p.White)], flickerLowHertz)
        {
            FlickerAmperesPerRootHertz = levels.All(p => p.Flicker == 0) ? null : [.. levels.Select(p => p.Flicker)],
            FlickerExponent = exponent,
            KtcVolts = Math.Sqrt(Boltzmann * (circuit.TemperatureCelsius + 273.15) / levels.Min(p => p.StoreFarads)),
            ComparatorVolts = ComparatorNoise(comparator, engine, cancellation),
            ComparatorFullScaleVolts = ComparatorFullScaleVolts,
        }, [circuit, comparator]);
    }

    private static Spectrum Measure(CellDeck deck, IEngine engine, double storeVolts, double pulseSeconds, double flickerLowHertz, CancellationToken cancellation)
    {
        var pulse = deck.Read(PulseBench.Deck, ("vstore", storeVolts), ("width", pulseSeconds));
        var waves = engine.Run(pulse with { Measures = [] }, cancellation: cancellation).Analyses.Single();
        var stop = pulse.Analyses.OfType<Transient>().Single().Stop;
        var readingVolts = LinearSpline.InterpolateSorted(waves["time"], waves["v(xcell.store)"]).Interpolate(stop / 2); // the pulse lies in the middle

        var reading = deck.Read(Deck, ("vstore", readingVolts), ("flow", flickerLowHertz));
        var noise = engine.Run(reading with { Analyses = [.. reading.Analyses.OfType<Noise>()] }, cancellation: cancellation).Analyses[0];
        double[] total = [.. noise["onoise_spectrum"].Select(d => d * d)];
        var flicker = new double[total.Length];
        foreach (var part in noise.Columns.Where(c => c.Name.EndsWith("_1overf", StringComparison.Ordinal)))
            for (var k = 0; k < flicker.Length; k++)
                flicker[k] += part.Values[k] * part.Values[k];

        var idle = deck.Read(Deck, ("vstore", storeVolts), ("on", 0));
        var ac = engine.Run(idle with { Analyses = [.. idle.Analyses.OfType<SmallSignal>()] }, cancellation: cancellation).Analyses.Single();
        return new Spectrum(storeVolts, readingVolts, noise["frequency"], total, flicker, -ac["im(i(vstore))"][0] / (2 * Math.PI * ac["frequency"][0]));
    }

    private static double ComparatorNoise(Circuit comparator, IEngine engine, CancellationToken cancellation)
    {
        var sets = engine.Run(comparator, cancellation: cancellation).Analyses;
        return sets[1]["onoise_total"][0] * sets[0]["inoise_spectrum"][0] / sets[0]["onoise_spectrum"][0];
    }

    private static int Nearest(double[] hertz, double wanted) => Enumerable.Range(0, hertz.Length).MinBy(k => Math.Abs(Math.Log(hertz[k] / wanted)));

    // A^2/Hz
    private sealed record Spectrum(double StoreVolts, double ReadingVolts, double[] Hertz, double[] Total, double[] Flicker, double StoreFarads);
}
