using System.Collections.Immutable;

namespace AnalogAttention.Circuits.Language;

/// <summary>Reads one element statement, by its first letter.</summary>
internal static class ElementParser
{
    public static ElementStatement Parse(Name head, LineCursor cursor)
    {
        var name = head with { Text = WithoutExpandedPrefix(head.Text) };
        return head.Text[0] switch
        {
            'r' or 'c' or 'l' => Passive(name, head.Text[0], cursor),
            'v' or 'i' => SourceParser.Parse(name, head.Text[0], cursor),
            'e' or 'g' => VoltageControlled(name, head.Text[0], cursor),
            'f' or 'h' => CurrentControlled(name, head.Text[0], cursor),
            'm' => Mosfet(name, cursor),
            'x' => Instance(head, cursor),
            'd' => Diode(name, cursor),
            's' or 'w' => Switch(name, head.Text[0], cursor),
            'k' => Coupling(name, cursor),
            'b' => BehaviouralParser.Source(name, cursor),
            'q' or 'j' => throw new StatementException(DiagnosticCodes.ElementRefused, head.Span, $"element '{head.Text}': {(head.Text[0] == 'q' ? "bipolar transistors (Q)" : "junction field-effect transistors (J)")} are outside the dialect"),
            _ => throw new StatementException(DiagnosticCodes.UnknownStatement, head.Span, $"'{head.Text}' starts no statement: expected an element (B C D E F G H I K L M R S V W X) or a command"),
        };
    }

    /// <summary><c>gnd</c> is the ground node <c>0</c>.</summary>
    public static Name Node(LineCursor cursor, string expected = "a node")
    {
        var node = cursor.Word(expected);
        return node.Text == "gnd" ? node with { Text = "0" } : node;
    }

    /// <summary>ngspice writes the element <c>mn</c> of <c>x1</c> as <c>m.x1.mn</c> where the first letter must tell its kind; its name is <c>x1.mn</c>.</summary>
    public static string WithoutExpandedPrefix(string name) =>
        name.Length > 4 && name[1] == '.' && name[2] == 'x' && name.IndexOf('.', 3) > 0 ? name[2..] : name;

    /// <summary>The letter that tells the kind of an element, of a flat name the one after its path.</summary>
    public static char Letter(string name) => name[0] == 'x' ? name[name.LastIndexOf('.') + 1] : name[0];

    private static ElementStatement Passive(Name name, char letter, LineCursor cursor)
    {
        var positive = Node(cursor);
        var negative = Node(cursor);
        var what = letter switch { 'r' => "a resistance", 'c' => "a capacitance", _ => "an inductance" };
        Expression? value = null;
        if (!NextIsAssignment(cursor))
            value = cursor.Value(what);
        Expression? initial = null, multiplier = null, tc1 = null, tc2 = null;
        var parameters = DefinitionParser.Assignments(cursor, "a parameter name");
        if (letter == 'c' && parameters.FirstOrDefault(p => p.Name.Text == "q") is { } charge)
        {
            if (value is not null)
                throw new StatementException(DiagnosticCodes.GivenTwice, charge.Name.Span, $"the value of {name} is given twice");
            parameters = parameters.Remove(charge);
            if (parameters.FirstOrDefault(p => p.Name.Text is not ("ic" or "m")) is { } other)
                throw Unknown(other.Name, "q, ic, m");
            return new BehaviouralStatement(name, letter, positive, negative, BehaviouralQuantity.Coulombs, charge.Formula, parameters);
        }
        foreach (var (key, formula) in parameters)
        {
            switch (key.Text)
            {
                case var own when own.Length == 1 && own[0] == letter:
                    if (value is not null)
                        throw new StatementException(DiagnosticCodes.GivenTwice, key.Span, $"the value of {name} is given twice");
                    value = formula;
                    break;
                case "m":
                    multiplier = formula;
                    break;
                case "tc1" when letter == 'r':
                    tc1 = formula;
                    break;
                case "tc2" when letter == 'r':
                    tc2 = formula;
                    break;
                case "ic" when letter != 'r':
                    initial = formula;
                    break;
                default:
                    throw Unknown(key, letter == 'r' ? "r, tc1, tc2, m" : $"{letter}, ic, m");
            }
        }
        return new PassiveStatement(name, letter, positive, negative, value ?? throw cursor.Missing(what), initial, multiplier) { Temperature = (tc1, tc2) };
    }

    private static ElementStatement VoltageControlled(Name name, char letter, LineCursor cursor)
    {
        var positive = Node(cursor);
        var negative = Node(cursor);
        if (BehaviouralParser.VoltageControlled(name, letter, positive, negative, cursor) is { } behavioural)
            return behavioural;
        var controlPositive = Node(cursor, "a control node");
        var controlNegative = Node(cursor, "a control node");
        var mark = cursor.Mark();
        if (!(cursor.AtWord && cursor.Word("").Text == "gain" && cursor.Accept('=')))
            cursor.Return(mark);
        var gain = cursor.Value("a gain");
        return new VoltageControlledStatement(name, letter, positive, negative, controlPositive, controlNegative, gain, OnlyMultiplier(cursor, allowed: letter == 'g'));
    }

    private static ElementStatement CurrentControlled(Name name, char letter, LineCursor cursor)
    {
        var positive = Node(cursor);
        var negative = Node(cursor);
        var control = cursor.Word("a voltage source");
        if (control.Text == "poly" && cursor.At('('))
            return BehaviouralParser.Polynomial(name, letter, positive, negative, cursor);
        control = control with { Text = WithoutExpandedPrefix(control.Text) };
        return new CurrentControlledStatement(name, letter, positive, negative, control, cursor.Value("a gain"), OnlyMultiplier(cursor, allowed: letter == 'f'));
    }

