using AnalogAttention.Circuits;

namespace AnalogAttention.Calibration;

/// <summary>
/// Local mismatch of transistors: VTO in volts and KP as a part of itself vary by A / sqrt(W L m), A from AVTO and AKP of the model card (Pelgrom,
/// Duinmaijer, Welbers, IEEE JSSC 24, 1989).
/// </summary>
public static class LocalMismatch
{
    private static readonly (string Name, string Parameter)[] Stated = [("avto", "vto"), ("akp", "kp")];

    /// <summary>What a card states of its mismatch: the coefficient's name, the parameter that varies, and A.</summary>
    public static IEnumerable<(string Name, string Parameter, double Coefficient)> Coefficients(ModelCard card) =>
        Stated.Where(s => card.Parameters.GetValueOrDefault(s.Name) > 0).Select(s => (s.Name, s.Parameter, card.Parameters[s.Name]));

    /// <summary>W L m in square metres; 0 where W or L is not stated.</summary>
    public static double Area(Mosfet device) =>
        device.Parameters.GetValueOrDefault("w") * device.Parameters.GetValueOrDefault("l") * device.Parameters.GetValueOrDefault("m", 1);

    /// <summary>The circuit with a card of its own for every transistor that is named.</summary>
    /// <param name="shifts">Volts of <c>vto</c>, part of <c>kp</c>.</param>
    public static Circuit Applied(Circuit circuit, IEnumerable<(Mosfet Device, string Parameter, double Shift)> shifts)
    {
        var models = circuit.Models.ToBuilder();
        var own = new Dictionary<Element, Element>(ReferenceEqualityComparer.Instance);
        foreach (var device in shifts.GroupBy(s => s.Device))
        {
            ModelCard card = circuit.Models[device.Key.Model];
            var parameters = card.Parameters;
            foreach (var (_, parameter, shift) in device)
            {
                double nominal = parameters.GetValueOrDefault(parameter);
                parameters = parameters.SetItem(parameter, parameter == "kp" ? nominal * (1 + shift) : nominal + shift);
            }
            string name = $"{card.Name}.{device.Key.Name}";
            models[name] = card with { Name = name, Parameters = parameters };
            own[device.Key] = device.Key with { Model = name };
        }
        return circuit with { Models = models.ToImmutable(), Elements = [.. circuit.Elements.Select(e => own.GetValueOrDefault(e, e))] };
    }
}
