using AnalogAttention.Circuits;

namespace AnalogAttention.Inference.Weights;

/// <summary>
/// The tensors of one model under their plain GPT-2 names (<c>h.0.attn.c_attn.weight</c>): the prefixes that frameworks add,
/// <c>_orig_mod.</c> (compiled modules), <c>module.</c> and <c>transformer.</c>, are taken off. They lie in <c>model.safetensors</c>, or
/// in the shards that <c>model.safetensors.index.json</c> names; where both are there the single file counts, as in transformers.
/// </summary>
public sealed class Checkpoint : IDisposable
{
    private const string SingleName = "model.safetensors", IndexName = "model.safetensors.index.json";

    private static readonly string[] Prefixes = ["_orig_mod.", "module.", "transformer."];

    private readonly List<SafetensorsFile> _files = [];
    private readonly Dictionary<string, (SafetensorsFile File, TensorEntry Entry)> _byPlainName = new(StringComparer.Ordinal);

    private Checkpoint(string path) => Path = path;

    /// <summary>The single file, or the index.</summary>
    public string Path { get; }

    /// <exception cref="BadInputException">A file is missing or bad, two tensors have the same plain name, or index and shards disagree.</exception>
    public static Checkpoint Open(string folder)
    {
        string single = System.IO.Path.Combine(folder, SingleName), index = System.IO.Path.Combine(folder, IndexName);
        bool isSharded = !File.Exists(single) && File.Exists(index);
        var checkpoint = new Checkpoint(isSharded ? index : single);
        try
        {
            if (isSharded)
                checkpoint.AddShards(folder, ShardIndex.Read(index));
            else
                checkpoint.Add(SafetensorsFile.Open(single));
            return checkpoint;
        }
        catch
        {
            checkpoint.Dispose();
            throw;
        }
    }

    public bool Contains(string name) => _byPlainName.ContainsKey(name);

    /// <summary>The shape as stored; null when there is no such tensor.</summary>
    public IReadOnlyList<long>? ShapeOf(string name) => _byPlainName.TryGetValue(name, out (SafetensorsFile, TensorEntry Entry) tensor) ? tensor.Entry.Shape : null;

    /// <summary>Where a tensor lies: its file, the first byte in it, and its type.</summary>
    /// <exception cref="BadInputException">There is no such tensor, or its type is none of weights.</exception>
    internal (string File, long At, TensorType Type) PlaceOf(string name)
    {
        if (!_byPlainName.TryGetValue(name, out (SafetensorsFile File, TensorEntry Entry) tensor))
            throw new BadInputException($"{Path}: tensor '{name}' is missing");
        if (!Enum.TryParse(tensor.Entry.TypeName, out TensorType type))
            throw new BadInputException($"{tensor.File.Path}: tensor '{name}' is of type {tensor.Entry.TypeName}");
        return (tensor.File.Path, tensor.File.DataStart + tensor.Entry.Begin, type);
    }

    /// <inheritdoc cref="Read(string, ref float[], ReadOnlySpan{long})"/>
    public float[] Read(string name, params ReadOnlySpan<long> shape)
    {
        float[] values = [];
        Read(name, ref values, shape);
        return values;
    }

    /// <param name="buffer">Receives the elements; exchanged for a larger one where it is too short.</param>
    /// <exception cref="BadInputException">The tensor is missing or its shape or type is not what is expected.</exception>
    public Span<float> Read(string name, ref float[] buffer, params ReadOnlySpan<long> shape)
    {
        if (!_byPlainName.TryGetValue(name, out (SafetensorsFile File, TensorEntry Entry) tensor))
            throw new BadInputException($"{Path}: tensor '{name}' is missing");
        if (!tensor.Entry.Shape.SequenceEqual(shape.ToArray()))
            throw new BadInputException($"{tensor.File.Path}: tensor '{tensor.Entry.Name}' has shape {tensor.Entry.ShapeText}, expected ({string.Join(", ", shape.ToArray())})");
        return tensor.File.Read(tensor.Entry.Name, ref buffer);
    }

    public void Dispose() => _files.ForEach(static file => file.Dispose());

    private void Add(SafetensorsFile file)
    {
        _files.Add(file);
        foreach (TensorEntry entry in file.Entries.Values)
            if (!_byPlainName.TryAdd(PlainName(entry.Name), (file, entry)))
            {
                (SafetensorsFile other, TensorEntry first) = _byPlainName[PlainName(entry.Name)];
                string elsewhere = other == file ? "" : $" in {System.IO.Path.GetFileName(other.Path)}";
                throw new BadInputException($"{file.Path}: tensors '{Excerpt.Of(first.Name)}'{elsewhere} and '{Excerpt.Of(entry.Name)}' are the same one");
            }
    }

    private void AddShards(string folder, Dictionary<string, string> shardOfTensor)
    {
        foreach (string shard in shardOfTensor.Values.Distinct().Order(StringComparer.Ordinal))
            Add(SafetensorsFile.Open(System.IO.Path.Combine(folder, shard)));
        var files = _files.ToDictionary(static file => System.IO.Path.GetFileName(file.Path), StringComparer.Ordinal);
        foreach ((string name, string shard) in shardOfTensor)
            if (!files[shard].Entries.ContainsKey(name))
                throw new BadInputException($"{Path}: tensor '{Excerpt.Of(name)}' is not in {shard}");
        foreach (SafetensorsFile file in _files)
            if (file.Entries.Keys.FirstOrDefault(name => !shardOfTensor.ContainsKey(name)) is { } unnamed)
                throw new BadInputException($"{file.Path}: tensor '{Excerpt.Of(unnamed)}' is not named in {IndexName}");
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
