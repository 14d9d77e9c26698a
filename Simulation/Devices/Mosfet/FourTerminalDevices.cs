using System.Runtime.CompilerServices;
using AnalogAttention.Simulation.Devices.Lanes;
using AnalogAttention.Simulation.Embedded;
using AnalogAttention.Simulation.Solver;

namespace AnalogAttention.Simulation.Devices;

/// <summary>
/// Transistors side by side: voltages, currents and conductances of the terminals drain, gate, source, bulk as arrays over the
/// transistors, padded to whole vectors. What goes to free unknowns is added to the equations; what goes to nodes that sources give
/// is only counted once a point is solved.
/// </summary>
public abstract class FourTerminalDevices : DeviceGroup
{
    protected const int Drain = 0, Gate = 1, Source = 2, Bulk = 3;

    private readonly int[][] _nodes;
    private readonly double[][] _volts;
    private (int From, int To)[] _toResidual = [], _toKnown = [], _toJacobian = [];
    private KnownVoltages? _known;

    private protected FourTerminalDevices(IReadOnlyList<(int D, int G, int S, int B)> nodes)
    {
        Count = nodes.Count;
        Padded = LaneWidth.Padded(Count);
        _nodes = [Terminal(n => n.D), Terminal(n => n.G), Terminal(n => n.S), Terminal(n => n.B)];
        _volts = [new double[Padded], new double[Padded], new double[Padded], new double[Padded]];
        Amperes = new double[4 * Padded];
        Siemens = new double[16 * Padded];

        int[] Terminal(Func<(int D, int G, int S, int B), int> of) => [.. nodes.Select(of), .. new int[Padded - Count]];
    }

    protected int Count { get; }

    /// <summary>Length of every array over the transistors; what lies beyond <see cref="Count"/> has all terminals on ground.</summary>
    protected int Padded { get; }

    /// <summary>Into each terminal of the last evaluation, capacitive currents included: terminal * Padded + transistor.</summary>
    protected double[] Amperes { get; }

    /// <summary>d amperes of a row terminal / d volts of a column terminal: (4 row + column) * Padded + transistor.</summary>
    protected double[] Siemens { get; }

    protected int Node(int terminal, int transistor) => _nodes[terminal][transistor];

    protected double[] Volts(int terminal) => _volts[terminal];

    public override bool IsNonlinear => true;

    public override void Recognise(KnownVoltages known) => _known = known;

    public override void Connect(StampPattern pattern)
    {
        List<(int, int)> residual = [], atKnown = [], jacobian = [];
        bool Free(int node) => node > 0 && !_known![node];
        for (var row = 0; row < 4; row++)
            for (var k = 0; k < Count; k++)
            {
                var node = _nodes[row][k];
                if (!Free(node))
                {
                    if (node > 0)
                        atKnown.Add((row * Padded + k, node));
                    continue;
                }
                residual.Add((row * Padded + k, node));
                for (var column = 0; column < 4; column++)
                    if (Free(_nodes[column][k]))
                        jacobian.Add(((4 * row + column) * Padded + k, pattern.Entry(node, _nodes[column][k])));
            }
        (_toResidual, _toKnown, _toJacobian) = ([.. residual], [.. atKnown], [.. jacobian]);
    }

    public override void Restart() => IsEvaluated = false;

    public override bool Load(LoadState state)
    {
        if (Count == 0)
            return true;
        Gather(state.X);
        var settled = LaneWidth.Widest switch
        {
            8 => Evaluate<Lane8>(state),
            4 => Evaluate<Lane4>(state),
            _ => Evaluate<Lane1>(state),
        };
        IsEvaluated = true;
        Scatter(state);
        return settled;
    }

    /// <summary>Writes <see cref="Amperes"/> and <see cref="Siemens"/> at the fetched voltages; false when a step was limited.</summary>
    private protected abstract bool Evaluate<T>(LoadState state) where T : struct, ILane<T>;

    /// <summary>Whether the last evaluation bounds the step to the next one.</summary>
    protected bool IsEvaluated { get; private set; }

    /// <summary>Fetches the terminal voltages of x (or the steps of them).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected void Gather(ReadOnlySpan<double> x)
    {
        for (var terminal = 0; terminal < 4; terminal++)
        {
            int[] nodes = _nodes[terminal];
            var volts = _volts[terminal];
            for (var k = 0; k < volts.Length; k++)
                volts[k] = x[nodes[k]];
        }
    }

    /// <summary>Adds what the last evaluation gave to the equations.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Scatter(LoadState state)
    {
        double[] residual = state.Residual, jacobian = state.Jacobian, amperes = Amperes, siemens = Siemens;
        foreach (var (from, to) in _toResidual)
            residual[to] += amperes[from];
        foreach (var (from, to) in _toJacobian)
            jacobian[to] += siemens[from];
    }

    /// <summary>Moves the currents along their linearisation by the last step and adds those of known nodes to the residual.</summary>
    public override void Accept(LoadState state, ReadOnlySpan<double> delta)
    {
        Gather(delta);
        switch (LaneWidth.Widest)
        {
            case 8: MoveCurrents<Lane8>(); break;
            case 4: MoveCurrents<Lane4>(); break;
            default: MoveCurrents<Lane1>(); break;
        }
        foreach (var (from, to) in _toKnown)
            state.Residual[to] += Amperes[from];
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void MoveCurrents<T>() where T : struct, ILane<T>
    {
        for (var k = 0; k < Padded; k += T.Width)
        {
            T d = T.Load(in _volts[Drain][0], k), g = T.Load(in _volts[Gate][0], k), s = T.Load(in _volts[Source][0], k), b = T.Load(in _volts[Bulk][0], k);
            for (var row = 0; row < 4; row++)
            {
                var place = row * Padded + k;
                T.Store(T.Load(in Amperes[place], 0) + SiemensAt<T>(row, Drain, k) * d + SiemensAt<T>(row, Gate, k) * g + SiemensAt<T>(row, Source, k) * s + SiemensAt<T>(row, Bulk, k) * b, ref Amperes[place], 0);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private T SiemensAt<T>(int row, int column, int k) where T : struct, ILane<T> => T.Load(in Siemens[(4 * row + column) * Padded + k], 0);

    /// <summary>The transistor on that unknown with the largest drain current.</summary>
    protected int? LargestAt(int unknown)
    {
        int? found = null;
        for (var k = 0; k < Count; k++)
            if (Enumerable.Range(0, 4).Any(t => _nodes[t][k] == unknown) && !(found is { } other && Math.Abs(Amperes[other]) >= Math.Abs(Amperes[k])))
                found = k;
        return found;
    }
}
