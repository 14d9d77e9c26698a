namespace AnalogAttention.Simulation.Devices.Ekv;

/// <summary>
/// What a bank of transistors answers, an entry each. The bulk follows: its charge, and the derivatives by its voltage, are minus the
/// sum of the others; it carries no current.
/// </summary>
internal sealed class EkvOutputs(int length)
{
    public int Length => length;

    /// <summary>Current into the drain and out of the source, amperes.</summary>
    public double[] Id { get; } = new double[length];

    /// <summary>dId/dV of drain, gate and source, siemens.</summary>
    public double[] GdVd { get; } = new double[length];

    /// <inheritdoc cref="GdVd"/>
    public double[] GdVg { get; } = new double[length];

    /// <inheritdoc cref="GdVd"/>
    public double[] GdVs { get; } = new double[length];

    /// <summary>Terminal charges, coulombs.</summary>
    public double[] Qd { get; } = new double[length];

    /// <inheritdoc cref="Qd"/>
    public double[] Qg { get; } = new double[length];

    /// <inheritdoc cref="Qd"/>
    public double[] Qs { get; } = new double[length];

    /// <summary>dQ/dV, first the charge, then the voltage, farads.</summary>
    public double[] Cdd { get; } = new double[length];

    /// <inheritdoc cref="Cdd"/>
    public double[] Cdg { get; } = new double[length];

    /// <inheritdoc cref="Cdd"/>
    public double[] Cds { get; } = new double[length];

    /// <inheritdoc cref="Cdd"/>
    public double[] Cgd { get; } = new double[length];

    /// <inheritdoc cref="Cdd"/>
    public double[] Cgg { get; } = new double[length];

    /// <inheritdoc cref="Cdd"/>
    public double[] Cgs { get; } = new double[length];

    /// <inheritdoc cref="Cdd"/>
    public double[] Csd { get; } = new double[length];

    /// <inheritdoc cref="Cdd"/>
    public double[] Csg { get; } = new double[length];

    /// <inheritdoc cref="Cdd"/>
    public double[] Css { get; } = new double[length];
}
