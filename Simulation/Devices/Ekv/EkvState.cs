using System.Runtime.CompilerServices;

namespace AnalogAttention.Simulation.Devices.Ekv;

/// <summary>A transistor at one bias point. Currents and charges are those of the terminals drain, gate, source, bulk.</summary>
public struct EkvState
{
    /// <summary>Current into the drain, amperes; the source carries -Id, gate and bulk nothing.</summary>
    public double Id;

    /// <summary>dId/dV of drain, gate, source and bulk, siemens.</summary>
    public double GdVd, GdVg, GdVs, GdVb;

    /// <summary>beta |QI|, siemens: the thermal noise current of the channel is that of this conductance.</summary>
    public double NoiseSiemens;

    /// <summary>Terminal charges, coulombs; their sum is zero.</summary>
    public double Qd, Qg, Qs, Qb;

    /// <summary>dQ/dV, farads, rows and columns in the order d, g, s, b.</summary>
    public Jacobian4 C;
}

/// <summary>4 x 4 matrix, row-major, order d, g, s, b.</summary>
[InlineArray(16)]
public struct Jacobian4
{
    private double _first;

    public double this[int row, int column]
    {
        readonly get => this[4 * row + column];
        set => this[4 * row + column] = value;
    }
}
