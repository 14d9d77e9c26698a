using System.Globalization;
using System.Text;
using AnalogAttention.Circuits;
using AnalogAttention.Simulation;
using AnalogAttention.Simulation.Devices.Ekv;
using AnalogAttention.Simulation.Embedded;
using AnalogAttention.Simulation.Ngspice;

namespace AnalogAttention.Tests.Simulation;

/// <summary>EKV 2.6 in this engine against its subcircuit of behavioural sources in a stock ngspice, both run on their own.</summary>
public class EkvExportTests
{
    // each with every parameter of the model; the second with short- and narrow-channel effects strong, the third a long channel without
    private static readonly (string Parameters, string Size)[] _devices =
    [
        ("cox=17.3m xj=20n dw=-5n dl=-4n vto=0.3 gamma=0.3 phi=0.8 kp=300u e0=300meg ucrit=8meg lambda=0.6 leta=0.1 weta=0.2 q0=0.1m lk=0.2u tcv=0.6m bex=-1.4 ucex=0.9 cgso=0.2n cgdo=0.3n cgbo=0.1n", "w=200n l=120n m=2"),
        ("cox=20m xj=15n dw=10n dl=5n vto=0.25 gamma=0.5 phi=0.9 kp=400u e0=50meg ucrit=4meg lambda=1.8 leta=0.4 weta=0.6 q0=1m lk=0.1u tcv=1m bex=-1.5 ucex=0.8 cgso=0.2n cgdo=0.2n cgbo=0.1n", "w=80n l=40n"),
        ("cox=5m xj=0.1u vto=0.6 gamma=0.7 phi=0.7 kp=120u e0=1t ucrit=200meg lambda=0 leta=0 weta=0 tcv=1m bex=-1.5 ucex=0.8", "w=10u l=5u"),
    ];

    private static readonly double[] _bulks = [0.2, 0, -0.4, -0.9];

    /// <summary>Drain and gate are swept for all devices at once; each has its bulk and a meter in its drain, and its source on node 0.</summary>
    private static Circuit OutputCurves(string type, double celsius)
    {
        var sign = type == "pmos" ? -1 : 1;
        var deck = new StringBuilder("ekv over its bias\nvd d 0 0\nvg g 0 0\n");
        for (var k = 0; k < _devices.Length; k++)
        {
            deck.AppendLine($".model t{k} {type} level=44 {(sign < 0 ? _devices[k].Parameters.Replace("vto=", "vto=-") : _devices[k].Parameters)}");
            for (var b = 0; b < _bulks.Length; b++)
                deck.AppendLine(string.Create(CultureInfo.InvariantCulture, $"vb{k}{b} b{k}{b} 0 {sign * _bulks[b]}\nvi{k}{b} d d{k}{b} 0\nm{k}{b} d{k}{b} g 0 b{k}{b} t{k} {_devices[k].Size}"));
        }
        deck.AppendLine(string.Create(CultureInfo.InvariantCulture, $".dc vd {-0.6 * sign} {1.2 * sign} {0.06 * sign} vg {-1 * sign} {1.2 * sign} {0.1 * sign}\n.temp {celsius}"));
        deck.AppendLine(".options reltol=1e-9 abstol=1e-22 vntol=1e-13 itl1=500 itl2=500\n.end");
        var circuit = DeckReader.Parse(deck.ToString(), "ekv.cir");
        // fingers and channels in series have no place in the netlist language
        return circuit with { Elements = [.. circuit.Elements.Select(e => e is Mosfet { Model: "t1" } m ? m with { Parameters = m.Parameters.Add("np", 3).Add("ns", 2) } : e)] };
    }

    [Test]
    public void Drain_current_agrees_over_all_voltages([Values("nmos", "pmos")] string type, [Values(-40, 27, 125)] double celsius)
    {
        var circuit = OutputCurves(type, celsius);
        var ours = new EmbeddedEngine().Run(circuit).Analyses[0];
        var theirs = NgspiceReference.Run(NgspiceExport.Format(circuit));
        Assert.That(theirs.Count, Is.EqualTo(ours.Count));
        const int perCurve = 31;
        var worst = 0.0;
        foreach (var column in ours.Columns.Where(c => c.Name.StartsWith("i(vi", StringComparison.Ordinal)))
            foreach (var curve in Enumerable.Range(0, ours.Count / perCurve))
            {
                var expected = column.Values.AsSpan(curve * perCurve, perCurve);
                var actual = theirs[column.Name].AsSpan(curve * perCurve, perCurve);
                // where source and drain meet, if - ir' cancels to the rounding of if
                var rounding = 1e-14 * Math.Max(Math.Abs(expected[0]), Math.Abs(expected[^1]));
                for (var k = 0; k < perCurve; k++)
                    worst = Math.Max(worst, Math.Abs(actual[k] - expected[k]) / (Math.Abs(expected[k]) + 1e6 * rounding));
            }
        Assert.That(worst, Is.LessThan(1e-6));
    }

