using System.Collections.Immutable;
using AnalogAttention.Circuits;
using AnalogAttention.Circuits.Language;

namespace AnalogAttention.Calibration.Benches;

/// <summary>
/// How a cell of another topology stands in the benches: from the header comments <c>* analog-attention: KEY=VALUE ...</c> and
/// <c>* analog-attention-bench: KEY=VALUE ...</c> of its library, or from options. Names are in lower case.
/// </summary>
public sealed record CellMapping
{
    public const string CellHeader = "analog-attention:", BenchHeader = "analog-attention-bench:";

    /// <summary>Pins of <c>gain_cell</c>, in its order.</summary>
    public static ImmutableArray<string> BenchPins { get; } = ["wbl", "wwl", "wwlb", "rwl", "rwlb", "bl", "vdd"];

    private static readonly string[] BenchVolts = ["vmid", "vsupply", "vread", "vwrite"];

    /// <summary>The subcircuit; null: <c>gain_cell</c>.</summary>
    public string? Cell { get; init; }

    /// <summary>The stored node: a node inside the cell, one of an instance in it (<c>x1.n</c>), or a pin; null: <c>store</c>.</summary>
    public string? Store { get; init; }

    /// <summary>A pin of the cell by the bench pin it is tied to; null: pins keep their names.</summary>
    public ImmutableSortedDictionary<string, string>? Pins { get; init; }

    /// <summary>Pins of the cell at a constant voltage.</summary>
    public ImmutableSortedDictionary<string, double> ConstantVolts { get; init; } = ImmutableSortedDictionary<string, double>.Empty;

    /// <summary>Voltages of the benches that differ: vmid, vsupply, vread, vwrite.</summary>
    public ImmutableSortedDictionary<string, double> Bench { get; init; } = ImmutableSortedDictionary<string, double>.Empty;

    public StorageModel? Storage { get; init; }

    /// <summary>Storage voltage of zero weight.</summary>
    public double? OffsetVolts { get; init; }

    /// <summary>Where a mapping that does not fit the library is reported: its header, or the library alone.</summary>
    public SourceSpan Place { get; init; }

    /// <summary>Whether another circuit than <c>gain_cell</c> with its own pins is meant.</summary>
    public bool Adapts => Cell is not null || Store is not null || Pins is not null || ConstantVolts.Count > 0;

    /// <summary>What a library says about itself; an empty mapping where it says nothing.</summary>
    /// <exception cref="BadInputException">The library cannot be read, or a header is wrong or given twice.</exception>
    public static CellMapping ReadHeaders(string libraryPath)
    {
        string[] lines;
        try
        {
            lines = File.ReadAllLines(libraryPath);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException($"{libraryPath}: cannot read the cell library: {e.Message}", e);
        }
        SourceSpan? cell = null, bench = null;
        var mapping = new CellMapping { Place = new SourceSpan(libraryPath, 0, 0) };
        for (var i = 0; i < lines.Length; i++)
        {
            var line = lines[i];
            var text = line.TrimStart(' ', '\t', '*');
            if (!line.TrimStart().StartsWith('*'))
                continue;
            var span = new SourceSpan(libraryPath, i + 1, line.Length - text.Length + 1);
            BadInputException Error(string message) => new($"{span}: {message}");
            if (text.StartsWith(CellHeader, StringComparison.OrdinalIgnoreCase))
            {
                if (cell is { } first)
                    throw Error($"a second header '{CellHeader}'; the first is in line {first.Line}");
                cell = span;
                mapping = mapping.WithPairs(Pairs(text[CellHeader.Length..], [' ', '\t'], Error), Error) with { Place = span };
            }
            else if (text.StartsWith(BenchHeader, StringComparison.OrdinalIgnoreCase))
            {
                if (bench is { } first)
                    throw Error($"a second header '{BenchHeader}'; the first is in line {first.Line}");
                bench = span;
                mapping = mapping.WithBench(Pairs(text[BenchHeader.Length..], [' ', '\t'], Error), Error);
            }
        }
        return mapping;
    }

