using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using AnalogAttention.Circuits;
using Microsoft.Win32.SafeHandles;

namespace AnalogAttention.Studies.Sweeps;

/// <summary>What a point came to: its measures, or why it has none.</summary>
/// <param name="Values">By measure, in the order of the deck; measures without a value are absent.</param>
/// <param name="Curves">By signal.</param>
public sealed record SweepOutcome(IReadOnlyDictionary<string, double> Values, string? Error, IReadOnlyDictionary<string, double[]>? Curves = null);

/// <summary>
/// Finished points by key, one line of JSON each, in files that only grow; memory holds their places alone. A line that was cut short by a kill is
/// dropped; stores are merged by copying their files into one folder. Safe for several threads of one process; every process has a file of its own name.
/// </summary>
public sealed class SweepStore : IDisposable
{
    private const string Extension = ".jsonl";

    private readonly Dictionary<string, Place> _finished = [];
    private readonly List<SafeFileHandle> _files = [];
    private readonly FileStream _file;
    private readonly Lock _lock = new();

    private readonly record struct Place(int File, long Offset, int Length);

    /// <param name="Curves">Little-endian doubles in base 64.</param>
    private sealed record Row(string Key, Dictionary<string, double> Values, string? Error, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Dictionary<string, byte[]>? Curves = null);

    /// <param name="folder">Made if it is missing.</param>
    /// <param name="name">Of the file that this process appends to.</param>
    /// <exception cref="BadInputException">A file of the store cannot be read.</exception>
    public SweepStore(string folder, string name)
    {
        Directory.CreateDirectory(folder);
        string own = Path.Combine(folder, name + Extension);
        _file = new FileStream(own, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        try
        {
            _files.Add(_file.SafeFileHandle);
            DropTornLine();
            foreach (var path in Directory.EnumerateFiles(folder, "*" + Extension).Order(StringComparer.Ordinal))
                Load(path, path == own);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Rows that were neither whole nor cut short at the end of a file: their place; the points are computed again.</summary>
    public List<string> Damaged { get; } = [];

    public int Count => _finished.Count;

    public bool Contains(string key)
    {
        lock (_lock)
            return _finished.ContainsKey(key);
    }

    public bool TryGet(string key, out SweepOutcome outcome)
    {
        Place place;
        SafeFileHandle file;
        lock (_lock)
        {
            if (!_finished.TryGetValue(key, out place))
            {
                outcome = null!;
                return false;
            }
            file = _files[place.File];
        }
        var line = new byte[place.Length];
        for (var read = 0; read < line.Length;)
            read += RandomAccess.Read(file, line.AsSpan(read), place.Offset + read) is > 0 and var n ? n : throw new IOException("a file of the store has become shorter");
        Row row = JsonSerializer.Deserialize<Row>(line)!;
        outcome = new SweepOutcome(row.Values, row.Error, row.Curves?.ToDictionary(c => c.Key, c => Doubles(c.Value)));
        return true;
    }

    /// <summary>With the operating system when this returns: a kill of the process does not lose it.</summary>
    public void Add(string key, SweepOutcome outcome)
    {
        var row = new Row(key, outcome.Values.ToDictionary(), outcome.Error, outcome.Curves?.ToDictionary(c => c.Key, c => Bytes(c.Value)));
        byte[] line = [.. JsonSerializer.SerializeToUtf8Bytes(row), (byte)'\n'];
        lock (_lock)
        {
            if (!_finished.TryAdd(key, new Place(0, _file.Position, line.Length - 1)))
                return;
            _file.Write(line);
            _file.Flush();
        }
    }

    public void Dispose()
    {
        foreach (var file in _files.Skip(1))
            file.Dispose();
        _file.Dispose();
    }

    private static byte[] Bytes(double[] values) => MemoryMarshal.AsBytes<double>(values).ToArray();

    private static double[] Doubles(byte[] bytes) => MemoryMarshal.Cast<byte, double>(bytes).ToArray();

    private void Load(string path, bool isOwn)
    {
        try
        {
            var handle = isOwn ? _file.SafeFileHandle : File.OpenHandle(path);
            int file = isOwn ? 0 : _files.Count;
            if (!isOwn)
                _files.Add(handle);
            using var stream = new BufferedStream(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite), 1 << 16);
            var line = new List<byte>();
            long start = 0;
            int number = 1;
            // after the last line end there is nothing, or a line that a kill has cut short
            for (long at = 0; stream.ReadByte() is >= 0 and var next; at++)
            {
                if (next != '\n')
                {
                    line.Add((byte)next);
                    continue;
                }
                if (KeyOf(line) is { Length: > 0 } key)
                    _finished.TryAdd(key, new Place(file, start, line.Count));
                else
                    Damaged.Add($"{path}:{number}");
                line.Clear();
                start = at + 1;
                number++;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException($"{path}: cannot read the store: {e.Message}", e);
        }
    }

    private static string? KeyOf(List<byte> line)
    {
        try
        {
            return JsonSerializer.Deserialize<Row>(CollectionsMarshal.AsSpan(line)) is { Values: not null } row ? row.Key : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private void DropTornLine()
    {
        long end = _file.Length;
        while (end > 0)
        {
            _file.Position = end - 1;
            if (_file.ReadByte() == '\n')
                break;
            end--;
        }
        _file.SetLength(end);
        _file.Position = end;
    }
}
