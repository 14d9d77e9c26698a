using System.Collections.Immutable;

namespace AnalogAttention.Circuits;

/// <summary>What a deck asks for: an immutable record, apart from the code that runs it.</summary>
public abstract record Analysis(SourceSpan Span);

/// <summary><c>.op</c></summary>
public sealed record OperatingPoint(SourceSpan Span) : Analysis(Span);

/// <summary>
/// One axis of a <c>.dc</c>, from start to stop (inclusive) in steps: an independent source (volts or amperes), a resistor (ohms) or
/// <see cref="Temperature"/> (degrees Celsius).
/// </summary>
public sealed record SweepAxis(string Source, double Start, double Stop, double Step)
{
    public const string Temperature = "temp";

    /// <summary>floor((stop - start)/step + 1e-9) + 1, the points of the axis.</summary>
    public int Count => (int)Math.Floor((Stop - Start) / Step + 1e-9) + 1;

    public double At(int index) => Start + index * Step;
}

/// <summary><c>.dc</c>: the first axis is the inner (fast) one, as in ngspice.</summary>
public sealed record DcSweep(SourceSpan Span, ImmutableArray<SweepAxis> Axes) : Analysis(Span);

/// <summary><c>.tran</c>, seconds. <paramref name="MaximumStep"/> null means the engine's default.</summary>
public sealed record Transient(SourceSpan Span, double Step, double Stop, double Start = 0, double? MaximumStep = null, bool UseInitialConditions = false) : Analysis(Span);

/// <summary><c>.ac</c>: the circuit linearised at its operating point.</summary>
public sealed record SmallSignal(SourceSpan Span, FrequencySweep Frequencies) : Analysis(Span);

/// <summary><c>.noise</c>: the noise of V(OutputPositive, OutputNegative), also referred to an independent source.</summary>
/// <param name="ByDevice">Whether the part of every device is kept as well.</param>
public sealed record Noise(SourceSpan Span, string OutputPositive, string OutputNegative, string Source, FrequencySweep Frequencies, bool ByDevice = false) : Analysis(Span);

/// <summary><c>.measure</c>, kept as written (tokens after the name) with its analysis kind (<c>tran</c>, <c>dc</c>, <c>ac</c>).</summary>
public sealed record Measure(string Name, string Analysis, string Definition, SourceSpan Span);
