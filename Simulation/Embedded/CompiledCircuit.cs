using AnalogAttention.Circuits;
using AnalogAttention.Simulation.Devices;
using AnalogAttention.Simulation.Devices.Behavioural;
using AnalogAttention.Simulation.Solver;

namespace AnalogAttention.Simulation.Embedded;

/// <summary>
/// A circuit made ready for numbers: unknowns numbered, elements grouped by kind, matrix pattern fixed. Compiled once, run many
/// times; one run at a time, because the groups remember where they were last evaluated.
/// </summary>
public sealed class CompiledCircuit
{
    private readonly StampPattern _stamps;

    /// <exception cref="BadInputException">An element is unknown, its values are bad, or it forms a loop of voltage sources.</exception>
    /// <param name="complete">Keeps every node voltage and branch current among the unknowns of the equations, for small signals.</param>
    public CompiledCircuit(Circuit circuit, bool complete = false)
        : this(circuit, complete, null)
    {
    }

    private CompiledCircuit(Circuit circuit, bool complete, CompiledCircuit? shape)
    {
        Circuit = circuit;
        Options = SimulationOptions.From(circuit);
        foreach (var element in circuit.Elements)
            foreach (var node in element.Nodes)
                Unknowns.Node(node);
        VoltageSources = new VoltageSources(All<VoltageSource>(), Unknowns);
        CurrentSources = new CurrentSources(All<CurrentSource>(), Unknowns);
        DeviceGroup[] groups =
        [
            new Resistors(All<Resistor>(), Options.TemperatureCelsius - Options.NominalCelsius, Unknowns),
            new Capacitors(All<Capacitor>(), Unknowns),
            new Inductors(All<Inductor>(), All<MutualInductance>(), Unknowns),
            VoltageSources,
            CurrentSources,
            new VoltageControlledVoltageSources(All<VoltageControlledVoltageSource>(), Unknowns),
            new VoltageControlledCurrentSources(All<VoltageControlledCurrentSource>(), Unknowns),
            new CurrentControlledCurrentSources(All<CurrentControlledCurrentSource>(), Unknowns),
            new CurrentControlledVoltageSources(All<CurrentControlledVoltageSource>(), Unknowns),
            new Diodes(All<Diode>(), circuit, Options, Unknowns),
            new BehaviouralElements(All<BehaviouralElement>(), Options, Unknowns),
            new Switches(All<VoltageSwitch>(), All<CurrentSwitch>(), circuit, Options.Gmin, Unknowns),
            new Level1Transistors([.. All<Mosfet>().Where(m => Level(m) == 1)], circuit, Options, Unknowns),
            new EkvTransistors([.. All<Mosfet>().Where(m => Level(m) != 1)], circuit, Options, Unknowns),
        ];
        Groups = [.. groups];
        if (shape is null)
        {
            Topology = new Topology(circuit.Elements, Unknowns, groups.SelectMany(g => g.InternalConductors));
            Topology.RefuseVoltageLoops(atRest: false);
        }
        else
            Topology = shape.Topology;
        Nonlinear = circuit.Elements.Any(e => e is Mosfet or Diode or VoltageSwitch or CurrentSwitch or BehaviouralElement) ? [.. groups.Where(g => g.IsNonlinear)] : [];
        foreach (var group in Groups)
            group.Allocate(Unknowns);
        foreach (var group in Groups)
            group.Resolve(Unknowns);
        var followed = circuit.Elements.SelectMany(IndependentParts.Followed).ToHashSet(StringComparer.OrdinalIgnoreCase);
        Known = complete ? KnownVoltages.None(Unknowns) : KnownVoltages.Find(circuit, Unknowns, VoltageSources, followed.Contains);
        Sensed = [.. circuit.Elements.Where(e => e is not Inductor && followed.Contains(e.Name)).Select(e => Unknowns.TryBranch(e.Name, out var branch)
            ? new SensedSource(branch, Unknowns.Node(e.Nodes[0]), Unknowns.Node(e.Nodes[1])) : default).Where(s => s.Branch > 0)];
        Given = Sensed.Length == 0 ? Known : KnownVoltages.Find(circuit, Unknowns, VoltageSources, _ => false);
        foreach (var group in Groups)
            group.Recognise(Known);
        if (shape is not null)
        {
            (_stamps, Pattern, Diagonal, Free, FreePattern, FreeSlots) = (shape._stamps, shape.Pattern, shape.Diagonal, shape.Free, shape.FreePattern, shape.FreeSlots);
            foreach (var group in Groups)
                group.Connect(_stamps);
            return;
        }
        _stamps = new StampPattern();
        foreach (var group in Groups)
            group.Connect(_stamps);
        Pattern = _stamps.Seal(Unknowns.Count);
        foreach (var group in Groups)
            group.Connect(_stamps);
        Diagonal = new int[Unknowns.Count + 1];
        for (var unknown = 1; unknown <= Unknowns.Count; unknown++)
            Diagonal[unknown] = _stamps.Entry(unknown, unknown);
        Free = [.. Enumerable.Range(1, Unknowns.Count).Where(u => !Known[u])];
        (FreePattern, FreeSlots) = Pattern.Restrict(Array.ConvertAll(Free, u => u - 1));
    }

