using AnalogAttention.Simulation.Embedded;
using AnalogAttention.Simulation.Solver;

namespace AnalogAttention.Simulation.Devices;

/// <summary>
/// All elements of one kind in a circuit, held as arrays. Every kind speaks the same words, in the order of a simulation:
/// construction (nodes, parameters at temperature), <see cref="Allocate"/>, <see cref="Connect"/>, <see cref="StampLinear"/>,
/// <see cref="Excite"/>, <see cref="Load"/>, <see cref="Accept"/>.
/// The equations are sum of i(x) + dq(x)/dt = 0 for every node and one voltage equation for every branch.
/// </summary>
public abstract class DeviceGroup
{
    /// <summary>Whether <see cref="Load"/> depends on x beyond the linear stamps.</summary>
    public virtual bool IsNonlinear => false;

    /// <summary>Takes branch currents and states.</summary>
    public virtual void Allocate(UnknownTable unknowns) { }

    /// <summary>Finds the controlling branches of other elements; all branches exist by now.</summary>
    public virtual void Resolve(UnknownTable unknowns) { }

    /// <summary>Learns which unknowns are not solved for, before <see cref="Connect"/>.</summary>
    public virtual void Recognise(KnownVoltages known) { }

    /// <summary>Names its matrix places; called once to collect the pattern and once to learn the slots.</summary>
    public abstract void Connect(StampPattern pattern);

    /// <summary>Adds its constant part to dF/dx: siemens (or voltage equation factors) and farads (henries), by slot.</summary>
    public virtual void StampLinear(Span<double> conductance, Span<double> capacitance) { }

    /// <summary>Adds source values to the right side b of linear(x) = b, once per point.</summary>
    public virtual void Excite(in Excitation excitation, Span<double> rightSide) { }

    /// <summary>Adds the part of dq/dt of its linear charges that is known from the past to the right side.</summary>
    public virtual void ExciteHistory(ReadOnlySpan<double> history, Span<double> rightSide) { }

    /// <summary>Writes the charges of its linear elements at solution x.</summary>
    public virtual void WriteLinearCharges(ReadOnlySpan<double> x, Span<double> charges) { }

    /// <summary>
    /// Charges before a <c>uic</c> transient: what <c>ic=</c> demands, else what the node voltages of <c>.ic</c> (0 where there is none)
    /// give. <paramref name="between"/> tells the volts from one node to another where voltage sources set them.
    /// </summary>
    public virtual void WriteInitialCharges(ReadOnlySpan<double> initialVolts, Func<int, int, double?> between, Span<double> charges) => WriteCharges(initialVolts, charges);

    /// <summary>Forgets where it was last evaluated; the next <see cref="Load"/> is not limited.</summary>
    public virtual void Restart() { }

    /// <summary>
    /// Before each <see cref="Load"/>: sets the unknowns that are explicit functions of others to their values, so that Newton's
    /// iteration sees the system without them.
    /// </summary>
    public virtual void Follow(LoadState state) { }

    /// <summary>Adds residual and Jacobian of its nonlinear elements at state.X; returns false when a step was limited, so that Newton has to go on.</summary>
    public virtual bool Load(LoadState state) => true;

    /// <summary>
    /// After the last Newton step: moves the charges of the last <see cref="Load"/> along their linearisation by
    /// <paramref name="delta"/>, so that the stored charges fulfil Kirchhoff's law to rounding and none is lost over many steps. A group
    /// that leaves known nodes out of its equations adds its currents there to the residual, which then stands at the end of the step.
    /// </summary>
    public virtual void Accept(LoadState state, ReadOnlySpan<double> delta) { }

    /// <summary>Pairs of unknowns joined for direct current by elements with internal nodes or other conducting branches.</summary>
    public virtual IEnumerable<(int A, int B)> InternalConductors => [];

    /// <summary>Makes a solved point the past of elements that remember (switches); true when one turned, so that slopes jump here.</summary>
    public virtual bool Commit() => false;

    /// <summary>Takes back the last <see cref="Commit"/>.</summary>
    public virtual void Retract() { }

    /// <summary>Forgets the iterations since the last <see cref="Commit"/>: they led to no point.</summary>
    public virtual void Recall() { }

    /// <summary>How much longer than the last step, from <paramref name="lastX"/> to <paramref name="x"/>, the next one may be.</summary>
    public virtual double StepFactor(ReadOnlySpan<double> x, ReadOnlySpan<double> lastX) => double.PositiveInfinity;

    /// <summary>Charges at x without integration, for the start of a transient.</summary>
    public virtual void WriteCharges(ReadOnlySpan<double> x, Span<double> charges) => WriteLinearCharges(x, charges);

    /// <summary>Times in (0, stop] at which the slope of something given over time jumps.</summary>
    public virtual IEnumerable<double> Breakpoints(double stop) => [];

    /// <summary>What made the last <see cref="Load"/> useless, for messages; null for nothing.</summary>
    public virtual string? Trouble => null;

    /// <summary>Adds the complex amplitudes of its sources to the right side of (G + j w C) x = b.</summary>
    public virtual void ExciteSmallSignal(Span<System.Numerics.Complex> rightSide) { }

    /// <summary>Adds its noise currents at the operating point x.</summary>
    public virtual void CollectNoise(ReadOnlySpan<double> x, double kelvin, List<NoiseSource> sources) { }

    /// <summary>A nonlinear element on that unknown, for messages.</summary>
    public virtual string? ElementAt(int unknown) => null;
}

/// <summary>What independent sources are asked for.</summary>
/// <param name="Seconds">Time of a transient; null asks for the DC value.</param>
/// <param name="Factor">Part of the full value, for source stepping.</param>
public readonly record struct Excitation(double? Seconds, double Factor);

/// <summary>The numbers of one Newton iteration, shared by all device groups. Index 0 of x and residual is ground.</summary>
public sealed class LoadState(int unknowns, int slots, int states)
{
    /// <summary>Node volts and branch amperes.</summary>
    public readonly double[] X = new double[unknowns + 1];

    /// <summary>Amperes leaving each node, volts of each branch equation.</summary>
    public readonly double[] Residual = new double[unknowns + 1];

    /// <summary>d residual / dx by slot.</summary>
    public readonly double[] Jacobian = new double[slots];

    /// <summary>Charges at the point being solved.</summary>
    public readonly double[] Charges = new double[states];

    /// <summary>dq/dt = ChargeRate q + History.</summary>
    public readonly double[] History = new double[states];

    /// <summary>1/s; 0 when nothing moves (operating point, DC).</summary>
    public double ChargeRate;
}
