using AnalogAttention.Circuits;
using AnalogAttention.Simulation.Devices.Ekv;

namespace AnalogAttention.Simulation.Ngspice;

/// <summary>
/// The two plots of <c>.noise</c>, densities over frequency and totals, under the names of the embedded engine. ngspice tells parts that
/// are always 0 as well (<c>onoise_d1_rs</c> of a diode without RS). The noise of a level 44 transistor is that of two elements of its subcircuit.
/// </summary>
internal static class NgspiceNoise
{
    public static bool IsSpectrum(WaveformSet plot) => plot.Abscissa.Name == "frequency" && plot.Columns.Any(c => c.Name == "onoise_spectrum");

    /// <summary>The densities, and the totals where the band has more than one point.</summary>
    public static IReadOnlyList<WaveformSet> Select(Circuit circuit, Noise noise, NgspiceOutput output)
    {
        var input = circuit.Elements.OfType<CurrentSource>().Any(i => i.Name == noise.Source) ? "A" : "V";
        var spectrum = output.Plots.First(IsSpectrum);
        var sets = new List<WaveformSet> { new("noise", [spectrum.Abscissa, .. Parts(spectrum, "_"), .. Named(spectrum, "onoise_spectrum", "V/sqrt(Hz)"), .. Named(spectrum, "inoise_spectrum", input + "/sqrt(Hz)")]) };
        if (spectrum.Count > 1 && output.Plots.FirstOrDefault(p => p.Columns.Any(c => c.Name == "onoise_total")) is { } totals)
            sets.Add(new WaveformSet("noise total", [.. Parts(totals, "_total_"), .. Named(totals, "onoise_total", "V"), .. Named(totals, "inoise_total", input)]));
        return sets;

        IEnumerable<Waveform> Parts(WaveformSet plot, string separator) => noise.ByDevice ? circuit.Elements.SelectMany(element => PartsOf(element, plot, separator)) : [];

        // onoise_r.x1.r1_thermal is onoise_x1.r1_thermal
        IEnumerable<Waveform> PartsOf(Element element, WaveformSet plot, string separator)
        {
            var density = separator == "_" ? "/sqrt(Hz)" : "";
            string Unit(char side) => (side == 'i' ? input : "V") + density;
            if (element is Mosfet { Name: var name } m && circuit.Models.GetValueOrDefault(m.Model) is { Level: 44 } && NgspiceDeck.BehaviouralName(name) is { } instance)
            {
                foreach (var side in "oi")
                {
                    var start = $"{side}noise{separator}";
                    if (Values($"{start}r.{instance}.{EkvTransistor.ThermalElement}_thermal") is { } thermal && Values($"{start}d.{instance}.{EkvTransistor.FlickerElement}_1overf") is { } flicker)
                    {
                        yield return new Waveform($"{start}{name}_id", Unit(side), thermal);
                        yield return new Waveform($"{start}{name}_1overf", Unit(side), flicker);
                        yield return new Waveform($"{start}{name}", Unit(side), [.. thermal.Zip(flicker, double.Hypot)]);
                    }
                }
                yield break;
            }
            double[]? Values(string column) => plot.Columns.FirstOrDefault(c => c.Name == column)?.Values;
            foreach (var column in plot.Columns.Where(c => c.Name.Length > 6 && c.Name[1..6] == "noise"))
            {
                var start = $"{column.Name[0]}noise{separator}{NgspiceDeck.ExpandedName(element)}";
                if (column.Name == start || column.Name.StartsWith(start + "_", StringComparison.Ordinal))
                    yield return new Waveform($"{column.Name[0]}noise{separator}{element.Name}{column.Name[start.Length..]}", Unit(column.Name[0]), column.Values);
            }
        }

        static IEnumerable<Waveform> Named(WaveformSet plot, string name, string unit) => plot.Columns.Where(c => c.Name == name).Select(c => new Waveform(name, unit, c.Values));
    }
}
