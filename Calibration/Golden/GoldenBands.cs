using AnalogAttention.Circuits;
using AnalogAttention.Simulation.Embedded;

namespace AnalogAttention.Calibration.Golden;

/// <summary>
/// Bands from the solver's own error: the curve is measured again with every tolerance a hundredth, and what it moves by is what another machine,
/// with other rounding and other time steps, may move it by as well.
/// </summary>
public static class GoldenBands
{
    /// <summary>Error estimates are of the order of the error, not bounds: four of them.</summary>
    private const double Safety = 4;

    /// <summary>Of the largest value: rounding, 1e-16, times what a circuit multiplies it with, at most 1e9 or so.</summary>
    private const double Floor = 1e-7;

    private const double Tightening = 0.01;

    public const string Derivation = "4 x the larger of |change| and its RMS when reltol, abstol, vntol and chgtol are a hundredth, and 1e-7 of the largest value";

    /// <summary>The circuit with tolerances a hundredth of its own.</summary>
    public static Circuit Tightened(Circuit circuit)
    {
        var own = SimulationOptions.From(circuit);
        return circuit with
        {
            Options = circuit.Options
                .SetItem("reltol", Tightening * own.RelTol).SetItem("abstol", Tightening * own.AbsTol)
                .SetItem("vntol", Tightening * own.VnTol).SetItem("chgtol", Tightening * own.ChgTol),
        };
    }

    /// <summary>Half-widths of the bands around <paramref name="y"/>.</summary>
    public static double[] Of(IReadOnlyList<double> y, IReadOnlyList<double> tightened)
    {
        double[] change = [.. y.Zip(tightened, (a, b) => Math.Abs(a - b))];
        double rms = Math.Sqrt(change.Average(c => c * c)), floor = Floor * y.Max(Math.Abs);
        return [.. change.Select(c => Safety * Math.Max(c, rms) + Math.Max(floor, double.Epsilon))];
    }
}
