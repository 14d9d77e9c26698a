using AnalogAttention.Circuits;
using AnalogAttention.Simulation.Solver;

namespace AnalogAttention.Simulation.Devices;

/// <summary>R: i = v / R(T).</summary>
public sealed class Resistors : DeviceGroup
{
    private readonly TwoTerminal[] _places;
    private readonly double[] _siemens;
    private readonly string[] _names;

    /// <exception cref="BadInputException">A resistance is zero or not finite.</exception>
    public Resistors(IReadOnlyList<Resistor> elements, double kelvinAboveNominal, UnknownTable unknowns)
    {
        _places = [.. elements.Select(e => new TwoTerminal(unknowns.Node(e.Positive), unknowns.Node(e.Negative)))];
        _names = [.. elements.Select(e => e.Name)];
        _siemens = [.. elements.Select(e => Conductance(e, kelvinAboveNominal))];
    }

    public override void Connect(StampPattern pattern)
    {
        foreach (ref var place in _places.AsSpan())
            place.Connect(pattern);
    }

    public override void StampLinear(Span<double> conductance, Span<double> capacitance)
    {
        for (var k = 0; k < _places.Length; k++)
            _places[k].Stamp(conductance, _siemens[k]);
    }

    public override void CollectNoise(ReadOnlySpan<double> x, double kelvin, List<NoiseSource> sources)
    {
        for (var k = 0; k < _places.Length; k++)
            sources.Add(NoiseSource.Thermal(_names[k], "thermal", _places[k].Positive, _places[k].Negative, _siemens[k], kelvin));
    }

    private static double Conductance(Resistor element, double kelvin)
    {
        var ohms = element.Ohms * (1 + element.Tc1 * kelvin + element.Tc2 * kelvin * kelvin);
        return ohms != 0 && double.IsFinite(ohms)
            ? 1 / ohms
            : throw new BadInputException($"{element.Span}: resistor '{element.Name}' needs a finite resistance other than 0, got {ohms}");
    }
}
