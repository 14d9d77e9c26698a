using System.Collections.Immutable;

namespace AnalogAttention.Circuits.Language;

/// <summary>Makes a flat circuit of a deck's statements: parameters evaluated, subcircuits expanded, names resolved.</summary>
internal sealed partial class Elaborator
{
    private readonly DeckStatements _deck;
    private readonly DeckReaderOptions _options;
    private readonly DiagnosticList _diagnostics;
    private readonly Evaluator _evaluator;
    private readonly ParameterScope _root = new(null);
    private readonly FlatNames _names;
    private readonly ModelElaborator _models;
    private readonly FormulaElaborator _formulas;
    private readonly OptionElaborator _settings;
    private readonly ImmutableArray<Element>.Builder _elements = ImmutableArray.CreateBuilder<Element>();
    private readonly ImmutableArray<SubcircuitInstance>.Builder _instances = ImmutableArray.CreateBuilder<SubcircuitInstance>();
    private readonly Dictionary<SubcircuitStatement, ImmutableArray<string>> _parametersOf = [];
    private readonly HashSet<string> _overridden = [];
    private WaveformElaborator _waveforms = new(0, double.PositiveInfinity);

    public Elaborator(DeckStatements deck, DeckReaderOptions options, DiagnosticList diagnostics)
    {
        _deck = deck;
        _options = options;
        _diagnostics = diagnostics;
        _evaluator = new Evaluator(diagnostics);
        _names = new FlatNames(diagnostics);
        _models = new ModelElaborator(_evaluator, options.DefinitionParameters, diagnostics);
        _settings = new OptionElaborator(_evaluator, _root, diagnostics);
        _formulas = new FormulaElaborator(_evaluator, _names, deck.Globals);
    }

    /// <param name="deckName">Named where an option of the reader, not a line of the deck, is wrong.</param>
    public Circuit Elaborate(string deckName)
    {
        BindTopParameters(deckName);
        var requests = new AnalysisElaborator(_evaluator, _root, _diagnostics);
        _settings.Evaluate(_deck.Options);
        var saves = _deck.Saves.Select(s => s.Kind == 'v' ? s.Of([.. s.Probes.Select(p => p with { Text = Outside(p.Text) })]) : s.Kind == ' ' && s.Probes is [var name] ? new SaveStatement(Outside(name.Text), ' ', [name with { Text = Outside(name.Text) }]) : s).ToList();
        var statements = _deck.Analyses.Select(a => a is NoiseStatement noise ? noise with { Output = [.. noise.Output.Select(n => n with { Text = Outside(n.Text) })] } : a).ToList();
        var analyses = requests.Analyses(statements);
        var sweeps = new SweepElaborator(_deck, _evaluator, _root, _diagnostics);
        if (_options.Sweeps == SweepStatements.Refused)
            sweeps.Refuse();
        bool isSwept = _options.Sweeps == SweepStatements.Evaluated;
        if (analyses.OfType<Transient>().FirstOrDefault() is { } transient)
            _waveforms = new WaveformElaborator(transient.Step, transient.Stop);
        foreach (var binding in _root.Bindings.ToList())
            _evaluator.Evaluate(binding);

        var top = new Expansion(_deck.Top, _root, "", null, null, 1);
        var size = new ExpansionSize(_diagnostics);
        if (size.Of(_deck.Top) > ExpansionSize.MostElements)
            _diagnostics.Fatal(DiagnosticCodes.TooLarge, new SourceSpan(deckName, 0, 0), $"the deck expands to more than {ExpansionSize.MostElements} elements");
        if (size.IsEndless)
            throw new DeckLimitException();
        foreach (var model in _deck.Top.Models.Values)
            _models.Resolve(model, top);
        Expand(top);
        RequireOverridden(deckName);
        if (!_diagnostics.HasErrors && !analyses.IsEmpty && _elements.All(e => e.Nodes.All(node => node == "0")))
            _diagnostics.Error(DiagnosticCodes.NothingToSolve, analyses[0].Span, "there is nothing to analyse: the circuit has no node but ground");
        _names.Check(_elements, statements.OfType<DcSweepStatement>().SelectMany(d => d.Axes).Select(a => a.Source), saves, statements.OfType<NoiseStatement>());
        return new Circuit
        {
            Title = _deck.Title,
            Elements = _elements.ToImmutable(),
            Instances = _instances.ToImmutable(),
            Models = _models.Cards,
            Analyses = analyses,
            Measures = requests.Measures(_deck.Measures, Outside),
            Steps = isSwept ? sweeps.Steps() : [],
            MonteCarlo = isSwept ? sweeps.MonteCarlo() : null,
            Saved = [.. saves.Select(s => s.Text)],
            InitialVolts = _names.InitialVolts,
            NodeSetVolts = _names.NodeSetVolts,
            Options = _settings.Values,
            OptionPlaces = _settings.Places,
            TemperatureCelsius = _settings.TemperatureCelsius,
        };
    }

