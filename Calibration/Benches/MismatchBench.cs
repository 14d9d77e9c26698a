using AnalogAttention.Circuits;
using AnalogAttention.Simulation;

namespace AnalogAttention.Calibration.Benches;

/// <summary>What one standard deviation of one parameter of one transistor does to the full read.</summary>
/// <param name="Transistor">Its name within the cell.</param>
/// <param name="Parameter"><c>vto</c> or <c>kp</c>.</param>
/// <param name="Sigma">Volts, or as part of KP.</param>
/// <param name="Amperes">Change of the current at each stored voltage, n.</param>
public sealed record MismatchSensitivity(string Transistor, string Parameter, double Sigma, double[] Amperes);

/// <summary>
/// Local mismatch of a cell's read current to first order (<see cref="LocalMismatch"/>), each transistor drawn apart; bench <c>gain-cell-transfer.cir</c>, once per parameter.
/// </summary>
public static class MismatchBench
{
    private const string Cell = "xcell.";

    /// <param name="nominal">Of the same deck and engine.</param>
    /// <returns>Empty where no card states a mismatch.</returns>
    public static IReadOnlyList<MismatchSensitivity> Run(CellDeck deck, IEngine engine, TransferTable nominal, int jobs, CancellationToken cancellation = default)
    {
        Circuit circuit = deck.Read(TransferBench.Deck);
        (Mosfet Device, string Parameter, double Sigma)[] varied = [.. circuit.Elements.OfType<Mosfet>()
            .Where(m => m.Name.StartsWith(Cell, StringComparison.Ordinal))
            .SelectMany(m => Sigmas(m, circuit.Models[m.Model]))];
        return BenchRuns.All(varied.Length, jobs, i =>
        {
            var (device, parameter, sigma) = varied[i];
            double[] amperes = TransferBench.Run(LocalMismatch.Applied(circuit, [(device, parameter, sigma)]), engine, cancellation).FullRead;
            return new MismatchSensitivity(device.Name[Cell.Length..], parameter, sigma, [.. amperes.Zip(nominal.FullRead, (changed, n) => changed - n)]);
        }, null, cancellation);
    }

    private static IEnumerable<(Mosfet, string, double)> Sigmas(Mosfet device, ModelCard card) =>
        LocalMismatch.Area(device) is > 0 and var area ? LocalMismatch.Coefficients(card).Select(c => (device, c.Parameter, c.Coefficient / Math.Sqrt(area))) : [];
}
