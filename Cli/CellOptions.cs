using System.CommandLine;
using AnalogAttention.Calibration.Benches;

namespace AnalogAttention.Cli;

/// <summary>The switches that say how the cell of <c>--deck</c> stands in the benches; they hold over the library's header.</summary>
internal sealed class CellOptions
{
    private readonly Option<string?> _cell = new("--cell") { Description = "Subcircuit of --deck to calibrate. Default: its header's, or gain_cell.", HelpName = "NAME" };
    private readonly Option<string?> _pins = new("--pins") { Description = "Its pins: BENCHPIN=PIN, or PIN=VOLTS for a constant.", HelpName = "wbl=PIN,..." };
    private readonly Option<string?> _store = new("--store") { Description = "Its stored node.", HelpName = "NODE" };
    private readonly Option<string?> _storage = new("--storage") { Description = "Range of the stored voltage. Default: the header's, or 0,0.9,8.", HelpName = "LOW,HIGH[,LEVELS]" };
    private readonly Option<double?> _offset = new("--offset") { Description = "Stored voltage of zero weight. Default: the header's, or the middle of the range.", HelpName = "VOLTS" };

    private Option[] All => [_cell, _pins, _store, _storage, _offset];

    public void AddTo(Command command)
    {
        foreach (var option in All)
            command.Options.Add(option);
    }

    public bool AreGiven(ParseResult parsed) => All.Any(option => parsed.GetResult(option) is { Implicit: false });

    /// <exception cref="UsageException">A switch cannot be read, or names pins without a library.</exception>
    public CellMapping Mapping(ParseResult parsed, string? library)
    {
        var mapping = new CellMapping { Cell = parsed.GetValue(_cell)?.ToLowerInvariant(), Store = parsed.GetValue(_store)?.ToLowerInvariant(), OffsetVolts = parsed.GetValue(_offset) };
        if (mapping.OffsetVolts is { } offset && !double.IsFinite(offset))
            throw new UsageException("--offset must be a voltage");
        if (parsed.GetValue(_pins) is { } pins)
            mapping = mapping.WithPins(pins, message => new UsageException($"--pins: {message}"));
        if (parsed.GetValue(_storage) is { } storage)
            mapping = mapping.WithStorage(storage, message => new UsageException($"--storage: {message}"));
        return library is not null || !mapping.Adapts ? mapping : throw new UsageException("--cell, --pins and --store need --deck");
    }
}
