using System.Collections.Immutable;

namespace AnalogAttention.Circuits;

/// <summary>One element of a flat circuit. Currents flow from the first node through the element to the second.</summary>
public abstract record Element(string Name, SourceSpan Span)
{
    /// <summary>All nodes it touches, control nodes included.</summary>
    public abstract ImmutableArray<string> Nodes { get; }
}

/// <param name="Ohms">At the nominal temperature (<c>tnom</c>, 27 degrees Celsius).</param>
/// <param name="Tc1">1/K: R(T) = Ohms (1 + Tc1 dT + Tc2 dT^2), dT from the nominal temperature.</param>
/// <param name="Tc2">1/K^2</param>
public sealed record Resistor(string Name, SourceSpan Span, string Positive, string Negative, double Ohms, double Tc1 = 0, double Tc2 = 0) : Element(Name, Span)
{
    public override ImmutableArray<string> Nodes => [Positive, Negative];
}

/// <param name="InitialVolts"><c>ic=</c>, used with <c>uic</c>.</param>
public sealed record Capacitor(string Name, SourceSpan Span, string Positive, string Negative, double Farads, double? InitialVolts = null) : Element(Name, Span)
{
    public override ImmutableArray<string> Nodes => [Positive, Negative];
}

/// <param name="InitialAmperes"><c>ic=</c>, used with <c>uic</c>.</param>
public sealed record Inductor(string Name, SourceSpan Span, string Positive, string Negative, double Henries, double? InitialAmperes = null) : Element(Name, Span)
{
    public override ImmutableArray<string> Nodes => [Positive, Negative];
}

/// <summary>Complex amplitude for small-signal analyses: magnitude in volts or amperes, phase in degrees.</summary>
public sealed record AcStimulus(double Magnitude, double PhaseDegrees);

public sealed record VoltageSource(string Name, SourceSpan Span, string Positive, string Negative, SourceWaveform Waveform, AcStimulus? Ac = null) : Element(Name, Span)
{
    public override ImmutableArray<string> Nodes => [Positive, Negative];
}

/// <summary>A positive current flows from <paramref name="Positive"/> through the source to <paramref name="Negative"/>.</summary>
public sealed record CurrentSource(string Name, SourceSpan Span, string Positive, string Negative, SourceWaveform Waveform, AcStimulus? Ac = null) : Element(Name, Span)
{
    public override ImmutableArray<string> Nodes => [Positive, Negative];
}

/// <summary><c>E</c>: V(Positive, Negative) = Gain V(ControlPositive, ControlNegative).</summary>
public sealed record VoltageControlledVoltageSource(string Name, SourceSpan Span, string Positive, string Negative, string ControlPositive, string ControlNegative, double Gain) : Element(Name, Span)
{
    public override ImmutableArray<string> Nodes => [Positive, Negative, ControlPositive, ControlNegative];
}

/// <summary><c>G</c>: I = Siemens V(ControlPositive, ControlNegative).</summary>
public sealed record VoltageControlledCurrentSource(string Name, SourceSpan Span, string Positive, string Negative, string ControlPositive, string ControlNegative, double Siemens) : Element(Name, Span)
{
    public override ImmutableArray<string> Nodes => [Positive, Negative, ControlPositive, ControlNegative];
}

/// <summary><c>F</c>: I = Gain I(ControlSource), a voltage source of the same circuit.</summary>
public sealed record CurrentControlledCurrentSource(string Name, SourceSpan Span, string Positive, string Negative, string ControlSource, double Gain) : Element(Name, Span)
{
    public override ImmutableArray<string> Nodes => [Positive, Negative];
}

/// <summary><c>H</c>: V(Positive, Negative) = Ohms I(ControlSource).</summary>
public sealed record CurrentControlledVoltageSource(string Name, SourceSpan Span, string Positive, string Negative, string ControlSource, double Ohms) : Element(Name, Span)
{
    public override ImmutableArray<string> Nodes => [Positive, Negative];
}