    private string Outside(string node) => PinAlias.Outside(_deck.Top, node, _deck.Globals);

    private void BindTopParameters(string deckName)
    {
        var temperature = _deck.Options.FindLast(o => o.Name.Text == "temp")?.Value ?? new NumberExpression(new SourceSpan(deckName, 0, 0), 27);
        _root.Bind("temper", temperature.Span, temperature, _root);
        BindParameters(_deck.Top, _root);
        var whole = new SourceSpan(deckName, 0, 0);
        var names = _deck.Top.Parameters.Select(p => p.Name.Text).ToHashSet();
        foreach (var (name, value) in _options.ParametersWhereKnown.Where(p => names.Contains(p.Key)))
            _root.Bind(name, whole, new NumberExpression(whole, value), _root);
        foreach (var (name, value) in _options.Parameters)
            _root.Bind(name.ToLowerInvariant(), whole, new NumberExpression(whole, value), _root);
        var unknown = _options.Parameters.Keys.Where(n => !names.Contains(n.ToLowerInvariant())).Order(StringComparer.Ordinal).ToList();
        if (unknown.Count > 0)
            _diagnostics.Error(DiagnosticCodes.UnknownOverride, whole, $"the deck has no .param {string.Join(", ", unknown.Select(n => $"'{n}'"))} to override");
    }

    private void BindParameters(DeckBody body, ParameterScope scope)
    {
        foreach (var (name, formula) in body.Parameters)
        {
            if (scope.Holds(name.Text))
                _diagnostics.Warning(DiagnosticCodes.Redefined, name.Span, $"parameter '{name}' is defined again: the last definition holds");
            scope.Bind(name.Text, name.Span, formula, scope);
        }
        foreach (var function in body.Functions)
            scope.Define(function);
    }

    private void Expand(Expansion at)
    {
        at.Connections.AddRange(at.Body.Connections.Select(c => (c.Inner, at.Node(c.Node, _deck.Globals))));
        foreach (var (inner, _) in at.Connections.Where(c => !at.Body.Instances.ContainsKey(c.Inner.Text[..c.Inner.Text.IndexOf('.')])))
            _diagnostics.Error(DiagnosticCodes.UnknownNode, inner.Span, $"there is no instance '{inner.Text[..inner.Text.IndexOf('.')]}' to connect a node of");
        foreach (var statement in at.Body.Elements)
        {
            try
            {
                if (statement is InstanceStatement instance)
                    ExpandInstance(instance, at);
                else if (Build(statement, at) is { } element)
                {
                    _names.Declare(element);
                    _elements.Add(element);
                }
            }
            catch (StatementException e)
            {
                _diagnostics.Add(e.Diagnostic);
            }
        }
        foreach (var (isGuess, node, formula) in at.Body.NodeVolts)
        {
            if (_evaluator.Evaluate(formula, at.Scope) is { } volts)
                _names.SetVolts(isGuess, at.Node(node, _deck.Globals), node.Span, volts);
        }
    }

