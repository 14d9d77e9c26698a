using System.Collections.Immutable;
using System.Text;
using AnalogAttention.Circuits.Language;

namespace AnalogAttention.Circuits;

/// <summary>
/// Writes a flat circuit as a deck that reads back as the same circuit. An element <c>x1.mn</c> is written <c>m.x1.mn</c>, as ngspice
/// names it, since the first letter tells its kind. Same circuit, same text.
/// </summary>
public static class DeckWriter
{
    private const int LineWidth = 110;

    public static string Format(Circuit circuit)
    {
        var deck = new StringBuilder();
        void Line(string text) => deck.Append(text).Append('\n');

        Line(circuit.Title.ReplaceLineEndings(" "));
        foreach (var model in circuit.Models.Values.OrderBy(m => m.Name, StringComparer.Ordinal))
            Line(Format(model));
        foreach (var element in circuit.Elements)
            Line(Format(element));
        foreach (var (node, volts) in InOrder(circuit.InitialVolts))
            Line($".ic v({node})={Number(volts)}");
        foreach (var (node, volts) in InOrder(circuit.NodeSetVolts))
            Line($".nodeset v({node})={Number(volts)}");
        if (!circuit.Options.IsEmpty)
            Line(Wrapped(".options", InOrder(circuit.Options).Select(Option)));
        if (circuit.TemperatureCelsius != circuit.Options.GetValueOrDefault("temp", 27))
            Line($".temp {Number(circuit.TemperatureCelsius)}");
        if (!circuit.Saved.IsEmpty)
            Line(Wrapped(".save", circuit.Saved));
        foreach (var analysis in circuit.Analyses)
            Line(Format(analysis, circuit));
        foreach (var measure in circuit.Measures)
            Line($".measure {measure.Analysis} {measure.Name} {measure.Definition}");
        Line(".end");
        return deck.ToString();
    }

    internal static string Format(ModelCard model) =>
        Wrapped($".model {model.Name} {model.Type}", InOrder(model.Parameters).Select(p => $"{p.Key}={Number(p.Value)}"));

    /// <summary>One element as a statement, continued over lines where it is long.</summary>
    public static string Format(Element element) => element switch
    {
        Resistor r => $"{Named(r, 'r')} {r.Positive} {r.Negative} {Number(r.Ohms)}{Coefficient("tc1", r.Tc1)}{Coefficient("tc2", r.Tc2)}",
        Capacitor c => $"{Named(c, 'c')} {c.Positive} {c.Negative} {Number(c.Farads)}{Initial(c.InitialVolts)}",
        Inductor l => $"{Named(l, 'l')} {l.Positive} {l.Negative} {Number(l.Henries)}{Initial(l.InitialAmperes)}",
        VoltageSource v => Wrapped($"{Named(v, 'v')} {v.Positive} {v.Negative}", Stimulus(v.Waveform, v.Ac)),
        CurrentSource i => Wrapped($"{Named(i, 'i')} {i.Positive} {i.Negative}", Stimulus(i.Waveform, i.Ac)),
        VoltageControlledVoltageSource e => $"{Named(e, 'e')} {e.Positive} {e.Negative} {e.ControlPositive} {e.ControlNegative} {Number(e.Gain)}",
        VoltageControlledCurrentSource g => $"{Named(g, 'g')} {g.Positive} {g.Negative} {g.ControlPositive} {g.ControlNegative} {Number(g.Siemens)}",
        CurrentControlledCurrentSource f => $"{Named(f, 'f')} {f.Positive} {f.Negative} {Control(f.ControlSource)} {Number(f.Gain)}",
        CurrentControlledVoltageSource h => $"{Named(h, 'h')} {h.Positive} {h.Negative} {Control(h.ControlSource)} {Number(h.Ohms)}",
        Diode d => $"{Named(d, 'd')} {d.Anode} {d.Cathode} {d.Model}{(d.StartsOff ? " off" : "")}{(d.Area == 1 ? "" : $" area={Number(d.Area)}")}{(d.Multiplier == 1 ? "" : $" m={Number(d.Multiplier)}")}",
        VoltageSwitch s => $"{Named(s, 's')} {s.Positive} {s.Negative} {s.ControlPositive} {s.ControlNegative} {s.Model}{State(s.StartsOn, s.Parallel)}",
        CurrentSwitch w => $"{Named(w, 'w')} {w.Positive} {w.Negative} {Control(w.ControlSource)} {w.Model}{State(w.StartsOn, w.Parallel)}",
        MutualInductance k => $"{Named(k, 'k')} {Expanded(k.FirstInductor, 'l')} {Expanded(k.SecondInductor, 'l')} {Number(k.Coupling)}",
        Mosfet m => Wrapped($"{Named(m, 'm')} {m.Drain} {m.Gate} {m.Source} {m.Bulk} {m.Model}", InOrder(m.Parameters).Select(p => $"{p.Key}={Number(p.Value)}")),
        BehaviouralElement b => BehaviouralText(b),
        _ => throw new ArgumentException($"element {element.Name} is of a kind that a deck cannot hold: {element.GetType().Name}", nameof(element)),
    };

