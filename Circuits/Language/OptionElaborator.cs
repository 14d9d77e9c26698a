using System.Collections.Frozen;
using System.Collections.Immutable;

namespace AnalogAttention.Circuits.Language;

/// <summary>Evaluates <c>.options</c> and <c>.temp</c> in the top-level scope of a deck.</summary>
internal sealed class OptionElaborator(Evaluator evaluator, ParameterScope scope, DiagnosticList diagnostics)
{
    private const double AbsoluteZeroCelsius = -273.15;
    private const double MostCount = 1e9; // iterations, steps: they are counted in 32 bits

    private static readonly FrozenSet<string> Positive = FrozenSet.Create(StringComparer.Ordinal, "reltol", "abstol", "vntol", "chgtol", "trtol", "defl", "defw", "rshunt", "scale");
    private static readonly FrozenSet<string> NotNegative = FrozenSet.Create(StringComparer.Ordinal, "gmin", "defad", "defas", "cshunt", "pivtol", "pivrel", "minbreak", "ramptime");
    private static readonly FrozenSet<string> FromOne = FrozenSet.Create(StringComparer.Ordinal, "itl1", "itl2", "itl4");
    private static readonly FrozenSet<string> FromZero = FrozenSet.Create(StringComparer.Ordinal, "itl3", "itl5", "itl6", "gminsteps", "srcsteps");

    private readonly ImmutableDictionary<string, double>.Builder _values = ImmutableDictionary.CreateBuilder<string, double>();
    private readonly ImmutableDictionary<string, SourceSpan>.Builder _places = ImmutableDictionary.CreateBuilder<string, SourceSpan>();

    public double TemperatureCelsius { get; private set; } = 27;

    public ImmutableDictionary<string, double> Values => _values.ToImmutable();

    /// <summary>Where each value was given.</summary>
    public ImmutableDictionary<string, SourceSpan> Places => _places.ToImmutable();

    public void Evaluate(IEnumerable<OptionStatement> statements)
    {
        foreach (var (name, formula) in statements)
        {
            if (!SimulatorOptions.Known.Contains(name.Text))
                diagnostics.Warning(DiagnosticCodes.UnknownOption, name.Span, $"unknown option '{name}'");
            if (formula is null && Expected(name.Text, double.NaN) is { } missing)
                diagnostics.Error(DiagnosticCodes.Expected, name.Span, $"expected {name}=VALUE: {missing}");
            if ((formula is null ? 1 : evaluator.Evaluate(formula, scope)) is not { } value)
                continue;
            if (formula is not null && Expected(name.Text, value) is { } expected)
                diagnostics.Error(DiagnosticCodes.BadValue, name.Span, $"{expected}, found {SpiceNumber.Format(value)}");
            if (SimulatorOptions.Display.Contains(name.Text) && value != 0)
                diagnostics.Warning(DiagnosticCodes.Ignored, name.Span, $"option '{name}' changes what is printed or written, not what is solved: ignored by the embedded engine");
            if (name.Text == "temp")
                TemperatureCelsius = value;
            _values[name.Text] = value;
            _places[name.Text] = name.Span;
        }
    }

    /// <summary>A temperature that something can have; reported where it stands otherwise.</summary>
    public static bool IsTemperature(double celsius) => celsius > AbsoluteZeroCelsius;

    public static string BelowZero(double celsius) => $"a temperature of {SpiceNumber.Format(celsius)} degrees Celsius is below absolute zero";

    /// <returns>What a value has to be and is not; null for a good one. Not a number is never good.</returns>
    private static string? Expected(string name, double value) => name switch
    {
        "temp" or "tnom" when !IsTemperature(value) => $"{name} must be above absolute zero, {SpiceNumber.Format(AbsoluteZeroCelsius)} degrees Celsius",
        "maxord" when !(value is >= 1 and <= 6 && value == Math.Floor(value)) => "maxord must be a whole number from 1 to 6",
        "xmu" when !(value is >= 0 and <= 0.5) => "xmu must lie between 0 and 0.5",
        _ when Positive.Contains(name) && !(value > 0) => $"{name} must be positive",
        _ when NotNegative.Contains(name) && !(value >= 0) => $"{name} must not be negative",
        _ when FromOne.Contains(name) && !(value is >= 1 and <= MostCount) => $"{name} must be a number of iterations from 1 to {SpiceNumber.Format(MostCount)}",
        _ when FromZero.Contains(name) && !(value is >= 0 and <= MostCount) => $"{name} must lie between 0 and {SpiceNumber.Format(MostCount)}",
        _ => null,
    };
}