    [Test]
    public void Gain_cell_transients_agree([Values("gain-cell-pulse.cir", "gain-cell-write.cir")] string deck, [Values] bool startsFromInitialConditions)
    {
        var circuit = DeckReader.Read(Path.Combine(Repository.Root, "Netlists", deck));
        // steps of at most 2.5 ps, so that straight lines between points err by less than the tolerance within the edges of 50 ps
        var transient = (Transient)circuit.Analyses[0] with { MaximumStep = 2.5e-12, UseInitialConditions = startsFromInitialConditions };
        // a chgtol of 1e-20 lets ngspice's step fall to the rounding of the charges behind a corner; 1e-15 times reltol is still 0.1 uV on the storage node
        // what the drivers of the write gate deliver follows the capacitances, which jump where VG' = 0 (below)
        circuit = circuit with { Analyses = [transient], Saved = [.. circuit.Saved.Where(s => !s.StartsWith("i(vw", StringComparison.Ordinal))], Options = circuit.Options.SetItem("reltol", 1e-6).SetItem("vntol", 1e-9).SetItem("abstol", 1e-15).SetItem("chgtol", 1e-15).SetItem("method", SimulatorOptions.Gear) };
        var ours = new EmbeddedEngine().Run(circuit).Analyses[0];
        var theirs = NgspiceReference.Run(NgspiceExport.Format(circuit));
        // displacement currents jump where an edge begins or ends (the trapezoidal rule would carry that on): not compared within two steps after it
        var corners = circuit.Elements.OfType<VoltageSource>().Select(v => v.Waveform).OfType<PwlWaveform>().SelectMany(w => w.Points).Select(p => p.Seconds).Distinct().ToList();
        var rows = Enumerable.Range(1, theirs.Count - 1).Where(k => !corners.Any(t => theirs["time"][k] > t - 1e-15 && theirs["time"][k] < t + 5e-12)).ToList();
        var reference = new WaveformSet("tran", [.. theirs.Columns.Select(c => c with { Values = [.. rows.Select(k => c.Values[k])] })]);
        foreach (var column in ours.Columns.Skip(1))
            ElementComparisonTests.Compare(reference[column.Name], column.Values, reference, ours, column.Name);
    }

    // 1 V/ns of one terminal: what flows into the others, less what conducts, adds up to their charges. EKV's bulk charge jumps by GAMMA 1 mV where
    // VG' = 0, so charges are compared, not capacitances.
    [Test]
    public void Terminal_charges_agree([Values("nmos", "pmos")] string type, [Values('d', 'g', 's', 'b')] char driven)
    {
        const string pins = "dgsb";
        var parameters = type == "pmos" ? _devices[0].Parameters.Replace("vto=", "vto=-") : _devices[0].Parameters;
        string Volts(char pin) => pin == driven ? "pwl(0 -1 2n 1)" : pin != 'g' ? "0" : type == "pmos" ? "-0.6" : "0.6";
        var sources = string.Concat(pins.Select(pin => $"v{pin} {pin} 0 {Volts(pin)}\n"));
        var circuit = DeckReader.Parse($"charges\n{sources}m1 d g s b t {_devices[0].Size}\n.model t {type} level=44 {parameters}\n.options reltol=1e-6 chgtol=1e-22 abstol=1e-18 vntol=1e-9\n.tran 2p 2n 0 2p\n.end\n", "charges.cir");
        var theirs = NgspiceReference.Run(NgspiceExport.Format(circuit));
        var transistor = EkvTransistor.Create(circuit.Models["t"], (Mosfet)circuit.Elements[^1], 300.15);
        var seconds = theirs["time"];
        var states = new EkvState[seconds.Length];
        for (var k = 0; k < states.Length; k++)
            transistor.Evaluate(theirs["v(d)"][k], theirs["v(g)"][k], theirs["v(s)"][k], theirs["v(b)"][k], ref states[k]);
        foreach (var pin in pins)
        {
            double Charge(int k) => pin switch { 'd' => states[k].Qd, 'g' => states[k].Qg, 's' => states[k].Qs, _ => states[k].Qb };
            double Displacement(int k) => -theirs[$"i(v{pin})"][k] - (pin == 'd' ? states[k].Id : pin == 's' ? -states[k].Id : 0);
            var charges = Enumerable.Range(1, states.Length - 1).Select(k => Charge(k) - Charge(1)).ToArray();
            double sum = 0, miss = 0;
            for (var k = 2; k < states.Length; k++)
            {
                sum += 0.5 * (Displacement(k) + Displacement(k - 1)) * (seconds[k] - seconds[k - 1]);
                miss = Math.Max(miss, Math.Abs(sum - charges[k - 1]));
            }
            Assert.That(miss, Is.LessThan(1e-6 * (charges.Max() - charges.Min())), $"charge of {pin}");
        }
    }

    [Test]
    public void Small_signals_agree()
    {
        var circuit = DeckReader.Parse($"amplifier\nvdd p 0 1\nvin g 0 0.5 ac 1\nrs g gg 1k\nm1 o gg 0 0 n {_devices[0].Size}\nm2 o o p p pm {_devices[0].Size}\nc1 o 0 1f\n"
            + $".model n nmos level=44 {_devices[0].Parameters}\n.model pm pmos level=44 {_devices[0].Parameters.Replace("vto=", "vto=-")}\n.options reltol=1e-9 abstol=1e-18 vntol=1e-12\n.ac dec 3 1k 1t\n.end\n", "amplifier.cir");
        var ours = new EmbeddedEngine().Run(circuit).Analyses[0];
        var theirs = NgspiceReference.Run(NgspiceExport.Format(circuit));
        double[] re = ours["re(v(o))"], im = ours["im(v(o))"];
        for (var k = 0; k < ours.Count; k++)
            Assert.That(double.Hypot(theirs["re(v(o))"][k] - re[k], theirs["im(v(o))"][k] - im[k]), Is.LessThan(1e-6 * double.Hypot(re[k], im[k])), $"{ours["frequency"][k]} Hz");
    }
}