    private static string BehaviouralText(BehaviouralElement element)
    {
        var letter = ElementParser.Letter(element.Name);
        var head = $"{Named(element, letter)} {element.Positive} {element.Negative}";
        IEnumerable<string> value = element.Formula switch
        {
            CallFormula { Function: "poly" } poly => Polynomial(poly),
            CallFormula { Function: "table" } table => ["table", $"{{{table.Arguments[0]}}}", "=", .. table.Arguments.Skip(1).Chunk(2).Select(p => $"({p[0]},{p[1]})")],
            var formula => [element.Quantity switch
            {
                BehaviouralQuantity.Volts => letter == 'b' ? "v=" : "vol=",
                BehaviouralQuantity.Amperes => letter == 'b' ? "i=" : "cur=",
                BehaviouralQuantity.Ohms => "r=",
                BehaviouralQuantity.Farads => "c=",
                _ => "q=",
            } + (letter == 'b' ? formula : $"'{formula}'")],
        };
        return Wrapped(head, value.SelectMany(v => v.Split(' '))) +
            (element.Parallel == 1 ? "" : $" m={Number(element.Parallel)}") + Coefficient("tc1", element.Tc1) + Coefficient("tc2", element.Tc2) + Initial(element.InitialVolts);
    }

    private static IEnumerable<string> Polynomial(CallFormula poly)
    {
        var count = (int)((ConstantFormula)poly.Arguments[0]).Value;
        yield return $"poly({count})";
        foreach (var control in poly.Arguments.Skip(1).Take(count))
            yield return control is VoltageFormula v ? $"{v.Positive} {v.Negative}" : Control(((CurrentFormula)control).Element);
        foreach (var coefficient in poly.Arguments.Skip(1 + count))
            yield return coefficient.ToString();
    }

    internal static string Format(Analysis analysis, Circuit circuit) => analysis switch
    {
        OperatingPoint => ".op",
        DcSweep dc => $".dc {string.Join(' ', dc.Axes.Select(a => $"{Source(a.Source, circuit)} {Number(a.Start)} {Number(a.Stop)} {Number(a.Step)}"))}",
        Transient t => $".tran {Number(t.Step)} {Number(t.Stop)} {Number(t.Start)}{(t.MaximumStep is { } most ? " " + Number(most) : "")}{(t.UseInitialConditions ? " uic" : "")}",
        SmallSignal ac => $".ac {Frequencies(ac.Frequencies)}",
        Noise n => $".noise v({n.OutputPositive}{(n.OutputNegative == "0" ? "" : "," + n.OutputNegative)}) {Source(n.Source, circuit)} {Frequencies(n.Frequencies)}{(n.ByDevice ? " 1" : "")}",
        _ => throw new ArgumentException($"an analysis that a deck cannot hold: {analysis.GetType().Name}", nameof(analysis)),
    };

    private static string Source(string name, Circuit circuit) => circuit.Elements.FirstOrDefault(e => e.Name == name) switch
    {
        null => name,
        CurrentSource => Expanded(name, 'i'),
        Resistor => Expanded(name, 'r'),
        _ => Expanded(name, 'v'),
    };

