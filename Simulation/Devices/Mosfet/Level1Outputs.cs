namespace AnalogAttention.Simulation.Devices;

/// <summary>
/// What a bank of transistors answers, an entry each, with voltages, currents and charges of an nmos: for a pmos currents and charges
/// have to be negated, slopes and capacitances are as they are.
/// </summary>
internal sealed class Level1Outputs(int length)
{
    public int Length => length;

    /// <summary>Channel current from drain to source, amperes.</summary>
    public double[] Id { get; } = new double[length];

    /// <summary>dId/dvgs, dId/dvds and dId/dvbs, siemens.</summary>
    public double[] Gm { get; } = new double[length];

    /// <inheritdoc cref="Gm"/>
    public double[] Gds { get; } = new double[length];

    /// <inheritdoc cref="Gm"/>
    public double[] Gmbs { get; } = new double[length];

    /// <summary>Current from the bulk through the junction into the drain, amperes.</summary>
    public double[] DrainAmperes { get; } = new double[length];

    /// <summary>Slope of the junction by its voltage, siemens.</summary>
    public double[] DrainSiemens { get; } = new double[length];

    /// <summary>Depletion charge on the bulk's side, coulombs.</summary>
    public double[] DrainCoulombs { get; } = new double[length];

    /// <summary>Depletion capacitance, farads.</summary>
    public double[] DrainFarads { get; } = new double[length];

    /// <inheritdoc cref="DrainAmperes"/>
    public double[] SourceAmperes { get; } = new double[length];

    /// <inheritdoc cref="DrainSiemens"/>
    public double[] SourceSiemens { get; } = new double[length];

    /// <inheritdoc cref="DrainCoulombs"/>
    public double[] SourceCoulombs { get; } = new double[length];

    /// <inheritdoc cref="DrainFarads"/>
    public double[] SourceFarads { get; } = new double[length];

    /// <summary>Halves of Meyer's capacitances from the gate, farads (<see cref="MeyerHalves"/>).</summary>
    public double[] HalfGs { get; } = new double[length];

    /// <inheritdoc cref="HalfGs"/>
    public double[] HalfGd { get; } = new double[length];

    /// <inheritdoc cref="HalfGs"/>
    public double[] HalfGb { get; } = new double[length];
}
