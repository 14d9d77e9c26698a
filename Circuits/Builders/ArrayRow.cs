using System.Collections.Immutable;

namespace AnalogAttention.Circuits.Builders;

/// <summary>One cell of an array.</summary>
/// <param name="StoreVolts">What it holds when the read begins: its initial voltage, or, with a write phase, what the row's write is told to store.</param>
/// <param name="Parameters">Instance parameters of this cell alone, SI units; they come before those of <see cref="ArrayBuilder.CellParameters"/>.</param>
public sealed record ArrayCell(double StoreVolts, ImmutableSortedDictionary<string, double>? Parameters = null);

/// <summary>One row of an array: the width of the pulse on its read lines (0: none) and its cells, column 1 first.</summary>
public sealed record ArrayRow(double PulseSeconds, IReadOnlyList<ArrayCell> Cells);

/// <summary>A wire, cell by cell: the resistance of one cell pitch, and the capacitance to ground where the cell taps it (0: none).</summary>
public sealed record LineWire(double OhmsPerCell, double FaradsPerCell = 0);
