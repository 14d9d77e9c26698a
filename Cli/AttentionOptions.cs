using System.CommandLine;
using AnalogAttention.Calibration;
using AnalogAttention.Inference.Attention;

namespace AnalogAttention.Cli;

/// <summary>The switches that say which attention runs: exact, or a gain cell with some of its effects.</summary>
internal sealed class AttentionOptions
{
    private readonly Option<string?> _cell = new("--cell") { Description = "Cell model. Default: the published one.", HelpName = "FILE" };
    private readonly Option<string?> _levels = new("--levels") { Description = "Levels of input, storage and read-out in place of the cell's.", HelpName = "16,8,32" };
    private readonly Option<bool> _noQuantization = new("--no-quantization") { Description = "No quantization of input, storage and read-out." };
    private readonly Option<string[]> _without = new("--without") { Description = $"Effects to leave out: {string.Join(", ", GainCellEffects.Names)}.", HelpName = "EFFECT,...", AllowMultipleArgumentsPerToken = true };
    private readonly Option<double?> _decay = new("--decay") { Description = "Decay per token in place of the cell's.", HelpName = "LAMBDA" };
    private readonly Option<string[]> _with = new("--with") { Description = $"Effects to put in as the cell file states them: {string.Join(", ", GainCellEffects.OptionalNames)}, or all. --seed draws the chip and its noise.", HelpName = "EFFECT,...", AllowMultipleArgumentsPerToken = true };
    private readonly Option<int?> _window = new("--window") { Description = "Tokens that attention looks back on, this one included.", HelpName = "W" };
    private readonly Option<string>? _attention;

    private AttentionOptions(Command command, bool choice)
    {
        if (choice)
        {
            _attention = new Option<string>("--attention") { Description = "Exact softmax attention, or the gain cell's.", DefaultValueFactory = _ => "ideal" };
            _attention.AcceptOnlyFromAmong("ideal", "gain-cell");
            command.Options.Add(_attention);
        }
        command.Options.Add(_cell);
        command.Options.Add(_levels);
        command.Options.Add(_noQuantization);
        command.Options.Add(_without);
        command.Options.Add(_decay);
        command.Options.Add(_with);
        command.Options.Add(_window);
    }

    /// <summary>For commands that run a model: with <c>--attention ideal|gain-cell</c>.</summary>
    public static AttentionOptions WithChoice(Command command) => new(command, choice: true);

    public static AttentionOptions GainCellOnly(Command command) => new(command, choice: false);

    public IAttention Attention(ParseResult parsed) => IsGainCell(parsed)
        ? GainCell(parsed)
        : new SoftmaxAttention(parsed.GetValue(_window));

    public bool IsGainCell(ParseResult parsed) => _attention is null || parsed.GetValue(_attention) == "gain-cell";

    /// <exception cref="UsageException">Switches that contradict each other.</exception>
    public GainCellAttention GainCell(ParseResult parsed)
    {
        var cell = Cell(parsed);
        bool quantize = !parsed.GetValue(_noQuantization);
        if (!quantize && parsed.GetValue(_levels) is not null)
            throw new UsageException("--levels and --no-quantization exclude each other");
        if (parsed.GetValue(_decay) is < 0 or double.NaN)
            throw new UsageException("--decay must not be negative");
        if (parsed.GetValue(_window) is < 1)
            throw new UsageException("--window must be at least 1");
        var options = new GainCellOptions
        {
            QuantizeInput = quantize,
            QuantizeStorage = quantize,
            QuantizeOutput = quantize,
            DecayPerToken = parsed.GetValue(_decay),
            Seed = parsed.GetValue(CommonOptions.Seed),
            Window = parsed.GetValue(_window),
        };
        T Named<T>(Option<string[]> option, Func<T> change)
        {
            try
            {
                return change();
            }
            catch (ArgumentException e)
            {
                throw new UsageException($"{option.Name}: {e.Message}");
            }
        }
        options = Named(_with, () => Effects(parsed, _with).Aggregate(options, (o, effect) => effect == "all" ? o.WithAll(cell) : o.With(effect)));
        options = Named(_without, () => Effects(parsed, _without).Aggregate(options, (o, effect) => o.Without(effect)));
        if (parsed.GetValue(_decay) is > 0 && options.DecayPerToken == 0)
            throw new UsageException("--decay and --without decay exclude each other");
        return new GainCellAttention(cell, options);
    }

    /// <summary>Whether no switch of this group was given.</summary>
    public bool IsPlain(ParseResult parsed) => new Option?[] { _attention, _cell, _levels, _noQuantization, _without, _with, _decay, _window }.All(o => o is null || parsed.GetResult(o) is null or { Implicit: true });

    /// <summary>Effects that are not to take part.</summary>
    public IReadOnlyList<string> LeftOut(ParseResult parsed) => Effects(parsed, _without);

    private static string[] Effects(ParseResult parsed, Option<string[]> option) => [.. (parsed.GetValue(option) ?? []).SelectMany(list => list.Split(',')).Select(e => e.Trim())];

    private CellModel Cell(ParseResult parsed)
    {
        var cell = parsed.GetValue(_cell) is { } path ? CellFile.Read(path) : PublishedCell.Load();
        if (parsed.GetValue(_levels) is not { } text)
            return cell;
        var levels = text.Split(',');
        var counts = new int[3];
        for (var i = 0; i < 3; i++)
            if (levels.Length != 3 || !int.TryParse(levels[i], out counts[i]) || counts[i] < 2)
                throw new UsageException($"--levels {text}: expected three numbers of at least 2: input,storage,read-out");
        return cell with
        {
            Input = cell.Input with { Levels = counts[0] },
            Storage = cell.Storage with { Levels = counts[1] },
            Readout = cell.Readout with { Levels = counts[2] },
        };
    }
}
