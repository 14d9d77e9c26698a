using System.Collections.Immutable;

namespace AnalogAttention.Circuits;

/// <summary>What reading a deck does with its <c>.step</c> and <c>.mc</c>.</summary>
public enum SweepStatements
{
    /// <summary>They are errors, N503.</summary>
    Refused,

    /// <summary>They become <see cref="Circuit.Steps"/> and <see cref="Circuit.MonteCarlo"/>.</summary>
    Evaluated,

    /// <summary>Their values are given by <see cref="DeckReaderOptions.Parameters"/> already.</summary>
    PassedOver,
}

/// <summary><c>.step</c></summary>
/// <param name="Parameter">Of the deck's top level; null: the temperature, degrees Celsius.</param>
/// <param name="Values">One or more, in order.</param>
public sealed record ParameterStep(SourceSpan Span, string? Parameter, ImmutableArray<double> Values);

/// <summary><c>.mc</c>, as written: names of samplings and distributions are the sweep's to know.</summary>
/// <param name="Sampling">Null: left out.</param>
/// <param name="Mismatch">Instances whose transistors are drawn, empty for all; null: none.</param>
public sealed record MonteCarloRequest(SourceSpan Span, double Samples, double? Seed, string? Sampling, ImmutableArray<string>? Mismatch, ImmutableArray<ParameterDraw> Draws);

/// <summary><c>NAME=DISTRIBUTION(NUMBERS)</c> of a <c>.mc</c>.</summary>
/// <param name="Parameter">Of the deck's top level, or <c>SUBCIRCUIT.PARAMETER</c>: of every instance.</param>
/// <param name="Numbers">Two or three.</param>
public sealed record ParameterDraw(SourceSpan Span, string Parameter, string Distribution, ImmutableArray<double> Numbers);