    private static string Frequencies(FrequencySweep sweep) =>
        $"{sweep.Scale switch { FrequencyScale.Decade => "dec", FrequencyScale.Octave => "oct", _ => "lin" }} {sweep.Points} {Number(sweep.StartHertz)} {Number(sweep.StopHertz)}";

    private static IEnumerable<string> Stimulus(SourceWaveform waveform, AcStimulus? ac)
    {
        var (dc, function) = waveform switch
        {
            DcWaveform x => (x.Value, []),
            PwlWaveform x => (x.Dc, [.. Call("pwl", x.Points.SelectMany(p => new[] { p.Seconds, p.Value })), .. Options(x)]),
            PulseWaveform x => (x.Dc, Call("pulse", [x.Initial, x.Pulsed, x.DelaySeconds, x.RiseSeconds, x.FallSeconds, x.WidthSeconds, x.PeriodSeconds])),
            SinWaveform x => (x.Dc, Call("sin", [x.Offset, x.Amplitude, x.Hertz, x.DelaySeconds, x.DampingPerSecond, x.PhaseDegrees])),
            ExpWaveform x => ((double?)x.Dc, Call("exp", [x.Initial, x.Pulsed, x.RiseDelaySeconds, x.RiseTauSeconds, x.FallDelaySeconds, x.FallTauSeconds])),
            _ => throw new ArgumentException($"a waveform that a deck cannot hold: {waveform.GetType().Name}", nameof(waveform)),
        };
        if (dc is { } value)
            yield return $"dc {Number(value)}";
        foreach (var part in function)
            yield return part;
        if (ac is not null)
            yield return $"ac {Number(ac.Magnitude)} {Number(ac.PhaseDegrees)}";
    }

    private static IEnumerable<string> Options(PwlWaveform waveform)
    {
        if (waveform.RepeatSeconds is { } repeat)
            yield return $"r={Number(repeat)}";
        if (waveform.DelaySeconds != 0)
            yield return $"td={Number(waveform.DelaySeconds)}";
    }

    private static IEnumerable<string> Call(string name, IEnumerable<double> arguments)
    {
        yield return name + "(";
        foreach (var argument in arguments)
            yield return Number(argument);
        yield return ")";
    }

    internal static string Option(KeyValuePair<string, double> option) =>
        option.Key == "method" ? $"method={(option.Value == SimulatorOptions.Gear ? "gear" : "trap")}" : $"{option.Key}={Number(option.Value)}";

    private static string Initial(double? value) => value is { } v ? $" ic={Number(v)}" : "";

    private static string Coefficient(string name, double value) => value == 0 ? "" : $" {name}={Number(value)}";

    private static string State(bool startsOn, double parallel) => (startsOn ? " on" : "") + (parallel == 1 ? "" : $" m={Number(parallel)}");

    private static string Named(Element element, char letter) => Expanded(element.Name, letter);

    /// <summary>An element whose current controls: mostly V, but any with a branch current may.</summary>
    internal static string Control(string name) => Expanded(name, ElementParser.Letter(name));

    internal static string Expanded(string name, char letter) =>
        name.StartsWith(letter) && ElementParser.WithoutExpandedPrefix(name) == name ? name : $"{letter}.{name}";

    /// <summary>Shortest text that reads back as the same double. An infinite width or period is what a source without <c>.tran</c> has: 0 reads back as that.</summary>
    public static string Number(double value) => SpiceNumber.Format(double.IsPositiveInfinity(value) ? 0 : value);

    internal static IEnumerable<KeyValuePair<string, double>> InOrder(ImmutableDictionary<string, double> values) => values.OrderBy(p => p.Key, StringComparer.Ordinal);

    internal static string Wrapped(string head, IEnumerable<string> parts)
    {
        var text = new StringBuilder(head);
        var lineStart = 0;
        foreach (var part in parts)
        {
            if (text.Length - lineStart + part.Length >= LineWidth)
            {
                text.Append("\n+");
                lineStart = text.Length;
            }
            text.Append(' ').Append(part);
        }
        return text.ToString();
    }
}
