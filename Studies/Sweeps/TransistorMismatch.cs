using AnalogAttention.Circuits;

namespace AnalogAttention.Studies.Sweeps;

/// <summary>
/// Local mismatch of transistors: VTO shifts and KP changes by A / sqrt(W L m), A from AVTO and AKP of the model card (Pelgrom, Duinmaijer,
/// Welbers, IEEE JSSC 24, 1989). Every parameter of every physical transistor is a dimension of its own.
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
        var shifts = new Dictionary<string, double>();
        var models = circuit.Models.ToBuilder();
        var own = new Dictionary<Element, Element>(ReferenceEqualityComparer.Instance);
        foreach (var device in Dimensions(circuit, instances).GroupBy(d => d.Device))
        {
            var card = circuit.Models[device.Key.Model];
            var parameters = card.Parameters;
            foreach (var dimension in device)
            {
                double shift = shifts[dimension.Name] = dimension.Sigma * deviate(dimension.Name), nominal = parameters[dimension.Parameter];
                parameters = parameters.SetItem(dimension.Parameter, dimension.Parameter == "kp" ? nominal * (1 + shift) : nominal + shift);
            }
            string name = $"{card.Name}.{device.Key.Name}";
            models[name] = card with { Name = name, Parameters = parameters };
            own[device.Key] = device.Key with { Model = name };
        }
        return (circuit with { Models = models.ToImmutable(), Elements = [.. circuit.Elements.Select(e => own.GetValueOrDefault(e, e))] }, shifts);
    }

    private static IEnumerable<Dimension> Dimensions(Circuit circuit, IReadOnlyList<string> instances)
    {
        foreach (var device in circuit.Elements.OfType<Mosfet>().Where(m => instances.Count == 0 || instances.Any(i => IsWithin(m.Name, i))))
        {
            var card = circuit.Models[device.Model];
            double area = device.Parameters.GetValueOrDefault("w") * device.Parameters.GetValueOrDefault("l") * device.Parameters.GetValueOrDefault("m", 1);
            foreach (var (coefficient, parameter) in new[] { ("avto", "vto"), ("akp", "kp") })
                if (card.Parameters.GetValueOrDefault(coefficient) is > 0 and var a)
                    yield return !card.Parameters.ContainsKey(parameter) ? throw new BadInputException($"{card.Span}: mismatch needs '{parameter}' stated on the card, it has '{coefficient}' alone")
                        : area > 0 ? new Dimension(device, parameter, a / Math.Sqrt(area))
                        : throw new BadInputException($"{device.Span}: mismatch needs W and L of '{device.Name}'");
        }
    }

    private static bool IsWithin(string name, string instance) => name == instance || name.StartsWith(instance + ".", StringComparison.Ordinal);
}