    private void ExpandInstance(InstanceStatement instance, Expansion at)
    {
        var subcircuit = at.Body.FindSubcircuit(instance.Subcircuit.Text)
            ?? throw new StatementException(DiagnosticCodes.UnknownSubcircuit, instance.Subcircuit.Span, $"there is no subcircuit '{instance.Subcircuit}'");
        _names.Declare(at.Path + instance.Name.Text, instance.Name.Span);
        if (instance.Pins.Length != subcircuit.Pins.Length)
            throw new StatementException(DiagnosticCodes.WrongPinCount, instance.Name.Span, $"'{subcircuit.Name}' has {subcircuit.Pins.Length} pins ({string.Join(' ', subcircuit.Pins)}), found {instance.Pins.Length} nodes");
        var nodes = new Dictionary<string, string>();
        for (var i = 0; i < instance.Pins.Length; i++)
            nodes[subcircuit.Pins[i].Text] = at.Node(instance.Pins[i], _deck.Globals);

        var scope = new ParameterScope(at.Scope);
        foreach (var (name, formula) in subcircuit.Defaults)
            scope.Bind(name.Text, name.Span, formula, scope);
        // as in ngspice: what the instance says holds, then .param of the subcircuit, then the defaults of its pins line
        BindParameters(subcircuit.Body, scope);
        if (!_parametersOf.TryGetValue(subcircuit, out var parameters))
            _parametersOf[subcircuit] = parameters = [.. subcircuit.Defaults.Concat(subcircuit.Body.Parameters).Select(p => p.Name.Text).Distinct()];
        var multiplier = at.Multiplier;
        foreach (var (name, formula) in instance.Parameters)
        {
            if (scope.Holds(name.Text))
                scope.Bind(name.Text, name.Span, formula, at.Scope);
            else if (name.Text == "m")
                multiplier *= Positive(formula, at, "multiplier") ?? 1;
            else
                _diagnostics.Error(DiagnosticCodes.UnknownSubcircuitParameter, name.Span, $"'{subcircuit.Name}' has no parameter '{name}'{Known(parameters)}");
        }
        string path = at.Path + instance.Name.Text;
        if (!(_options.InstanceParameters.IsEmpty && _options.DefinitionParameters.IsEmpty))
            Override(path, subcircuit.Name.Text, parameters, scope, instance.Name.Span);
        foreach (var binding in scope.Bindings.ToList())
            _evaluator.Evaluate(binding);
        _instances.Add(new SubcircuitInstance(path, subcircuit.Name.Text, multiplier, parameters, [.. parameters.Select(p => _evaluator.Evaluate(scope.Find(p)!) ?? double.NaN)]));
        var inside = new Expansion(subcircuit.Body, scope, path + ".", at, nodes, multiplier);
        ConnectInside(instance, subcircuit, nodes, at, inside);
        Expand(inside);
        foreach (var name in inside.Unused)
            _diagnostics.Error(DiagnosticCodes.UnknownNode, name.Span, $"there is no node '{name}' in subcircuit '{subcircuit.Name}'");
    }

    private void Override(string path, string subcircuit, ImmutableArray<string> parameters, ParameterScope scope, SourceSpan span)
    {
        foreach (string parameter in parameters)
        {
            bool isOwn = _options.InstanceParameters.TryGetValue($"{path}.{parameter}", out double value);
            if (!isOwn && !_options.DefinitionParameters.TryGetValue($"{subcircuit}.{parameter}", out value))
                continue;
            scope.Bind(parameter, span, new NumberExpression(span, value), scope);
            if (isOwn)
                _overridden.Add($"{path}.{parameter}");
        }
    }

    private void RequireOverridden(string deckName)
    {
        string[] unknown = [.. _options.InstanceParameters.Keys.Where(n => !_overridden.Contains(n)).Order(StringComparer.Ordinal)];
        if (unknown.Length > 0 && !_diagnostics.HasErrors)
            _diagnostics.Error(DiagnosticCodes.UnknownOverride, new SourceSpan(deckName, 0, 0), $"the deck has no instance with a parameter {string.Join(", ", unknown.Select(n => $"'{n}'"))} to override");
    }

    private void ConnectInside(InstanceStatement instance, SubcircuitStatement subcircuit, Dictionary<string, string> nodes, Expansion at, Expansion inside)
    {
        var prefix = instance.Name.Text + ".";
        foreach (var (inner, outside) in at.Connections.Where(c => c.Inner.Text.StartsWith(prefix, StringComparison.Ordinal)))
        {
            var name = inner with { Text = inner.Text[prefix.Length..] };
            if (name.Text.Contains('.'))
                inside.Connections.Add((name, outside));
            else if (nodes.TryAdd(name.Text, outside) && !_deck.Globals.Contains(name.Text))
                inside.Unused.Add(name);
            else
                throw new StatementException(DiagnosticCodes.BadValue, inner.Span, $"'{name}' of subcircuit '{subcircuit.Name}' is connected already: it is a pin or global");
        }
    }

    private static string Known(ImmutableArray<string> parameters) => parameters.IsEmpty ? "" : $" (it has {string.Join(", ", parameters)})";

