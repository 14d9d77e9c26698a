using AnalogAttention.Circuits;

namespace AnalogAttention.Inference.Weights;

/// <summary>
/// The tensors of one model under their plain GPT-2 names (<c>h.0.attn.c_attn.weight</c>): the prefixes that frameworks add,
/// <c>_orig_mod.</c> (compiled modules), <c>module.</c> and <c>transformer.</c>, are taken off.
/// </summary>
public sealed class Checkpoint
{
    private static readonly string[] Prefixes = ["_orig_mod.", "module.", "transformer."];

    private readonly SafetensorsFile _file;
    private readonly Dictionary<string, TensorEntry> _byPlainName = new(StringComparer.Ordinal);

    /// <exception cref="BadInputException">Two tensors have the same plain name.</exception>
    public Checkpoint(SafetensorsFile file)
    {
        _file = file;
        foreach (TensorEntry entry in file.Entries.Values)
            if (!_byPlainName.TryAdd(PlainName(entry.Name), entry))
                throw new BadInputException($"{file.Path}: tensors '{_byPlainName[PlainName(entry.Name)].Name}' and '{entry.Name}' are the same one");
    }

    public string Path => _file.Path;

    public bool Contains(string name) => _byPlainName.ContainsKey(name);

    /// <summary>The shape as stored; null when there is no such tensor.</summary>
    public IReadOnlyList<long>? ShapeOf(string name) => _byPlainName.GetValueOrDefault(name)?.Shape;

    /// <exception cref="BadInputException">The tensor is missing or its shape or type is not what is expected.</exception>
    public float[] Read(string name, params ReadOnlySpan<long> shape)
    {
        if (!_byPlainName.TryGetValue(name, out TensorEntry? entry))
            throw new BadInputException($"{Path}: tensor '{name}' is missing");
        if (!entry.Shape.SequenceEqual(shape.ToArray()))
            throw new BadInputException($"{Path}: tensor '{entry.Name}' has shape {entry.ShapeText}, expected ({string.Join(", ", shape.ToArray())})");
        return _file.Read(entry.Name);
    }

    private static string PlainName(string name)
    {
        for (var again = true; again;)
        {
            again = false;
            foreach (string prefix in Prefixes)
                if (name.StartsWith(prefix, StringComparison.Ordinal))
                {
                    name = name[prefix.Length..];
                    again = true;
                }
        }
        return name;
    }
}
