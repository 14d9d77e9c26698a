using System.Collections.Frozen;
using System.Collections.Immutable;

namespace AnalogAttention.Circuits.Language;

/// <summary>MOS transistors: which parameters an instance may have, and what it has where it says nothing.</summary>
internal sealed partial class Elaborator
{
    private static readonly FrozenSet<string> Level1Instance = FrozenSet.Create(StringComparer.Ordinal, "l", "w", "m", "ad", "as", "pd", "ps", "nrd", "nrs");
    private static readonly FrozenSet<string> EkvInstance = FrozenSet.Create(StringComparer.Ordinal, "l", "w", "m", "np", "ns", "delvto", "mulu0", "delgamma");

    /// <summary>Of levels that only another simulator has.</summary>
    private static readonly FrozenSet<string> OtherInstance = FrozenSet.Create(StringComparer.Ordinal, "l", "w", "m", "ad", "as", "pd", "ps", "nrd", "nrs", "nf", "dtemp", "delvto", "mulu0");

    /// <summary><c>.options</c> for instances without the parameter, as in ngspice.</summary>
    private static readonly (string Option, string Parameter)[] InstanceDefaults = [("defl", "l"), ("defw", "w"), ("defad", "ad"), ("defas", "as")];

    private Mosfet? Transistor(MosfetStatement mosfet, string name, string drain, string gate, string source, string bulk, Expansion at)
    {
        var parameters = ImmutableDictionary.CreateBuilder<string, double>();
        var complete = true;
        foreach (var (key, formula) in mosfet.Parameters)
        {
            var value = key.Text is "l" or "w" or "m" or "nf" ? Positive(formula, at, key.Text) : _evaluator.Evaluate(formula, at.Scope);
            complete &= value is not null;
            parameters[key.Text] = value ?? 0;
        }
        if (at.Multiplier != 1)
            parameters["m"] = at.Multiplier * parameters.GetValueOrDefault("m", 1);
        if (!complete)
            return null;
        var options = _settings.Values;
        const double defaultMetres = 1e-4; // ngspice's defl and defw
        double Metres(string side) => parameters.GetValueOrDefault(side, options.GetValueOrDefault("def" + side, defaultMetres));
        if (_models.ForTransistor(mosfet.Model, Metres("l"), Metres("w"), at) is not { } model)
            return null;
        var level = _models.Level(model);
        var known = level switch { 1 => Level1Instance, 44 => EkvInstance, _ => OtherInstance };
        foreach (var (key, _) in mosfet.Parameters)
        {
            if (!known.Contains(key.Text))
                throw new StatementException(DiagnosticCodes.UnknownElementParameter, key.Span, $"a transistor of level {level} has no parameter '{key}' (known here: {string.Join(", ", known.Order(StringComparer.Ordinal))})");
        }
        foreach (var (option, parameter) in InstanceDefaults)
        {
            if (level is 1 or 44 && known.Contains(parameter) && !parameters.ContainsKey(parameter) && options.TryGetValue(option, out var value))
                parameters[parameter] = value;
        }
        return new Mosfet(name, mosfet.Name.Span, drain, gate, source, bulk, model, parameters.ToImmutable());
    }
}
