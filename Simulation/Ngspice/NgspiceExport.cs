using System.Collections.Immutable;
using AnalogAttention.Circuits;
using AnalogAttention.Simulation.Devices.Ekv;
using AnalogAttention.Simulation.Embedded;

namespace AnalogAttention.Simulation.Ngspice;

/// <summary>
/// A circuit as a self-contained deck for a stock ngspice: level 44 transistors are subcircuits of behavioural sources, their charges
/// included, at the temperature of the circuit.
/// </summary>
public static class NgspiceExport
{
    /// <exception cref="BadInputException">A level 44 model has bad parameters, or flicker noise that the export lacks.</exception>
    public static string Format(Circuit circuit)
    {
        var options = SimulationOptions.From(circuit);
        var noise = circuit.Analyses.OfType<Noise>().FirstOrDefault();
        var start = circuit.Analyses.OfType<Transient>().FirstOrDefault(t => t.UseInitialConditions);
        return NgspiceDeck.Format(WithNoiseSources(circuit), Behaviour, NgspiceColumns.Everything(circuit).Select(c => c.Name));

        BehaviouralForm? Behaviour(Mosfet mosfet)
        {
            if (circuit.Models.GetValueOrDefault(mosfet.Model) is not { Level: 44 } model)
                return null;
            if (circuit.Analyses.OfType<DcSweep>().FirstOrDefault(dc => dc.Axes.Any(axis => axis.Source == SweepAxis.Temperature)) is { } sweep)
                throw new BadInputException($"{sweep.Span}: .dc over temperature: transistor '{mosfet.Name}' is of level 44, which is exported for one temperature");
            var transistor = EkvTransistor.Create(model, mosfet, options.TemperatureKelvin, options.NominalCelsius);
            if (noise is not null && !transistor.FlickerIsExportable)
                throw new BadInputException($"{noise.Span}: .noise: model '{model.Name}' of level 44 has af={transistor.FlickerExponent:g4}, and is exported with flicker noise of af=1 alone");
            if (noise is { ByDevice: true } && NgspiceDeck.BehaviouralName(mosfet.Name) is null)
                throw new BadInputException($"{noise.Span}: .noise: transistor '{mosfet.Name}' of level 44 has an operator in its name, so ngspice cannot tell its part of the noise");
            var form = new BehaviouralForm(transistor.Subcircuit(start is not null, noise is not null), []);
            if (start is null)
                return form;
            // ngspice starts a charge of a uic run at 0 unless its capacitor says otherwise: what the .ic of the nodes give is written there
            double Initial(string node) => circuit.InitialVolts.GetValueOrDefault(node);
            return form with { Parameters = transistor.InitialCharges(Initial(mosfet.Drain), Initial(mosfet.Gate), Initial(mosfet.Source), Initial(mosfet.Bulk)) };
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
}
