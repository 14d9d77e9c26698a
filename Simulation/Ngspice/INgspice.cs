namespace AnalogAttention.Simulation.Ngspice;

/// <summary>A way to run ngspice on a deck with one analysis, in a process of its own.</summary>
internal interface INgspice
{
    /// <summary><c>39</c></summary>
    string Version { get; }

    /// <summary><c>library</c> or <c>program</c>, and its path.</summary>
    string Location { get; }

    /// <param name="progress">Fraction of the analysis, where it is told.</param>
    /// <returns>What there is, also after a failure: whether it is enough, <see cref="NgspiceVerdict"/> says.</returns>
    /// <exception cref="OperationCanceledException">Cancelled; the process is gone.</exception>
    NgspiceOutput Run(string deck, Action<double> progress, CancellationToken cancellation);
}

/// <param name="Plots">Columns as in ngspice's raw file: the abscissa, <c>v(x1.store)</c>, <c>i(v.x1.vs)</c>; complex ones as <c>re(v(a))</c>, <c>im(v(a))</c>.</param>
/// <param name="Printed">Everything it printed, line by line; of a program, what it wrote to its error stream first.</param>
internal sealed record NgspiceOutput(IReadOnlyList<WaveformSet> Plots, IReadOnlyList<string> Printed);
