using System.Text;
using System.Text.Json;
using AnalogAttention.Circuits;

namespace AnalogAttention.Studies.Sweeps;

/// <summary>What a point came to: its measures, or why it has none.</summary>
/// <param name="Values">By measure, in the order of the deck; measures without a value are absent.</param>
public sealed record SweepOutcome(IReadOnlyDictionary<string, double> Values, string? Error);

/// <summary>
/// Finished points by key, one line of JSON each, in files that only grow. A line that was cut short by a kill is dropped; stores are merged by
/// copying their files into one folder. Safe for several threads of one process; every process has a file of its own name.
/// </summary>
public sealed class SweepStore : IDisposable
{
    private const string Extension = ".jsonl";

    private readonly Dictionary<string, SweepOutcome> _finished = [];
    private readonly FileStream _file;
    private readonly Lock _lock = new();

    private sealed record Row(string Key, Dictionary<string, double> Values, string? Error);

    /// <param name="folder">Made if it is missing.</param>
    /// <param name="name">Of the file that this process appends to.</param>
    /// <exception cref="BadInputException">A file of the store cannot be read.</exception>
    public SweepStore(string folder, string name)
    {
        Directory.CreateDirectory(folder);
        foreach (var path in Directory.EnumerateFiles(folder, "*" + Extension).Order(StringComparer.Ordinal))
            Load(path);
        _file = new FileStream(Path.Combine(folder, name + Extension), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        DropTornLine();
    }

    /// <summary>Rows that were neither whole nor cut short at the end of a file: their place; the points are computed again.</summary>
    public List<string> Damaged { get; } = [];

    public int Count => _finished.Count;

    public bool TryGet(string key, out SweepOutcome outcome)
    {
        lock (_lock)
            return _finished.TryGetValue(key, out outcome!);
    }

    /// <summary>On disk when this returns.</summary>
    public void Add(string key, SweepOutcome outcome)
    {
        byte[] line = Encoding.UTF8.GetBytes(JsonSerializer.Serialize(new Row(key, outcome.Values.ToDictionary(), outcome.Error)) + "\n");
        lock (_lock)
        {
            if (!_finished.TryAdd(key, outcome))
                return;
            _file.Write(line);
            _file.Flush();
        }
    }

    public void Dispose() => _file.Dispose();

    private void Load(string path)
    {
        string[] lines;
        try
        {
            lines = File.ReadAllText(path).Split('\n');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException($"{path}: cannot read the store: {e.Message}", e);
        }
        // after the last line end there is nothing, or a line that a kill has cut short
        for (var i = 0; i < lines.Length - 1; i++)
        {
            Row? row = null;
            try
            {
                row = JsonSerializer.Deserialize<Row>(lines[i]);
            }
            catch (JsonException)
            {
            }
            if (row is { Key.Length: > 0, Values: not null })
                _finished.TryAdd(row.Key, new SweepOutcome(row.Values, row.Error));
            else
                Damaged.Add($"{path}:{i + 1}");
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
