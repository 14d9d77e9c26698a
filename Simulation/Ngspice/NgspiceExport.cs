using System.Collections.Immutable;
using AnalogAttention.Circuits;
using AnalogAttention.Simulation.Analyses;
using AnalogAttention.Simulation.Devices.Ekv;
using AnalogAttention.Simulation.Embedded;

namespace AnalogAttention.Simulation.Ngspice;

/// <summary>
/// A circuit as a self-contained deck for a stock ngspice: level 44 transistors are subcircuits of behavioural sources, their charges
/// included, at the temperature of the circuit.
/// </summary>
public static class NgspiceExport
{
    /// <exception cref="BadInputException">A level 44 model has bad parameters, or its noise is asked for; or, with <c>uic</c>, the initial conditions cannot be solved.</exception>
    /// <exception cref="ConvergenceException">With <c>uic</c>: the initial conditions cannot be solved.</exception>
    public static string Format(Circuit circuit)
    {
        var options = SimulationOptions.From(circuit);
        var start = circuit.Analyses.OfType<Transient>().FirstOrDefault(t => t.UseInitialConditions);
        Func<string, double>? initialVolts = null;
        return NgspiceDeck.Format(WithNoiseSources(circuit), Behaviour, NgspiceColumns.Everything(circuit).Select(c => c.Name));

        BehaviouralForm? Behaviour(Mosfet mosfet)
        {
            if (circuit.Models.GetValueOrDefault(mosfet.Model) is not { Level: 44 } model)
                return null;
            if (circuit.Analyses.OfType<Noise>().FirstOrDefault() is { } noise)
                throw new BadInputException($"{noise.Span}: .noise: transistor '{mosfet.Name}' is of level 44, and behavioural sources, which stand for it in ngspice, have no noise");
            if (circuit.Analyses.OfType<DcSweep>().FirstOrDefault(dc => dc.Axes.Any(axis => axis.Source == SweepAxis.Temperature)) is { } sweep)
                throw new BadInputException($"{sweep.Span}: .dc over temperature: transistor '{mosfet.Name}' is of level 44, which is exported for one temperature");
            var transistor = EkvTransistor.Create(model, mosfet, options.TemperatureKelvin, options.NominalCelsius);
            var form = new BehaviouralForm(transistor.Subcircuit(start is not null), []);
            if (start is null)
                return form;
            initialVolts ??= InitialVolts(circuit, start);
            return form with { Parameters = transistor.InitialCharges(initialVolts(mosfet.Drain), initialVolts(mosfet.Gate), initialVolts(mosfet.Source), initialVolts(mosfet.Bulk)) };
        }
    }

    // ngspice refers noise only to a source that has an ac amplitude, whichever
    private static Circuit WithNoiseSources(Circuit circuit)
    {
        var sources = circuit.Analyses.OfType<Noise>().Select(n => n.Source).ToHashSet();
        return sources.Count == 0 ? circuit : circuit with
        {
            Elements = [.. circuit.Elements.Select(e => e switch
            {
                VoltageSource { Ac: null } v when sources.Contains(v.Name) => v with { Ac = new AcStimulus(0, 0) },
                CurrentSource { Ac: null } i when sources.Contains(i.Name) => i with { Ac = new AcStimulus(0, 0) },
                _ => e,
            })],
        };
    }

    // ngspice starts a charge of a uic run at 0 unless its capacitor says otherwise: what the embedded engine starts with is written there
    private static Func<string, double> InitialVolts(Circuit circuit, Transient start)
    {
        var compiled = new CompiledCircuit(circuit);
        var newton = new NewtonIteration(compiled, CancellationToken.None);
        new TransientAnalysis(compiled, newton, start).Start();
        return node => compiled.Unknowns.TryNode(node, out var unknown) ? newton.State.X[unknown] : 0;
    }
}