/// <summary><c>D</c>: a junction diode; current flows from the anode to the cathode.</summary>
/// <param name="Model">Key into <see cref="Circuit.Models"/>, a card of type <c>d</c>.</param>
/// <param name="Area">Of one diode, multiples of the diode that the card describes.</param>
/// <param name="StartsOff"><c>off</c>: the search for an operating point starts with no voltage across it.</param>
public sealed record Diode(string Name, SourceSpan Span, string Anode, string Cathode, string Model, double Area = 1, bool StartsOff = false) : Element(Name, Span)
{
    /// <summary>Equal diodes in parallel: each has the breakdown current of the card, whatever its area.</summary>
    public double Multiplier { get; init; } = 1;

    public override ImmutableArray<string> Nodes => [Anode, Cathode];
}

/// <summary><c>S</c>: a resistance that V(ControlPositive, ControlNegative) switches.</summary>
/// <param name="Model">Key into <see cref="Circuit.Models"/>, a card of type <c>sw</c>.</param>
/// <param name="StartsOn">State where the control starts between its two thresholds.</param>
/// <param name="Parallel">Switches in parallel.</param>
public sealed record VoltageSwitch(string Name, SourceSpan Span, string Positive, string Negative, string ControlPositive, string ControlNegative, string Model, bool StartsOn = false, double Parallel = 1) : Element(Name, Span)
{
    public override ImmutableArray<string> Nodes => [Positive, Negative, ControlPositive, ControlNegative];
}

/// <summary><c>W</c>: a resistance that I(ControlSource) switches.</summary>
/// <param name="Model">Key into <see cref="Circuit.Models"/>, a card of type <c>csw</c>.</param>
/// <param name="StartsOn">State where the control starts between its two thresholds.</param>
/// <param name="Parallel">Switches in parallel.</param>
public sealed record CurrentSwitch(string Name, SourceSpan Span, string Positive, string Negative, string ControlSource, string Model, bool StartsOn = false, double Parallel = 1) : Element(Name, Span)
{
    public override ImmutableArray<string> Nodes => [Positive, Negative];
}

/// <summary><c>K</c>: couples two inductors; M = Coupling sqrt(L1 L2). The first node of each carries the dot.</summary>
public sealed record MutualInductance(string Name, SourceSpan Span, string FirstInductor, string SecondInductor, double Coupling) : Element(Name, Span)
{
    public override ImmutableArray<string> Nodes => [];
}

/// <param name="Model">Key into <see cref="Circuit.Models"/>.</param>
/// <param name="Parameters">Instance parameters by lower-case name, metres and square metres: <c>l w m ad as pd ps ...</c></param>
public sealed record Mosfet(string Name, SourceSpan Span, string Drain, string Gate, string Source, string Bulk, string Model, ImmutableDictionary<string, double> Parameters) : Element(Name, Span)
{
    public override ImmutableArray<string> Nodes => [Drain, Gate, Source, Bulk];
}

/// <summary>What the formula of a <see cref="BehaviouralElement"/> gives.</summary>
public enum BehaviouralQuantity { Volts, Amperes, Ohms, Farads, Coulombs }

/// <summary>
/// B, and E, G, F, H, R or C with a formula. Volts: V(Positive, Negative). Amperes: from Positive through the element to Negative.
/// Ohms, Farads (I = C dV/dt) and Coulombs (I = dq/dt) between the two nodes.
/// </summary>
/// <param name="Parallel"><c>m=</c>: multiplies the value; divides ohms.</param>
/// <param name="Tc1">1/K: the value is multiplied by 1 + Tc1 dT + Tc2 dT^2, dT from 27 degrees Celsius.</param>
/// <param name="Tc2">1/K^2</param>
/// <param name="InitialVolts"><c>ic=</c> of a capacitor, used with <c>uic</c>.</param>
public sealed record BehaviouralElement(string Name, SourceSpan Span, string Positive, string Negative, BehaviouralQuantity Quantity, Formula Formula,
    double Parallel = 1, double Tc1 = 0, double Tc2 = 0, double? InitialVolts = null) : Element(Name, Span)
{
    public override ImmutableArray<string> Nodes => [Positive, Negative, .. Formula.All.OfType<VoltageFormula>().SelectMany(v => new[] { v.Positive, v.Negative })];
}