    /// <summary>Pins as the option writes them: <c>wbl=bl_w,vb=0.3</c>.</summary>
    /// <param name="error">Makes the exception of a message.</param>
    public CellMapping WithPins(string text, Func<string, Exception> error) => WithPins(Pairs(text, [',', ' '], error), error);

    /// <summary>A storage range as the option writes it: <c>LOW,HIGH[,LEVELS]</c>, volts.</summary>
    public CellMapping WithStorage(string text, Func<string, Exception> error)
    {
        var parts = text.Split(',');
        var levels = new StorageModel(0, 0, 8).Levels;
        if (parts.Length is < 2 or > 3 || parts.Length == 3 && !(int.TryParse(parts[2], out levels) && levels is >= 2 and <= 65536))
            throw error($"expected storage LOW,HIGH[,LEVELS] in volts with 2 levels or more, found '{text}'");
        double low = Volts(parts[0], "the storage range", error), high = Volts(parts[1], "the storage range", error);
        return high > low ? this with { Storage = new StorageModel(low, high, levels) } : throw error($"the storage range {text} does not ascend");
    }

    /// <summary>These settings, and those of <paramref name="header"/> where these say nothing.</summary>
    public CellMapping Over(CellMapping header) => header with
    {
        Cell = Cell ?? header.Cell,
        Store = Store ?? header.Store,
        Pins = Pins ?? header.Pins,
        ConstantVolts = Pins is null ? header.ConstantVolts : ConstantVolts,
        Storage = Storage ?? header.Storage,
        OffsetVolts = OffsetVolts ?? header.OffsetVolts,
    };

    private CellMapping WithPairs(List<(string Key, string Value)> pairs, Func<string, Exception> error)
    {
        string? Of(string key) => pairs.Find(p => p.Key == key).Value;
        var pins = pairs.FindAll(p => p.Key is not ("cell" or "store"));
        return (pins.Count == 0 ? this : WithPins(pins, error)) with { Cell = Of("cell"), Store = Of("store") };
    }

    private CellMapping WithPins(List<(string Key, string Value)> pairs, Func<string, Exception> error) => this with
    {
        Pins = pairs.Where(p => BenchPins.Contains(p.Key)).ToImmutableSortedDictionary(p => p.Key, p => p.Value, StringComparer.Ordinal),
        ConstantVolts = pairs.Where(p => !BenchPins.Contains(p.Key)).ToImmutableSortedDictionary(p => p.Key,
            p => Volts(p.Value, $"pin '{p.Key}' (the benches have {string.Join(", ", BenchPins)}; any other pin takes a constant)", error), StringComparer.Ordinal),
    };

    private CellMapping WithBench(List<(string Key, string Value)> pairs, Func<string, Exception> error)
    {
        var mapping = this;
        foreach (var (key, value) in pairs)
        {
            mapping = key switch
            {
                "storage" => mapping.WithStorage(value, error),
                "offset" => mapping with { OffsetVolts = Volts(value, key, error) },
                _ when BenchVolts.Contains(key) => mapping with { Bench = mapping.Bench.Add(key, Volts(value, key, error)) },
                _ => throw error($"the benches know no '{key}': expected {string.Join(", ", BenchVolts)}, storage or offset"),
            };
        }
        return mapping;
    }

    private static double Volts(string text, string what, Func<string, Exception> error) =>
        SpiceNumber.TryParse(text, out var volts) && double.IsFinite(volts) ? volts : throw error($"expected a voltage for {what}, found '{text}'");

    private static List<(string Key, string Value)> Pairs(string text, char[] separators, Func<string, Exception> error)
    {
        var pairs = new List<(string Key, string Value)>();
        foreach (var word in text.ToLowerInvariant().Split(separators, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (word.Split('=') is not [{ Length: > 0 } key, { Length: > 0 } value])
                throw error($"expected KEY=VALUE, found '{word}'");
            if (pairs.Exists(p => p.Key == key))
                throw error($"'{key}' is given twice");
            pairs.Add((key, value));
        }
        return pairs.Count > 0 ? pairs : throw error("expected KEY=VALUE");
    }
}
