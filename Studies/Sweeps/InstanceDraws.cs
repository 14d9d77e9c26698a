using AnalogAttention.Circuits;

namespace AnalogAttention.Studies.Sweeps;

/// <summary>Parameters of subcircuits, drawn for every physical instance by itself: each is a dimension, <c>xa.c_store</c>.</summary>
public static class InstanceDraws
{
    /// <param name="drawn">Distributions by <c>SUBCIRCUIT.PARAMETER</c>.</param>
    /// <param name="place">Named where the circuit has no such instance.</param>
    /// <returns>Distributions by dimension, in the order of the circuit.</returns>
    /// <exception cref="BadInputException">No instance, no such parameter, or an instance whose <c>m</c> stands for several that one draw would make equal.</exception>
    public static IReadOnlyList<KeyValuePair<string, Distribution>> Dimensions(Circuit circuit, IReadOnlyDictionary<string, Distribution> drawn, string place)
    {
        var dimensions = new List<KeyValuePair<string, Distribution>>();
        foreach (var (name, distribution) in drawn)
        {
            int dot = name.LastIndexOf('.');
            string subcircuit = name[..dot], parameter = name[(dot + 1)..];
            var instances = circuit.Instances.Where(i => i.Subcircuit == subcircuit).ToList();
            if (instances.Count == 0)
                throw new BadInputException($"{place}: instances: the deck has no instance of a subcircuit '{subcircuit}'; there are {string.Join(", ", circuit.Instances.Select(i => i.Subcircuit).Distinct().Order(StringComparer.Ordinal))}");
            if (instances.FirstOrDefault(i => !i.Parameters.Contains(parameter)) is { } without)
                throw new BadInputException($"{place}: instances: '{subcircuit}' has no parameter '{parameter}'; there are {string.Join(", ", without.Parameters.Order(StringComparer.Ordinal))}");
            if (instances.FirstOrDefault(i => i.Multiplier != 1) is { } several)
                throw new BadInputException(FormattableString.Invariant($"{place}: instances: '{several.Path}' stands for m = {several.Multiplier} of '{subcircuit}', which one draw would make equal: write them out"));
            dimensions.AddRange(instances.Select(i => KeyValuePair.Create($"{i.Path}.{parameter}", distribution)));
        }
        return dimensions;
    }
}