    private static MosfetStatement Mosfet(Name name, LineCursor cursor)
    {
        var drain = Node(cursor, "the drain node");
        var gate = Node(cursor, "the gate node");
        var source = Node(cursor, "the source node");
        var bulk = Node(cursor, "the bulk node");
        if (NextIsAssignment(cursor))
            throw cursor.Missing("a model name");
        var model = cursor.Word("a model name");
        // it starts at 0 V, which is off, in any case
        var (parameters, _) = ParametersAndOff(name, cursor);
        return new MosfetStatement(name, drain, gate, source, bulk, model, parameters);
    }

    private static DiodeStatement Diode(Name name, LineCursor cursor)
    {
        var anode = Node(cursor, "the anode node");
        var cathode = Node(cursor, "the cathode node");
        if (NextIsAssignment(cursor))
            throw cursor.Missing("a model name");
        var model = cursor.Word("a model name");
        var area = cursor.AtValue ? new Assignment(new Name("area", cursor.Here), cursor.Value("an area")) : null;
        var (parameters, off) = ParametersAndOff(name, cursor);
        foreach (var (key, _) in parameters)
        {
            if (key.Text is not ("area" or "m"))
                throw Unknown(key, "area, m");
            if (area is not null && key.Text == "area")
                throw new StatementException(DiagnosticCodes.GivenTwice, key.Span, $"the area of {name} is given twice");
        }
        return new DiodeStatement(name, anode, cathode, model, off, area is null ? parameters : parameters.Add(area));
    }

    private static (ImmutableArray<Assignment> Parameters, bool StartsOff) ParametersAndOff(Name name, LineCursor cursor)
    {
        if (cursor.Line.Text.IndexOf("ic", cursor.Mark(), StringComparison.OrdinalIgnoreCase) is >= 0 and var at)
            RefuseInitial(name, cursor, at);
        var parameters = DefinitionParser.Assignments(cursor, "a parameter name", flag: "off");
        var off = parameters.FirstOrDefault(p => p.Name.Text == "off");
        return off is null ? (parameters, false) : (parameters.Remove(off), true);
    }

    /// <summary>Said before the list of values that <c>ic=</c> may have is read as something else.</summary>
    private static void RefuseInitial(Name name, LineCursor cursor, int at)
    {
        var mark = cursor.Mark();
        cursor.Return(at);
        var key = cursor.Word("a parameter name");
        if (key.Text == "ic" && cursor.At('=') && char.IsWhiteSpace(cursor.Line.Text[at - 1]))
            throw new StatementException(DiagnosticCodes.ElementNotSupported, key.Span, $"element '{name}': initial voltages of a semiconductor are outside the dialect (expected .ic v(NODE)=VOLTS)");
        cursor.Return(mark);
    }

    private static SwitchStatement Switch(Name name, char letter, LineCursor cursor)
    {
        var positive = Node(cursor);
        var negative = Node(cursor);
        ImmutableArray<Name> control;
        if (letter == 's')
            control = [Node(cursor, "a control node"), Node(cursor, "a control node")];
        else
        {
            var source = cursor.Word("a voltage source");
            control = [source with { Text = WithoutExpandedPrefix(source.Text) }];
        }
        if (NextIsAssignment(cursor))
            throw cursor.Missing("a model name");
        var model = cursor.Word("a model name");
        var startsOn = false;
        if (cursor.AtWord && !NextIsAssignment(cursor))
        {
            var state = cursor.Word("on or off");
            if (state.Text is not ("on" or "off"))
                throw new StatementException(DiagnosticCodes.Expected, state.Span, $"expected on, off or the end of the statement, found '{state}'");
            startsOn = state.Text == "on";
        }
        return new SwitchStatement(name, letter, positive, negative, control, model, startsOn, OnlyMultiplier(cursor, allowed: true));
    }

    private static MutualInductanceStatement Coupling(Name name, LineCursor cursor)
    {
        Name Inductor()
        {
            var inductor = cursor.Word("an inductor");
            return inductor with { Text = WithoutExpandedPrefix(inductor.Text) };
        }
        return new MutualInductanceStatement(name, Inductor(), Inductor(), cursor.Value("a coupling factor"));
    }

    private static InstanceStatement Instance(Name name, LineCursor cursor)
    {
        var words = ImmutableArray.CreateBuilder<Name>();
        while (cursor.AtWord && !NextIsAssignment(cursor))
        {
            var word = cursor.Word("a node");
            if (word.Text is "params:" && words.Count > 0)
                break;
            words.Add(word.Text == "gnd" ? word with { Text = "0" } : word);
        }
        if (words.Count == 0)
            throw cursor.Missing("nodes and a subcircuit name");
        var subcircuit = words[^1];
        words.RemoveAt(words.Count - 1);
        return new InstanceStatement(name, words.ToImmutable(), subcircuit, DefinitionParser.Assignments(cursor, "a parameter name"));
    }

    private static Expression? OnlyMultiplier(LineCursor cursor, bool allowed)
    {
        Expression? multiplier = null;
        foreach (var (key, formula) in DefinitionParser.Assignments(cursor, "a parameter name"))
            multiplier = allowed && key.Text == "m" ? formula : throw Unknown(key, allowed ? "m" : "none");
        return multiplier;
    }

    internal static bool NextIsAssignment(LineCursor cursor)
    {
        var mark = cursor.Mark();
        var found = false;
        if (cursor.AtWord)
        {
            cursor.Word("");
            found = cursor.At('=');
        }
        cursor.Return(mark);
        return found;
    }

    internal static StatementException Unknown(Name key, string known) => new(DiagnosticCodes.UnknownElementParameter, key.Span, $"unknown parameter '{key}' (known here: {known})");
}
