using System.Collections.Immutable;
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
/// Local mismatch of a cell's read current to first order. Standard deviations A / sqrt(W L) from AVTO and AKP of the model cards (Pelgrom,
/// Duinmaijer, Welbers, IEEE JSSC 24, 1989), each transistor drawn apart; bench <c>gain-cell-transfer.cir</c>, once per parameter.
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
            double[] amperes = TransferBench.Run(Altered(circuit, device, parameter, sigma), engine, cancellation).FullRead;
            return new MismatchSensitivity(device.Name[Cell.Length..], parameter, sigma, [.. amperes.Zip(nominal.FullRead, (changed, n) => changed - n)]);
        }, null, cancellation);
    }

    private static IEnumerable<(Mosfet, string, double)> Sigmas(Mosfet device, ModelCard card)
    {
        double area = device.Parameters.GetValueOrDefault("w") * device.Parameters.GetValueOrDefault("l") * device.Parameters.GetValueOrDefault("m", 1);
        foreach (var (coefficient, parameter) in new[] { ("avto", "vto"), ("akp", "kp") })
            if (card.Parameters.GetValueOrDefault(coefficient) is > 0 and var a && area > 0)
                yield return (device, parameter, a / Math.Sqrt(area));
    }

    /// <summary>The circuit with a card of its own for one transistor: VTO higher by sigma, or KP by that part.</summary>
    private static Circuit Altered(Circuit circuit, Mosfet device, string parameter, double sigma)
    {
        ModelCard card = circuit.Models[device.Model];
        double value = card.Parameters.GetValueOrDefault(parameter);
        string name = card.Name + ".altered";
        ModelCard altered = card with { Name = name, Parameters = card.Parameters.SetItem(parameter, parameter == "kp" ? value * (1 + sigma) : value + sigma) };
        return circuit with
        {
            Models = circuit.Models.SetItem(name, altered),
            Elements = [.. circuit.Elements.Select(e => ReferenceEquals(e, device) ? device with { Model = name } : e)],
        };
    }
}