    /// <returns>Null when a value could not be evaluated: the nodes are declared all the same.</returns>
    private Element? Build(ElementStatement statement, Expansion at)
    {
        var name = at.Path + statement.Name.Text;
        var span = statement.Name.Span;
        string Node(Name node) => _names.DeclareNode(at.Node(node, _deck.Globals));
        switch (statement)
        {
            case PassiveStatement passive when FormulaElaborator.Follows(passive.Value, at.Scope):
                return BehaviouralPassive(passive, name, Node(passive.Positive), Node(passive.Negative), at);
            case BehaviouralStatement behavioural:
                return Behavioural(behavioural, name, Node(behavioural.Positive), Node(behavioural.Negative), at);
            case PolynomialStatement polynomial:
                return Polynomial(polynomial, name, Node(polynomial.Positive), Node(polynomial.Negative), at);
            case TableStatement table:
                return Table(table, name, Node(table.Positive), Node(table.Negative), at);
            case PassiveStatement passive:
                return Passive(passive, name, Node(passive.Positive), Node(passive.Negative), at);
            case SourceStatement source:
                return Source(source, name, Node(source.Positive), Node(source.Negative), at);
            case VoltageControlledStatement controlled:
                var (p, n, cp, cn) = (Node(controlled.Positive), Node(controlled.Negative), Node(controlled.ControlPositive), Node(controlled.ControlNegative));
                return _evaluator.Evaluate(controlled.Gain, at.Scope) is not { } gain || Multiplier(controlled.Multiplier, at) is not { } m ? null
                    : controlled.Letter == 'e' ? new VoltageControlledVoltageSource(name, span, p, n, cp, cn, gain)
                    : new VoltageControlledCurrentSource(name, span, p, n, cp, cn, gain * m);
            case CurrentControlledStatement controlled:
                var (from, to) = (Node(controlled.Positive), Node(controlled.Negative));
                var control = at.Path + controlled.Control.Text;
                _names.RequireSource(control, controlled.Control);
                return _evaluator.Evaluate(controlled.Gain, at.Scope) is not { } factor || Multiplier(controlled.Multiplier, at) is not { } times ? null
                    : controlled.Letter == 'h' ? new CurrentControlledVoltageSource(name, span, from, to, control, factor)
                    : new CurrentControlledCurrentSource(name, span, from, to, control, factor * times);
            case DiodeStatement diode:
                return Junction(diode, name, Node(diode.Anode), Node(diode.Cathode), at);
            case SwitchStatement contact:
                return Switch(contact, name, Node(contact.Positive), Node(contact.Negative), at);
            case MutualInductanceStatement mutual:
                return Coupling(mutual, name, at);
            case MosfetStatement mosfet:
                return Transistor(mosfet, name, Node(mosfet.Drain), Node(mosfet.Gate), Node(mosfet.Source), Node(mosfet.Bulk), at);
            default:
                throw new InvalidOperationException(statement.GetType().Name);
        }
    }

    private Element? Passive(PassiveStatement passive, string name, string positive, string negative, Expansion at)
    {
        var value = _evaluator.Evaluate(passive.Value, at.Scope);
        var initial = passive.Initial is null ? 0 : _evaluator.Evaluate(passive.Initial, at.Scope);
        var m = Multiplier(passive.Multiplier, at);
        var tc1 = passive.Temperature.Tc1 is { } linear ? _evaluator.Evaluate(linear, at.Scope) : 0;
        var tc2 = passive.Temperature.Tc2 is { } square ? _evaluator.Evaluate(square, at.Scope) : 0;
        if (value is not { } x || initial is not { } ic || m is not { } times || tc1 is not { } first || tc2 is not { } second)
            return null;
        var span = passive.Name.Span;
        double? start = passive.Initial is null ? null : ic;
        switch (passive.Letter)
        {
            case 'c':
                return new Capacitor(name, span, positive, negative, x * times, start);
            case 'l':
                return new Inductor(name, span, positive, negative, x / times, start);
            default:
                const double leastOhms = 1e-3;
                if (x == 0)
                {
                    _diagnostics.Warning(DiagnosticCodes.SmallResistance, passive.Value.Span, $"the resistance of {passive.Name} is 0: 1 mOhm is used, as in ngspice");
                    x = leastOhms;
                }
                return new Resistor(name, span, positive, negative, x / times, first, second);
        }
    }

