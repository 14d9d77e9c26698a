using System.Collections.Immutable;
using System.Globalization;
using AnalogAttention.Circuits;

namespace AnalogAttention.Calibration.Benches;

/// <summary>
/// The product's test benches around one cell library: <paramref name="LibraryPath"/> replaces <c>gain-cell.lib</c>
/// (same subcircuit, same pins, or a mapping that says which they are); null is the product's own.
/// </summary>
/// <param name="Options">Settings that hold over those of the library's header.</param>
public sealed record CellDeck(string? LibraryPath = null, CellMapping? Options = null)
{
    public const string LibraryName = "gain-cell.lib";

    private const string LeakageSubcircuit = "gain_cell_leakage", Leakage = "gain-cell-leakage.inc", NoLeakage = "gain-cell-no-leakage.inc";

    /// <summary>What becomes of <c>.step</c> and <c>.mc</c> of a bench.</summary>
    public SweepStatements Sweeps { get; init; }

    /// <summary>As <see cref="DeckReaderOptions.InstanceParameters"/>.</summary>
    public ImmutableDictionary<string, double> InstanceParameters { get; init; } = ImmutableDictionary<string, double>.Empty;

    /// <summary>As <see cref="DeckReaderOptions.DefinitionParameters"/>: <c>gain_cell.c_store</c>, <c>read_n.vto</c>.</summary>
    public ImmutableDictionary<string, double> DefinitionParameters { get; init; } = ImmutableDictionary<string, double>.Empty;

    private static readonly StorageModel UsualStorage = new(0, 0.9, 8);

    private readonly Lazy<(CellMapping Mapping, Supplement? Adapter)> _cell = new(() =>
    {
        if (LibraryPath is null)
            return (Options ?? new CellMapping(), null);
        if (!File.Exists(LibraryPath))
            throw new BadInputException($"{LibraryPath}: there is no such cell library");
        var mapping = (Options ?? new CellMapping()).Over(CellMapping.ReadHeaders(LibraryPath));
        return (mapping, CellAdapter.Of(mapping, LibraryPath));
    });

    private CellMapping Mapping => _cell.Value.Mapping;

    /// <exception cref="BadInputException">The library is missing or its header wrong.</exception>
    public StorageModel Storage => Mapping.Storage ?? UsualStorage;

    /// <summary>Storage voltage of zero weight: as mapped, else the middle of the range.</summary>
    /// <exception cref="BadInputException">As <see cref="Storage"/>.</exception>
    public double OffsetVolts => Mapping.OffsetVolts ?? (Storage.MinVolts + Storage.MaxVolts) / 2;

    /// <summary>The bitline, which the read-out holds, and the idle read lines.</summary>
    public double MidVolts => BenchVolts.GetValueOrDefault("vmid", 0.45);

    /// <summary>Reads a bench of <c>Netlists/</c> with some of its top-level parameters altered.</summary>
    /// <exception cref="BadInputException">The library is missing or wrong.</exception>
    public Circuit Read(string bench, params (string Name, double Value)[] parameters) => Read(bench, ImmutableDictionary<string, string>.Empty, parameters);

    /// <summary>Reads a bench in which <c>gain_cell_leakage</c> stands beside the cell; a library that has none states all its leakage in the cell.</summary>
    /// <exception cref="BadInputException">The library is missing or wrong.</exception>
    public Circuit ReadWithLeakage(string bench, params (string Name, double Value)[] parameters)
    {
        try
        {
            return Read(bench, parameters);
        }
        catch (DeckException e) when (e.Diagnostics.Where(d => d.Severity == DiagnosticSeverity.Error).All(d => d.Code == Circuits.Language.DiagnosticCodes.UnknownSubcircuit && d.Message.Contains(LeakageSubcircuit, StringComparison.Ordinal)))
        {
            return Read(bench, ImmutableDictionary<string, string>.Empty.Add(Leakage, PathOf(NoLeakage)), parameters);
        }
    }

    private Circuit Read(string bench, ImmutableDictionary<string, string> substitutions, (string Name, double Value)[] parameters)
    {
        var (_, adapter) = _cell.Value;
        return DeckReader.Read(PathOf(bench), new DeckReaderOptions
        {
            Substitutions = LibraryPath is null ? substitutions : substitutions.Add(LibraryName, LibraryPath),
            Supplements = adapter is null ? ImmutableDictionary<string, Supplement>.Empty : ImmutableDictionary<string, Supplement>.Empty.Add(LibraryName, adapter),
            ParametersWhereKnown = BenchVolts,
            Sweeps = Sweeps,
            InstanceParameters = InstanceParameters,
            DefinitionParameters = DefinitionParameters,
            Parameters = parameters.ToImmutableDictionary(p => p.Name, p => p.Value),
        });
    }

    /// <summary>What the mapping adds to the settings that the numbers depend on, by name.</summary>
    public IEnumerable<(string Name, string Value)> Settings
    {
        get
        {
            if (_cell.Value.Adapter is { } adapter)
                yield return ("adapter", adapter.Text.TrimEnd().Replace("\n", "; "));
            foreach (var (name, volts) in Mapping.Bench)
                yield return (name, Spell(volts));
            foreach (var (name, value) in DefinitionParameters)
                yield return (name, Spell(value));
        }
    }

    /// <summary>
    /// The numbers of the library that the benches of the cell use, by <c>subcircuit.parameter</c> and <c>card.parameter</c>, in the order of their names.
    /// </summary>
    /// <exception cref="BadInputException">The library is missing or wrong.</exception>
    public SortedDictionary<string, double> Definitions()
    {
        var found = new SortedDictionary<string, double>(StringComparer.Ordinal);
        foreach (var circuit in new[] { Read(WriteBench.Deck), ReadWithLeakage(LeakageBench.Deck) })
        {
            foreach (var instance in circuit.Instances)
                for (var i = 0; i < instance.Parameters.Length; i++)
                    found.TryAdd($"{instance.Subcircuit}.{instance.Parameters[i]}", instance.Values[i]);
            foreach (var card in circuit.Models.Values)
                foreach (var (name, value) in card.Parameters)
                    found.TryAdd($"{card.Name[(card.Name.LastIndexOf('.') + 1)..]}.{name}", value);
        }
        return found;
    }

    /// <summary>The sweeps follow the storage range and the read level in as many steps as of the usual cell.</summary>
    private ImmutableDictionary<string, double> BenchVolts
    {
        get
        {
            var volts = Mapping.Bench.ToImmutableDictionary();
            if (volts.TryGetValue("vsupply", out var supply) && !volts.ContainsKey("vmid"))
                volts = volts.Add("vmid", supply / 2);
            if (Mapping.Storage is { } range && range != UsualStorage)
                volts = volts.Add("storelow", range.MinVolts).Add("storehigh", range.MaxVolts).Add("storestep", (range.MaxVolts - range.MinVolts) / 50);
            if (Mapping.Bench.Count == 0)
                return volts;
            var read = volts.GetValueOrDefault("vread", volts.GetValueOrDefault("vsupply", 0.9));
            return volts.Add("readstep", (read - volts.GetValueOrDefault("vmid", 0.45)) / 25);
        }
    }

    private static string PathOf(string bench) => Path.Combine(AppContext.BaseDirectory, "Netlists", bench);

    /// <summary>A parameter value as a deck and a provenance entry spell it: shortest round-trip digits.</summary>
    public static string Spell(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}
