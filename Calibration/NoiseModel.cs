namespace AnalogAttention.Calibration;

/// <summary>
/// Noise of the cell: one-sided current density of a read S(f) = white^2 + flicker^2 / f^exponent by stored level, and the noise voltages of
/// what is written and of what ends the read.
/// </summary>
/// <param name="ReadAmperesPerRootHertz">White density by level, A/sqrt(Hz).</param>
/// <param name="FlickerLowHertz">Lowest frequency that counts as noise; what is slower is an offset that calibration takes out.</param>
public sealed record NoiseModel(IReadOnlyList<double> ReadAmperesPerRootHertz, double FlickerLowHertz)
{
    /// <summary>Flicker density at 1 Hz by level, A/sqrt(Hz). Null: none.</summary>
    public IReadOnlyList<double>? FlickerAmperesPerRootHertz { get; init; }

    /// <summary>Power of 1/f in A^2/Hz.</summary>
    public double FlickerExponent { get; init; } = 1;

    /// <summary>sqrt(kT/C) of the storage node, sampled when the write gate closes.</summary>
    public double? KtcVolts { get; init; }

    /// <summary>Noise of the read-out's comparator, referred to the capacitor that holds the charge. Null: not known.</summary>
    public double? ComparatorVolts { get; init; }

    /// <summary>Voltage of the saturation charge on that capacitor.</summary>
    public double? ComparatorFullScaleVolts { get; init; }

    /// <summary>Standard deviation of the charge of one read, coulombs.</summary>
    /// <param name="level">0 ... levels - 1.</param>
    public double ReadCoulombs(int level, double pulseSeconds) => Math.Sqrt(
        GatedNoise.WhiteVariance(ReadAmperesPerRootHertz[level], pulseSeconds)
        + (FlickerAmperesPerRootHertz is null ? 0 : GatedNoise.FlickerVariance(FlickerAmperesPerRootHertz[level], FlickerExponent, FlickerLowHertz, pulseSeconds)));
}
