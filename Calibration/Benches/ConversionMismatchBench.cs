using AnalogAttention.Circuits;
using AnalogAttention.Simulation;

namespace AnalogAttention.Calibration.Benches;

/// <summary>What one standard deviation of one parameter does to the line of pulse over charge.</summary>
/// <param name="Element">Its name within the circuit.</param>
/// <param name="Parameter"><c>vto</c>, <c>kp</c>, or <c>drawn</c> for a share of all that are drawn together.</param>
/// <param name="Sigma">Volts, or as part of KP; 0 where drawn.</param>
/// <param name="Changes">Of gain and offset (share of the longest pulse), for a signed circuit then those of negative charges.</param>
public sealed record ConversionSensitivity(string Element, string Parameter, double Sigma, IReadOnlyList<double> Changes);

/// <summary>
/// Mismatch of a charge-to-pulse circuit to first order (<see cref="LocalMismatch"/>), its transistor section; benches <c>charge-to-pulse-transistor.cir</c> and
/// <c>signed-charge-to-pulse-transistor.cir</c>, once per parameter of the analog transistors. Logic and switches, known by the shortest channel, resistors and capacitors move
/// the pulse little: all of them at once by one standard deviation with random signs, four times; the mean of the outer products of such draws is their covariance.
/// </summary>
public static class ConversionMismatchBench
{
    /// <summary>
    /// sigma(dC/C) of a metal fringe capacitor, in parts of sqrt(1 F): 0.85 % at 1 fF, falling with the root of C (V. Tripathi, B. Murmann, IEEE Trans. Circuits Syst. I 61, 2236, 2014);
    /// ASSUMED, 0.5 ... 2 %.
    /// </summary>
    public static readonly double CapacitorSigmaRootFarads = 0.85e-2 * Math.Sqrt(1e-15);

    /// <summary>sigma(dR/R) of a resistor. ASSUMED: polysilicon of a few square micrometres at 1 ... 2 % um; 0.2 ... 2 %.</summary>
    public const double ResistorSigma = 0.5e-2;

    private const string Instance = "xctp.";
    private const int Draws = 4, DrawSeed = 1;

    // shares of Q_sat that the line goes through: far enough from 0 and 1 that no single parameter clips the pulse
    private const double Low = 0.2, High = 0.8;

    /// <returns>Empty where no card states a mismatch, as in the ideal section.</returns>
    /// <exception cref="BadInputException">A circuit makes no pulse of a fifth of its range.</exception>
    /// <exception cref="ConvergenceException">A bench did not converge.</exception>
    public static IReadOnlyList<ConversionSensitivity> Run(IEngine engine, bool isSigned, string section, int jobs, CancellationToken cancellation = default)
    {
        Circuit[] benches = [.. (isSigned ? new[] { 1, -1 } : [1]).Select(sign => Eased(ChargeToPulseBench.Read(isSigned, section, sign * Low, sign * High, ("step", 1e-9))))];
        var varied = Varied(benches[0]);
        if (varied.Count == 0)
            return [];
        Mosfet[] transistors = [.. varied.Select(v => v.Element).OfType<Mosfet>()];
        double shortest = transistors.Min(m => m.Parameters["l"]);
        var alone = varied.Where(v => v.Element is Mosfet m && m.Parameters["l"] > shortest).ToArray();
        var random = new Random(DrawSeed);
        var together = varied.Except(alone).ToArray();
        (string Element, string Parameter, double Sigma, (Element, string, double)[] Shifts, double Weight)[] altered =
        [
            ("", "", 0, [], 1),
            .. alone.Select(v => (v.Element.Name[Instance.Length..], v.Parameter, v.Sigma, new[] { v }, 1.0)),
            .. Enumerable.Range(1, Draws).Select(draw => ("logic, switches, R and C", "drawn", 0.0,
                together.Select(v => v with { Sigma = random.Next(2) == 0 ? v.Sigma : -v.Sigma }).ToArray(), 1 / Math.Sqrt(Draws))),
        ];
        // polarities of one alteration side by side: two transients each, that any order of them fills two cores
        double[][] lines = BenchRuns.All(altered.Length * benches.Length, jobs,
            i => Line(engine.Run(Applied(benches[i % benches.Length], altered[i / benches.Length].Shifts), cancellation: cancellation)), null, cancellation);
        double[][] changes = [.. altered.Select((a, i) => Enumerable.Range(0, benches.Length)
            .SelectMany(polarity => lines[i * benches.Length + polarity].Zip(lines[polarity], (changed, nominal) => a.Weight * (changed - nominal))).ToArray())];
        return [.. altered.Zip(changes, (a, c) => new ConversionSensitivity(a.Element, a.Parameter, a.Sigma, c)).Skip(1)];
    }

    /// <summary>Every parameter that varies and its standard deviation: volts of <c>vto</c>, part of <c>kp</c> and of <c>value</c> of a resistor or capacitor.</summary>
    private static IReadOnlyList<(Element Element, string Parameter, double Sigma)> Varied(Circuit circuit)
    {
        Element[] within = [.. circuit.Elements.Where(e => e.Name.StartsWith(Instance, StringComparison.Ordinal))];
        (Element, string, double)[] transistors = [.. within.OfType<Mosfet>().Where(m => LocalMismatch.Area(m) > 0)
            .SelectMany(m => LocalMismatch.Coefficients(circuit.Models[m.Model]).Select(c => ((Element)m, c.Parameter, c.Coefficient / Math.Sqrt(LocalMismatch.Area(m)))))];
        if (transistors.Length == 0)
            return [];
        return
        [
            .. transistors,
            .. within.OfType<Resistor>().Select(r => ((Element)r, "value", ResistorSigma)),
            .. within.OfType<Capacitor>().Select(c => ((Element)c, "value", CapacitorSigmaRootFarads / Math.Sqrt(c.Farads))),
        ];
    }

    /// <summary>The circuit with what is named moved; elements are found by their names, which circuits of one bench share.</summary>
    private static Circuit Applied(Circuit circuit, IReadOnlyList<(Element Element, string Parameter, double Shift)> shifts)
    {
        var named = circuit.Elements.ToDictionary(e => e.Name);
        var values = shifts.Where(s => s.Element is not Mosfet).ToDictionary(s => s.Element.Name, s => s.Shift);
        circuit = LocalMismatch.Applied(circuit, shifts.Where(s => s.Element is Mosfet).Select(s => ((Mosfet)named[s.Element.Name], s.Parameter, s.Shift)));
        return values.Count == 0 ? circuit : circuit with
        {
            Elements = [.. circuit.Elements.Select(e => !values.TryGetValue(e.Name, out var shift) ? e : e switch
            {
                Resistor r => r with { Ohms = r.Ohms * (1 + shift) },
                Capacitor c => c with { Farads = c.Farads * (1 + shift) },
                _ => e,
            })],
        };
    }

    // half the time of the bench's own tolerances; changes of the line move by less than 0.01 % of full scale
    private static Circuit Eased(Circuit bench) => bench with { Options = bench.Options.SetItem("reltol", 5e-4).SetItem("chgtol", 1e-17) };

    /// <summary>Gain and offset through the two pulses of a run, shares of the longest pulse.</summary>
    private static double[] Line(SimulationResult run)
    {
        double Share(string measure) => BenchRuns.Measured(run, "charge to pulse with mismatch", measure) / ChargeToPulseBench.Longest;
        double gain = (Share("width2") - Share("width")) / (High - Low);
        return [gain, Share("width") - gain * Low];
    }
}
