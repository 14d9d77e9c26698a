namespace AnalogAttention.Circuits.Language;

/// <summary><c>.func</c>: names in the body that are not arguments are looked up where the function is called, as in ngspice.</summary>
internal sealed record FunctionStatement(SourceSpan Span, string Name, IReadOnlyList<string> Arguments, Expression Body);

/// <summary>A parameter of one scope: its formula, and the scope the formula's names belong to. Evaluated when first asked for.</summary>
internal sealed class ParameterBinding(SourceSpan span, Expression formula, ParameterScope home)
{
    public enum Progress { Waiting, Running, Done, Failed }

    public SourceSpan Span { get; } = span;
    public Expression Formula { get; } = formula;
    public ParameterScope Home { get; } = home;
    public Progress State { get; set; }
    public double Value { get; set; }
}

/// <summary>Parameters and functions seen by one expanded subcircuit; what is missing is looked up where it is instantiated, as in ngspice.</summary>
internal sealed class ParameterScope(ParameterScope? caller)
{
    private readonly ParameterScope? _caller = caller;
    private readonly Dictionary<string, ParameterBinding> _parameters = [];
    private Dictionary<string, FunctionStatement>? _functions;

    public IEnumerable<ParameterBinding> Bindings => _parameters.Values;

    public void Bind(string name, SourceSpan span, Expression formula, ParameterScope home) => _parameters[name] = new ParameterBinding(span, formula, home);

    public bool Holds(string name) => _parameters.ContainsKey(name);

    public void Define(FunctionStatement function) => (_functions ??= [])[function.Name] = function;

    public ParameterBinding? Find(string name)
    {
        for (var scope = this; scope is not null; scope = scope._caller)
        {
            if (scope._parameters.TryGetValue(name, out var binding))
                return binding;
        }
        return null;
    }

    public FunctionStatement? FindFunction(string name)
    {
        for (var scope = this; scope is not null; scope = scope._caller)
        {
            if (scope._functions is not null && scope._functions.TryGetValue(name, out var function))
                return function;
        }
        return null;
    }
}