    public Circuit Circuit { get; }
    public SimulationOptions Options { get; }
    public UnknownTable Unknowns { get; } = new();
    public Topology Topology { get; }

    /// <summary>Places of all unknowns, the known ones included.</summary>
    public SparsePattern Pattern { get; }

    /// <summary>Those that are no unknowns.</summary>
    public KnownVoltages Known { get; }

    /// <summary>Those and the ones given by sources that stay among the unknowns because their current is sensed.</summary>
    public KnownVoltages Given { get; }

    /// <summary>Sources whose current controls something.</summary>
    public SensedSource[] Sensed { get; }

    /// <summary>The unknowns that are solved for, ascending.</summary>
    public int[] Free { get; }

    /// <summary>Places of the free unknowns among themselves, in the order of <see cref="Free"/>.</summary>
    public SparsePattern FreePattern { get; }

    /// <summary>Slot in <see cref="Pattern"/> by slot in <see cref="FreePattern"/>.</summary>
    public int[] FreeSlots { get; }

    /// <summary>Slot of (k, k) by unknown.</summary>
    public int[] Diagonal { get; }

    public DeviceGroup[] Groups { get; }
    public DeviceGroup[] Nonlinear { get; }
    public VoltageSources VoltageSources { get; }
    public CurrentSources CurrentSources { get; }

    /// <summary>
    /// The same elements on the same nodes with other values (parameters, models, waveforms, options): numbering, topology, matrix
    /// pattern and, in a run that goes on with it, the pivots are kept.
    /// </summary>
    /// <exception cref="ArgumentException">An element is another one, sits on other nodes or follows another current; it has to be compiled anew.</exception>
    /// <exception cref="BadInputException">A value is bad.</exception>
    public CompiledCircuit With(Circuit altered)
    {
        var (before, after) = (Circuit.Elements, altered.Elements);
        if (before.Length != after.Length)
            throw new ArgumentException($"{after.Length} elements in place of {before.Length}", nameof(altered));
        for (var k = 0; k < before.Length; k++)
        {
            var (old, now) = (before[k], after[k]);
            if (!ReferenceEquals(old, now) && !IsSamePlace(old, now))
                throw new ArgumentException($"'{now.Name}' does not take the place of '{old.Name}'", nameof(altered));
        }
        var compiled = new CompiledCircuit(altered, Known.Count == 0, this);
        return compiled.Unknowns.Count == Unknowns.Count && compiled.Unknowns.StateCount == Unknowns.StateCount
            ? compiled
            : throw new ArgumentException("a value adds or removes an internal node", nameof(altered));
    }

    // what an element follows is no node of it, and still part of the shape
    private static bool IsSamePlace(Element old, Element now) =>
        old.GetType() == now.GetType() && old.Name == now.Name && old.Nodes.SequenceEqual(now.Nodes)
        && IndependentParts.Followed(old).SequenceEqual(IndependentParts.Followed(now), StringComparer.OrdinalIgnoreCase);

    private int? Level(Mosfet mosfet) => Circuit.Models.GetValueOrDefault(mosfet.Model)?.Level;

    private List<T> All<T>() where T : Element => [.. Circuit.Elements.OfType<T>()];
}
