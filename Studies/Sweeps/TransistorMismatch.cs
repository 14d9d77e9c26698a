using AnalogAttention.Calibration;
using AnalogAttention.Circuits;

namespace AnalogAttention.Studies.Sweeps;

/// <summary>
/// Draws of <see cref="LocalMismatch"/>: every parameter of every physical transistor is a dimension of its own.
/// </summary>
public static class TransistorMismatch
{
    /// <param name="Sigma">Volts of VTO, or as part of KP.</param>
    private sealed record Dimension(Mosfet Device, string Parameter, double Sigma)
    {
        public string Name => $"{Device.Name}.{Parameter}";
    }

    /// <summary><c>xcell.mn.vto</c>, <c>xcell.mn.kp</c> ..., in the order of the circuit.</summary>
    /// <param name="instances">Paths of instances; empty: the whole circuit.</param>
    /// <exception cref="BadInputException">An instance has no transistor whose card states a mismatch, or the card leaves VTO or KP to its default.</exception>
    public static IReadOnlyList<string> Names(Circuit circuit, IReadOnlyList<string> instances)
    {
        string[] names = [.. Dimensions(circuit, instances).Select(d => d.Name)];
        if (instances.FirstOrDefault(i => !names.Any(n => IsWithin(n, i))) is { } empty)
            throw new BadInputException($"{circuit.Files[0].Path}: mismatch: '{empty}' has no transistor with AVTO or AKP on its model card");
        return names.Length > 0 ? names : throw new BadInputException($"{circuit.Files[0].Path}: mismatch: there is no transistor with AVTO or AKP on its model card");
    }

    /// <summary>The circuit with a card of its own for every varied transistor.</summary>
    /// <param name="deviate">Standard normal deviate by dimension.</param>
    /// <returns>By dimension: the shift of VTO in volts, the relative change of KP.</returns>
    public static (Circuit Circuit, IReadOnlyDictionary<string, double> Shifts) Applied(Circuit circuit, IReadOnlyList<string> instances, Func<string, double> deviate)
    {
        (Dimension Of, double Shift)[] drawn = [.. Dimensions(circuit, instances).Select(d => (d, d.Sigma * deviate(d.Name)))];
        return (LocalMismatch.Applied(circuit, drawn.Select(d => (d.Of.Device, d.Of.Parameter, d.Shift))), drawn.ToDictionary(d => d.Of.Name, d => d.Shift));
    }

    private static IEnumerable<Dimension> Dimensions(Circuit circuit, IReadOnlyList<string> instances)
    {
        foreach (var device in circuit.Elements.OfType<Mosfet>().Where(m => instances.Count == 0 || instances.Any(i => IsWithin(m.Name, i))))
        {
            var card = circuit.Models[device.Model];
            double area = LocalMismatch.Area(device);
            foreach (var (name, parameter, coefficient) in LocalMismatch.Coefficients(card))
                yield return !card.Parameters.ContainsKey(parameter) ? throw new BadInputException($"{card.Span}: mismatch needs '{parameter}' stated on the card, it has '{name}' alone")
                    : area > 0 ? new Dimension(device, parameter, coefficient / Math.Sqrt(area))
                    : throw new BadInputException($"{device.Span}: mismatch needs W and L of '{device.Name}'");
        }
    }

    private static bool IsWithin(string name, string instance) => name == instance || name.StartsWith(instance + ".", StringComparison.Ordinal);
}
