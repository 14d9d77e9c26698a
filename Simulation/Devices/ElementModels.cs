using AnalogAttention.Circuits;

namespace AnalogAttention.Simulation.Devices;

internal static class ElementModels
{
    /// <exception cref="BadInputException">The circuit has no such card.</exception>
    public static ModelCard ModelCard(this Element element, Circuit circuit, string model) =>
        circuit.Models.GetValueOrDefault(model) ?? throw new BadInputException($"{element.Span}: '{element.Name}' names model '{model}', which is not defined");
}
