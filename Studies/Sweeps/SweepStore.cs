using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Win32.SafeHandles;

namespace AnalogAttention.Studies.Sweeps;

/// <summary>What a point came to: its measures, or why it has none.</summary>
/// <param name="Values">By measure, in the order of the deck; measures without a value are absent.</param>
/// <param name="Curves">By signal.</param>
/// <param name="TimedOut">It ran past its time, which is no property of the point: a later run computes it again.</param>
public sealed record SweepOutcome(IReadOnlyDictionary<string, double> Values, string? Error, IReadOnlyDictionary<string, double[]>? Curves = null, bool TimedOut = false)
{
    /// <summary>Text of the point's cell model, where points are cells.</summary>
    public string? Cell { get; init; }
}

/// <summary>
/// Finished points by key, one line of JSON each, in files that only grow; memory holds their places alone. A line that was cut short by a kill is
/// dropped; stores are merged by copying their files into one folder. Safe for several threads of one process. Several processes, also on several
/// machines, share a folder: each appends to a file of its own name, held against a second writer by a lock file beside it, and reads the others' as
/// they stand.
/// </summary>
public sealed class SweepStore : IDisposable
{
    private const string Extension = ".jsonl";

    // of an IOException about a file that somebody else has locked: EAGAIN as Linux and macOS number it, ERROR_SHARING_VIOLATION
    private const int WouldBlock = 11, WouldBlockOnMac = 35, SharingViolation = unchecked((int)0x80070020);

    private readonly Dictionary<string, Place> _finished = [];
    private readonly List<SafeFileHandle> _files = [];
    private readonly FileStream _hold, _file;
    private readonly Lock _lock = new();

    private readonly record struct Place(int File, long Offset, int Length, bool TimedOut);

    /// <param name="Curves">Little-endian doubles in base 64.</param>
    private sealed record Row(string Key, Dictionary<string, double> Values, string? Error, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Dictionary<string, byte[]>? Curves = null, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool TimedOut = false, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Cell = null);

    /// <param name="folder">Made if it is missing.</param>
    /// <param name="name">Of the file that this process appends to.</param>
    /// <exception cref="IOException">A file of the store cannot be read or written, or another process appends to the file of this name.</exception>
    public SweepStore(string folder, string name)
    {
        Directory.CreateDirectory(folder);
        string own = Path.Combine(folder, name + Extension);
        _hold = Hold(own);
        try
        {
            // unbuffered: a row that the disk refuses must not be written again when the file is closed
            _file = new FileStream(own, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
            _files.Add(_file.SafeFileHandle);
            DropTornLine();
            foreach (var path in Files(folder).Order(StringComparer.Ordinal))
                Load(path, path == own);
        }
        catch (Exception e)
        {
            foreach (var file in _files.Skip(1))
                file.Dispose();
            _file?.Dispose();
            _hold.Dispose();
            if (e is UnauthorizedAccessException)
                throw new IOException($"{own}: cannot write the store: {e.Message}", e);
            throw;
        }
    }

    /// <summary>Whether a folder holds points, of whatever plan.</summary>
    /// <param name="name">Of the file that a run would append to: shards share a folder, and the others' points do not bar one from its own.</param>
    public static bool HoldsPoints(string folder, string? name = null) => Directory.Exists(folder) && Files(folder).Any(f => name is null || Path.GetFileNameWithoutExtension(f) == name);

    /// <summary>Rows that were neither whole nor cut short at the end of a file: their place; the points are computed again.</summary>
    public List<string> Damaged { get; } = [];

    public int Count => _finished.Count;

    /// <summary>Whether a point is finished; one that timed out is not.</summary>
    public bool Contains(string key)
    {
        lock (_lock)
            return _finished.TryGetValue(key, out var place) && !place.TimedOut;
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
        outcome = new SweepOutcome(row.Values, row.Error, row.Curves?.ToDictionary(c => c.Key, c => Doubles(c.Value)), row.TimedOut) { Cell = row.Cell };
        return true;
    }

    /// <summary>With the operating system when this returns: a kill of the process does not lose it.</summary>
    /// <exception cref="IOException">The disk is full; the file holds what it held before.</exception>
    public void Add(string key, SweepOutcome outcome)
    {
        var row = new Row(key, outcome.Values.ToDictionary(), outcome.Error, outcome.Curves?.ToDictionary(c => c.Key, c => Bytes(c.Value)), outcome.TimedOut, outcome.Cell);
        byte[] line = [.. JsonSerializer.SerializeToUtf8Bytes(row), (byte)'\n'];
        lock (_lock)
        {
            if (_finished.TryGetValue(key, out var known) && !known.TimedOut)
                return;
            long end = _file.Position;
            try
            {
                _file.Write(line);
            }
            catch (IOException e)
            {
                _file.SetLength(end);
                _file.Position = end;
                throw new IOException($"{_file.Name}: cannot keep a point: {e.Message}; those before it are kept", e);
            }
            _finished[key] = new Place(0, end, line.Length - 1, outcome.TimedOut);
        }
    }

    public void Dispose()
    {
        foreach (var file in _files.Skip(1))
            file.Dispose();
        _file.Dispose();
        _hold.Dispose();
    }

    private static IEnumerable<string> Files(string folder) => Directory.EnumerateFiles(folder, "*" + Extension);

    /// <summary>
    /// The lock is on a file of its own: an exclusive one on the points would keep readers out, and any other does not keep a second writer out
    /// (on Unix .NET takes a shared flock for every FileShare but None). The file stays, since removing it lets two in. A kill releases the lock.
    /// </summary>
    private static FileStream Hold(string own)
    {
        string path = Path.ChangeExtension(own, ".lock");
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException($"{own}: cannot write the store: {e.Message}", e);
        }
        catch (IOException e) when (e.HResult is SharingViolation or WouldBlock or WouldBlockOnMac)
        {
            throw new IOException($"{own}: another sweep is writing this part of the points", e);
        }
    }

    private static byte[] Bytes(double[] values) => MemoryMarshal.AsBytes<double>(values).ToArray();

    private static double[] Doubles(byte[] bytes) => MemoryMarshal.Cast<byte, double>(bytes).ToArray();

    private void Load(string path, bool isOwn)
    {
        try
        {
            var handle = isOwn ? _file.SafeFileHandle : File.OpenHandle(path, share: FileShare.ReadWrite);
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
                if (RowOf(line) is { Key.Length: > 0, Values: not null } row)
                {
                    if (!_finished.TryGetValue(row.Key, out var known) || known.TimedOut)
                        _finished[row.Key] = new Place(file, start, line.Count, row.TimedOut);
                }
                else
                    Damaged.Add($"{path}:{number}");
                line.Clear();
                start = at + 1;
                number++;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"{path}: cannot read the store: {e.Message}", e);
        }
    }

    private static Row? RowOf(List<byte> line)
    {
        try
        {
            return JsonSerializer.Deserialize<Row>(CollectionsMarshal.AsSpan(line));
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
