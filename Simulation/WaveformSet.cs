namespace AnalogAttention.Simulation;

/// <summary>One named column of results. <paramref name="Name"/> as ngspice prints it: <c>time</c>, <c>v(x1.store)</c>, <c>i(vbl)</c>.</summary>
public sealed record Waveform(string Name, string Unit, double[] Values);

/// <summary>The result of one analysis: columns of equal length, abscissa first (a nested sweep: inner axis first, rows in ngspice's order).</summary>
public sealed record WaveformSet(string Analysis, IReadOnlyList<Waveform> Columns)
{
    public Waveform Abscissa => Columns[0];

    public int Count => Columns[0].Values.Length;

    /// <exception cref="KeyNotFoundException">No column has that name.</exception>
    public double[] this[string name] =>
        Columns.FirstOrDefault(c => string.Equals(c.Name, name, StringComparison.OrdinalIgnoreCase))?.Values
        ?? throw new KeyNotFoundException($"no waveform '{name}' in {Analysis}; there are {string.Join(", ", Columns.Take(12).Select(c => c.Name))}");
}
