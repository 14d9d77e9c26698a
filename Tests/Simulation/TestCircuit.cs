using System.Collections.Immutable;
using AnalogAttention.Circuits;
using AnalogAttention.Simulation;
using AnalogAttention.Simulation.Embedded;

namespace AnalogAttention.Tests.Simulation;

/// <summary>Builds circuits by hand, element by element.</summary>
internal sealed class TestCircuit
{
    private readonly ImmutableArray<Element>.Builder _elements = ImmutableArray.CreateBuilder<Element>();
    private readonly ImmutableArray<Analysis>.Builder _analyses = ImmutableArray.CreateBuilder<Analysis>();
    private readonly ImmutableArray<Measure>.Builder _measures = ImmutableArray.CreateBuilder<Measure>();
    private readonly ImmutableDictionary<string, double>.Builder _options = ImmutableDictionary.CreateBuilder<string, double>();
    private readonly ImmutableDictionary<string, double>.Builder _initial = ImmutableDictionary.CreateBuilder<string, double>();
    private readonly ImmutableDictionary<string, double>.Builder _guesses = ImmutableDictionary.CreateBuilder<string, double>();
    private readonly ImmutableDictionary<string, ModelCard>.Builder _models = ImmutableDictionary.CreateBuilder<string, ModelCard>();
    private ImmutableArray<string> _saved = [];

    private SourceSpan Span => new("hand-made.cir", 2 + _elements.Count + _analyses.Count, 1);

    public TestCircuit R(string name, string a, string b, double ohms) => Add(new Resistor(name, Span, a, b, ohms));
    public TestCircuit C(string name, string a, string b, double farads, double? ic = null) => Add(new Capacitor(name, Span, a, b, farads, ic));
    public TestCircuit L(string name, string a, string b, double henries, double? ic = null) => Add(new Inductor(name, Span, a, b, henries, ic));
    public TestCircuit V(string name, string a, string b, double volts) => Add(new VoltageSource(name, Span, a, b, new DcWaveform(volts)));
    public TestCircuit V(string name, string a, string b, params (double, double)[] points) => Add(new VoltageSource(name, Span, a, b, new PwlWaveform([.. points])));
    public TestCircuit I(string name, string a, string b, double amperes) => Add(new CurrentSource(name, Span, a, b, new DcWaveform(amperes)));
    public TestCircuit I(string name, string a, string b, params (double, double)[] points) => Add(new CurrentSource(name, Span, a, b, new PwlWaveform([.. points])));
    public TestCircuit E(string name, string a, string b, string cp, string cn, double gain) => Add(new VoltageControlledVoltageSource(name, Span, a, b, cp, cn, gain));
    public TestCircuit G(string name, string a, string b, string cp, string cn, double siemens) => Add(new VoltageControlledCurrentSource(name, Span, a, b, cp, cn, siemens));
    public TestCircuit F(string name, string a, string b, string control, double gain) => Add(new CurrentControlledCurrentSource(name, Span, a, b, control, gain));
    public TestCircuit H(string name, string a, string b, string control, double ohms) => Add(new CurrentControlledVoltageSource(name, Span, a, b, control, ohms));

    public TestCircuit M(string name, string d, string g, string s, string b, string model, double w, double l) =>
        Add(new Mosfet(name, Span, d, g, s, b, model, ImmutableDictionary<string, double>.Empty.Add("w", w).Add("l", l)));

    public TestCircuit Add(Element element)
    {
        _elements.Add(element);
        return this;
    }

    public TestCircuit Op()
    {
        _analyses.Add(new OperatingPoint(Span));
        return this;
    }

    public TestCircuit Dc(params SweepAxis[] axes)
    {
        _analyses.Add(new DcSweep(Span, [.. axes]));
        return this;
    }

    public TestCircuit Tran(double step, double stop, bool uic = false, double? maximum = null, double start = 0)
    {
        _analyses.Add(new Transient(Span, step, stop, start, maximum, uic));
        return this;
    }

    public TestCircuit Measure(string name, string definition, string analysis = "tran")
    {
        _measures.Add(new Measure(name, analysis, definition, Span));
        return this;
    }

    public TestCircuit Option(string name, double value)
    {
        _options[name] = value;
        return this;
    }

    public TestCircuit Ic(string node, double volts)
    {
        _initial[node] = volts;
        return this;
    }

    public TestCircuit NodeSet(string node, double volts)
    {
        _guesses[node] = volts;
        return this;
    }

    public TestCircuit Model(string name, string type, params (string, double)[] parameters)
    {
        _models[name] = new ModelCard(name, type, parameters.ToImmutableDictionary(p => p.Item1, p => p.Item2), Span);
        return this;
    }

    public TestCircuit Save(params string[] names)
    {
        _saved = [.. names];
        return this;
    }

    public Circuit Build() => new()
    {
        Title = "hand-made",
        Elements = _elements.ToImmutable(),
        Analyses = _analyses.ToImmutable(),
        Measures = _measures.ToImmutable(),
        Options = _options.ToImmutable(),
        InitialVolts = _initial.ToImmutable(),
        NodeSetVolts = _guesses.ToImmutable(),
        Models = _models.ToImmutable(),
        Saved = _saved,
    };

    public SimulationResult Run() => new EmbeddedEngine().Run(Build());

    /// <summary>Points of a pulse train: from low to high with the given edges, repeated; times in seconds.</summary>
    public static (double, double)[] Pulses(double low, double high, double delay, double edge, double width, double period, int count)
    {
        var points = new List<(double, double)> { (0, low) };
        for (var k = 0; k < count; k++)
        {
            var t = delay + k * period;
            points.AddRange([(t, low), (t + edge, high), (t + edge + width, high), (t + 2 * edge + width, low)]);
        }
        return [.. points];
    }
}