    private Element? Source(SourceStatement source, string name, string positive, string negative, Expansion at)
    {
        var isVoltage = source.Letter == 'v';
        var dc = source.Dc is null ? 0 : _evaluator.Evaluate(source.Dc, at.Scope);
        var magnitude = source.AcMagnitude is null ? 0 : _evaluator.Evaluate(source.AcMagnitude, at.Scope);
        var phase = source.AcPhase is null ? 0 : _evaluator.Evaluate(source.AcPhase, at.Scope);
        var multiplier = isVoltage ? 1 : Multiplier(source.Multiplier, at);
        var arguments = source.Waveform?.Arguments.Concat(source.Waveform.Options.Select(o => o.Formula)).Select(a => _evaluator.Evaluate(a, at.Scope)).ToList();
        if (dc is not { } volts || magnitude is not { } amplitude || phase is not { } degrees || multiplier is not { } m || arguments?.Contains(null) == true)
            return null;
        SourceWaveform waveform = source.Waveform is null
            ? new DcWaveform(m * volts)
            : _waveforms.Build(source.Waveform, [.. arguments!.Select(a => a!.Value)], source.Dc is null ? null : m * volts, m);
        var ac = source.AcMagnitude is null ? null : new AcStimulus(m * amplitude, degrees);
        return isVoltage
            ? new VoltageSource(name, source.Name.Span, positive, negative, waveform, ac)
            : new CurrentSource(name, source.Name.Span, positive, negative, waveform, ac);
    }

    private Diode? Junction(DiodeStatement diode, string name, string anode, string cathode, Expansion at)
    {
        var model = _models.For(diode.Model, at, "d");
        double? area = 1, multiplier = at.Multiplier;
        foreach (var (key, formula) in diode.Parameters)
        {
            var value = Positive(formula, at, key.Text);
            (area, multiplier) = key.Text == "m" ? (area, multiplier * value) : (area * value, multiplier);
        }
        return model is null || area is not { } size || multiplier is not { } times ? null : new Diode(name, diode.Name.Span, anode, cathode, model, size, diode.StartsOff) { Multiplier = times };
    }

    private Element? Switch(SwitchStatement statement, string name, string positive, string negative, Expansion at)
    {
        var span = statement.Name.Span;
        var times = Multiplier(statement.Multiplier, at);
        if (statement.Letter == 's')
        {
            string controlPositive = Declared(statement.Control[0], at), controlNegative = Declared(statement.Control[1], at);
            return _models.For(statement.Model, at, "sw") is { } model && times is { } m
                ? new VoltageSwitch(name, span, positive, negative, controlPositive, controlNegative, model, statement.StartsOn, m)
                : null;
        }
        var source = at.Path + statement.Control[0].Text;
        _names.RequireSource(source, statement.Control[0]);
        return _models.For(statement.Model, at, "csw") is { } card && times is { } parallel
            ? new CurrentSwitch(name, span, positive, negative, source, card, statement.StartsOn, parallel)
            : null;
    }

    private MutualInductance? Coupling(MutualInductanceStatement statement, string name, Expansion at)
    {
        string first = at.Path + statement.First.Text, second = at.Path + statement.Second.Text;
        _names.RequireInductor(first, statement.First);
        _names.RequireInductor(second, statement.Second);
        if (_evaluator.Evaluate(statement.Coupling, at.Scope) is not { } coupling)
            return null;
        if (first == second)
            _diagnostics.Error(DiagnosticCodes.BadValue, statement.Second.Span, $"{statement.Name} couples '{second}' with itself");
        if (Math.Abs(coupling) <= 1)
            return new MutualInductance(name, statement.Name.Span, first, second, coupling);
        _diagnostics.Error(DiagnosticCodes.BadValue, statement.Coupling.Span, $"a coupling factor lies between -1 and 1, found {SpiceNumber.Format(coupling)}");
        return null;
    }

    private string Declared(Name node, Expansion at) => _names.DeclareNode(at.Node(node, _deck.Globals));

    private double? Multiplier(Expression? own, Expansion at) => own is null ? at.Multiplier : at.Multiplier * Positive(own, at, "multiplier");

    private double? Positive(Expression formula, Expansion at, string what)
    {
        if (_evaluator.Evaluate(formula, at.Scope) is not { } value)
            return null;
        if (value > 0)
            return value;
        _diagnostics.Error(DiagnosticCodes.BadValue, formula.Span, $"{what} must be positive, found {SpiceNumber.Format(value)}");
        return null;
    }
}
